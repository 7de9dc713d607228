//! `mailslot replay`: a capture through the router into local mailslots.

mod report;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::decode::TextArgs;
use super::failure::Failure;
use super::output::Output;
use super::record::Protocol;
use super::source::{Datagram, Source};
use crate::node::{
    Carried, Config, Disposition, Event, Node, OwnName, Owned, Received, SizePolicy,
};
use crate::slot::{LocalName, Options, Read, Server, Table};
use crate::time::Instant;
use crate::wire;
use crate::wire::datagram::{Body, MsgType};
use crate::wire::netbios::{Name, Suffix};
use crate::wire::oem::CodePage;

use report::{Drop, Report};

/// Replay a capture into local mailslots: show each message as its reader gets it
///
/// Every datagram goes through the router that a live host uses, under the capture's own clock:
/// is it for us, for which slot, seen before, too large? A reader takes each message out at once.
/// What came over IPX or as NetBEUI is delivered too; what an ICMP error quotes is not.
/// Tables at the end say what became of all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The capture, pcap or pcapng; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Be this computer: take only what is for NAME<00> or the workgroup; NAME<20> is another name
    #[arg(long, value_name = "NAME", help_heading = "Host")]
    name: Vec<String>,

    /// Be in this workgroup: take only what is for GROUP<00> or the computer
    #[arg(long, value_name = "GROUP", help_heading = "Host")]
    workgroup: Vec<String>,

    /// Have this mailslot, and no others but those named so; the rest drops as `no_such_slot`
    #[arg(long, value_name = "SLOT", help_heading = "Host")]
    slot: Vec<String>,

    /// How large a message may be
    #[arg(long, value_enum, default_value_t = Policy::Windows, value_name = "POLICY", help_heading = "Host")]
    policy: Policy,

    /// Read nothing: queues fill to their bounds, and what they refuse is counted
    #[arg(long)]
    keep: bool,

    /// Show only the tables
    #[arg(short, long)]
    quiet: bool,

    /// Write one JSON object a message and drop, and one with the tables
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    text: TextArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot replay testdata/office.pcap
  mailslot replay --quiet testdata/office.pcap
  mailslot replay --name NAS --workgroup OFFICE testdata/office.pcap
  mailslot replay --slot alerts testdata/office.pcap
  tcpdump -w - udp port 138 | mailslot replay -";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Policy {
    /// 424 octets, or what fits 512 with its headers, as Windows does
    Windows,
    /// 424 octets, as Windows documents
    Documented,
    /// Whatever a datagram holds
    Lab,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let config = config(args)?;
    let source = Source::open(&args.file, !args.quiet)?;
    let report = Report::new(Output::new(source.live), args);
    let table = Arc::new(Table::new());
    let mut replay = Replay {
        args,
        node: Node::new(config, Arc::clone(&table)),
        servers: Vec::new(),
        by_id: HashMap::new(),
        report,
        now: Instant::ZERO,
    };
    for name in &args.slot {
        let name = LocalName::parse(name)
            .map_err(|error| Failure::usage(format!("--slot {name}: {error}")))?;
        // The same slot named twice is one slot.
        if let Ok(server) = table.create(Instant::ZERO, &name, &Options::default()) {
            replay.open(server);
        }
    }
    let (tally, damage) = source.read(|datagram| replay.datagram(&datagram))?;
    replay.finish()?;
    let Replay { node, servers, report, .. } = replay;
    report.tables(node.counters(), &servers, &tally)?;
    damage.map_or(Ok(()), Err)
}

fn config(args: &Args) -> Result<Config, Failure> {
    let mut config = Config {
        reassemble: true,
        code_page: args.text.code_page,
        create_slots: if args.slot.is_empty() { usize::MAX } else { 0 },
        size_policy: match args.policy {
            Policy::Windows => SizePolicy::Windows,
            Policy::Documented => SizePolicy::Documented,
            Policy::Lab => SizePolicy::Lab,
        },
        ..Config::default()
    };
    for (option, group, names) in
        [("--name", false, &args.name), ("--workgroup", true, &args.workgroup)]
    {
        for text in names {
            let name = netbios_name(text, args.text.code_page)
                .map_err(|why| Failure::usage(format!("{option} {text}: {why}")))?;
            config.names.push(OwnName { name, group });
        }
    }
    if config.names.is_empty() {
        config.owned = Owned::Any;
    }
    Ok(config)
}

