//! Several networks at once: names, answers and addresses of each ([MS-NBTE] 3.1.1).

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{
    Disposition, DropReason, Event, Interface, NameDropReason, NameState, OwnName, Question,
    Received, Transmit, limits,
};
use mailslot::slot::{LocalName, Options};
use mailslot::wire::nbns::{Packet, Rcode};
use mailslot::wire::netbios::Name;

use super::Draft;
use super::station::{
    ETH0, EVERYONE, Fate, HERE, Station, about, at, claim, decoded, eth0, interface, linuxbox,
    name, times, trn_id, unique,
};

const ETH1: u32 = 3;

fn eth1() -> Interface {
    interface(ETH1, [10, 78, 0, 5], 16)
}

fn query() -> Vec<u8> {
    Packet::name_query(1, linuxbox().into(), true).to_vec()
}

/// What a packet leads to that came through one of the interfaces.
fn through(
    station: &mut Station,
    interface: u32,
    from: [u8; 4],
    to: [u8; 4],
    payload: &[u8],
) -> (Fate, Vec<Transmit>) {
    let (from, to) = (at(from), at(to));
    let reaction = station.receive(Received { interface, from, to, payload });
    (reaction.fate, reaction.sent)
}

fn state(station: &Station, on: Ipv4Addr) -> Option<NameState> {
    let mut names = station.node.names();
    let found = names.find(|(own, at, _)| own.name == linuxbox() && at.address == on);
    found.map(|(.., state)| state)
}

#[test]
fn every_network_has_claims_of_its_own() {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0(), eth1()]);
    let sent = about(linuxbox(), station.run(0));
    let ways: Vec<_> = sent.iter().map(|(_, t)| (t.interface, t.from, *t.to.ip())).collect();
    let second = Ipv4Addr::new(10, 78, 0, 5);
    assert_eq!(ways, [(ETH0, HERE, EVERYONE), (ETH1, second, [10, 78, 255, 255].into())]);
    for (_, sent) in &sent {
        let address = decoded(sent).entries().next().expect("an address").nb_address;
        assert_eq!(address, sent.from, "each says its own address");
    }
    // Refused on one, it is ours on the other.
    let id = trn_id(&sent[1].1);
    let owner = unique([10, 78, 3, 3].into());
    let refusal = Packet::registration_response(id, linuxbox().into(), Rcode::ACTIVE, 0, owner);
    let refusal = refusal.to_vec();
    let elsewhere = through(&mut station, ETH0, [10, 77, 0, 10], [10, 77, 0, 5], &refusal);
    assert_eq!(elsewhere.0, Fate::Dropped(NameDropReason::Unasked));
    let here = through(&mut station, ETH1, [10, 78, 3, 3], [10, 78, 0, 5], &refusal);
    assert_eq!(here.0, Fate::Used);
    station.run(750);
    assert_eq!(state(&station, HERE), Some(NameState::Owned));
    let conflict = NameState::Conflict { by: [10, 78, 3, 3].into() };
    assert_eq!(state(&station, second), Some(conflict));
    // So it is answered for on the one alone, and messages come through the one alone.
    let (fate, _) = through(&mut station, ETH0, [10, 77, 0, 10], [10, 77, 0, 255], &query());
    assert_eq!(fate, Fate::Answered);
    let (fate, _) = through(&mut station, ETH1, [10, 78, 9, 9], [10, 78, 255, 255], &query());
    assert_eq!(fate, Fate::Dropped(NameDropReason::NotOurName));
    let alerts = LocalName::parse("alerts").expect("a name");
    let _server = station.table.create(station.now, &alerts, &Options::default()).expect("free");
    for (interface, ours) in [(ETH0, true), (ETH1, false), (9, false)] {
        let dgm_id = u16::try_from(interface).expect("small");
        let payload = Draft { dgm_id, ..Draft::default() }.payload();
        let from = SocketAddrV4::new([10, 78, 9, 9].into(), 138);
        let to = SocketAddrV4::new([10, 78, 0, 5].into(), 138);
        let received = Received { interface, from, to, payload: &payload };
        let disposition = station.node.input(station.now, received);
        assert_eq!(matches!(disposition, Disposition::Delivered(_)), ours, "{disposition:?}");
    }
}

