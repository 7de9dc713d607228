//! Messages to mailslots of others ([MS-MAIL] 3.1.4.1): which way they go, and what is refused
//! before anything leaves.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{
    Destination, DropReason, Event, Interface, NameDropReason, NodeError, Port, Question, Received,
    Route, Transmit, WriteError, WriteId, Written, limits,
};
use mailslot::slot::{self, LocalName, Options, Read, Server};
use mailslot::wire::datagram::{Body, Datagram, Flags, MsgType};
use mailslot::wire::nbns::{NbEntry, Packet};
use mailslot::wire::netbios::Name;
use mailslot::wire::smb::MailslotWrite;

use super::station::{
    ETH0, HERE, LOWER, PEER, Station, broadcast, claim, eth0, group, interface, linuxbox, name,
    office, trn_id, unique,
};

fn winbox() -> Name {
    name("WINBOX", 0)
}

fn slot(text: &str) -> LocalName {
    LocalName::parse(text).expect("a name")
}

fn alerts() -> LocalName {
    slot("alerts")
}

fn write(station: &mut Station, to: Name, data: &[u8]) -> Result<Written, WriteError> {
    station.node.write(station.now, Destination::Name(to), &alerts(), data)
}

fn create(station: &Station, name: &LocalName) -> Server {
    station.table.create(station.now, name, &Options::default()).expect("free")
}

fn read(station: &Station, server: &Server) -> Option<Vec<u8>> {
    match server.read(station.now, usize::MAX) {
        Ok(Read::Done(message)) => Some(message.data.to_vec()),
        _ => None,
    }
}

/// The writes that ended.
fn written(station: &mut Station) -> Vec<(WriteId, Result<Route, WriteError>)> {
    let ended = |event| match event {
        Event::Written { id, result } => Some((id, result)),
        _ => None,
    };
    station.events().into_iter().filter_map(ended).collect()
}

/// Starts a write whose name is asked for; its number, and the id of the question.
fn resolving(station: &mut Station, to: Name) -> (WriteId, u16) {
    let result = write(station, to, b"hello");
    let Ok(Written::Resolving(id)) = result else { panic!("{result:?}") };
    let sent = station.sent();
    assert_eq!(sent, [broadcast(&Packet::name_query(trn_id(&sent[0]), to.into(), true))]);
    (id, trn_id(&sent[0]))
}

fn yes(id: u16, asked: Name, ttl: u32, entry: NbEntry) -> Packet<'static> {
    Packet::positive_query_response(id, asked.into(), ttl, &[entry])
}

/// That it is a message for `to` from LINUXBOX, to slot `alerts`; its `DGM_ID`.
#[track_caller]
fn is_message(transmit: &Transmit, msg_type: MsgType, to: Name, data: &[u8]) -> u16 {
    let decoded = Datagram::decode(&transmit.payload).expect("what a node writes");
    assert_eq!(decoded.notes.iter().next(), None);
    let Datagram { header, body: Body::Data(body) } = decoded.value else { panic!("data") };
    assert_eq!((header.msg_type, header.flags), (msg_type, Flags::FIRST));
    assert_eq!((header.source_ip, header.source_port), (transmit.from, 138));
    assert_eq!((body.source_name.name, body.destination_name.name), (linuxbox(), to));
    let at = transmit.payload.len() - body.user_data.len();
    let write = MailslotWrite::decode_at(&transmit.payload, at).expect("a write").value;
    assert_eq!(write.mailslot_name.as_bytes(), br"\MAILSLOT\alerts");
    assert_eq!(write.data, data);
    assert_eq!(transmit.port, Port::Datagram);
    header.dgm_id
}

#[test]
fn a_computer_is_looked_for_and_gets_it_alone() {
    let mut station = Station::settled();
    let (write_id, id) = resolving(&mut station, winbox());
    let reaction = station.told(PEER, &yes(id, winbox(), 300, unique(*PEER.ip())));
    let [transmit] = &reaction.sent[..] else { panic!("{reaction:?}") };
    is_message(transmit, MsgType::DIRECT_UNIQUE, winbox(), b"hello");
    let to = SocketAddrV4::new(*PEER.ip(), 138);
    assert_eq!((transmit.interface, transmit.from, transmit.to), (ETH0, HERE, to));
    let route = Route::Host { name: winbox(), address: *PEER.ip() };
    assert_eq!(written(&mut station), [(write_id, Ok(route))]);
}