/// `NAME`, `NAME<20>` or `NAME#20`; the suffix is 00 where there is none.
pub(super) fn netbios_name(text: &str, page: CodePage) -> Result<Name, String> {
    let bare = text.strip_suffix('>').and_then(|text| text.split_once('<'));
    let (name, suffix) = match bare.or_else(|| text.split_once('#')) {
        None => (text, Suffix::WORKSTATION),
        Some((name, digits)) => {
            let octet = u8::from_str_radix(digits, 16).map_err(|_| "a suffix is two hex digits")?;
            (name, Suffix(octet))
        }
    };
    Name::in_page(name, suffix, page).map_err(|error| error.to_string())
}

/// What IPX or NetBEUI carried, out of the form that it would have over UDP.
fn carried<'a>(datagram: &Datagram<'a>) -> Option<Carried<'a>> {
    if datagram.transport.is_udp() {
        return None;
    }
    let decoded = wire::datagram::Datagram::decode(datagram.payload).ok()?.value;
    let Body::Data(data) = decoded.body else { return None };
    let destination_name = match decoded.header.msg_type {
        MsgType::BROADCAST => Name::WILDCARD,
        _ => data.destination_name.name,
    };
    let source_name = data.source_name.name;
    Some(Carried { source_name, destination_name, user_data: data.user_data })
}

struct Replay<'a> {
    args: &'a Args,
    node: Node,
    /// In the order of their first message.
    servers: Vec<Reader>,
    by_id: HashMap<u64, usize>,
    report: Report<'a>,
    now: Instant,
}

/// The reading end of a slot, and what it read.
struct Reader {
    server: Server,
    messages: u64,
    octets: u64,
}

impl Replay<'_> {
    fn open(&mut self, server: Server) {
        self.by_id.insert(server.slot().id(), self.servers.len());
        self.servers.push(Reader { server, messages: 0, octets: 0 });
    }

    fn datagram(&mut self, datagram: &Datagram<'_>) -> Result<(), Failure> {
        if datagram.protocol != Protocol::Nbdgm || datagram.quoted {
            return Ok(());
        }
        if let Some(time) = datagram.time {
            self.now = Instant::from_micros(time.0.as_micros());
        }
        if datagram.missing > 0 {
            return self.report.cut(datagram);
        }
        let disposition = if let Some(carried) = carried(datagram) {
            self.node.input_carried(self.now, carried)
        } else {
            let Datagram { src: from, dst: to, payload, .. } = *datagram;
            self.node.input(self.now, Received { interface: 0, from, to, payload })
        };
        self.events(Some(datagram))?;
        match disposition {
            Disposition::Delivered(slot) | Disposition::Observed(slot) => {
                self.read(slot.id(), datagram)
            }
            Disposition::Held => Ok(()),
            Disposition::Dropped { reason, error } => {
                self.report.drop(&Drop { datagram, reason, error })
            }
        }
    }

    fn events(&mut self, datagram: Option<&Datagram<'_>>) -> Result<(), Failure> {
        while let Some(event) = self.node.poll_event() {
            match event {
                Event::Created(server) => self.open(server),
                Event::FragmentsDropped { from, dgm_id, fragments, reason } => {
                    let time = datagram.and_then(|datagram| datagram.time);
                    self.report.fragments(time, from, dgm_id, fragments, reason)?;
                }
                // A node without interfaces has none of the others.
                _ => {}
            }
        }
        Ok(())
    }

    fn read(&mut self, id: u64, datagram: &Datagram<'_>) -> Result<(), Failure> {
        let reader = self.by_id.get(&id).and_then(|&index| self.servers.get_mut(index));
        let Some(reader) = reader else { return Ok(()) };
        if self.args.keep {
            return Ok(());
        }
        if let Ok(Read::Done(message)) = reader.server.read(self.now, usize::MAX) {
            reader.messages += 1;
            reader.octets += message.data.len() as u64;
            self.report.message(datagram, &reader.server, &message)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.node.finish();
        self.events(None)
    }
}
