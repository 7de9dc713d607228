//! A LAN in memory, for tests: many nodes under one clock and one seed, with networks that lose,
//! repeat, delay and part.
//!
//! Everything that happens follows from the seed and from what a test does: print
//! [`Lan::seed`] where a test fails, and the same seed fails in the same way. A second of the LAN's
//! time takes no time.
//!
//! ```
//! use std::time::Duration;
//! use mailslot::node::{Destination, OwnName};
//! use mailslot::sim::{Faults, Lan};
//! use mailslot::slot::{LocalName, Read};
//!
//! let mut lan = Lan::new(7, Faults::NONE);
//! let (ada, bob) = (lan.add("ADA", "WORKGROUP"), lan.add("BOB", "WORKGROUP"));
//! let alerts = LocalName::parse("alerts").unwrap();
//! let slot = lan.create(bob, &alerts);
//! lan.run_for(Duration::from_secs(1)); // until the names are claimed
//! let name = lan.computer(bob);
//! lan.write(ada, Destination::Name(name), &alerts, b"hello").unwrap();
//! lan.run_for(Duration::from_secs(1));
//! let Ok(Read::Done(message)) = slot.read(lan.now(), 424) else { panic!() };
//! assert_eq!(message.data, "hello");
//! ```
//!
//! What a program does with messages is to hold under any seed:
//!
//! ```
//! # use std::time::Duration;
//! # use mailslot::node::Destination;
//! # use mailslot::sim::{Faults, Lan};
//! # use mailslot::slot::{LocalName, Read};
//! // Every tenth copy is lost, every tenth comes twice, and some overtake others.
//! let faults = Faults { loss: 100, duplication: 100, jitter: Duration::from_millis(20) };
//! // One seed of a failure, here, is how it is repeated.
//! for seed in 1..=20 {
//!     let mut lan = Lan::new(seed, faults);
//!     let (ada, bob) = (lan.add("ADA", "WORKGROUP"), lan.add("BOB", "WORKGROUP"));
//!     let alerts = LocalName::parse("alerts").unwrap();
//!     let slot = lan.create(bob, &alerts);
//!     lan.run_for(Duration::from_secs(1));
//!     for number in 0..50_u8 {
//!         lan.write(ada, Destination::OwnDomain, &alerts, &[number]).unwrap();
//!         lan.run_for(Duration::from_millis(100));
//!     }
//!     let mut seen = Vec::new();
//!     while let Ok(Read::Done(message)) = slot.read(lan.now(), 424) {
//!         seen.push(message.data[0]);
//!     }
//!     // Mailslots lose. They do not repeat, nor mix up what is apart in time.
//!     assert!(seen.len() > 25 && seen.is_sorted_by(|a, b| a < b), "seed {}: {seen:?}", lan.seed());
//! }
//! ```

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use crate::node::random::Random;
use crate::node::{
    Config, Destination, Event, Interface, Node, OwnName, Owned, Port, Received, Transmit,
    WriteError, Written,
};
use crate::slot::{LocalName, Options, Server, Table};
use crate::time::Instant;
use crate::wire::netbios::{Name, Suffix};

/// What the network does to packets, in thousandths of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// So many copies never arrive.
    pub loss: u16,
    /// So many copies arrive twice.
    pub duplication: u16,
    /// Each copy takes 100 µs and up to so long more, so that they overtake each other.
    pub jitter: Duration,
}

impl Faults {
    /// A network that works.
    pub const NONE: Self = Self { loss: 0, duplication: 0, jitter: Duration::ZERO };
}

/// A host of a [`Lan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(usize);

#[derive(Debug)]
struct Host {
    node: Node,
    table: Arc<Table>,
    computer: Name,
    address: Ipv4Addr,
    /// Hosts hear each other where this is equal.
    part: u32,
    /// How far its clock is ahead of the LAN's.
    ahead: Duration,
    events: Vec<Event>,
}

/// A copy of a packet on its way to one host.
#[derive(Debug)]
struct Flying {
    arrives: Instant,
    /// Breaks ties, so that nothing depends on the heap.
    number: u64,
    to: HostId,
    port: Port,
    from: SocketAddrV4,
    destination: Ipv4Addr,
    payload: Arc<[u8]>,
}

impl PartialEq for Flying {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Flying {}

impl PartialOrd for Flying {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Flying {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.arrives, self.number).cmp(&(other.arrives, other.number))
    }
}

/// One broadcast domain, `10.0.0.0/8`, and the hosts on it.
#[derive(Debug)]
pub struct Lan {
    seed: u64,
    random: Random,
    faults: Faults,
    now: Instant,
    hosts: Vec<Host>,
    flying: BinaryHeap<Reverse<Flying>>,
    sent: u64,
}