/// The example of [MS-MAIL] 4, as a node sends it.
#[test]
fn the_datagram_is_the_specifications() {
    let path = format!("{}/testdata/ms-mail/section-4-example.hex", env!("CARGO_MANIFEST_DIR"));
    let mut octets = hex::decode(fs::read_to_string(path).expect("testdata").trim()).expect("hex");
    let mut station = Station::settled_on(vec![interface(ETH0, [192, 168, 1, 10], 24)], |config| {
        config.computer = Some(name("CLIENT", 0));
    });
    let server = name("SERVER", 0);
    let slot = slot(r"test1\sample_mailslot");
    let peer = SocketAddrV4::new([192, 168, 1, 11].into(), 137);
    let data = &octets[octets.len() - 36..];
    let result = station.node.write(station.now, Destination::Name(server), &slot, data);
    assert!(matches!(result, Ok(Written::Resolving(_))));
    let id = trn_id(&station.sent()[0]);
    let answer = yes(id, server, 300, unique(*peer.ip())).to_vec();
    let to = SocketAddrV4::new([192, 168, 1, 10].into(), 137);
    let received = Received { interface: ETH0, from: peer, to, payload: &answer };
    let sent = station.receive(received).sent;
    octets[2..4].copy_from_slice(&sent[0].payload[2..4]); // DGM_ID
    assert_eq!(hex::encode(&sent[0].payload), hex::encode(octets));
}

#[test]
fn nobody_of_that_name_is_an_error_and_nothing_is_sent() {
    let mut station = Station::settled();
    let (write_id, _) = resolving(&mut station, winbox());
    let sent = station.run(749);
    assert_eq!(written(&mut station), []);
    let last = station.run(1);
    let error = WriteError::NameNotFound(winbox());
    assert_eq!(error.to_string(), "nobody answers to the name WINBOX<00>");
    assert_eq!(written(&mut station), [(write_id, Err(error))]);
    assert!(sent.iter().chain(&last).all(|(_, transmit)| transmit.port == Port::Name));
}

#[test]
fn what_was_found_is_remembered_for_a_while() {
    for (ttl, seconds) in [(300, 300), (30, 30), (0, 600), (3_000_000_000, 600)] {
        let mut station = Station::settled();
        let (_, id) = resolving(&mut station, winbox());
        station.told(PEER, &yes(id, winbox(), ttl, unique(*PEER.ip())));
        let host = Ok(Written::Done(Route::Host { name: winbox(), address: *PEER.ip() }));
        station.skip(1000 * seconds - 1);
        assert_eq!(write(&mut station, name("winbox", 0), b"again"), host, "ttl {ttl}");
        let again = station.sent();
        is_message(again.last().expect("sent"), MsgType::DIRECT_UNIQUE, winbox(), b"again");
        assert_eq!(again.len(), 1, "no question");
        station.skip(1);
        let result = write(&mut station, winbox(), b"late");
        assert!(matches!(result, Ok(Written::Resolving(_))), "{result:?}");
    }
}

#[test]
fn what_was_found_is_forgotten_when_it_moves() {
    let release = Packet::release(5, claim(winbox(), PEER));
    let elsewhere = Packet::registration(6, claim(winbox(), LOWER));
    for (news, packet) in [("release", release), ("registration", elsewhere)] {
        let mut station = Station::settled();
        let (_, id) = resolving(&mut station, winbox());
        station.told(PEER, &yes(id, winbox(), 300, unique(*PEER.ip())));
        let reaction = station.hear(LOWER, &packet);
        assert_eq!(reaction.sent, [], "{news}");
        let result = write(&mut station, winbox(), b"late");
        assert!(matches!(result, Ok(Written::Resolving(_))), "{news}: {result:?}");
    }
}

#[test]
fn the_local_master_browser_is_not_remembered() {
    let mut station = Station::settled();
    let lmb = name("OTHER", 0x1d);
    // Its name is one host's, and written to as a group's.
    let result = write(&mut station, lmb, b"x");
    assert!(matches!(result, Ok(Written::Done(Route::Group { .. }))), "{result:?}");
    let sent = station.sent();
    is_message(&sent[0], MsgType::DIRECT_GROUP, lmb, b"x");
}

