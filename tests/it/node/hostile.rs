//! What strangers have done to other implementations, each by its class.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{
    Disposition, DropReason, Event, Found, NameDropReason, NameState, Question, Received, limits,
};
use mailslot::wire::nbns::{
    Header, NbEntry, NmFlags, NodeStatus, Opcode, Packet, Rcode, Rdata, RrType, Statistics,
};
use mailslot::wire::netbios::{MAX_POINTER_HOPS, Name, Suffix};

use super::station::{
    ETH0, EVERYONE, FAR, Fate, HERE, LOWER, PEER, Station, claim, eth0, group, interface, linuxbox,
    name, office, trn_id, unique,
};
use super::{Draft, SENDER};

/// Where the address of nobody stands in packets: nothing is ever sent there.
const INSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

/// A packet of every kind about a name, with an address inside.
fn every_kind(name: Name, id: u16, entry: NbEntry) -> Vec<Packet<'static>> {
    let claim = mailslot::wire::nbns::Claim { entry, ..claim(name, PEER) };
    let name = claim.name;
    let query = Packet::name_query(id, name, true);
    let status = NodeStatus::new(vec![], &Statistics::new([0; 6]));
    let mut packets = vec![
        query.clone(),
        Packet::name_query(id, name, false),
        Packet::node_status_request(id, name, true),
        Packet::node_status_request(id, name, false),
        Packet::registration(id, claim),
        Packet::overwrite(id, claim),
        Packet::refresh(id, claim),
        Packet::multihomed_registration(id, claim),
        Packet::release(id, claim),
        Packet::positive_query_response(id, name, 5, &[entry]),
        Packet::negative_query_response(id, name, Rcode::NAME),
        Packet::redirect(id, name, 5, (name, entry.nb_address)),
        Packet::registration_response(id, name, Rcode::OK, 5, entry),
        Packet::end_node_challenge(id, name, 5, entry),
        Packet::conflict_demand(id, name, entry),
        Packet::release_response(id, name, Rcode::OK, entry),
        Packet::release_response(id, name, Rcode::ACTIVE, entry),
        Packet::wack(name, 5, query.header),
        Packet::node_status_response(id, name, status),
    ];
    for code in 1..16 {
        packets.push(Packet::registration_response(id, name, Rcode(code), 5, entry));
    }
    packets
}

/// CVE-2026-3238: a first question, record or address that a count of 0 says is not there.
#[test]
fn trust_in_counts() {
    let mut station = Station::settled();
    let mut fates = Vec::new();
    for word in 0..=u16::MAX >> 4 {
        // Every opcode, direction and flag, and codes 0 and 6.
        for rcode in [0, 6] {
            let word = word << 4 | rcode;
            if word & 0x06e0 != 0 {
                continue; // flags that change nothing, and would only take time
            }
            for zeros in 0..16_u8 {
                for rdlength in [0_u8, 6] {
                    let registration = Packet::registration(7, claim(linuxbox(), PEER));
                    let mut octets = registration.to_vec();
                    octets[2..4].copy_from_slice(&word.to_be_bytes());
                    let length = octets.len();
                    octets[length - 7] = rdlength;
                    for (i, count) in [4, 6, 8, 10].into_iter().enumerate() {
                        octets[count + 1] = u8::from(zeros & 1 << i == 0);
                    }
                    let whole = station.octets(PEER, HERE, &octets);
                    fates.push(whole.fate);
                    let sent: usize = whole.sent.iter().map(|sent| sent.payload.len()).sum();
                    assert!(sent <= 2 * octets.len(), "{word:04x}: {sent}");
                    // And with nothing behind the header.
                    let header = station.octets(PEER, HERE, &octets[..12]);
                    assert_ne!(header.fate, Fate::Answered, "{word:04x}");
                }
            }
            station.run(800);
            station.skip(1000);
        }
    }
    assert!(fates.contains(&Fate::Answered) && fates.contains(&Fate::Used));
    assert_eq!((station.states(), station.state(linuxbox())), (vec![], NameState::Owned));
}