const BROADCAST: Ipv4Addr = Ipv4Addr::new(10, 255, 255, 255);
const INTERFACE: u32 = 1;

impl Lan {
    /// A LAN without hosts, at a time that is far from 0.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self {
            seed,
            random: Random::new(seed),
            faults,
            now: Instant::from_millis(1_000_000),
            hosts: Vec::new(),
            flying: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// What everything followed from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The LAN's clock, by which slots are read.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Changes what the network does from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// A host that claims `computer<00>`, `computer<20>` and the group `workgroup<00>`.
    ///
    /// # Panics
    ///
    /// Where the texts are no NetBIOS names.
    #[expect(clippy::expect_used, reason = "a tool for tests: wrong names are to stop them")]
    pub fn add(&mut self, computer: &str, workgroup: &str) -> HostId {
        let name = |text| Name::new(text, Suffix::WORKSTATION).expect("a NetBIOS name");
        let (computer, workgroup) = (name(computer), name(workgroup));
        let names = vec![
            OwnName::unique(computer),
            OwnName::group(workgroup),
            OwnName::unique(computer.with_suffix(Suffix::SERVER)),
        ];
        let owned = Owned::Claimed;
        let config = Config { owned, names, workgroup: Some(workgroup), ..Config::default() };
        self.add_with(computer, config)
    }

    /// A host with a node of any kind. Its ports are to be 137 and 138.
    pub fn add_with(&mut self, computer: Name, mut config: Config) -> HostId {
        let id = HostId(self.hosts.len());
        config.seed = self.random.u64();
        let table = Arc::new(Table::new());
        let node = Node::new(config, Arc::clone(&table));
        let [.., high, low] = (id.0 + 1).to_be_bytes();
        let address = Ipv4Addr::new(10, 0, high, low);
        let events = Vec::new();
        let ahead = Duration::ZERO;
        self.hosts.push(Host { node, table, computer, address, part: 0, ahead, events });
        self.connect(id, true);
        id
    }

