//! `mailslot send`: one message to a mailslot, of this machine or of others.

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
use super::shared::{listener, not_had};
use super::target::{Host, Target};
use crate::api::{Auto, Error, ErrorKind, Mailslots, Role, Route};
use crate::runtime::Live;
use crate::slot::{self, LocalName, Table};
use crate::wire::OctetCount;
use crate::wire::netbios::{Name, Suffix};

/// Write one message to a mailslot: of this machine, of another, of a domain or workgroup
///
/// Where a service or another program has the mailslots of this machine, the message goes through
/// it. Else the target's name is asked for on the network. No name is taken, and no privilege needed: the
/// message leaves from port 138, as hosts expect it, where that is free and allowed, else from
/// another. Nobody tells whether a message arrives: mailslots have no receipts.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// HOST:NAME, //HOST/mailslot/NAME or '\\HOST\mailslot\NAME'; a workgroup in HOST's place is
    /// all of its machines, '.' is this machine: .:NAME
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
  mailslot send .:chat hi
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
    let path = match &target.host {
        Host::Local => slot::Target::Local(slot),
        Host::Workgroup => slot::Target::OwnDomain(slot),
        Host::Named(host) => {
            let name = host.name(Suffix::WORKSTATION, identity.page());
            name.map_err(|error| Failure::usage(format!("{}: {error}", Safe(&host.text))))?;
            slot::Target::Remote { host: host.to_string(), slot }
        }
    };
    runtime()?.block_on(async {
        let auto = Auto::new(identity.asks());
        let existing = Mailslots::existing(&auto).await.map_err(|error| not_had(&error))?;
        let mailslots = match existing {
            Some(service) if args.network.check(&service).await.is_ok() => service,
            _ if matches!(target.host, Host::Local) => {
                let text = "no service, and no program of this user, has a mailslot";
                return Err(Failure::not_found(text).with_hint(
                    "`mailslot recv NAME` creates one; users share theirs by `mailslot serve`",
                ));
            }
            _ => {
                let table = Arc::new(Table::new());
                let (live, events) = start(identity.asks(), Arc::clone(&table))?;
                Mailslots::of(live, events, table)
            }
        };
        let route = match mailslots.open(&path.to_string()).await {
            Ok(writer) => writer.send(&data).await,
            Err(error) => Err(error),
        };
        let route = match route {
            Ok(route) => route,
            Err(error) => {
                let failure = failed(&error, &path, mailslots.live().as_deref());
                return Err(match without_network(&error, &mailslots).await {
                    Some(hint) => failure.with_hint(hint),
                    None => failure,
                });
            }
        };
        if args.json {
            json::print(&Sent::new(&route, &path, data.len()))?;
        } else if !args.quiet {
            remark(&said(&route, &path, data.len()));
        }
        Ok(())
    })
}

/// Whether the question for the name could not be sent at all.
fn unasked(live: &Live) -> Option<Failure> {
    let (1.., Some(why)) = live.send_errors() else { return None };
    let failure = Failure::ports(format!("what asks for the name cannot be sent: {why}"));
    Some(failure.with_hint("`mailslot doctor` looks for the reason"))
}

/// Who has this machine's mailslots and no network to write to others on.
async fn without_network(error: &Error, mailslots: &Mailslots) -> Option<String> {
    let Role::Client { path } = mailslots.role() else { return None };
    if error.kind() != ErrorKind::NoNetwork || !matches!(mailslots.node().await, Ok(None)) {
        return None;
    }
    let who = listener(&path);
    let instead = "end it, and start `mailslot serve`, which is on one";
    Some(format!("{who} has this machine's mailslots, without a network: {instead}"))
}

fn failed(error: &Error, path: &slot::Target, live: Option<&Live>) -> Failure {
    if let Some(failure) = live.and_then(unasked) {
        return failure;
    }
    let local = matches!(path, slot::Target::Local(_));
    let text = error.reason().to_string();
    match error.kind() {
        ErrorKind::MessageTooLong if !local => Failure::usage(text).with_hint(
            "mailslots between machines are for short messages: send it in parts, or use a socket",
        ),
        ErrorKind::MessageTooLong | ErrorKind::InvalidPath => Failure::usage(text),
        ErrorKind::NotFound => {
            Failure::not_found(format!("{}: {text}", Safe(&slot_of(path).to_string())))
                .with_hint("which there are: mailslot slots")
        }
        ErrorKind::NameNotFound => match path {
            slot::Target::Remote { host, .. } if host.parse::<Ipv4Addr>().is_ok() => {
                let hint = format!("which name it has: mailslot name status {}", Safe(host));
                Failure::usage("an address is no NetBIOS name").with_hint(hint)
            }
            _ => Failure::not_found(text).with_hint(
                "is it on, in this network, and NetBIOS on? `mailslot doctor` looks for the reason",
            ),
        },
        ErrorKind::NoNetwork => {
            Failure::ports(text).with_hint("`mailslot doctor` looks for the reason")
        }
        ErrorKind::Full | ErrorKind::Closed => Failure::input(text),
        ErrorKind::ServiceLost => Failure::lost(text),
        _ => Failure::ports(text),
    }
}

fn slot_of(path: &slot::Target) -> &LocalName {
    match path {
        slot::Target::Local(slot)
        | slot::Target::OwnDomain(slot)
        | slot::Target::Remote { slot, .. } => slot,
    }
}

/// Where a message went.
#[derive(Serialize)]
struct Sent<'a> {
    event: &'static str,
    slot: String,
    /// None for a slot of this machine, by its path.
    to: Option<Name>,
    /// `local`, `unique` (one host) or `group` (broadcast).
    route: &'static str,
    addresses: &'a [Ipv4Addr],
    octets: usize,
}

impl<'a> Sent<'a> {
    fn new(route: &'a Route, path: &slot::Target, octets: usize) -> Self {
        let (to, route, addresses) = match route {
            Route::OwnName { name } => (Some(*name), "local", &[][..]),
            Route::Host { name, address } => (Some(*name), "unique", std::slice::from_ref(address)),
            Route::Group { name, broadcasts, .. } => (Some(*name), "group", &**broadcasts),
            _ => (None, "local", &[][..]),
        };
        Self { event: "sent", slot: slot_of(path).to_string(), to, route, addresses, octets }
    }
}

fn said(route: &Route, path: &slot::Target, octets: usize) -> String {
    let octets = OctetCount(octets);
    let slot = slot_of(path).to_string();
    let slot = Safe(&slot);
    match route {
        Route::OwnName { name } => format!("{octets} into {slot} of {name}, this machine"),
        Route::Host { name, address } => {
            format!("{octets} sent to {slot} of {name} at {address} (found by broadcast)")
        }
        Route::Group { name, broadcasts, .. } => {
            let through: Vec<_> = broadcasts.iter().map(ToString::to_string).collect();
            format!("{octets} broadcast to {slot} of every {name} at {}", through.join(", "))
        }
        _ => format!("{octets} into {slot} of this machine"),
    }
}
