//! Whatever comes, in whatever order and at whatever time: every packet ends in one counter, and
//! nothing is sent but to who asked or to everyone.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{Destination, NameState, Question, Received, Transmit, limits};
use mailslot::slot::LocalName;
use mailslot::time::Instant;
use mailslot::wire::nbns::{Claim, NbEntry, NbFlags, Packet, Rcode};
use mailslot::wire::netbios::Name;
use proptest::prelude::*;
use proptest::sample::select;

use super::Draft;
use super::station::{
    ETH0, EVERYONE, FAR, Fate, HERE, LOWER, PEER, Station, at, eth0, interface, linuxbox, name,
    office,
};

#[derive(Clone, Debug)]
enum Step {
    /// A packet of the name service.
    Name {
        from: SocketAddrV4,
        to: Ipv4Addr,
        payload: Vec<u8>,
    },
    /// The same with the id of what the station sent last.
    Reply {
        from: SocketAddrV4,
        payload: Vec<u8>,
    },
    Datagram {
        from: SocketAddrV4,
        payload: Vec<u8>,
    },
    Wait(u64),
    SetClock(u64),
    Query(Name, Question),
    Write(Name),
    Interfaces(u8),
}

fn source() -> impl Strategy<Value = SocketAddrV4> {
    let odd =
        [[255, 255, 255, 255], [0, 0, 0, 0], [224, 0, 0, 1], [127, 0, 0, 1], [10, 77, 0, 255]];
    let hosts = vec![PEER, LOWER, FAR, SocketAddrV4::new(HERE, 137)];
    let near = any::<(u8, u16)>();
    prop_oneof![
        6 => select(hosts),
        2 => near.prop_map(|(host, port)| SocketAddrV4::new([10, 77, 0, host].into(), port)),
        1 => select(odd.to_vec()).prop_map(at),
    ]
}

fn names() -> impl Strategy<Value = Name> {
    prop_oneof![
        4 => Just(linuxbox()),
        2 => Just(office()),
        1 => Just(Name::WILDCARD),
        2 => Just(name("WINBOX", 0)),
        1 => any::<[u8; 16]>().prop_map(Name::from_bytes),
    ]
}

/// Of any kind.
fn built() -> impl Strategy<Value = Vec<u8>> {
    let entry = (any::<u16>(), any::<[u8; 4]>()).prop_map(|(flags, address)| NbEntry {
        nb_flags: NbFlags::from_bits_retain(flags),
        nb_address: address.into(),
    });
    let parts = (0..14_u8, names(), any::<u16>(), entry, any::<u32>(), any::<bool>(), 0..9_u8);
    parts.prop_map(|(kind, name, id, entry, ttl, broadcast, rcode)| {
        let rcode = Rcode(rcode);
        let claim = Claim { name: name.into(), entry, ttl, broadcast };
        let name = claim.name;
        let packet = match kind {
            0 => Packet::name_query(id, name, broadcast),
            1 => Packet::node_status_request(id, name, broadcast),
            2 => Packet::registration(id, claim),
            3 => Packet::overwrite(id, claim),
            4 => Packet::refresh(id, claim),
            5 => Packet::multihomed_registration(id, claim),
            6 => Packet::release(id, claim),
            7 => Packet::positive_query_response(id, name, ttl, &[entry, entry]),
            8 => Packet::negative_query_response(id, name, rcode),
            9 => Packet::registration_response(id, name, rcode, ttl, entry),
            10 => Packet::conflict_demand(id, name, entry),
            11 => Packet::release_response(id, name, rcode, entry),
            12 => Packet::end_node_challenge(id, name, ttl, entry),
            _ => Packet::positive_query_response(id, name, ttl, &[]),
        };
        packet.to_vec()
    })
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let mutations = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let mutated = (built(), mutations, any::<prop::sample::Index>());
    let mutated = mutated.prop_map(|(mut octets, changes, end)| {
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets.truncate(end.index(octets.len() * 4));
        octets
    });
    prop_oneof![
        4 => built(),
        2 => mutated,
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
}

fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let built = (names(), 0..4_u16, any::<prop::sample::Index>()).prop_map(|(to, dgm_id, cut)| {
        let mut payload = Draft { dgm_id, to, ..Draft::default() }.payload();
        payload.truncate(cut.index(payload.len() * 2));
        payload
    });
    prop_oneof![3 => built, 1 => prop::collection::vec(any::<u8>(), 0..40)]
}