/// CVE-2020-14303: nothing is a datagram too.
#[test]
fn empty_datagrams() {
    let mut station = Station::settled();
    let deadline = station.node.deadline();
    for length in 0..=14 {
        for octet in [0, 0x10, 0xff] {
            let octets = vec![octet; length];
            let reaction = station.octets(PEER, HERE, &octets);
            assert!(matches!(reaction.fate, Fate::Dropped(_)), "{length}: {reaction:?}");
            assert_eq!(reaction.sent, []);
            let (from, to) = (SENDER, SocketAddrV4::new(HERE, 138));
            let received = Received { interface: ETH0, from, to, payload: &octets };
            let disposition = station.node.input(station.now, received);
            assert!(matches!(disposition, Disposition::Dropped { .. }), "{disposition:?}");
        }
    }
    assert_eq!(station.node.deadline(), deadline, "nothing is left to be done");
}

/// A query whose question's name is these octets.
fn query_of(encoded: &[u8]) -> Vec<u8> {
    let header = [0, 1, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0];
    [&header[..], encoded, &[0, 0x20, 0, 1]].concat()
}

fn encoded(letters: usize) -> Vec<u8> {
    let mut octets = vec![u8::try_from(letters).expect("short")];
    octets.extend(std::iter::repeat_n(b'C', letters));
    octets
}

/// CVE-2020-10745: names of dots and pointers.
#[test]
fn quadratic_name_expansion() {
    let mut station = Station::settled();
    let first = encoded(32);
    let labels = |count: usize| [&first[..], &b"\x01.".repeat(count), b"\0"].concat();
    let malformed = NameDropReason::Malformed;
    for (what, name, fate) in [
        ("119 labels of a dot", labels(119), NameDropReason::NotOurName),
        ("120 of them are too long", labels(120), malformed),
        ("127", labels(127), malformed),
        (
            "a long scope",
            [&first[..], &[63; 64], &[63; 64], &[63; 64], &[43; 44], b"\0"].concat(),
            NameDropReason::NotOurName,
        ),
        ("too long a scope", [&first[..], &[63; 64].repeat(4), b"\0"].concat(), malformed),
        ("a pointer to itself", b"\xc0\x0c".to_vec(), malformed),
        ("a pointer to the header", b"\xc0\x00".to_vec(), malformed),
        ("a pointer ahead", [b"\xc0\x20", &[0; 18][..], &first, b"\0"].concat(), malformed),
        ("a loop behind the name", [&first[..], b"\xc0\x2d"].concat(), malformed),
        ("a loop through the name", [&first[..], b"\xc0\x0c"].concat(), malformed),
        ("no end", first.clone(), malformed),
        ("reserved label types", [b"\x60".as_slice(), &[b'C'; 32], b"\0"].concat(), malformed),
    ] {
        let reaction = station.octets(PEER, EVERYONE, &query_of(&name));
        assert_eq!(reaction.fate, Fate::Dropped(fate), "{what}");
        assert_eq!(reaction.sent, []);
    }
    // As many questions as fit, each a chain of pointers to the one before: as far as it may go.
    let mut packet = query_of(&[&first[..], b"\0"].concat());
    let mut last = 12_u16;
    while packet.len() + 6 <= 0x3fff {
        let at = u16::try_from(packet.len()).expect("within reach");
        packet.extend((0xc000 | last).to_be_bytes());
        packet.extend([0, 0x20, 0, 1]);
        last = at;
    }
    for questions in [MAX_POINTER_HOPS + 1, MAX_POINTER_HOPS + 2, 2000] {
        packet[4..6].copy_from_slice(&u16::try_from(questions).expect("few").to_be_bytes());
        let fate = station.octets(PEER, EVERYONE, &packet).fate;
        let ends = questions <= MAX_POINTER_HOPS + 1;
        let expected = if ends { NameDropReason::NotOurName } else { malformed };
        assert_eq!(fate, Fate::Dropped(expected), "{questions} questions");
    }
}

