//! The node: a NetBIOS host without sockets and clock.
//!
//! Packets and the time go in; [`Disposition`]s, [`Event`]s, packets to send and a deadline come
//! out. What drives it does this, over and over:
//!
//! * packets of port 138 into [`Node::input`], of port 137 into [`Node::input_name`], the list of
//!   interfaces into [`Node::interfaces`] where it changed, and at [`Node::deadline`]
//!   [`Node::timeout`];
//! * after each, [`Node::poll_transmit`] and [`Node::poll_event`] until they are empty, and the
//!   wakes of [`Node::take_wakes`] once no lock is held.
//!
//! A datagram's way:
//!
//! ```text
//! received --> decode --> reassemble --> is it ours? --> which slot? --> seen before? --> queue
//!                 \____________ every way out is one counter, see Counters ____________/
//! ```
//!
//! The name service claims names and gives them back, defends them, answers for them, and finds
//! those of others ([RFC 1001] 15, [RFC 1002] 5.1, [MS-NBTE] 3.1): a B node, without WINS.
//!
//! The same node runs [live](crate::runtime), in the replay of a capture under the capture's clock,
//! and in [`sim`](crate::sim). It never blocks and never fails: what it cannot use it counts, with
//! the reason.

mod claims;
mod counters;
mod deliver;
mod duplicates;
mod interface;
mod limiter;
pub mod limits;
mod names;
pub(crate) mod random;
pub mod reassembly;
mod resolve;
mod send;
mod service;
mod sightings;
mod size;

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use crate::slot::{LocalName, Server, Table, Wakes};
use crate::time::Instant;
use crate::wire::netbios::{Name, ScopeBuf};
use crate::wire::oem::CodePage;

pub use counters::{Counters, DropReason, NameCounters, NameDropReason};
pub use deliver::{Carried, Disposition, Received};
pub use interface::{Interface, Port, Transmit};
pub use names::{NameState, OwnName, Owned};
pub use resolve::{Answer, Found, QueryId, Question};
pub use send::{Destination, Route, WriteError, WriteId, Written};
pub use sightings::Sighting;
pub use size::SizePolicy;

use claims::Attached;
use duplicates::Duplicates;
use limiter::Limiter;
use names::Names;
use random::Random;
use reassembly::Reassembler;
use resolve::Resolver;
use sightings::Sightings;

/// How a node behaves. The default is a host without a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether only `names` are ours.
    pub owned: Owned,
    /// Our names: the computer's, the workgroup's, ... At most [`limits::MAX_NAMES`].
    pub names: Vec<OwnName>,
    /// Whom our messages come from; the first unique of `names` where none is said.
    pub computer: Option<Name>,
    /// The own domain or workgroup, where messages to all of it go.
    pub workgroup: Option<Name>,
    /// The scope they are in; nearly always none.
    pub scope: ScopeBuf,
    /// The code page of mailslots' names on the wire.
    pub code_page: CodePage,
    /// Which messages are too large.
    pub size_policy: SizePolicy,
    /// Whether fragments are put together. Mailslot writes have none ([MS-MAIL] 3.1.4.1), so a
    /// live host drops them.
    pub reassemble: bool,
    /// Whether an equal datagram within 250 ms is dropped.
    pub drop_duplicates: bool,
    /// With how many mailslots in its table a write to one that nobody has still creates it:
    /// [`Event::Created`]. 0 is never; [`limits::MAX_CREATED_SLOTS`] where strangers write.
    pub create_slots: usize,
    /// Which messages for names of others are listened to.
    pub observe: Observe,
    /// UDP port of the name service: 137.
    pub name_port: u16,
    /// UDP port of the datagram service: 138.
    pub datagram_port: u16,
    /// Whether these are this node's ports too; else it talks from others, and another node of the
    /// machine may have them.
    pub listens: bool,
    /// Where they are not, the UDP port that its datagrams leave from, so that it knows its own where
    /// another program hands them on.
    pub sends_from: Option<u16>,
    /// Where the ids of packets come from: unforeseeable when live, repeatable in tests.
    pub seed: u64,
}

/// Which messages for names that are not ours are delivered all the same: announcements go to
/// names of the workgroup's master browser, which is nobody's business to claim for listening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Observe {
    /// None.
    #[default]
    Nothing,
    /// Those to these slots.
    Slots(Vec<LocalName>),
    /// All.
    Everything,
}