#[test]
fn a_name_that_is_a_groups_is_written_to_all() {
    let mut station = Station::settled();
    let sales = name("SALES", 0);
    let (write_id, id) = resolving(&mut station, sales);
    let reaction = station.told(PEER, &yes(id, sales, 300, group(*PEER.ip())));
    let [transmit] = &reaction.sent[..] else { panic!("{reaction:?}") };
    is_message(transmit, MsgType::DIRECT_GROUP, sales, b"hello");
    assert_eq!(transmit.to, SocketAddrV4::new(Ipv4Addr::new(10, 77, 0, 255), 138));
    let route = Route::Group { name: sales, interfaces: 1, local: false };
    assert_eq!(written(&mut station), [(write_id, Ok(route))]);
}

fn two_networks() -> Vec<Interface> {
    vec![eth0(), interface(3, [10, 78, 0, 5], 16)]
}

#[test]
fn the_domain_is_written_to_on_every_network_with_one_id() {
    let mut station = Station::settled_on(two_networks(), |_| {});
    let server = create(&station, &slot("ALERTS"));
    for destination in [Destination::OwnDomain, Destination::Name(name("office", 0))] {
        let result = station.node.write(station.now, destination, &alerts(), b"all");
        let route = Route::Group { name: office(), interfaces: 2, local: true };
        assert_eq!(result, Ok(Written::Done(route)), "no question is asked");
        let sent = station.sent();
        let ids: Vec<_> = sent
            .iter()
            .map(|transmit| is_message(transmit, MsgType::DIRECT_GROUP, office(), b"all"))
            .collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
        let ways: Vec<_> = sent.iter().map(|t| (t.interface, t.from, *t.to.ip())).collect();
        assert_eq!(
            ways,
            [
                (2, HERE, [10, 77, 0, 255].into()),
                (3, [10, 78, 0, 5].into(), [10, 78, 255, 255].into()),
            ]
        );
        // The own slot has it once, also when the broadcasts come back.
        let own = DropReason::Own;
        let before = station.node.counters().dropped(own);
        for Transmit { interface, from, to, payload, .. } in sent {
            let from = SocketAddrV4::new(from, 138);
            let received = Received { interface, from, to, payload: &payload };
            station.node.input(station.now, received);
        }
        assert_eq!(station.node.counters().dropped(own), before + 2);
        assert_eq!(read(&station, &server).as_deref(), Some(&b"all"[..]));
        assert_eq!(read(&station, &server), None);
    }
}

