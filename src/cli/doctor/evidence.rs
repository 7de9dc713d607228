//! What was seen, before anything is concluded from it.

use std::net::Ipv4Addr;

use super::filter::{Outcome, Site};
use crate::net::evidence::Link;
use crate::node::{Interface, Sighting};
use crate::wire::netbios::Name;

/// All that the doctor knows.
#[derive(Debug)]
pub(super) struct Evidence {
    /// Whether commands need no `sudo`.
    pub(super) root: bool,
    /// This computer and its workgroup, as the options say.
    pub(super) computer: Name,
    pub(super) workgroup: Name,
    /// The mailslot that messages are missed in.
    pub(super) slot: Option<String>,
    /// Whether it is the LAN inside this machine.
    pub(super) loopback: bool,
    pub(super) wanted: Wanted,
    pub(super) links: Vec<Link>,
    /// Of these, what a node uses.
    pub(super) interfaces: Vec<Interface>,
    /// The port of the name service, and that of the datagram service.
    pub(super) ports: [Port; 2],
    /// Whether nmbd hands datagrams on to programs of this machine, where it runs; else why not.
    pub(super) nmbd: Option<Result<(), String>>,
    /// What a capability would be given to.
    pub(super) program: Option<String>,
    /// Octets of receive buffer that a socket gets, and that were asked for.
    pub(super) buffer: Option<(usize, usize)>,
    pub(super) filter: Filter,
    /// What came back of broadcasts that were sent from here.
    pub(super) echoes: Vec<Echo>,
    /// What could not be sent at all.
    pub(super) unsent: Option<String>,
    /// The names of the node that has the ports on this machine.
    pub(super) running: Option<Names>,
    /// Whether the doctor had the ports, and its names, for a time.
    pub(super) listened: bool,
    pub(super) rivals: Vec<Rival>,
    pub(super) peer: Option<Peer>,
    pub(super) sightings: Vec<Sighting>,
    /// Messages that came to the slot meanwhile, by sender.
    pub(super) messages: Vec<Name>,
    /// Seconds that it was listened.
    pub(super) seconds: f64,
}

/// Which interfaces the options name.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) only: Vec<String>,
    pub(super) not: Vec<String>,
    pub(super) address: Option<Ipv4Addr>,
}

/// How it stands with a UDP port.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) state: PortState,
    /// What the kernel threw away on its way to whoever has it.
    pub(super) drops: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PortState {
    /// It can be had.
    Free,
    /// Others have it.
    Held { holders: Vec<Holder>, permitted: bool },
    /// It needs a capability.
    Forbidden,
    /// The system says something else.
    Refused(String),
}

/// A process that has a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// None where this user may not look into it.
    pub(super) process: Option<Process>,
    pub(super) user: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) name: String,
    /// With its arguments.
    pub(super) command: String,
    /// Its service of systemd.
    pub(super) unit: Option<String>,
    /// Whether it is a mailslot of ours.
    pub(super) is_mailslot: bool,
}

/// What is known of packet filters.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Why rules could not be read, where they could not.
    pub(super) unread: Option<String>,
    pub(super) verdicts: Vec<Verdict>,
}

/// Which packets a filter was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Traffic {
    /// What others send to one of our ports.
    Inbound,
    /// What others answer to questions from other ports than ours.
    Answers,
    /// What we send.
    Outbound,
}

/// What the rules do with it.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) traffic: Traffic,
    pub(super) port: u16,
    pub(super) interface: Interface,
    pub(super) outcome: Outcome,
}

impl Verdict {
    /// Where it is dropped, and whether that is certain.
    pub(super) fn site(&self) -> Option<(&Site, bool)> {
        match &self.outcome {
            Outcome::Passes => None,
            Outcome::Dropped(site) => Some((site, true)),
            Outcome::MayBeDropped(site) => Some((site, false)),
        }
    }
}

/// A broadcast that this machine sent, and hears itself: it comes in as one of others does.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    pub(super) interface: Interface,
    pub(super) port: u16,
    pub(super) heard: bool,
}

/// The names of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) computer: Option<Name>,
    pub(super) workgroup: Option<Name>,
}

/// Another host that has a name of ours.
#[derive(Clone, Debug)]
pub(super) struct Rival {
    pub(super) name: Name,
    /// Whether the name is our workgroup's.
    pub(super) group: bool,
    pub(super) address: Ipv4Addr,
    pub(super) mac: Option<[u8; 6]>,
    /// What it calls itself.
    pub(super) names: Option<Names>,
}

/// The machine that is to be heard.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// As it was given.
    pub(super) text: String,
    pub(super) by_address: bool,
    pub(super) address: Option<Ipv4Addr>,
    /// Whether no router is between.
    pub(super) on_link: bool,
    pub(super) names: Option<Names>,
}