impl Observe {
    fn wants(&self, slot: &LocalName) -> bool {
        match self {
            Self::Nothing => false,
            Self::Slots(slots) => slots.contains(slot),
            Self::Everything => true,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            owned: Owned::default(),
            names: Vec::new(),
            computer: None,
            workgroup: None,
            scope: ScopeBuf::default(),
            code_page: CodePage::default(),
            size_policy: SizePolicy::default(),
            reassemble: false,
            drop_duplicates: true,
            create_slots: 0,
            observe: Observe::default(),
            name_port: 137,
            datagram_port: 138,
            listens: true,
            sends_from: None,
            seed: 0,
        }
    }
}

/// What happened besides.
#[derive(Debug)]
pub enum Event {
    /// A mailslot was created for a message that is about to be delivered; it lives as long as
    /// this handle.
    Created(Server),
    /// Fragments that were held are dropped.
    FragmentsDropped {
        /// The datagram's UDP source.
        from: SocketAddrV4,
        /// Its `DGM_ID`.
        dgm_id: u16,
        /// How many.
        fragments: usize,
        /// Why.
        reason: DropReason,
    },
    /// An address of the machine is there to be used.
    InterfaceUp(Interface),
    /// It is gone, and with it the names there.
    InterfaceDown(Interface),
    /// It stands otherwise with a name on an interface.
    Name {
        /// The name.
        own: OwnName,
        /// The interface.
        interface: Interface,
        /// How it stands now.
        state: NameState,
    },
    /// A question ended.
    Answered {
        /// Which.
        id: QueryId,
        /// The name that was asked about.
        name: Name,
        /// The answers; none where nobody has the name.
        answers: Vec<Answer>,
    },
    /// A port can no longer be read, and nothing more comes from it. Only a
    /// [live](crate::runtime::Live) node can tell.
    Deaf {
        /// Which.
        port: Port,
        /// Why, in the system's words.
        reason: String,
    },
    /// Nothing comes any more from the program that hands datagrams on, until it
    /// [does again](Self::Resumed) or the node is [deaf](Self::Deaf). Only a
    /// [live](crate::runtime::Live) node beside such a program can tell.
    Interrupted {
        /// Why, in the system's words.
        reason: String,
    },
    /// That program is there again.
    Resumed {
        /// The names that it has now, and this node by it.
        names: Vec<OwnName>,
    },
    /// A write whose name was asked for ended.
    Written {
        /// Which.
        id: WriteId,
        /// Which way it went.
        result: Result<Route, WriteError>,
    },
}

/// Why the node cannot do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeError {
    /// No interface with a network that has broadcasts.
    NoInterface,
    /// Too many names, or too many questions that wait.
    TooMany,
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoInterface => "no network interface that is up and has a broadcast address",
            Self::TooMany => "too many names or questions at a time",
        })
    }
}

impl std::error::Error for NodeError {}

/// A NetBIOS host.
#[derive(Debug)]
pub struct Node {
    config: Config,
    names: Names,
    attached: Vec<Attached>,
    table: Arc<Table>,
    counters: Counters,
    name_counters: NameCounters,
    reassembler: Reassembler<()>,
    duplicates: Duplicates,
    resolver: Resolver,
    limiter: Limiter,
    sightings: Sightings,
    random: Random,
    /// The time of the last call.
    now: Instant,
    /// Whether it gave its names back.
    left: bool,
    next_dgm_id: u16,
    next_write: u64,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
    wakes: Wakes,
}

impl Node {
    /// A node that delivers into the slots of `table`.
    pub fn new(config: Config, table: Arc<Table>) -> Self {
        let names = Names::new(config.owned.clone(), &config.names, config.scope.clone());
        let mut random = Random::new(config.seed);
        Self {
            next_dgm_id: random.u16(),
            random,
            config,
            names,
            attached: Vec::new(),
            table,
            counters: Counters::default(),
            name_counters: NameCounters::default(),
            reassembler: Reassembler::default(),
            duplicates: Duplicates::default(),
            resolver: Resolver::default(),
            limiter: Limiter::default(),
            sightings: Sightings::default(),
            now: Instant::ZERO,
            left: false,
            next_write: 0,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            wakes: Wakes::default(),
        }
    }

    /// The books of the name service.
    pub fn name_counters(&self) -> &NameCounters {
        &self.name_counters
    }

    /// What came for mailslots, or names, that are not here.
    pub fn sightings(&self) -> &[Sighting] {
        &self.sightings.0
    }

