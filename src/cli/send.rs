//! `mailslot send`: one message to a mailslot of other machines.

use std::io::{self, IsTerminal as _, Read as _};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::decode::TextArgs;
use super::failure::Failure;
use super::json;
use super::network::{NetworkArgs, runtime, start};
use super::output::remark;
use super::payload::{Encoding, Safe};
use super::target::{Host, Target};
use crate::node::{Destination, Route, WriteError};
use crate::runtime::Live;
use crate::slot::{LocalName, Table};
use crate::wire::netbios::{Name, Suffix};

/// Write one message to a mailslot: of one machine, of a domain or workgroup, or of one's own
///
/// The target's name is asked for on the network. No name is taken, and no privilege needed: the
/// message leaves from port 138, as hosts expect it, where that is free and allowed, else from
/// another. Nobody tells whether a message arrives: mailslots have no receipts.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// HOST:NAME, //HOST/mailslot/NAME or '\\HOST\mailslot\NAME'; a workgroup in HOST's place is
    /// all of its machines
    #[arg(required_unless_present = "all", value_name = "TARGET")]
    target: Option<String>,

    /// The message [default: standard input]
    #[arg(value_name = "MESSAGE")]
    message: Option<String>,

    /// All machines of the own workgroup: '\\*\mailslot\NAME'
    #[arg(long, value_name = "NAME")]
    all: Option<String>,

    /// The message is this file's content
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    file: Option<PathBuf>,

    /// Say nothing where it goes well
    #[arg(short, long)]
    quiet: bool,

    /// Write a JSON object that says where it went
    #[arg(long, conflicts_with = "quiet")]
    json: bool,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    text: TextArgs,
}

/// One octet more than any datagram carries shows that there is too much.
const ENOUGH: u64 = 1 << 16;

const AFTER_HELP: &str = r"Examples:
  mailslot send WINBOX:alerts 'disk full'
  mailslot send '\\OFFICE\mailslot\chat' 'lunch?'
  mailslot send --all alerts 'the server restarts at noon'
  mailslot send --loopback LINUXBOX:alerts hello";

