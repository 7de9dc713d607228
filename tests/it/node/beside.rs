//! A node whose names and ports are another program's, which hands on what comes.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{
    Destination, Disposition, DropReason, OwnName, Owned, Port, Received, Route, Written,
};
use mailslot::slot::{LocalName, Options, Read, Server};
use mailslot::wire::netbios::Name;

use super::station::{EVERYONE, HERE, Station, eth0, linuxbox, name, office};
use super::{Draft, SENDER};

const OWN_PORT: u16 = 40_000;

/// LINUXBOX in OFFICE by another program, with a slot `alerts`, and its reader.
fn beside() -> (Station, Server) {
    let mut station = Station::new(|config| {
        config.owned = Owned::Listed;
        config.names = Vec::new();
        config.listens = false;
        config.sends_from = Some(OWN_PORT);
    });
    station.interfaces(vec![eth0()]);
    call(&mut station, linuxbox(), office());
    let alerts = LocalName::parse("alerts").expect("a name");
    let server = station.table.create(station.now, &alerts, &Options::default()).expect("free");
    (station, server)
}

fn call(station: &mut Station, computer: Name, workgroup: Name) {
    let names = [OwnName::unique(computer), OwnName::group(workgroup)];
    station.node.list_names(&names, Some(computer), Some(workgroup));
}

/// Where what is handed on went to is not known.
fn hand_on(station: &mut Station, from: SocketAddrV4, payload: &[u8]) -> Disposition {
    let to = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 138);
    station.node.input(station.now, Received { interface: 0, from, to, payload })
}

fn read(station: &Station, server: &Server) -> Option<(Name, Vec<u8>)> {
    match server.read(station.now, usize::MAX) {
        Ok(Read::Done(message)) => Some((message.to?, message.data.to_vec())),
        _ => None,
    }
}

fn dropped(disposition: &Disposition) -> Option<DropReason> {
    match disposition {
        Disposition::Dropped { reason, .. } => Some(*reason),
        _ => None,
    }
}

#[test]
fn names_are_the_other_programs_and_nothing_is_claimed() {
    let (mut station, server) = beside();
    let message = |to, dgm_id| Draft { dgm_id, to, ..Draft::default() }.payload();
    let nas = name("NAS", 0);
    for (to, id, ours) in [(linuxbox(), 1, true), (office(), 2, true), (nas, 3, false)] {
        let disposition = hand_on(&mut station, SENDER, &message(to, id));
        assert_eq!(dropped(&disposition), (!ours).then_some(DropReason::NotOurName), "{to}");
        assert_eq!(read(&station, &server), ours.then(|| (to, b"hello".to_vec())));
    }
    // It comes back under another name.
    call(&mut station, nas, office());
    for (to, id, ours) in [(linuxbox(), 4, false), (office(), 5, true), (nas, 6, true)] {
        hand_on(&mut station, SENDER, &message(to, id));
        assert_eq!(read(&station, &server).is_some(), ours, "{to}");
    }
    assert_eq!((station.node.names().count(), station.node.deadline()), (0, None));
    station.node.leave(station.now);
    assert!(station.node.has_left() && station.run(2000).is_empty());
}

#[test]
fn a_broadcast_that_is_handed_on_twice_is_delivered_once() {
    let (mut station, server) = beside();
    let payload = Draft { to: office(), ..Draft::default() }.payload();
    hand_on(&mut station, SENDER, &payload);
    station.skip(20);
    let again = hand_on(&mut station, SENDER, &payload);
    assert_eq!(dropped(&again), Some(DropReason::Duplicate));
    assert!(read(&station, &server).is_some() && read(&station, &server).is_none());
}

#[test]
fn an_own_broadcast_that_is_handed_on_is_known() {
    let (mut station, server) = beside();
    let alerts = LocalName::parse("alerts").expect("a name");
    let written = station.node.write(station.now, Destination::OwnDomain, &alerts, b"to all");
    let route = Written::Done(Route::Group { name: office(), interfaces: 1, local: true });
    assert_eq!(written, Ok(route));
    let [sent] = station.sent().try_into().expect("one packet");
    assert_eq!((sent.port, sent.to), (Port::Datagram, SocketAddrV4::new(EVERYONE, 138)));
    assert_eq!(read(&station, &server), Some((office(), b"to all".to_vec())));
    let back = hand_on(&mut station, SocketAddrV4::new(HERE, OWN_PORT), &sent.payload);
    assert_eq!(dropped(&back), Some(DropReason::Own));
    // What another program of this machine writes is not.
    let other = Draft { to: office(), ..Draft::default() }.payload();
    hand_on(&mut station, SocketAddrV4::new(HERE, OWN_PORT + 1), &other);
    assert_eq!(read(&station, &server), Some((office(), b"hello".to_vec())));
}

#[test]
fn what_no_slot_here_takes_may_be_for_another_program_of_that_name() {
    let (mut station, server) = beside();
    let mut write = |slot: &str| {
        let slot = LocalName::parse(slot).expect("a name");
        let written =
            station.node.write(station.now, Destination::Name(linuxbox()), &slot, b"to us");
        (written, station.sent().len())
    };
    assert_eq!(write("alerts"), (Ok(Written::Done(Route::Local { name: linuxbox() })), 0));
    let (written, packets) = write("chat");
    assert!(matches!(written, Ok(Written::Resolving(_))) && packets == 1, "it is asked for");
    assert_eq!(read(&station, &server), Some((linuxbox(), b"to us".to_vec())));
}