    /// Plugs a host in, or out: then it has no interface.
    pub fn connect(&mut self, id: HostId, connected: bool) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(id.0) else { return };
        let interface = Interface {
            index: INTERFACE,
            name: "sim0".into(),
            address: host.address,
            prefix_len: 8,
            broadcast: BROADCAST,
            unit_id: [2, 0, 0, 0, 0, 1],
        };
        host.node.interfaces(now + host.ahead, if connected { vec![interface] } else { vec![] });
        self.flush(id);
    }

    /// Parts the network: hosts hear each other where their `part` is equal. All begin in part 0.
    pub fn part(&mut self, id: HostId, part: u32) {
        if let Some(host) = self.hosts.get_mut(id.0) {
            host.part = part;
        }
    }

    /// Sets a host's clock to so much ahead of the LAN's; less than before is a step back.
    pub fn set_clock(&mut self, id: HostId, ahead: Duration) {
        if let Some(host) = self.hosts.get_mut(id.0) {
            host.ahead = ahead;
        }
    }

    /// A slot on a host.
    ///
    /// # Panics
    ///
    /// Where there is no such host, or it has that slot.
    #[expect(clippy::expect_used, reason = "a tool for tests")]
    pub fn create(&mut self, id: HostId, slot: &LocalName) -> Server {
        let host = self.hosts.get(id.0).expect("a host of this LAN");
        host.table.create(self.now, slot, &Options::default()).expect("a slot that is free")
    }

    /// Writes a message from a host.
    ///
    /// # Errors
    ///
    /// As [`Node::write`].
    pub fn write(
        &mut self,
        id: HostId,
        destination: Destination,
        slot: &LocalName,
        data: &[u8],
    ) -> Result<Written, WriteError> {
        self.with(id, |node, now| node.write(now, destination, slot, data))
    }

    /// Does something with a host's node at its own time, and sends what it has to send.
    ///
    /// # Panics
    ///
    /// Where there is no such host.
    #[expect(clippy::expect_used, reason = "a tool for tests")]
    pub fn with<T>(&mut self, id: HostId, act: impl FnOnce(&mut Node, Instant) -> T) -> T {
        let now = self.now;
        let host = self.hosts.get_mut(id.0).expect("a host of this LAN");
        let result = act(&mut host.node, now + host.ahead);
        self.flush(id);
        result
    }

    /// A host's node.
    pub fn node(&self, id: HostId) -> Option<&Node> {
        self.hosts.get(id.0).map(|host| &host.node)
    }

    /// A host's own name.
    pub fn computer(&self, id: HostId) -> Name {
        self.hosts.get(id.0).map_or(Name::WILDCARD, |host| host.computer)
    }

    /// All hosts.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.hosts.len()).map(HostId)
    }

    /// What happened on a host since this was last asked.
    pub fn events(&mut self, id: HostId) -> Vec<Event> {
        self.hosts.get_mut(id.0).map_or_else(Vec::new, |host| std::mem::take(&mut host.events))
    }

    /// A packet that no node wrote, from any source to all hosts of part 0.
    pub fn inject(&mut self, port: Port, from: SocketAddrV4, payload: &[u8]) {
        let payload: Arc<[u8]> = payload.into();
        for to in self.hosts() {
            if self.hosts.get(to.0).is_some_and(|host| host.part == 0) {
                self.fly(to, port, from, BROADCAST, &payload);
            }
        }
    }

    /// Lets that much time pass.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let arrival = self.flying.peek().map(|Reverse(flying)| flying.arrives);
            let due = self.hosts().filter_map(|id| Some((self.due(id)?, id))).min();
            let next = match (arrival, due) {
                (Some(arrival), Some((due, _))) => arrival.min(due),
                (Some(next), None) | (None, Some((next, _))) => next,
                (None, None) => break,
            };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            match due {
                Some((due, id)) if arrival.is_none_or(|arrival| due < arrival) => {
                    self.with(id, Node::timeout);
                }
                _ => self.arrive(),
            }
        }
        self.now = end;
    }

    /// When a host has something to do, by the LAN's clock.
    fn due(&self, id: HostId) -> Option<Instant> {
        let host = self.hosts.get(id.0)?;
        let deadline = host.node.deadline()?;
        Some(Instant::ZERO + deadline.saturating_since(Instant::ZERO + host.ahead))
    }

    fn arrive(&mut self) {
        let Some(Reverse(flying)) = self.flying.pop() else { return };
        let now = self.now;
        let Some(host) = self.hosts.get_mut(flying.to.0) else { return };
        let port = match flying.port {
            Port::Name => 137,
            Port::Datagram => 138,
        };
        let received = Received {
            interface: INTERFACE,
            from: flying.from,
            to: SocketAddrV4::new(flying.destination, port),
            payload: &flying.payload,
        };
        match flying.port {
            Port::Name => host.node.input_name(now + host.ahead, received),
            Port::Datagram => drop(host.node.input(now + host.ahead, received)),
        }
        self.flush(flying.to);
    }

    /// Sends what a host has to send, and notes what happened there.
    fn flush(&mut self, id: HostId) {
        loop {
            let Some(host) = self.hosts.get_mut(id.0) else { return };
            host.node.take_wakes().fire();
            while let Some(event) = host.node.poll_event() {
                host.events.push(event);
            }
            let Some(transmit) = host.node.poll_transmit() else { return };
            let part = host.part;
            self.transmit(transmit, part);
        }
    }

    fn transmit(&mut self, transmit: Transmit, part: u32) {
        let Transmit { port, from, to, payload, .. } = transmit;
        let payload: Arc<[u8]> = payload.into();
        let source_port = match port {
            Port::Name => 137,
            Port::Datagram => 138,
        };
        let from = SocketAddrV4::new(from, source_port);
        let service = if to.port() == 137 { Port::Name } else { Port::Datagram };
        for id in self.hosts() {
            let Some(host) = self.hosts.get(id.0) else { continue };
            // A broadcast comes back to its sender, as it does from a kernel.
            let heard = *to.ip() == BROADCAST || *to.ip() == host.address;
            if !heard || host.part != part {
                continue;
            }
            let own = host.address == *from.ip();
            if own || !self.chance(self.faults.loss) {
                self.fly(id, service, from, *to.ip(), &payload);
            }
            if !own && self.chance(self.faults.duplication) {
                self.fly(id, service, from, *to.ip(), &payload);
            }
        }
    }

    fn fly(
        &mut self,
        to: HostId,
        port: Port,
        from: SocketAddrV4,
        destination: Ipv4Addr,
        payload: &Arc<[u8]>,
    ) {
        let jitter = u64::try_from(self.faults.jitter.as_micros()).unwrap_or(u64::MAX);
        let late = if jitter == 0 { 0 } else { self.random.u64() % jitter };
        let arrives = self.now + Duration::from_micros(100 + late);
        self.sent += 1;
        let payload = Arc::clone(payload);
        let number = self.sent;
        self.flying.push(Reverse(Flying { arrives, number, to, port, from, destination, payload }));
    }

    fn chance(&mut self, thousandths: u16) -> bool {
        thousandths > 0 && self.random.u64() % 1000 < u64::from(thousandths)
    }
}