impl Args {
    fn target(&self) -> Result<(Target, Option<&str>), Failure> {
        match (&self.all, &self.target, &self.message) {
            (Some(slot), ..) if slot.starts_with(['\\', '/']) => {
                Err(Failure::usage(format!("{}: --all takes the mailslot's name", Safe(slot)))
                    .with_hint(r"for '\\*\mailslot\alerts' write --all alerts"))
            }
            (Some(slot), message, None) => Ok((
                Target { host: Host::Workgroup, slot: slot.replace('/', r"\") },
                message.as_deref(),
            )),
            (Some(_), ..) => Err(Failure::usage("--all takes the target's place")),
            (None, Some(target), message) => Ok((Target::parse(target)?, message.as_deref())),
            (None, None, _) => Err(Failure::usage("no target")),
        }
    }

    fn data(&self, message: Option<&str>) -> Result<Vec<u8>, Failure> {
        if let Some(text) = message {
            return self.encoded(text);
        }
        let mut data = Vec::new();
        if let Some(path) = &self.file {
            let file =
                std::fs::File::open(path).and_then(|file| file.take(ENOUGH).read_to_end(&mut data));
            file.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        } else if io::stdin().is_terminal() {
            return Err(Failure::usage("no message").with_hint("give it, or pipe it in"));
        } else {
            io::stdin().take(ENOUGH).read_to_end(&mut data)?;
        }
        if data.len() as u64 == ENOUGH {
            return Err(Failure::usage("the message has more than 65,535 octets"));
        }
        // Octets go as they are, unless it is said what they are to become.
        if self.text.encoding == Encoding::Auto {
            return Ok(data);
        }
        let text = String::from_utf8(data)
            .map_err(|_| Failure::usage("what --encoding is to encode is no text in UTF-8"))?;
        self.encoded(&text)
    }

    fn encoded(&self, text: &str) -> Result<Vec<u8>, Failure> {
        let encoded = self.text.encoding.encode(text, self.text.code_page);
        encoded.map_err(|c| Failure::usage(format!("{c:?} cannot be written in this encoding")))
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let identity = args.network.identity(args.text.code_page)?;
    let (target, message) = args.target()?;
    let data = args.data(message)?;
    let slot = LocalName::from_chars(target.slot.chars())
        .map_err(|error| Failure::usage(format!("{}: {error}", Safe(&target.slot))))?;
    let destination = match &target.host {
        Host::Local => {
            let hint = "a mailslot of this machine belongs to the program that created it: \
                        write to its computer's name";
            return Err(Failure::usage("'.' is no other machine").with_hint(hint));
        }
        Host::Workgroup => Destination::OwnDomain,
        Host::Named(host) => Destination::Name(
            host.name(Suffix::WORKSTATION, identity.page())
                .map_err(|error| Failure::usage(format!("{}: {error}", Safe(&host.text))))?,
        ),
    };
    let runtime = runtime()?;
    let (live, _events) = start(identity.asks(), Arc::new(Table::new()))?;
    let route = runtime.block_on(live.write(destination, &slot, &data)).map_err(|error| {
        match &target.host {
            _ if unasked(&live).is_some() => unasked(&live).unwrap_or_else(|| failed(&error)),
            Host::Named(host) if host.text.parse::<Ipv4Addr>().is_ok() => {
                let hint = format!("which name it has: mailslot name status {}", Safe(&host.text));
                Failure::usage("an address is no NetBIOS name").with_hint(hint)
            }
            _ => failed(&error),
        }
    })?;
    if args.json {
        json::print(&Sent::new(&live, &route, &slot, data.len()))?;
    } else if !args.quiet {
        remark(&said(&live, &route, &slot, data.len()));
    }
    Ok(())
}

/// Whether the question for the name could not be sent at all.
fn unasked(live: &Live) -> Option<Failure> {
    let (1.., Some(why)) = live.send_errors() else { return None };
    let failure = Failure::ports(format!("what asks for the name cannot be sent: {why}"));
    Some(failure.with_hint("`mailslot doctor` looks for the reason"))
}

fn failed(error: &WriteError) -> Failure {
    match error {
        WriteError::TooLong { .. } => Failure::usage(error.to_string()).with_hint(
            "mailslots between machines are for short messages: send it in parts, or use a socket",
        ),
        WriteError::SlotName => Failure::usage(error.to_string()),
        WriteError::NameNotFound(_) => Failure::not_found(error.to_string()).with_hint(
            "is it on, in this network, and NetBIOS on? `mailslot doctor` looks for the reason",
        ),
        _ => Failure::ports(error.to_string()),
    }
}

/// Where a message went.
#[derive(Serialize)]
struct Sent {
    event: &'static str,
    slot: String,
    to: Name,
    /// `local`, `unique` (one host) or `group` (broadcast).
    route: &'static str,
    addresses: Vec<Ipv4Addr>,
    octets: usize,
}

impl Sent {
    fn new(live: &Live, route: &Route, slot: &LocalName, octets: usize) -> Self {
        let (to, route, addresses) = match *route {
            Route::Local { name } => (name, "local", Vec::new()),
            Route::Host { name, address } => (name, "unique", vec![address]),
            Route::Group { name, .. } => (name, "group", broadcasts(live)),
        };
        Self { event: "sent", slot: slot.to_string(), to, route, addresses, octets }
    }
}

fn broadcasts(live: &Live) -> Vec<Ipv4Addr> {
    live.with_node(|node, _| node.attached().map(|interface| interface.broadcast).collect())
}

fn said(live: &Live, route: &Route, slot: &LocalName, octets: usize) -> String {
    let octets = if octets == 1 { "1 octet".into() } else { format!("{octets} octets") };
    let slot = slot.to_string();
    let slot = Safe(&slot);
    match route {
        Route::Local { name } => format!("{octets} into {slot} of {name}, this machine"),
        Route::Host { name, address } => {
            format!("{octets} sent to {slot} of {name} at {address} (found by broadcast)")
        }
        Route::Group { name, .. } => {
            let through: Vec<_> = broadcasts(live).iter().map(ToString::to_string).collect();
            format!("{octets} broadcast to {slot} of every {name} at {}", through.join(", "))
        }
    }
}
