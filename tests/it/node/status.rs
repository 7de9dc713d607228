//! Which names we have, asked of us ([RFC 1002] 4.2.17, 4.2.18, 5.1.1.5).

use std::net::Ipv4Addr;

use mailslot::node::{NameDropReason, OwnName, Transmit, limits};
use mailslot::wire::nbns::{NameFlags, NodeName, Packet, Rcode, Rdata};
use mailslot::wire::netbios::Name;

use super::station::{
    FAR, PEER, Station, at, decoded, eth0, interface, linuxbox, name, office, samba, to, trn_id,
    unique,
};

fn request(asked: Name) -> Packet<'static> {
    Packet::node_status_request(0x0815, asked.into(), false)
}

/// `*` as some tools pad it.
const SPACES: Name = Name::from_bytes(*b"*              \0");

/// The names in an answer.
fn names(answer: &Transmit) -> Vec<NodeName> {
    match &decoded(answer).answers[0].rdata {
        Rdata::NodeStatus(status) => status.names.clone(),
        other => panic!("{other:?}"),
    }
}

fn listed(name: Name, name_flags: NameFlags) -> NodeName {
    NodeName { name, name_flags }
}

#[test]
fn all_names_are_told_to_who_asks() {
    let mut station = Station::settled();
    let everything = [
        listed(linuxbox(), NameFlags::ACTIVE),
        listed(office(), NameFlags::ACTIVE | NameFlags::GROUP),
    ];
    for asked in [Name::WILDCARD, SPACES, linuxbox(), office()] {
        for broadcast in [true, false] {
            let packet = Packet::node_status_request(0x0815, asked.into(), broadcast);
            let answer = if broadcast {
                station.hear(PEER, &packet).answer()
            } else {
                station.told(PEER, &packet).answer()
            };
            assert_eq!(names(&answer), everything);
            let packet = decoded(&answer);
            assert_eq!((answer.to, packet.header.name_trn_id), (PEER, 0x0815));
            assert_eq!(packet.name().map(|name| name.name), Some(asked), "as it was asked");
            assert_eq!(packet.answers[0].rdlength, 1 + 2 * 18 + 46);
            let Rdata::NodeStatus(status) = &packet.answers[0].rdata else { panic!() };
            let statistics = status.statistics().expect("all of them");
            assert_eq!(status.unit_id(), Some(eth0().unit_id));
            assert!(statistics.0[6..].iter().all(|&octet| octet == 0));
        }
        station.skip(1000);
    }
}

#[test]
fn who_asks_for_others_is_not_told() {
    let mut station = Station::settled();
    for asked in [name("WINBOX", 0), name("LINUXBOX", 0x20)] {
        station.told(PEER, &request(asked)).dropped(NameDropReason::NotOurName);
    }
    station.told(FAR, &request(Name::WILDCARD)).dropped(NameDropReason::OffLink);
}

/// Seven names of an nmbd, in its order: octet for octet its answer.
#[test]
fn the_answer_is_sambas() {
    let here = Ipv4Addr::new(10, 77, 0, 1);
    let alone = [("ALPHA", 0x00), ("ALPHA", 0x03), ("ALPHA", 0x20), ("MSLOT", 0x1d)];
    let [a, b, c, lmb] = alone.map(|(text, suffix)| OwnName::unique(name(text, suffix)));
    let [workgroup, elections] = [0x00, 0x1e].map(|suffix| OwnName::group(name("MSLOT", suffix)));
    let mut eth0 = interface(2, here.octets(), 24);
    eth0.unit_id = [0; 6];
    let mut station = Station::settled_on(vec![eth0], |config| {
        config.names = vec![a, b, c, OwnName::group(Name::MSBROWSE), workgroup, lmb, elections];
    });
    for (capture, asked, answered) in [
        ("07_name_conflict", 69, 70),
        ("03_name_service_clients", 7, 8),
        ("03_name_service_clients", 9, 10),
    ] {
        let question = samba(capture, asked);
        let answer = station.octets(PEER, here, &question).answer();
        assert_eq!(answer.payload, samba(capture, answered), "{capture}, frame {answered}");
    }
}

#[test]
fn names_that_are_claimed_are_left_out_and_conflicts_are_told() {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let sent = station.run(100);
    assert_eq!(names(&station.told(PEER, &request(Name::WILDCARD)).answer()), []);
    station.told(PEER, &request(linuxbox())).dropped(NameDropReason::NotOurName);
    let id = trn_id(&sent[0].1);
    let owner = unique(*PEER.ip());
    let refusal = Packet::registration_response(id, linuxbox().into(), Rcode::ACTIVE, 0, owner);
    station.told(PEER, &refusal).used();
    station.run(1000);
    let answer = station.told(PEER, &request(Name::WILDCARD)).answer();
    let in_conflict = listed(linuxbox(), NameFlags::ACTIVE | NameFlags::CONFLICT);
    let shared = listed(office(), NameFlags::ACTIVE | NameFlags::GROUP);
    assert_eq!(names(&answer), [in_conflict, shared]);
    station.told(PEER, &request(linuxbox())).dropped(NameDropReason::NotOurName);
}

#[test]
fn the_most_names_fit_576_octets() {
    let mut station = Station::settled_with(|config| {
        let own = |i| OwnName::unique(name(&format!("N{i}"), 0));
        config.names = (0..limits::MAX_NAMES + 5).map(own).collect();
    });
    let answer = station.told(PEER, &request(Name::WILDCARD)).answer();
    assert_eq!(names(&answer).len(), limits::MAX_NAMES);
    assert!(answer.payload.len() + 28 <= 576, "{} octets", answer.payload.len());
}

#[test]
fn the_answers_to_strangers_are_limited() {
    let mut station = Station::settled();
    for _ in 0..2 {
        for host in 20..30 {
            for _ in 0..20 {
                let answer = station.told(at([10, 77, 0, host]), &request(Name::WILDCARD));
                assert_eq!(answer.answer().to, to(at([10, 77, 0, host]), &request(SPACES)).to);
            }
        }
        let packet = request(Name::WILDCARD);
        station.told(at([10, 77, 0, 20]), &packet).dropped(NameDropReason::Limited);
        station.told(at([10, 77, 0, 31]), &packet).dropped(NameDropReason::Limited);
        station.skip(1000);
    }
}