/// CVE-2014-3560: a name has 16 octets, whatever others say.
#[test]
fn name_length_confusion() {
    let mut station = Station::settled();
    for (letters, ours) in
        [(0, false), (30, false), (31, false), (32, true), (33, false), (34, false)]
    {
        let mut name = Vec::new();
        Packet::name_query(1, linuxbox().into(), true).questions[0].name.encode(&mut name);
        name.resize(1 + letters, b'A');
        name[0] = u8::try_from(letters).expect("short");
        name.push(0);
        let fate = station.octets(PEER, EVERYONE, &query_of(&name)).fate;
        let expected = if ours { Fate::Answered } else { Fate::Dropped(NameDropReason::Malformed) };
        assert_eq!(fate, expected, "{letters} letters");
    }
}

/// OSS-Fuzz 20156, 20157, 20193, 38480: WACKs, times of 2^31 seconds, pointers at the end.
#[test]
fn parser_edges() {
    let mut station = Station::settled();
    let winbox = name("WINBOX", 0);
    for ttl in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let request = Packet::name_query(1, winbox.into(), false).header;
        let wack = Packet::wack(winbox.into(), ttl, request);
        station.told(PEER, &wack).dropped(NameDropReason::Unsupported);
        let mut short = Packet::wack(linuxbox().into(), ttl, request);
        short.answers[0].rr_type = RrType::NB;
        station.told(PEER, &short).dropped(NameDropReason::Unsupported);
        for packet in every_kind(linuxbox(), 3, unique(*PEER.ip())) {
            let mut packet = packet;
            for record in packet.answers.iter_mut().chain(&mut packet.additional) {
                record.ttl = ttl;
            }
            station.told(PEER, &packet);
            station.hear(PEER, &packet);
        }
        station.run(800);
        station.node.query(station.now, winbox, Question::Owner).expect("room");
        let id = trn_id(&station.sent()[0]);
        let answer = Packet::positive_query_response(id, winbox.into(), ttl, &[unique(INSIDE)]);
        station.told(PEER, &answer).used();
        let told = station.events().into_iter().find_map(|event| match event {
            Event::Answered { mut answers, .. } => answers.pop(),
            _ => None,
        });
        let found = told.expect("an answer").found;
        assert_eq!(found, Found::Owners { entries: vec![unique(INSIDE)], ttl });
        station.skip(1000);
    }
    // A pointer of which the packet has but the first octet, and one to the last octet.
    let whole = query_of(b"");
    for end in [&b"\xc0"[..], &b"\xc0\x0e"[..], &b"\xff\xff"[..]] {
        let packet = [&whole[..12], end].concat();
        station.octets(PEER, HERE, &packet).dropped(NameDropReason::Malformed);
        let mut packet = Packet::registration(1, claim(linuxbox(), PEER)).to_vec();
        packet.truncate(50);
        packet.extend(end);
        station.octets(PEER, HERE, &packet).dropped(NameDropReason::Malformed);
    }
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

/// Addresses that no packet comes from, or that are our own.
#[test]
fn spoofed_sources() {
    let lo = interface(1, [127, 9, 9, 9], 8);
    let mut station = Station::settled_on(vec![eth0(), lo], |_| {});
    let query = Packet::name_query(1, linuxbox().into(), true).to_vec();
    let bad = Some((NameDropReason::BadSource, DropReason::BadSource));
    let own = Some((NameDropReason::Own, DropReason::Own));
    for (interface, from, port, expected) in [
        (ETH0, [255, 255, 255, 255], 0, bad),
        (ETH0, [255, 255, 255, 255], 1, bad),
        (ETH0, [10, 77, 0, 255], 1, bad),
        (ETH0, [10, 77, 0, 255], 40_000, bad),
        (ETH0, [224, 0, 0, 1], 1, bad),
        (ETH0, [239, 255, 255, 250], 1, bad),
        (ETH0, [0, 0, 0, 0], 1, bad),
        (ETH0, [127, 0, 0, 1], 1, bad),
        (ETH0, [127, 9, 9, 9], 1, bad),
        (ETH0, [10, 77, 0, 10], 0, bad),
        (ETH0, HERE.octets(), 1, own),
        (ETH0, [10, 77, 0, 10], 40_000, None),
        (1, [127, 255, 255, 255], 1, bad),
        (1, [127, 9, 9, 9], 1, own),
        // Another program of this machine.
        (1, [127, 9, 9, 9], 40_000, None),
        (1, [127, 0, 0, 1], 40_000, None),
    ] {
        // 1 stands for the service's own port.
        let port = |service| if port == 1 { service } else { port };
        let source = |service| SocketAddrV4::new(from.into(), port(service));
        let to = SocketAddrV4::new(HERE, 137);
        let received = Received { interface, from: source(137), to, payload: &query };
        let reaction = station.receive(received);
        match expected {
            Some((reason, _)) => reaction.dropped(reason),
            None => assert_eq!(reaction.answer().to, source(137)),
        }
        let payload = Draft::default().payload();
        let to = SocketAddrV4::new(HERE, 138);
        let received = Received { interface, from: source(138), to, payload: &payload };
        match (station.node.input(station.now, received), expected) {
            (Disposition::Dropped { reason, .. }, Some((_, wanted))) => {
                assert_eq!(reason, wanted, "{from:?}");
            }
            (Disposition::Dropped { reason: DropReason::NoSuchSlot, .. }, None) => {}
            (other, _) => panic!("{from:?}: {other:?}"),
        }
    }
}