/// A message to everyone is one to those on the networks that are used.
#[test]
fn what_comes_through_an_interface_that_is_not_used_is_not_ours() {
    let mut station = Station::settled();
    let alerts = LocalName::parse("alerts").expect("a name");
    let _server = station.table.create(station.now, &alerts, &Options::default()).expect("free");
    let payload = Draft { to: Name::WILDCARD, ..Draft::default() }.payload();
    for (interface, ours) in [(ETH1, false), (ETH0, true)] {
        let from = SocketAddrV4::new([10, 77, 0, 10].into(), 138);
        let to = SocketAddrV4::new(EVERYONE, 138);
        let received = Received { interface, from, to, payload: &payload };
        match station.node.input(station.now, received) {
            Disposition::Delivered(_) => assert!(ours),
            Disposition::Dropped { reason, .. } => {
                assert_eq!((ours, reason), (false, DropReason::NotOurName));
            }
            other => panic!("{other:?}"),
        }
    }
    let (fate, sent) = through(&mut station, ETH1, [10, 77, 0, 10], [10, 77, 0, 255], &query());
    assert_eq!((fate, sent), (Fate::Dropped(NameDropReason::OffLink), vec![]));
}

#[test]
fn an_answer_has_the_address_of_the_network_that_it_goes_to() {
    let mut station = Station::settled_on(vec![eth0(), eth1()], |_| {});
    for (interface, from, address) in
        [(ETH0, [10, 77, 0, 10], [10, 77, 0, 5]), (ETH1, [10, 78, 9, 9], [10, 78, 0, 5])]
    {
        let (_, sent) = through(&mut station, interface, from, address, &query());
        assert_eq!((sent[0].interface, sent[0].from), (interface, address.into()));
        let entry = decoded(&sent[0]).entries().next().expect("an address");
        assert_eq!(entry.nb_address, Ipv4Addr::from(address));
    }
    // Asked at the address of another, it answers from there, or the asker would not know it.
    let to = [10, 78, 0, 5];
    let (_, sent) = through(&mut station, ETH0, [10, 77, 0, 10], to, &query());
    assert_eq!((sent[0].interface, sent[0].from), (ETH0, to.into()));
    let entry = decoded(&sent[0]).entries().next().expect("an address");
    assert_eq!(entry.nb_address, HERE, "and says where it is near");
}

#[test]
fn an_adapter_may_have_two_addresses() {
    // On two networks, and two on one.
    let second = interface(ETH0, [10, 79, 0, 5], 24);
    let third = interface(ETH0, [10, 77, 0, 6], 24);
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0(), second, third]);
    let sent = about(linuxbox(), station.run(0));
    let ways: Vec<_> = sent.iter().map(|(_, t)| (t.from.octets(), t.to.ip().octets())).collect();
    assert_eq!(
        ways,
        [
            ([10, 77, 0, 5], [10, 77, 0, 255]),
            ([10, 79, 0, 5], [10, 79, 0, 255]),
            ([10, 77, 0, 6], [10, 77, 0, 255]),
        ]
    );
    // None of them fights against the others.
    for (_, Transmit { interface, from, to, payload, .. }) in sent {
        let from = SocketAddrV4::new(from, 137);
        let reaction = station.receive(Received { interface, from, to, payload: &payload });
        reaction.dropped(NameDropReason::Own);
    }
    station.run(1000);
    for (from, to, answers) in [
        ([10, 77, 0, 10], [10, 77, 0, 255], [10, 77, 0, 5]),
        ([10, 77, 0, 10], [10, 77, 0, 5], [10, 77, 0, 5]),
        ([10, 77, 0, 10], [10, 77, 0, 6], [10, 77, 0, 6]),
        ([10, 79, 0, 10], [10, 79, 0, 255], [10, 79, 0, 5]),
    ] {
        let (_, sent) = through(&mut station, ETH0, from, to, &query());
        let entry = decoded(&sent[0]).entries().next().expect("an address");
        assert_eq!((sent[0].from, entry.nb_address), (answers.into(), answers.into()));
    }
    let theirs = Packet::name_query(1, name("WINBOX", 0).into(), false).to_vec();
    let (fate, sent) = through(&mut station, ETH0, [10, 77, 0, 10], [10, 77, 0, 6], &theirs);
    assert_eq!((fate, sent[0].from), (Fate::Answered, [10, 77, 0, 6].into()));
}

