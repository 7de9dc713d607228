//! A node on a network of the test's own making: packets go in, packets come out, and time passes
//! when the test says so.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use mailslot::node::{
    Config, Event, Interface, NameDropReason, NameState, Node, OwnName, Owned, Port, Received,
    Transmit,
};
use mailslot::slot::Table;
use mailslot::time::Instant;
use mailslot::wire::nbns::{Claim, NbEntry, NbFlags, Packet};
use mailslot::wire::netbios::{Name, ScopeBuf, ScopedName, Suffix};

/// The station's address, and that of everyone on its network, 10.77.0.0/24.
pub(super) const HERE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 5);
pub(super) const EVERYONE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 255);
/// A host of that network with a lower address, and one with a higher.
pub(super) const LOWER: SocketAddrV4 = at([10, 77, 0, 2]);
pub(super) const PEER: SocketAddrV4 = at([10, 77, 0, 10]);
/// A host beyond a router.
pub(super) const FAR: SocketAddrV4 = at([192, 0, 2, 7]);
/// The index of the station's interface.
pub(super) const ETH0: u32 = 2;

pub(super) const fn at(address: [u8; 4]) -> SocketAddrV4 {
    let [a, b, c, d] = address;
    SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), 137)
}

pub(super) fn name(text: &str, suffix: u8) -> Name {
    Name::new(text, Suffix(suffix)).expect("a name")
}

pub(super) fn linuxbox() -> Name {
    name("LINUXBOX", 0x00)
}

pub(super) fn office() -> Name {
    name("OFFICE", 0x00)
}

pub(super) fn scope(text: &str) -> ScopeBuf {
    ScopeBuf::new(text).expect("a scope")
}

pub(super) fn scoped(name: Name, scope: &ScopeBuf) -> ScopedName<'_> {
    ScopedName { scope: scope.as_scope(), ..name.into() }
}

/// An address of an adapter, its broadcast address the network's last.
pub(super) fn interface(index: u32, address: [u8; 4], prefix_len: u8) -> Interface {
    let address = Ipv4Addr::from(address);
    let hosts = u32::MAX.checked_shr(prefix_len.into()).unwrap_or_default();
    Interface {
        index,
        name: format!("if{index}"),
        address,
        prefix_len,
        broadcast: Ipv4Addr::from(u32::from(address) | hosts),
        unit_id: [2, 0, 0, 0, 0, 5],
    }
}

pub(super) fn eth0() -> Interface {
    interface(ETH0, HERE.octets(), 24)
}

pub(super) fn unique(address: Ipv4Addr) -> NbEntry {
    NbEntry { nb_flags: NbFlags::empty(), nb_address: address }
}

pub(super) fn group(address: Ipv4Addr) -> NbEntry {
    NbEntry { nb_flags: NbFlags::GROUP, nb_address: address }
}

/// What `from` says to everyone of a name that it takes for itself.
pub(super) fn claim(name: Name, from: SocketAddrV4) -> Claim<'static> {
    Claim { name: name.into(), entry: unique(*from.ip()), ttl: 300_000, broadcast: true }
}

/// The same of a group's name.
pub(super) fn group_claim(name: Name, from: SocketAddrV4) -> Claim<'static> {
    Claim { entry: group(*from.ip()), ..claim(name, from) }
}

/// Where a packet ended: in which counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    Used,
    Dropped(NameDropReason),
}

/// What a packet led to.
#[derive(Debug)]
pub(super) struct Reaction {
    pub(super) fate: Fate,
    pub(super) sent: Vec<Transmit>,
}

impl Reaction {
    /// The one packet that was sent, and that it was in answer.
    pub(super) fn answer(self) -> Transmit {
        assert_eq!(self.fate, Fate::Answered);
        let [transmit] = self.sent.try_into().expect("one packet");
        transmit
    }

    /// That the packet was dropped for that reason, and nothing was sent.
    #[track_caller]
    pub(super) fn dropped(self, reason: NameDropReason) {
        assert_eq!((self.fate, &self.sent[..]), (Fate::Dropped(reason), &[][..]));
    }

    /// That the packet was taken note of, and nothing was sent.
    #[track_caller]
    pub(super) fn used(self) {
        assert_eq!((self.fate, &self.sent[..]), (Fate::Used, &[][..]));
    }
}

pub(super) struct Station {
    pub(super) node: Node,
    pub(super) table: Arc<Table>,
    pub(super) now: Instant,
}