/// CVE-2007-5398, and nbtd's answers to the address that a packet names: what is sent goes to the
/// UDP source, or is our own question to everyone.
#[test]
fn no_reply_goes_where_a_packet_says() {
    let mut station = Station::settled();
    let reached = |station: &mut Station, from: SocketAddrV4| {
        for transmit in station.sent() {
            let everyone = SocketAddrV4::new(EVERYONE, 137);
            assert!([everyone, from].contains(&transmit.to), "{transmit:?}");
        }
    };
    for own in [linuxbox(), office(), Name::WILDCARD, name("WINBOX", 0)] {
        for entry in [unique(INSIDE), group(INSIDE)] {
            for from in [PEER, LOWER, SocketAddrV4::new(*PEER.ip(), 40_000), FAR] {
                for packet in every_kind(own, 7, entry) {
                    for to in [HERE, EVERYONE] {
                        let payload = &packet.to_vec();
                        let to = SocketAddrV4::new(to, 137);
                        let received = Received { interface: ETH0, from, to, payload };
                        station.node.input_name(station.now, received);
                        reached(&mut station, from);
                    }
                }
                station.run(1000);
            }
        }
    }
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

/// How many octets leave for each that came, at most: for a packet of any kind, with its answer
/// and all that follows from it.
#[test]
fn amplification() {
    let mut most: Vec<(&str, f64)> = Vec::new();
    for names in [2, limits::MAX_NAMES] {
        for (own, id) in [(linuxbox(), 7), (office(), 8), (Name::WILDCARD, 9), (name("X", 0), 9)] {
            for entry in [unique(*PEER.ip()), group(*PEER.ip())] {
                for packet in every_kind(own, id, entry) {
                    for to in [HERE, EVERYONE] {
                        let mut station = Station::settled_with(|config| {
                            let more = (2..names).map(|i| {
                                mailslot::node::OwnName::unique(name(&format!("N{i}"), 0))
                            });
                            config.names.extend(more);
                        });
                        let octets = packet.to_vec();
                        let mut sent = station.octets(PEER, to, &octets).sent;
                        // Its own question, where it doubts; the one that it asks anyhow is later.
                        sent.extend(station.run(600).into_iter().map(|(_, sent)| sent));
                        let sent: usize = sent.iter().map(|sent| sent.payload.len()).sum();
                        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
                        let ratio = sent as f64 / octets.len() as f64;
                        most.push((packet.kind().name(), ratio));
                    }
                }
            }
        }
    }
    let of = |kind: &str| {
        let ratios = most.iter().filter(|(found, _)| *found == kind).map(|(_, ratio)| *ratio);
        ratios.fold(0.0, f64::max)
    };
    for (kind, bound) in [
        ("name_query_request", 1.24),
        ("node_status_request", 10.7),
        ("name_registration_request", 0.92),
        ("name_overwrite_request", 0.92),
        ("name_refresh_request", 0.92),
        ("multihomed_name_registration_request", 0.92),
        ("name_release_request", 0.0),
        // Three questions to everyone, however many packets come meanwhile.
        ("negative_name_registration_response", 2.42),
        ("name_conflict_demand", 2.42),
        ("positive_name_query_response", 0.0),
        ("negative_name_query_response", 0.0),
        ("node_status_response", 0.0),
        ("wack", 0.0),
    ] {
        let found = of(kind);
        assert!(found <= bound && found >= bound - 0.02, "{kind}: {found}, not {bound}");
    }
    let listed: f64 = most.iter().map(|(_, ratio)| *ratio).fold(0.0, f64::max);
    assert!(listed <= 10.7, "of any kind");
}

/// A flood that makes us doubt makes us ask no more than three times in three quarters of a second.
#[test]
fn doubts_are_asked_about_at_a_bounded_rate() {
    let mut station = Station::settled();
    let mut asked = 0;
    for id in 0..10_000 {
        let demand = Packet::conflict_demand(id, linuxbox().into(), unique(*PEER.ip()));
        asked += station.told(PEER, &demand).sent.len();
        asked += station.run(1).len();
    }
    assert!((30..=42).contains(&asked), "{asked} questions in ten seconds");
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

/// Samba bug class of predictable ids: what is asked next does not follow from what was asked.
#[test]
fn predictable_ids() {
    let mut station = Station::settled();
    let mut last = 0_u16;
    let mut steps = std::collections::BTreeSet::new();
    for i in 0..200 {
        let asked = name(&format!("N{i}"), 0);
        station.node.query(station.now, asked, Question::Owner).expect("room");
        let id = trn_id(&station.sent()[0]);
        steps.insert(id.wrapping_sub(last));
        last = id;
    }
    assert!(steps.len() > 190, "{} steps of 200 differ", steps.len());
}

/// CVE-2025-10230: names are data. Whatever octets they have, printing them is harmless.
#[test]
fn control_octets_in_names() {
    let harmless = |text: &str| assert!(!text.chars().any(char::is_control), "{text:?}");
    for octet in 0..=u8::MAX {
        for name in [Name::from_bytes([octet; 16]), {
            let mut octets = *linuxbox().as_bytes();
            octets[3] = octet;
            Name::from_bytes(octets).with_suffix(Suffix(octet))
        }] {
            harmless(&name.to_string());
            harmless(&format!("{name:?}"));
            for packet in every_kind(name, 1, unique(INSIDE)) {
                harmless(&packet.to_string());
            }
        }
    }
    let nasty = Name::from_bytes(*b"a\x1b[2J\n\0b\x9b      \0");
    assert_eq!(nasty.to_string(), r"a\x1b[2J\x0a\x00bø<00>");
}

/// The same of what a station tells of messages that nobody was there for.
#[test]
fn control_octets_in_sightings() {
    let mut station = Station::settled();
    let draft = Draft {
        slot: "\\MAILSLOT\\a\x1b[2J\u{9b}\nb",
        from: Name::from_bytes(*b"a\x1b[2J\r\n\x07       \0"),
        ..Draft::default()
    };
    let payload = draft.payload();
    let to = SocketAddrV4::new(HERE, 138);
    let received = Received { interface: ETH0, from: SENDER, to, payload: &payload };
    station.node.input(station.now, received);
    let [sighting] = station.node.sightings() else { panic!("one") };
    let text = sighting.to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.contains(r"\u{1b}[2J"), "{text}");
}

#[test]
fn kinds_that_no_node_writes() {
    let mut station = Station::settled();
    for opcode in 0..16 {
        for response in [true, false] {
            let header = Header {
                name_trn_id: 1,
                response,
                opcode: Opcode(opcode),
                nm_flags: NmFlags::empty(),
                rcode: Rcode::OK,
            };
            let mut packet = Packet::registration(1, claim(linuxbox(), PEER));
            packet.header = header;
            if opcode > 9 && opcode < 15 || (1..5).contains(&opcode) {
                station.told(PEER, &packet).dropped(NameDropReason::Unsupported);
            }
            packet.additional[0].rdata = Rdata::Opaque(b"odd");
            packet.additional[0].rdlength = 3;
            let reaction = station.told(PEER, &packet);
            assert!(reaction.sent.len() <= 1, "{packet}");
        }
    }
}
