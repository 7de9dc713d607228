//! Who has a name, asked of us ([RFC 1001] 15.1.1, [RFC 1002] 4.2.12 to 4.2.14).

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{NameDropReason, OwnName};
use mailslot::wire::nbns::{NmFlags, Packet, Rcode, RrType};
use mailslot::wire::netbios::Name;

use super::station::{
    FAR, HERE, PEER, Station, at, eth0, group, interface, linuxbox, name, office, samba, to,
    trn_id, unique,
};

/// As Windows has it.
const TTL: u32 = 300_000;

fn query(asked: Name) -> Packet<'static> {
    Packet::name_query(0x4711, asked.into(), true)
}

fn unicast(asked: Name) -> Packet<'static> {
    Packet::name_query(0x4711, asked.into(), false)
}

fn yes(asked: Name) -> Packet<'static> {
    let owner = if asked.matches(&office()) { group(HERE) } else { unique(HERE) };
    Packet::positive_query_response(0x4711, asked.into(), TTL, &[owner])
}

fn no(asked: Name) -> Packet<'static> {
    Packet::negative_query_response(0x4711, asked.into(), Rcode::NAME)
}

#[test]
fn own_names_are_answered_for() {
    let mut station = Station::settled();
    let ephemeral = SocketAddrV4::new(*PEER.ip(), 51_412);
    for from in [PEER, ephemeral] {
        for own in [linuxbox(), office(), Name::from_bytes(*b"linuxbox       \0")] {
            assert_eq!(station.hear(from, &query(own)).answer(), to(from, &yes(own)));
            assert_eq!(station.told(from, &unicast(own)).answer(), to(from, &yes(own)));
        }
    }
}

#[test]
fn names_of_others_are_nobodys_business_by_broadcast() {
    let mut station = Station::settled();
    let theirs = name("WINBOX", 0);
    station.hear(PEER, &query(theirs)).dropped(NameDropReason::NotOurName);
    // Whether the packet says so, or its way.
    station.told(PEER, &query(theirs)).dropped(NameDropReason::NotOurName);
    station.hear(PEER, &unicast(theirs)).dropped(NameDropReason::NotOurName);
    let all = Ipv4Addr::BROADCAST;
    station.octets(PEER, all, &query(theirs).to_vec()).dropped(NameDropReason::NotOurName);
    // Asked directly, there is an answer.
    assert_eq!(station.told(PEER, &unicast(theirs)).answer(), to(PEER, &no(theirs)));
}

/// Its words and records are Samba's; where it differs, it does as Windows.
#[test]
fn answers_are_sambas_but_for_what_windows_says() {
    let here = Ipv4Addr::new(10, 77, 0, 1);
    let mut station = Station::settled_on(vec![interface(2, here.octets(), 24)], |config| {
        let names = [("ALPHA", 0x00), ("ALPHA", 0x03), ("ALPHA", 0x20)];
        config.names = names.map(|(text, suffix)| OwnName::unique(name(text, suffix))).into();
    });
    let ttl_at = 12 + 34 + 4;
    for (asked, answered) in [(57, 58), (60, 61), (65, 66)] {
        let question = samba("07_name_conflict", asked);
        let answer = station.octets(PEER, here, &question).answer();
        let mut theirs = samba("07_name_conflict", answered);
        theirs[3] = 0x00; // no name server: 8500, not 8580
        theirs[ttl_at..ttl_at + 4].copy_from_slice(&TTL.to_be_bytes());
        assert_eq!(answer.payload, theirs, "frame {answered}");
    }
    let question = samba("07_name_conflict", 62);
    let answer = station.octets(PEER, here, &question).answer();
    let mut theirs = samba("07_name_conflict", 63);
    theirs[3] = 0x03; // 8503
    theirs[7] = 0; // the record is not counted
    assert_eq!(answer.payload, theirs);
}

#[test]
fn names_that_are_claimed_in_conflict_or_left_are_not_answered_for() {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let sent = station.run(700);
    let silent = |station: &mut Station| {
        station.hear(PEER, &query(linuxbox())).dropped(NameDropReason::NotOurName);
        assert_eq!(station.told(PEER, &unicast(linuxbox())).answer(), to(PEER, &no(linuxbox())));
        station.hear(PEER, &query(Name::WILDCARD)).dropped(NameDropReason::NotOurName);
    };
    silent(&mut station);
    let id = trn_id(&sent[0].1);
    let owner = unique(*PEER.ip());
    let refusal = Packet::registration_response(id, linuxbox().into(), Rcode::ACTIVE, 0, owner);
    station.told(PEER, &refusal).used();
    silent(&mut station);
    let mut station = Station::settled();
    station.node.leave(station.now);
    station.run(0);
    silent(&mut station);
}

#[test]
fn everyone_is_asked_by_the_wildcard() {
    let mut station = Station::settled();
    let everyone = yes(Name::WILDCARD);
    assert_eq!(station.hear(PEER, &query(Name::WILDCARD)).answer(), to(PEER, &everyone));
}

#[test]
fn other_questions_are_not_ours() {
    let mut station = Station::settled();
    let mut packet = query(linuxbox());
    packet.questions[0].question_type = RrType::A;
    station.hear(PEER, &packet).dropped(NameDropReason::Unsupported);
    station.hear(FAR, &query(linuxbox())).dropped(NameDropReason::OffLink);
    station.told(FAR, &unicast(linuxbox())).dropped(NameDropReason::OffLink);
    // Of several questions one is answered.
    let mut packet = query(linuxbox());
    packet.questions.extend([packet.questions[0]; 20]);
    assert_eq!(station.hear(PEER, &packet).answer(), to(PEER, &yes(linuxbox())));
    // Odd flags change nothing.
    let mut packet = query(linuxbox());
    packet.header.nm_flags = NmFlags::RESERVED | NmFlags::BROADCAST | NmFlags::TRUNCATED;
    assert_eq!(station.hear(PEER, &packet).answer(), to(PEER, &yes(linuxbox())));
}

#[test]
fn own_names_are_answered_for_without_a_limit_and_others_with_one() {
    let mut station = Station::settled();
    for _ in 0..1000 {
        station.hear(PEER, &query(linuxbox())).answer();
    }
    let theirs = name("WINBOX", 0);
    for _second in 0..3 {
        for _ in 0..20 {
            station.told(PEER, &unicast(theirs)).answer();
        }
        for _ in 0..20 {
            station.told(PEER, &unicast(theirs)).dropped(NameDropReason::Limited);
        }
        // Other sources are not the worse for it, until all have had what there is.
        for host in 11..=19 {
            for _ in 0..20 {
                station.told(at([10, 77, 0, host]), &unicast(theirs)).answer();
            }
        }
        let late = at([10, 77, 0, 100]);
        station.told(late, &unicast(theirs)).dropped(NameDropReason::Limited);
        station.skip(1000);
    }
}
