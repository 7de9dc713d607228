//! A node that claims names on a network, and whatever packets of the name service come there.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use mailslot::node::{
    Config, Destination, Interface, NameCounters, NameDropReason, NameState, Node, OwnName, Owned,
    Port, Question, Received, Transmit,
};
use mailslot::slot::{LocalName, Table};
use mailslot::time::Instant;
use mailslot::wire::netbios::{Name, Suffix};

use super::input::Input;

/// So many operations that a long input does not take for ever.
const MAX_OPERATIONS: usize = 400;
const EVERYONE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 255);
/// The first is the node's own; the captures of Samba have such hosts.
const HOSTS: [[u8; 4]; 6] = [
    [10, 77, 0, 1],
    [10, 77, 0, 2],
    [10, 77, 0, 3],
    [10, 77, 0, 10],
    [192, 0, 2, 7],
    [127, 0, 0, 1],
];
const INTERFACE: u32 = 2;

struct World {
    node: Node,
    now: Instant,
    /// Of what the node sent last.
    id: [u8; 2],
}

fn name(text: &str, suffix: u8) -> Name {
    Name::new(text, Suffix(suffix)).expect("a name")
}

fn host(octet: u8) -> Ipv4Addr {
    HOSTS[usize::from(octet) % HOSTS.len()].into()
}

fn interface() -> Interface {
    Interface {
        index: INTERFACE,
        name: "eth0".into(),
        address: host(0),
        prefix_len: 24,
        broadcast: EVERYONE,
        unit_id: [0; 6],
    }
}

/// The counters in which a packet ends.
fn ends(counters: &NameCounters) -> Vec<u64> {
    let dropped = NameDropReason::ALL.iter().map(|reason| counters.dropped(*reason));
    [counters.answered, counters.used].into_iter().chain(dropped).collect()
}

/// Operations: 0 is a packet, an octet each of its source and destination, two of its length and
/// its own; 1 the same with the id of what the node sent last.
pub fn service(data: &[u8]) {
    let mut input = Input(data);
    let mut config = Config::default();
    config.owned = Owned::Claimed;
    config.workgroup = Some(name("MSLOT", 0));
    config.names = [0x00, 0x03, 0x20].map(|suffix| OwnName::unique(name("ALPHA", suffix))).into();
    config.names.push(OwnName::group(name("MSLOT", 0)));
    let node = Node::new(config, Arc::new(Table::new()));
    let mut world = World { node, now: Instant::from_millis(1_000_000), id: [0; 2] };
    world.node.interfaces(world.now, vec![interface()]);
    world.sent();
    for _ in 0..MAX_OPERATIONS {
        if input.0.is_empty() {
            break;
        }
        world.step(&mut input);
        assert!(world.node.name_counters().balance());
    }
    // It can always leave.
    world.node.leave(world.now);
    for _ in 0..3 {
        world.wait(250_000);
    }
    assert!(world.node.has_left());
    assert!(world.node.names().all(|(.., state)| state == NameState::Released));
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.octet() % 8 {
            which @ 0..=1 => {
                let from = SocketAddrV4::new(host(input.octet()), 137);
                let to = if input.below(2) == 0 { EVERYONE } else { host(0) };
                let length = usize::from(input.word());
                let mut payload = input.take(length).to_vec();
                if which == 1 {
                    let octets = payload.len().min(2);
                    payload[..octets].copy_from_slice(&self.id[..octets]);
                }
                self.packet(from, to, &payload);
            }
            2..=3 => self.wait(u64::from(input.octet()) * 10_000),
            4 => self.wait(u64::from(input.octet()) * 1_000_000),
            5 => {
                let to = SocketAddrV4::new(host(input.octet()), 137);
                let question = match input.octet() % 4 {
                    0 => Question::Owner,
                    1 => Question::Owners,
                    2 => Question::OwnerAt(to),
                    _ => Question::StatusAt(to),
                };
                let _ = self.node.query(self.now, name("NONE", 0x20), question);
            }
            6 => {
                let slot = LocalName::parse("x").expect("a name");
                let to = Destination::Name(name("NONE", input.octet()));
                let _ = self.node.write(self.now, to, &slot, b"x");
            }
            _ => {
                let octet = input.octet();
                match octet % 4 {
                    0 => self.node.interfaces(self.now, vec![]),
                    1 => self.node.interfaces(self.now, vec![interface()]),
                    _ => {
                        // The clock is set, to before or to later.
                        self.now = Instant::from_millis(u64::from(octet) * 10_000);
                        self.node.timeout(self.now);
                    }
                }
            }
        }
        for transmit in self.sent() {
            let to = transmit.to.ip();
            let ours = *to == EVERYONE || HOSTS.contains(&to.octets());
            assert!(ours || transmit.port == Port::Datagram, "{transmit:?}");
        }
    }

    fn sent(&mut self) -> Vec<Transmit> {
        while self.node.poll_event().is_some() {}
        let sent: Vec<_> = std::iter::from_fn(|| self.node.poll_transmit()).collect();
        if let Some(last) = sent.last() {
            self.id.copy_from_slice(&last.payload[..2]);
        }
        sent
    }

    fn packet(&mut self, from: SocketAddrV4, to: Ipv4Addr, payload: &[u8]) {
        let before = ends(self.node.name_counters());
        let received =
            Received { interface: INTERFACE, from, to: SocketAddrV4::new(to, 137), payload };
        self.node.input_name(self.now, received);
        let counters = self.node.name_counters();
        let after = ends(counters);
        let (answered, used) = (after[0] > before[0], after[1] > before[1]);
        let grown: u64 = after.iter().zip(&before).map(|(after, before)| after - before).sum();
        assert_eq!(grown, 1, "in one counter");
        let sent = self.sent();
        assert!(sent.is_empty() || answered || used, "what is dropped leads to nothing");
        if answered {
            assert_eq!((sent.len(), sent[0].to), (1, from));
            assert!(sent[0].payload.len() <= 4 * payload.len());
        }
    }

    /// Lets so many microseconds pass.
    fn wait(&mut self, micros: u64) {
        let end = Instant::from_micros(self.now.as_micros() + micros);
        let mut rounds = 0;
        while let Some(due) = self.node.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.node.timeout(self.now);
            self.sent();
            rounds += 1;
            assert!(rounds < 20_000, "what is due is done");
        }
        self.now = end;
    }
}