impl Station {
    /// LINUXBOX in OFFICE, on no network yet.
    pub(super) fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.owned = Owned::Claimed;
        config.names = vec![OwnName::unique(linuxbox()), OwnName::group(office())];
        config.workgroup = Some(office());
        config.seed = 1;
        change(&mut config);
        let table = Arc::new(Table::new());
        let node = Node::new(config, Arc::clone(&table));
        Self { node, table, now: Instant::from_millis(1_000_000) }
    }

    /// On its network, a second after it came: its names are its own.
    pub(super) fn settled() -> Self {
        Self::settled_with(|_| {})
    }

    pub(super) fn settled_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::settled_on(vec![eth0()], change)
    }

    pub(super) fn settled_on(interfaces: Vec<Interface>, change: impl FnOnce(&mut Config)) -> Self {
        let mut station = Self::new(change);
        station.interfaces(interfaces);
        station.run(1000);
        station.events();
        station
    }

    pub(super) fn interfaces(&mut self, interfaces: Vec<Interface>) {
        self.node.interfaces(self.now, interfaces);
    }

    /// What is to be sent.
    pub(super) fn sent(&mut self) -> Vec<Transmit> {
        std::iter::from_fn(|| self.node.poll_transmit()).collect()
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        self.node.take_wakes().fire();
        std::iter::from_fn(|| self.node.poll_event()).collect()
    }

    /// How it stood with names: the states that were told of.
    pub(super) fn states(&mut self) -> Vec<(Name, NameState)> {
        let named = |event| match event {
            Event::Name { own, state, .. } => Some((own.name, state)),
            _ => None,
        };
        self.events().into_iter().filter_map(named).collect()
    }

    /// Lets time pass; what was sent, at how many milliseconds from now.
    pub(super) fn run(&mut self, millis: u64) -> Vec<(u64, Transmit)> {
        let start = self.now;
        let end = Instant::from_micros(start.as_micros() + 1000 * millis);
        let mut sent: Vec<_> = self.sent().into_iter().map(|transmit| (0, transmit)).collect();
        let mut steps = 0;
        while let Some(due) = self.node.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.node.timeout(self.now);
            let after = u64::try_from((self.now - start).as_millis()).expect("a short test");
            sent.extend(self.sent().into_iter().map(|transmit| (after, transmit)));
            steps += 1;
            assert!(steps < 10_000, "what is due is done at once");
        }
        self.now = end;
        sent
    }

    /// Lets time pass in which nobody looks what is due.
    pub(super) fn skip(&mut self, millis: u64) {
        self.now = Instant::from_micros(self.now.as_micros() + 1000 * millis);
    }

    /// A packet of the name service comes.
    pub(super) fn receive(&mut self, received: Received<'_>) -> Reaction {
        assert_eq!(self.sent(), [], "the test takes what was sent before");
        let before = self.node.name_counters().clone();
        self.node.input_name(self.now, received);
        let after = self.node.name_counters();
        assert_eq!(after.received, before.received + 1);
        let dropped = NameDropReason::ALL
            .iter()
            .map(|&reason| (Fate::Dropped(reason), after.dropped(reason) - before.dropped(reason)));
        let kept = [
            (Fate::Answered, after.answered - before.answered),
            (Fate::Used, after.used - before.used),
        ];
        let fates: Vec<_> = kept.into_iter().chain(dropped).filter(|fate| fate.1 > 0).collect();
        let [(fate, 1)] = fates[..] else { panic!("not in exactly one counter: {fates:?}") };
        Reaction { fate, sent: self.sent() }
    }

    /// A packet that `from` sent to everyone.
    pub(super) fn hear(&mut self, from: SocketAddrV4, packet: &Packet<'_>) -> Reaction {
        self.octets(from, EVERYONE, &packet.to_vec())
    }

    /// A packet that `from` sent to the station alone.
    pub(super) fn told(&mut self, from: SocketAddrV4, packet: &Packet<'_>) -> Reaction {
        self.octets(from, HERE, &packet.to_vec())
    }

    pub(super) fn octets(&mut self, from: SocketAddrV4, to: Ipv4Addr, payload: &[u8]) -> Reaction {
        let to = SocketAddrV4::new(to, 137);
        self.receive(Received { interface: ETH0, from, to, payload })
    }

    /// How it stands with a name on the first interface.
    pub(super) fn state(&self, wanted: Name) -> NameState {
        let mut names = self.node.names();
        names.find(|(own, ..)| own.name == wanted).expect("an own name").2
    }
}

pub(super) fn decoded(transmit: &Transmit) -> Packet<'_> {
    let decoded = Packet::decode(&transmit.payload).expect("what a node writes");
    assert!(decoded.notes.iter().next().is_none_or(|note| note.name() == "uncounted_record"));
    decoded.value
}

pub(super) fn trn_id(transmit: &Transmit) -> u16 {
    decoded(transmit).header.name_trn_id
}

/// What is broadcast from the station's interface, from the name service's port.
pub(super) fn broadcast(packet: &Packet<'_>) -> Transmit {
    to(SocketAddrV4::new(EVERYONE, 137), packet)
}

/// What goes from the station to one host.
pub(super) fn to(to: SocketAddrV4, packet: &Packet<'_>) -> Transmit {
    Transmit { port: Port::Name, interface: ETH0, from: HERE, to, payload: packet.to_vec() }
}

/// Only those about a name.
pub(super) fn about(wanted: Name, sent: Vec<(u64, Transmit)>) -> Vec<(u64, Transmit)> {
    let about = |transmit: &Transmit| {
        transmit.port == Port::Name && decoded(transmit).name().is_some_and(|n| n.name == wanted)
    };
    sent.into_iter().filter(|(_, transmit)| about(transmit)).collect()
}

pub(super) fn times(sent: &[(u64, Transmit)]) -> Vec<u64> {
    sent.iter().map(|(after, _)| *after).collect()
}

/// A frame's payload of one of the captures of Samba, by its number.
pub(super) fn samba(capture: &str, frame: usize) -> Vec<u8> {
    use mailslot::capture::{Dissector, Packet, Reader};
    let path = format!("{}/testdata/samba/{capture}.pcap", env!("CARGO_MANIFEST_DIR"));
    let octets = std::fs::read(path).expect("a capture");
    let mut reader = Reader::new(&octets[..]).expect("a capture");
    let mut dissector = Dissector::new();
    for _ in 1..frame {
        reader.next().expect("undamaged").expect("a frame");
    }
    let frame = reader.next().expect("undamaged").expect("a frame");
    let Packet::Udp(udp) = dissector.udp(&frame) else { panic!("no UDP") };
    udp.payload.to_vec()
}

/// The same octets but for `NAME_TRN_ID`, which whoever asks makes up.
pub(super) fn with_id(mut payload: Vec<u8>, of: &Transmit) -> Vec<u8> {
    payload[..2].copy_from_slice(&of.payload[..2]);
    payload
}