    /// The books.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Does what is due at `now`: see [`deadline`](Self::deadline).
    pub fn timeout(&mut self, now: Instant) {
        self.set_clock(now);
        self.expire(now);
        self.run_claims(now);
        self.run_queries(now);
    }

    /// Where the clock was set back, what was due in a moment still is.
    fn set_clock(&mut self, now: Instant) {
        let back = self.now.saturating_since(now);
        if !back.is_zero() {
            for claim in self.attached.iter_mut().flat_map(|attached| &mut attached.claims) {
                claim.advance(back);
            }
            self.resolver.advance(back);
        }
        self.now = now;
    }

    /// When [`timeout`](Self::timeout) has something to do, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        let deadlines =
            [self.reassembler.deadline(), self.claims_deadline(), self.resolver.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// A packet that is to be sent; drained after each call that takes the time.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn transmit(&mut self, transmit: Transmit) {
        if self.transmits.len() < limits::MAX_TRANSMITS {
            self.transmits.push_back(transmit);
        }
    }

    fn port(&self, port: Port) -> u16 {
        match port {
            Port::Name => self.config.name_port,
            Port::Datagram => self.config.datagram_port,
        }
    }

    /// Whether it is this node that sent it. Another program of the machine has another port.
    fn is_own(&self, from: SocketAddrV4, port: Port) -> bool {
        let own = match port {
            _ if self.config.listens => Some(self.port(port)),
            Port::Name => None,
            Port::Datagram => self.config.sends_from,
        };
        own == Some(from.port()) && self.has_address(*from.ip())
    }

    fn has_address(&self, address: Ipv4Addr) -> bool {
        self.attached.iter().any(|attached| attached.interface.address == address)
    }

    /// Whether nothing comes from there: nobody can be answered at port 0, or where many are.
    fn is_bad_source(&self, received: &Received<'_>) -> bool {
        let (ip, port) = (received.from.ip(), received.from.port());
        let broadcast = |attached: &Attached| attached.interface.broadcast == *ip;
        port == 0
            || !is_host(*ip)
            || self.attached.iter().any(broadcast)
            || self.is_loopback_from_outside(received)
    }

    /// Whether it says that it comes from this machine, and came through a network.
    fn is_loopback_from_outside(&self, received: &Received<'_>) -> bool {
        let through = |attached: &&Attached| attached.interface.index == received.interface;
        received.from.ip().is_loopback()
            && self
                .attached
                .iter()
                .find(through)
                .is_some_and(|attached| !attached.interface.address.is_loopback())
    }

    /// Drops the fragments that are held: nothing more will come.
    pub fn finish(&mut self) {
        let mut expired = Vec::new();
        self.reassembler.finish(|unfinished| expired.push(unfinished));
        self.fragments_expired(expired);
    }

    /// What happened; drained after each call that takes the time.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The readers that have something to collect.
    pub fn take_wakes(&mut self) -> Wakes {
        std::mem::take(&mut self.wakes)
    }

    fn expire(&mut self, now: Instant) {
        if self.reassembler.deadline().is_none() {
            return;
        }
        let mut expired = Vec::new();
        self.reassembler.expire(now, |unfinished| expired.push(unfinished));
        self.fragments_expired(expired);
    }

    fn fragments_expired(&mut self, expired: Vec<reassembly::Expired<()>>) {
        for reassembly::Expired { key, parts } in expired {
            self.fragments_dropped(key.from, key.dgm_id, parts.len(), DropReason::FragmentTimeout);
        }
    }

    /// Moves held fragments to the drops.
    fn fragments_dropped(
        &mut self,
        from: SocketAddrV4,
        dgm_id: u16,
        fragments: usize,
        reason: DropReason,
    ) {
        if fragments > 0 {
            let count = fragments as u64;
            self.counters.held -= count;
            self.counters.drop_for(reason, count);
            self.events.push_back(Event::FragmentsDropped { from, dgm_id, fragments, reason });
        }
    }
}

/// Whether a host can have that address.
fn is_host(address: Ipv4Addr) -> bool {
    !address.is_broadcast() && !address.is_multicast() && !address.is_unspecified()
}

impl Drop for Node {
    fn drop(&mut self) {
        // Wherever a node ends, in every test: its books balance, and what it says it holds is
        // what it holds.
        if !std::thread::panicking() {
            debug_assert_eq!(self.counters.held, self.reassembler.held() as u64);
            debug_assert!(self.counters.balance(), "{:?}", self.counters);
            debug_assert!(self.name_counters.balance(), "{:?}", self.name_counters);
        }
    }
}