fn question() -> impl Strategy<Value = Question> {
    select(vec![
        Question::Owner,
        Question::Owners,
        Question::OwnerAt(PEER),
        Question::OwnerAt(FAR),
        Question::StatusAt(PEER),
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let to = select(vec![HERE, EVERYONE, Ipv4Addr::BROADCAST]);
    prop_oneof![
        8 => (source(), to, packet())
            .prop_map(|(from, to, payload)| Step::Name { from, to, payload }),
        4 => (source(), packet()).prop_map(|(from, payload)| Step::Reply { from, payload }),
        3 => (source(), datagram()).prop_map(|(from, payload)| Step::Datagram { from, payload }),
        3 => (0..2_000_u64).prop_map(Step::Wait),
        1 => (0..2_000_000_u64).prop_map(Step::SetClock),
        2 => (names(), question()).prop_map(|(name, question)| Step::Query(name, question)),
        2 => names().prop_map(Step::Write),
        1 => (0..4_u8).prop_map(Step::Interfaces),
    ]
}

/// Where packets may go that nobody just asked for: to everyone, or to whom a question is.
fn is_our_own_doing(transmit: &Transmit) -> bool {
    let host = transmit.to.ip();
    *host == EVERYONE
        || *host == Ipv4Addr::new(10, 78, 255, 255)
        || [PEER, FAR].contains(&transmit.to)
}

fn lives(steps: Vec<Step>) {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let mut last_id = [0; 2];
    let mut received = (0, 0);
    for step in steps {
        for (_, transmit) in station.run(0) {
            last_id.copy_from_slice(&transmit.payload[..2]);
        }
        match step {
            Step::Name { from, to, payload } => {
                received.0 += 1;
                one(&mut station, from, to, &payload);
            }
            Step::Reply { from, mut payload } => {
                received.0 += 1;
                let length = payload.len().min(2);
                payload[..length].copy_from_slice(&last_id[..length]);
                one(&mut station, from, HERE, &payload);
            }
            Step::Datagram { from, payload } => {
                received.1 += 1;
                let to = SocketAddrV4::new(HERE, 138);
                let received = Received { interface: ETH0, from, to, payload: &payload };
                station.node.input(station.now, received);
                assert_eq!(station.sent(), [], "a datagram is never answered");
            }
            Step::Wait(millis) => {
                for (_, transmit) in station.run(millis) {
                    assert!(is_our_own_doing(&transmit), "{transmit:?}");
                }
            }
            Step::SetClock(seconds) => {
                station.now = Instant::from_millis(1000 * seconds);
                station.node.timeout(station.now);
            }
            Step::Query(name, question) => {
                let _ = station.node.query(station.now, name, question);
            }
            Step::Write(name) => {
                let alerts = LocalName::parse("alerts").expect("a name");
                let to = Destination::Name(name);
                let _ = station.node.write(station.now, to, &alerts, b"x");
            }
            Step::Interfaces(which) => {
                let eth1 = interface(ETH0 + 1, [10, 78, 0, 5], 16);
                let list = [eth0(), eth1];
                let list = list.into_iter().enumerate().filter(|(i, _)| which & 1 << i != 0);
                station.interfaces(list.map(|(_, interface)| interface).collect());
            }
        }
        let (names, datagrams) = (station.node.name_counters(), station.node.counters());
        assert!(names.balance() && datagrams.balance());
        assert_eq!((names.received, datagrams.received), received);
        assert!(station.events().len() < 200, "what happened is told once");
    }
    // Left alone, it comes to own its names, unless an owner was found, and every question ends.
    station.interfaces(vec![eth0()]);
    station.run(80_000);
    for own in [linuxbox(), office()] {
        assert_eq!(station.state(own), NameState::Owned);
    }
    for i in 0..limits::MAX_QUERIES {
        let query = station.node.query(station.now, name("FREE", 0), Question::Owner);
        assert!(query.is_ok(), "{i} questions of {}", limits::MAX_QUERIES);
    }
}

/// One packet: [`Station::receive`] sees that it is in one counter.
fn one(station: &mut Station, from: SocketAddrV4, to: Ipv4Addr, payload: &[u8]) {
    let reaction = station.octets(from, to, payload);
    let answers: Vec<_> = reaction.sent.iter().filter(|sent| sent.to == from).collect();
    match reaction.fate {
        Fate::Answered => {
            assert_eq!((answers.len(), reaction.sent.len()), (1, 1), "{reaction:?}");
            assert!(reaction.sent[0].payload.len() <= 3 * payload.len());
        }
        Fate::Used => {
            // A question of its own, or the message that waited for the answer.
            let octets: usize = reaction.sent.iter().map(|sent| sent.payload.len()).sum();
            assert!(octets <= 400, "{reaction:?}");
        }
        Fate::Dropped(_) => assert_eq!(reaction.sent, []),
    }
}

proptest! {
    #[test]
    fn balance_whatever_comes(steps in prop::collection::vec(step(), 0..60)) {
        lives(steps);
    }
}