#[test]
fn what_goes_and_comes_back_is_claimed_again() {
    let mut station = Station::settled_on(vec![eth0(), eth1()], |_| {});
    station.interfaces(vec![eth1()]);
    let down = station.events();
    assert!(matches!(&down[..], [Event::InterfaceDown(gone)] if *gone == eth0()), "{down:?}");
    assert_eq!(state(&station, HERE), None);
    let (fate, _) = through(&mut station, ETH0, [10, 77, 0, 10], [10, 77, 0, 255], &query());
    assert_eq!(fate, Fate::Dropped(NameDropReason::OffLink));
    // What is still there is left in peace, whatever else is new about it.
    let renamed = Interface { name: "lan1".into(), ..eth1() };
    station.interfaces(vec![renamed.clone(), eth0(), eth0()]);
    let up = station.events();
    assert!(matches!(&up[..], [Event::InterfaceUp(new)] if *new == eth0()), "{up:?}");
    assert_eq!(state(&station, [10, 78, 0, 5].into()), Some(NameState::Owned));
    let sent = about(linuxbox(), station.run(750));
    assert_eq!(times(&sent), [0, 250, 500, 750]);
    assert!(sent.iter().all(|(_, sent)| sent.interface == ETH0));
    assert_eq!(state(&station, HERE), Some(NameState::Owned));
    assert_eq!(station.node.attached().count(), 2);
}

#[test]
fn another_address_is_another_network() {
    let mut station = Station::settled();
    let changes = [
        interface(ETH0, [10, 77, 0, 7], 24),
        interface(ETH0, [10, 77, 0, 7], 16),
        Interface { broadcast: [10, 77, 255, 254].into(), ..interface(ETH0, [10, 77, 0, 7], 16) },
        interface(7, [10, 77, 0, 7], 16),
    ];
    let mut before = eth0();
    for now in changes {
        station.interfaces(vec![now.clone()]);
        let events = station.events();
        assert!(
            matches!(&events[..], [Event::InterfaceDown(gone), Event::InterfaceUp(new)]
                if *gone == before && *new == now),
            "{events:?}"
        );
        let sent = about(linuxbox(), station.run(750));
        assert_eq!(times(&sent), [0, 250, 500, 750]);
        assert!(sent.iter().all(|(_, sent)| *sent.to.ip() == now.broadcast));
        station.events();
        before = now;
    }
    // What was ours at the old address is another's.
    let theirs = Packet::registration(1, claim(linuxbox(), at([10, 77, 0, 5]))).to_vec();
    let payload = &theirs[..];
    let (from, to) = (at([10, 77, 0, 5]), at([10, 77, 255, 254]));
    station.receive(Received { interface: 7, from, to, payload }).answer();
}

#[test]
fn so_many_networks_and_no_more() {
    let networks = |count: usize| {
        let network = |i: usize| {
            let [.., high, low] = i.to_be_bytes();
            interface(ETH0 + u32::from(low), [10, high, low, 5], 24)
        };
        (0..count).map(network).collect()
    };
    let mut station = Station::new(|config| {
        let own = |i| OwnName::unique(name(&format!("N{i}"), 0));
        config.names = (0..limits::MAX_NAMES).map(own).collect();
    });
    station.interfaces(networks(limits::MAX_INTERFACES + 50));
    assert_eq!(station.node.attached().count(), limits::MAX_INTERFACES);
    // All that is due at once is sent at once.
    let sent = station.run(0);
    assert_eq!(sent.len(), limits::MAX_INTERFACES * limits::MAX_NAMES);
    assert!(sent.len() < limits::MAX_TRANSMITS);
}

#[test]
fn a_host_on_no_network_is_reached_as_the_system_knows() {
    let mut station = Station::settled_on(vec![eth0(), eth1()], |_| {});
    for (to, interface, from) in [
        ([10, 77, 0, 10], ETH0, HERE),
        ([10, 78, 3, 3], ETH1, [10, 78, 0, 5].into()),
        ([192, 0, 2, 7], 0, Ipv4Addr::UNSPECIFIED),
    ] {
        let question = Question::StatusAt(at(to));
        station.node.query(station.now, Name::WILDCARD, question).expect("room");
        let sent = station.sent();
        assert_eq!((sent[0].interface, sent[0].from, sent[0].to), (interface, from, at(to)));
    }
}
