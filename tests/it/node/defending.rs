//! Names of ours that others take: refused ([RFC 1001] 15.2.2, [MS-NBTE] 3.1.5.1).

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{NameDropReason, NameState, OwnName};
use mailslot::wire::nbns::{Claim, Opcode, Packet, Rcode};
use mailslot::wire::netbios::{Name, Suffix};

use super::station::{
    HERE, LOWER, PEER, Station, claim, decoded, eth0, group, group_claim, interface, linuxbox,
    name, office, samba, to, trn_id, unique,
};

type Build = fn(u16, Claim<'static>) -> Packet<'static>;

/// Opcode 9, as [RFC 1002] 4.2.4 draws it.
fn refresh_alt(id: u16, claim: Claim<'static>) -> Packet<'static> {
    let mut packet = Packet::refresh(id, claim);
    packet.header.opcode = Opcode::REFRESH_ALT;
    packet
}

const TAKES: [(&str, Build); 5] = [
    ("registration", Packet::registration),
    ("overwrite", Packet::overwrite),
    ("refresh", Packet::refresh),
    ("refresh, opcode 9", refresh_alt),
    ("multi-homed registration", Packet::multihomed_registration),
];

/// Code 6 to where the request came from. As Samba does and its tests want, a request for the owner
/// alone gets its own record back.
fn refused_alone(id: u16, asked: Name, to_whom: SocketAddrV4) -> mailslot::node::Transmit {
    let claimed = unique(*to_whom.ip());
    to(to_whom, &Packet::registration_response(id, asked.into(), Rcode::ACTIVE, 0, claimed))
}

/// The same with the owner's record, where everyone was asked.
fn refused(id: u16, asked: Name, to_whom: SocketAddrV4) -> mailslot::node::Transmit {
    let owner = if asked.matches(&office()) { group(HERE) } else { unique(HERE) };
    to(to_whom, &Packet::registration_response(id, asked.into(), Rcode::ACTIVE, 0, owner))
}

#[test]
fn whatever_takes_a_name_of_ours_is_refused() {
    let mut station = Station::settled();
    for (kind, build) in TAKES {
        for broadcast in [true, false] {
            for from in [PEER, SocketAddrV4::new(*PEER.ip(), 40_137)] {
                let claim = Claim { broadcast, ..claim(linuxbox(), from) };
                let packet = build(0x1234, claim);
                let reaction = if broadcast {
                    station.hear(from, &packet)
                } else {
                    station.told(from, &packet)
                };
                let answer = reaction.answer();
                let expected = if broadcast { refused } else { refused_alone };
                assert_eq!(answer, expected(0x1234, linuxbox(), from), "{kind}");
                assert_eq!(answer.payload[..4], [0x12, 0x34, 0xad, 0x86], "{kind}");
            }
        }
    }
    assert_eq!(station.state(linuxbox()), NameState::Owned);
    assert_eq!(station.states(), []);
}

/// nmbd repeats the claimant's address; [RFC 1002] 4.2.6 wants the owner's.
#[test]
fn the_refusal_is_sambas_but_for_the_address() {
    let alpha = name("ALPHA", 0x20);
    let mut station = Station::settled_on(vec![interface(2, [10, 77, 0, 1], 24)], |config| {
        config.names = vec![OwnName::unique(alpha)];
    });
    let here = Ipv4Addr::new(10, 77, 0, 1);
    for (asked, answered) in [(1, 6), (23, 24), (26, 27), (29, 30)] {
        let from = if asked == 1 { LOWER } else { PEER };
        let packet = samba("07_name_conflict", asked);
        let answer = station.octets(from, Ipv4Addr::new(10, 77, 0, 255), &packet).answer();
        let mut theirs = samba("07_name_conflict", answered);
        let length = theirs.len();
        theirs[length - 6..].copy_from_slice(&[0, 0, 10, 77, 0, 1]);
        // Some of them repeat the time to live too.
        let ttl_at = length - 6 - 2 - 4;
        theirs[ttl_at..ttl_at + 4].fill(0);
        assert_eq!((answer.from, answer.to, answer.payload), (here, from, theirs), "{asked}");
    }
    // The refresh that nmbd passes over, and the one that it answers with code 1.
    for asked in [42, 43, 44] {
        let packet = samba("07_name_conflict", asked);
        let answer = station.octets(PEER, here, &packet).answer();
        assert_eq!(answer.payload[..2], packet[..2]);
        assert_eq!(answer.payload[2..4], [0xad, 0x86]);
    }
}

#[test]
fn a_group_is_joined_and_not_taken() {
    let mut station = Station::settled();
    for (kind, build) in TAKES {
        let reaction = station.hear(PEER, &build(1, group_claim(office(), PEER)));
        reaction.used();
        let answer = station.hear(PEER, &build(2, claim(office(), PEER))).answer();
        assert_eq!(answer, refused(2, office(), PEER), "{kind}: a group held, one host asks");
        assert!(decoded(&answer).entries().all(mailslot::wire::nbns::NbEntry::is_group));
        let answer = station.hear(PEER, &build(3, group_claim(linuxbox(), PEER))).answer();
        assert_eq!(answer, refused(3, linuxbox(), PEER), "{kind}: one host's held, a group asks");
    }
}

#[test]
fn names_are_ours_in_any_case_and_with_any_padding() {
    let mut station = Station::settled();
    for octets in [*b"linuxBox       \0", *b"LINUXBOX\0\0\0\0\0\0\0\0"] {
        let asked = Name::from_bytes(octets);
        let answer = station.hear(PEER, &Packet::registration(1, claim(asked, PEER))).answer();
        assert_eq!(answer, refused(1, asked, PEER), "as it was asked");
    }
    for foreign in [linuxbox().with_suffix(Suffix(3)), name("LINUXBOXX", 0), Name::WILDCARD] {
        let asked = Packet::registration(1, claim(foreign, PEER));
        station.hear(PEER, &asked).dropped(NameDropReason::NotOurName);
    }
}

#[test]
fn what_is_not_ours_is_not_defended() {
    let theirs = Packet::registration(1, claim(linuxbox(), PEER));
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let sent = station.run(100);
    station.hear(PEER, &theirs).used();
    let id = trn_id(&sent[0].1);
    let owner = unique(*PEER.ip());
    let refusal = Packet::registration_response(id, linuxbox().into(), Rcode::ACTIVE, 0, owner);
    station.told(PEER, &refusal).used();
    assert!(matches!(station.state(linuxbox()), NameState::Conflict { .. }));
    station.hear(PEER, &theirs).used();

    let mut station = Station::settled();
    station.node.leave(station.now);
    station.run(0);
    station.hear(PEER, &theirs).used();
    station.run(1000);
    station.hear(PEER, &theirs).used();
}

/// Anybody can say that we leave.
#[test]
fn a_name_of_ours_that_another_releases_is_still_ours() {
    let mut station = Station::settled();
    for own in [linuxbox(), office()] {
        for entry in [unique(HERE), unique(*PEER.ip())] {
            let release = Claim { entry, ..claim(own, PEER) };
            station.hear(PEER, &Packet::release(1, release)).used();
            station.told(PEER, &Packet::release(1, release)).used();
        }
        station.hear(PEER, &Packet::name_query(2, own.into(), true)).answer();
        assert_eq!(station.state(own), NameState::Owned);
    }
}

/// It says neither whose the name would be, nor whether a group's; or not which name.
#[test]
fn a_claim_that_is_not_whole_claims_nothing() {
    let mut station = Station::settled();
    for (_, build) in TAKES {
        for own in [linuxbox(), office()] {
            let mut packet = build(1, claim(own, PEER));
            packet.additional.clear();
            station.hear(PEER, &packet).dropped(NameDropReason::Malformed);
            let mut packet = build(1, claim(own, PEER));
            packet.additional[0].rdata = mailslot::wire::nbns::Rdata::Nb(vec![]);
            packet.additional[0].rdlength = 0;
            station.hear(PEER, &packet).dropped(NameDropReason::Malformed);
            let mut packet = build(1, claim(own, PEER));
            packet.questions.clear();
            packet.additional[0].name = Some(own.into());
            station.hear(PEER, &packet).dropped(NameDropReason::Malformed);
        }
    }
}
