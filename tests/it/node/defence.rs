//! Own names, defended against whoever takes them ([RFC 1001] 15.2.2, [RFC 1002] 5.1.1.5).

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use mailslot::node::{Config, Interface, Node, OwnName, Owned, Received};
use mailslot::slot::Table;
use mailslot::time::Instant;
use mailslot::wire::nbns::{Claim, NbEntry, NbFlags, Packet, Rcode};

use super::name;

const HERE: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 5);
const BROADCAST: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 255);
const CLAIMANT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 20), 137);
/// Some tools claim for an address that is not theirs.
const WANTED: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 99);

/// A node that owns LINUXBOX and the group OFFICE.
fn owner() -> (Node, Instant) {
    let mut config = Config::default();
    config.owned = Owned::Claimed;
    config.names = vec![OwnName::unique(name("LINUXBOX")), OwnName::group(name("OFFICE"))];
    let mut node = Node::new(config, Arc::new(Table::new()));
    let mut now = Instant::from_millis(1000);
    let interface = Interface {
        index: 2,
        name: "eth0".into(),
        address: HERE,
        prefix_len: 24,
        broadcast: BROADCAST,
        unit_id: [0; 6],
    };
    node.interfaces(now, vec![interface]);
    for _ in 0..4 {
        now = now + Duration::from_millis(250);
        node.timeout(now);
    }
    while node.poll_transmit().is_some() {}
    (node, now)
}

/// What the owner answers to a claim that was sent to that address: to whom, the code, the record.
fn answer(
    to: Ipv4Addr,
    wanted: &str,
    group: bool,
    request: fn(u16, Claim<'static>) -> Packet<'static>,
) -> Option<(SocketAddrV4, Rcode, NbEntry)> {
    let (mut node, now) = owner();
    let entry = NbEntry {
        nb_flags: if group { NbFlags::GROUP } else { NbFlags::empty() },
        nb_address: WANTED,
    };
    let claim = Claim { name: name(wanted).into(), entry, ttl: 0, broadcast: to == BROADCAST };
    let payload = request(7, claim).to_vec();
    let to = SocketAddrV4::new(to, 137);
    node.input_name(now, Received { interface: 2, from: CLAIMANT, to, payload: &payload });
    let answer = node.poll_transmit()?;
    assert!(node.poll_transmit().is_none(), "one answer");
    assert_eq!(answer.from, HERE);
    let packet = Packet::decode(&answer.payload).expect("a packet").value;
    assert_eq!(packet.header.name_trn_id, 7);
    let entry = packet.entries().next().expect("a record");
    Some((answer.to, packet.header.rcode, entry))
}

#[test]
fn a_broadcast_claim_is_refused_in_the_owner_s_name() {
    let owned = NbEntry { nb_flags: NbFlags::empty(), nb_address: HERE };
    let refused = Some((CLAIMANT, Rcode::ACTIVE, owned));
    assert_eq!(answer(BROADCAST, "linuxbox", false, Packet::registration), refused);
    assert_eq!(answer(BROADCAST, "LINUXBOX", true, Packet::overwrite), refused);
    assert_eq!(answer(BROADCAST, "LINUXBOX", false, Packet::refresh), refused);
}

/// As nmbd does, and as Samba's own tests of a node expect.
#[test]
fn a_claim_for_the_owner_alone_gets_its_own_record_back() {
    let claimed = NbEntry { nb_flags: NbFlags::empty(), nb_address: WANTED };
    let refused = Some((CLAIMANT, Rcode::ACTIVE, claimed));
    assert_eq!(answer(HERE, "LINUXBOX", false, Packet::registration), refused);
    assert_eq!(answer(HERE, "LINUXBOX", false, Packet::refresh), refused);
    assert_eq!(answer(HERE, "OFFICE", false, Packet::overwrite), refused);
}

#[test]
fn a_group_is_shared_and_a_free_name_is_free() {
    for to in [BROADCAST, HERE] {
        assert_eq!(answer(to, "OFFICE", true, Packet::registration), None);
        assert_eq!(answer(to, "WINBOX", false, Packet::registration), None);
    }
}