#[test]
fn every_message_has_an_id_of_its_own() {
    let mut station = Station::settled();
    let mut ids: Vec<_> = (0..=u16::MAX)
        .map(|_| {
            let to = Destination::OwnDomain;
            station.node.write(station.now, to, &alerts(), b"").expect("written");
            is_message(&station.sent()[0], MsgType::DIRECT_GROUP, office(), b"")
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 65_536, "until they are used up");
}

#[test]
fn everyone_on_the_network_is_written_to() {
    let mut station = Station::settled();
    let server = create(&station, &alerts());
    let result = write(&mut station, Name::WILDCARD, b"everyone");
    let route = Route::Group { name: Name::WILDCARD, interfaces: 1, local: true };
    assert_eq!(result, Ok(Written::Done(route)));
    let sent = station.sent();
    is_message(&sent[0], MsgType::DIRECT_GROUP, Name::WILDCARD, b"everyone");
    assert_eq!(read(&station, &server).as_deref(), Some(&b"everyone"[..]));
}

#[test]
fn the_own_name_is_the_own_slot() {
    let mut station = Station::settled();
    let server = create(&station, &alerts());
    let local = Ok(Written::Done(Route::Local { name: linuxbox() }));
    for to in [linuxbox(), Name::from_bytes(*b"linuxbox       \0")] {
        let result = write(&mut station, to, b"me");
        assert!(matches!(result, Ok(Written::Done(Route::Local { .. }))), "{result:?}");
        assert_eq!(read(&station, &server).as_deref(), Some(&b"me"[..]));
    }
    assert_eq!(write(&mut station, linuxbox(), b"me"), local);
    assert_eq!(station.sent(), []);
    let Ok(Read::Done(message)) = server.read(station.now, usize::MAX) else { panic!() };
    let sender = message.from.expect("a sender");
    assert_eq!((sender.name, sender.address), (linuxbox(), SocketAddrV4::new(HERE, 138)));
    // So it is without a network.
    let mut alone = Station::new(|_| {});
    let server = create(&alone, &alerts());
    assert_eq!(write(&mut alone, linuxbox(), b"alone"), local);
    assert_eq!(read(&alone, &server).as_deref(), Some(&b"alone"[..]));
}

/// Another host has the name: the message is for that one.
#[test]
fn a_name_that_was_lost_is_looked_for() {
    let mut station = Station::settled();
    let _server = create(&station, &alerts());
    let demand = Packet::conflict_demand(7, linuxbox().into(), unique(*PEER.ip()));
    let id = trn_id(&station.told(PEER, &demand).sent[0]);
    let theirs = Packet::positive_query_response(id, linuxbox().into(), 0, &[unique(*PEER.ip())]);
    station.told(PEER, &theirs).used();
    let result = write(&mut station, linuxbox(), b"you");
    assert!(matches!(result, Ok(Written::Resolving(_))), "{result:?}");
}

/// Of a host with several addresses, the one on the network that it answered from.
#[test]
fn the_nearest_address_of_several_is_written_to() {
    let mut station = Station::settled();
    let (_, id) = resolving(&mut station, winbox());
    let entries = [unique([172, 16, 9, 9].into()), unique([10, 77, 0, 77].into())];
    let answer = Packet::positive_query_response(id, winbox().into(), 0, &entries);
    let sent = station.told(PEER, &answer).sent;
    assert_eq!(sent[0].to, SocketAddrV4::new([10, 77, 0, 77].into(), 138));
}

#[test]
fn the_own_slot_may_refuse() {
    let mut station = Station::settled();
    let missing = WriteError::Slot(slot::Error::NotFound);
    assert_eq!(write(&mut station, linuxbox(), b"x"), Err(missing));
    let options = Options::default().max_messages(1);
    let server = station.table.create(station.now, &alerts(), &options).expect("free");
    assert!(write(&mut station, linuxbox(), b"one").is_ok());
    let full = Err(WriteError::Slot(slot::Error::Full));
    assert_eq!(write(&mut station, linuxbox(), b"two"), full);
    // To others it goes all the same.
    let result = write(&mut station, office(), b"three");
    let route = Route::Group { name: office(), interfaces: 1, local: false };
    assert_eq!(result, Ok(Written::Done(route)));
    assert_eq!(station.sent().len(), 1);
    assert_eq!(read(&station, &server).as_deref(), Some(&b"one"[..]));
    assert_eq!(read(&station, &server), None);
}

#[test]
fn what_is_too_long_is_refused_before_anything_leaves() {
    let mut station = Station::settled();
    // The longer the name, the less room: 432 less its length rounded up, at most 424.
    for (text, max) in
        [("a", 424), ("alerts", 424), ("123456789", 420), (r"test1\sample_mailslot", 408)]
    {
        let name = slot(text);
        for to in [Destination::Name(winbox()), Destination::OwnDomain] {
            let data = vec![0; max + 1];
            let result = station.node.write(station.now, to, &name, &data);
            assert_eq!(result, Err(WriteError::TooLong { size: max + 1, max }), "{text}");
            assert_eq!(station.sent(), [], "no question either");
            let result = station.node.write(station.now, to, &name, &data[1..]);
            assert!(result.is_ok(), "{text}: {result:?}");
            assert_eq!(station.sent().len(), 1);
        }
        station.run(1000);
    }
    let own = station.node.write(station.now, Destination::Name(linuxbox()), &alerts(), &[0; 425]);
    assert_eq!(own, Err(WriteError::TooLong { size: 425, max: 424 }), "it is a remote form");
    // System slots as the kernel writes them, without padding.
    let browse = slot("BROWSE");
    let to = Destination::OwnDomain;
    assert!(station.node.write(station.now, to, &browse, &[0; 424]).is_ok());
    station.sent();
    assert!(station.node.write(station.now, to, &browse, &[0; 425]).is_err());
    assert_eq!(station.sent(), []);
}

#[test]
fn names_of_slots_have_limits_on_the_network() {
    let mut station = Station::settled();
    let longest = 255 - r"\MAILSLOT\".len();
    for (text, fits) in [
        ("a".repeat(longest), true),
        ("a".repeat(longest + 1), false),
        ("büro".into(), true),
        ("бюро".into(), false),
    ] {
        let result =
            station.node.write(station.now, Destination::OwnDomain, &slot(&text), b"hello");
        assert_eq!(result.is_ok(), fits, "{text}: {result:?}");
        assert_eq!(station.sent().len(), usize::from(fits));
        if !fits {
            assert_eq!(result, Err(WriteError::SlotName));
        }
    }
}

#[test]
fn where_there_is_no_way_it_is_said() {
    let no_network = Err(WriteError::Node(NodeError::NoInterface));
    let mut station = Station::new(|_| {});
    assert_eq!(write(&mut station, winbox(), b"x"), no_network);
    assert_eq!(write(&mut station, office(), b"x"), no_network);
    let mut station = Station::settled_with(|config| config.workgroup = None);
    let result = station.node.write(station.now, Destination::OwnDomain, &alerts(), b"x");
    assert_eq!(result, Err(WriteError::NoWorkgroup));
    for _ in 0..limits::MAX_QUERIES {
        resolving(&mut station, winbox());
    }
    let too_many = Err(WriteError::Node(NodeError::TooMany));
    assert_eq!(write(&mut station, winbox(), b"x"), too_many);
    assert_eq!(station.sent(), []);
    // Every one of them ends.
    station.run(750);
    assert_eq!(written(&mut station).len(), limits::MAX_QUERIES);
}

#[test]
fn so_many_names_are_remembered_and_no_more() {
    let mut station = Station::settled();
    let host = |i: usize| name(&format!("H{i}"), 0);
    for i in 0..=limits::MAX_CACHED_NAMES {
        let (_, id) = resolving(&mut station, host(i));
        station.told(PEER, &yes(id, host(i), 300, unique(*PEER.ip())));
        station.skip(1);
    }
    for (i, remembered) in [(0, false), (1, true), (limits::MAX_CACHED_NAMES, true)] {
        let result = write(&mut station, host(i), b"x").expect("written");
        assert_eq!(matches!(result, Written::Done(_)), remembered, "{i}: {result:?}");
    }
}

/// Whoever asks about one host is not to change where messages go.
#[test]
fn what_one_host_says_when_it_is_asked_is_not_remembered() {
    let mut station = Station::settled();
    station.node.query(station.now, winbox(), Question::OwnerAt(PEER)).expect("room");
    let id = trn_id(&station.sent()[0]);
    station.told(PEER, &yes(id, winbox(), 300, unique(*LOWER.ip()))).used();
    resolving(&mut station, winbox());
}

#[test]
fn a_network_may_go_while_a_name_is_looked_for() {
    let mut station = Station::settled();
    let (write_id, id) = resolving(&mut station, winbox());
    station.interfaces(vec![]);
    let late = yes(id, winbox(), 300, unique(*PEER.ip()));
    station.told(PEER, &late).dropped(NameDropReason::OffLink);
    station.run(750);
    let error = WriteError::NameNotFound(winbox());
    assert_eq!(written(&mut station), [(write_id, Err(error))]);
    // On another network, it is looked for there.
    station.interfaces(vec![eth0()]);
    station.run(1000);
    let (write_id, _) = resolving(&mut station, winbox());
    station.interfaces(vec![interface(9, [10, 99, 0, 5], 24)]);
    let sent = station.run(250);
    let there = sent.iter().find(|(after, sent)| *after == 250 && sent.interface == 9);
    assert!(there.is_some(), "{sent:?}");
    station.run(500);
    assert_eq!(written(&mut station)[0].0, write_id);
}

/// The network that a computer was found on may be gone, and it be found on another.
#[test]
fn what_was_found_through_an_interface_is_forgotten_with_it() {
    let wlan = interface(3, [10, 78, 0, 5], 16);
    let mut station = Station::settled();
    let (_, id) = resolving(&mut station, winbox());
    station.told(PEER, &yes(id, winbox(), 300, unique(*PEER.ip())));
    station.interfaces(vec![wlan]);
    station.run(1000);
    let result = write(&mut station, winbox(), b"x");
    assert!(matches!(result, Ok(Written::Resolving(_))), "{result:?}");
    // And the same adapter may be on another network.
    let mut station = Station::settled();
    let (_, id) = resolving(&mut station, winbox());
    station.told(PEER, &yes(id, winbox(), 300, unique(*PEER.ip())));
    station.interfaces(vec![interface(ETH0, [10, 99, 0, 5], 24)]);
    station.run(1000);
    let result = write(&mut station, winbox(), b"x");
    assert!(matches!(result, Ok(Written::Resolving(_))), "{result:?}");
}
