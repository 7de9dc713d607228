//! `mailslot doctor`: why nothing arrives.
//!
//! Evidence is gathered first, of the machine and then of the network; what follows from it is
//! decided apart from that, so that tests can plant evidence.

mod echo;
mod evidence;
mod filter;
mod finding;
mod gather;
mod judge;
mod live;
mod report;

use std::net::Ipv4Addr;
use std::time::Duration;

use super::decode::TextArgs;
use super::failure::Failure;
use super::network::{Identity, NetworkArgs, runtime};
use super::payload::Safe;
use super::recv::seconds;
use super::target::{Host, HostName, Target, TargetError};
use crate::net::{self, RECEIVE_BUFFER, Socket};
use crate::slot::LocalName;
use crate::wire::netbios::{Name, Suffix};
use evidence::Evidence;
use finding::Severity;

/// Say why nothing arrives: the one fault first, with the command that mends it
///
/// Looks at interfaces, ports, permission, packet filters, names and workgroups, in the order of
/// cause; listens for a moment; and says last what can be seen only at the other end. Give it the
/// options of the `recv` that hears nothing. It sends a few broadcasts of its own, and has the
/// ports and names where they are free for as long as it listens.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The machine that is not heard: its name, its address, or a target on it
    #[arg(value_name = "PEER")]
    peer: Option<String>,

    /// The mailslot in which messages are missed; it is listened to meanwhile
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,

    /// Listen so long, in seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "3")]
    timeout: Duration,

    /// Write one JSON object a finding
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    text: TextArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot doctor
  mailslot doctor --workgroup OFFICE WINBOX
  mailslot doctor LINUXBOX:alerts --timeout 1 --json

Exit codes, by the first fault:
  0    no fault was found
  1    an interface, a packet filter, another workgroup
  3    a port is held, or permission is missing
  4    another machine has the name
  6    PEER does not answer";

/// The machine that is asked about.
struct Peer<'a> {
    text: &'a str,
    /// None where it is an address.
    name: Option<Name>,
}

impl Args {
    fn peer<'a>(&self, text: &'a str, identity: &Identity) -> Result<Peer<'a>, Failure> {
        if text.parse::<Ipv4Addr>().is_ok() {
            return Ok(Peer { text, name: None });
        }
        let usage = |why: String| Failure::usage(format!("{}: {why}", Safe(text)));
        let host: HostName = text.parse().map_err(|error: TargetError| usage(error.to_string()))?;
        let name = host.name(Suffix::WORKSTATION, self.text.code_page);
        let name = name.map_err(|error| usage(error.to_string()))?;
        if name.matches(&identity.computer) {
            return Err(usage("that is this machine's own name".into())
                .with_hint("name the machine that is not heard"));
        }
        Ok(Peer { text, name: Some(name) })
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let identity = args.network.identity(args.text.code_page)?;
    // A target is a host and a slot.
    let target = args.peer.as_deref().filter(|text| text.contains([':', '\\', '/']));
    let target = target.map(Target::parse).transpose()?;
    let (host, slot) = match &target {
        Some(Target { host: Host::Named(host), slot }) => (Some(&*host.text), Some(&**slot)),
        Some(_) => return Err(Failure::usage("PEER is one other machine")),
        None => (args.peer.as_deref(), None),
    };
    let peer = host.map(|text| args.peer(text, &identity)).transpose()?;
    let text = args.slot.as_deref().or(slot);
    let slot = text
        .map(|text| {
            LocalName::parse(text)
                .map_err(|error| Failure::usage(format!("{}: {error}", Safe(text))))
        })
        .transpose()?;
    let mut evidence = machine(&identity, args.network.loopback, text)?;
    let wanted = live::Wanted {
        slot: slot.as_ref(),
        peer: peer.map(|peer| (peer.text, peer.name)),
        listen: args.timeout,
    };
    if !evidence.interfaces.is_empty() {
        runtime()?.block_on(live::examine(&mut evidence, &identity, &wanted))?;
    }
    let findings = judge::findings(&evidence);
    report::print(&findings, &evidence, args.json)?;
    match findings.first() {
        Some(first) if first.severity == Severity::Fault => Err(Failure::said(first.exit_code())),
        _ => Ok(()),
    }
}

/// What this machine shows by itself.
fn machine(identity: &Identity, loopback: bool, slot: Option<&str>) -> Result<Evidence, Failure> {
    let unlisted = |error| Failure::ports(format!("no network: {error}"));
    let interfaces = identity.network.interfaces().map_err(unlisted)?;
    let (ports, sockets) = gather::ports(identity);
    let (echoes, unsent) = sockets.as_ref().map_or_else(Default::default, |sockets| {
        echo::echoes(identity.computer, &interfaces, sockets)
    });
    let (name, datagram) = identity.ports();
    let filter = gather::filter(&interfaces, [name, datagram]);
    Ok(Evidence {
        root: gather::is_root(),
        computer: identity.computer,
        workgroup: identity.workgroup,
        slot: slot.map(str::to_owned),
        loopback,
        wanted: gather::wanted(&identity.network),
        links: net::evidence::links().map_err(unlisted)?,
        interfaces,
        ports,
        nmbd: if loopback { None } else { gather::nmbd() },
        program: gather::program(),
        buffer: buffer(sockets.as_ref()),
        filter,
        echoes,
        unsent,
        running: None,
        listened: false,
        rivals: Vec::new(),
        peer: None,
        sightings: Vec::new(),
        messages: Vec::new(),
        seconds: 0.0,
    })
}

/// What a socket gets of what is asked for: of one on any port, where ours are held.
fn buffer(sockets: Option<&[Vec<Socket>; 2]>) -> Option<(usize, usize)> {
    let any = || net::open(&net::Config { port: 0, bind: None }).ok();
    let given = match sockets {
        Some([name, _]) => name.first()?.receive_buffer(),
        None => any()?.first()?.receive_buffer(),
    };
    Some((given.ok()?, RECEIVE_BUFFER))
}
