//! `mailslot encode`: frames out of options, or out of what `decode --json` wrote.

mod message;
mod records;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use super::failure::Failure;
use super::output::Output;
use super::pcap::{self, Packet, Refused};
use message::MessageArgs;

/// Build the frames of a mailslot write, as hex, octets or a pcap file
///
/// One message from options, or any number of datagrams from the JSON of `mailslot decode --json`,
/// whose inverse this is.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Read the JSON of `decode --json` instead; `-`, and no FILE, is standard input
    ///
    /// One object a line, or as jq writes them. Most is said once and can be changed; some is said
    /// twice, and what is not taken must not say another thing: `raw` is taken where it is, else
    /// `data`, else `body`, else `text`. So remove `data` where you change the body, or the text.
    /// Packets of the name service are what their `data` say.
    #[arg(long, num_args = 0..=1, default_missing_value = "-", value_name = "FILE")]
    #[arg(conflicts_with_all = message::OPTIONS)]
    json: Option<PathBuf>,

    /// What to write
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    message: MessageArgs,
}

const AFTER_HELP: &str = r#"Examples:
  mailslot encode --from WINBOX --to '\\LINUXBOX\mailslot\alerts' 'disk full'
  mailslot encode --from WINBOX --to LINUXBOX:pos/eod --encoding utf16le Grüße
  mailslot encode --from A --to '*:x' --format pcap up | mailslot decode -
  mailslot decode --json testdata/office.pcap | mailslot encode --json

To change a field, jq stands between the two:
  jq -c 'select(.dgm_id and .raw == null) | .dgm_id = 7'
  jq -c 'if .body.comment then del(.data) | .body.comment = "new" else . end'"#;

/// What comes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The UDP payload of each datagram as one line of hex digits
    #[default]
    Hex,
    /// The octets of the UDP payloads, with nothing between them
    Raw,
    /// A pcap file: Ethernet, IPv4, UDP, times in nanoseconds
    Pcap,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(path) = &args.json {
        return records::encode(path, args.format);
    }
    // A refused message leaves no half of a file behind.
    let octets: Result<Vec<_>, Refused> =
        args.message.build()?.packets().map(|packet| args.format.octets(&packet)).collect();
    let octets = octets.map_err(|refused| Failure::input(refused.to_string()))?;
    let mut sink = Sink::open(args.format)?;
    sink.out.write_all(&octets.concat())?;
    Ok(sink.out.flush()?)
}

/// Where the datagrams go.
struct Sink {
    format: Format,
    out: Output,
}

impl Sink {
    fn open(format: Format) -> Result<Self, Failure> {
        if format != Format::Hex && io::stdout().is_terminal() {
            let hint = "write to a file or a pipe, `> FILE` or `| PROGRAM`, or take --format hex";
            return Err(Failure::usage("a terminal cannot show this format").with_hint(hint));
        }
        let mut out = Output::new(false);
        if format == Format::Pcap {
            out.write_all(&pcap::file_header())?;
        }
        Ok(Self { format, out })
    }
}

impl Format {
    /// What is to be written for a datagram.
    fn octets(self, packet: &Packet<'_>) -> Result<Vec<u8>, Refused> {
        match self {
            Self::Pcap => pcap::record(packet),
            _ if packet.payload.len() > pcap::MAX_PAYLOAD => {
                Err(Refused::TooLong(packet.payload.len()))
            }
            Self::Hex => Ok((hex::encode(packet.payload) + "\n").into_bytes()),
            Self::Raw => Ok(packet.payload.to_vec()),
        }
    }
}
