//! Names of others, asked for ([RFC 1001] 15.1, [RFC 1002] 5.1.1.2).

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{Answer, Event, Found, NameDropReason, NodeError, QueryId, Question, limits};
use mailslot::time::Instant;
use mailslot::wire::nbns::{NameFlags, NbEntry, NodeName, NodeStatus, Packet, Rcode, Statistics};
use mailslot::wire::netbios::Name;

use super::station::{
    ETH0, FAR, LOWER, PEER, Station, at, broadcast, group, linuxbox, name, samba, times, to,
    trn_id, unique, with_id,
};

fn winbox() -> Name {
    name("WINBOX", 0)
}

/// A settled station that has just asked, and the id of its question.
fn asking(question: Question) -> (Station, QueryId, u16) {
    let mut station = Station::settled();
    let (query, id) = ask(&mut station, winbox(), question);
    (station, query, id)
}

fn ask(station: &mut Station, name: Name, question: Question) -> (QueryId, u16) {
    let query = station.node.query(station.now, name, question).expect("room");
    let sent = station.sent();
    (query, trn_id(&sent[0]))
}

fn yes(id: u16, entries: &[NbEntry]) -> Packet<'static> {
    Packet::positive_query_response(id, winbox().into(), 300, entries)
}

fn no(id: u16) -> Packet<'static> {
    Packet::negative_query_response(id, winbox().into(), Rcode::NAME)
}

fn status(id: u16, asked: Name) -> Packet<'static> {
    let names = vec![NodeName { name: winbox(), name_flags: NameFlags::ACTIVE }];
    let status = NodeStatus::new(names, &Statistics::new([1, 2, 3, 4, 5, 6]));
    Packet::node_status_response(id, asked.into(), status)
}

/// The questions that ended.
fn answered(station: &mut Station) -> Vec<(QueryId, Vec<Answer>)> {
    let ended = |event| match event {
        Event::Answered { id, answers, .. } => Some((id, answers)),
        _ => None,
    };
    station.events().into_iter().filter_map(ended).collect()
}

fn owners(from: SocketAddrV4, entries: &[NbEntry]) -> Answer {
    Answer { from, interface: ETH0, found: Found::Owners { entries: entries.into(), ttl: 300 } }
}

#[test]
fn everyone_is_asked_three_times() {
    let mut station = Station::settled();
    let query = station.node.query(station.now, winbox(), Question::Owner).expect("room");
    let sent = station.run(749);
    assert_eq!(times(&sent), [0, 250, 500]);
    let id = trn_id(&sent[0].1);
    let asked = broadcast(&Packet::name_query(id, winbox().into(), true));
    assert!(sent.iter().all(|(_, transmit)| *transmit == asked));
    assert_eq!(answered(&mut station), []);
    assert_eq!(station.run(1), []);
    assert_eq!(answered(&mut station), [(query, vec![])], "nobody has it");
}

#[test]
fn questions_are_what_samba_asks() {
    let mut station = Station::settled();
    let alpha = name("ALPHA", 0x20);
    station.node.query(station.now, alpha, Question::Owner).expect("room");
    let sent = station.sent();
    assert_eq!(sent[0].payload, with_id(samba("07_name_conflict", 57), &sent[0]));
    station.node.query(station.now, Name::WILDCARD, Question::StatusAt(PEER)).expect("room");
    let sent = station.sent();
    assert_eq!(
        sent[0],
        to(PEER, &Packet::node_status_request(trn_id(&sent[0]), Name::WILDCARD.into(), false,))
    );
    assert_eq!(sent[0].payload, with_id(samba("07_name_conflict", 69), &sent[0]));
}

#[test]
fn the_first_answer_ends_it() {
    let (mut station, query, id) = asking(Question::Owner);
    station.run(300);
    let entries = [unique(*PEER.ip())];
    station.told(PEER, &yes(id, &entries)).used();
    assert_eq!(answered(&mut station), [(query, vec![owners(PEER, &entries)])]);
    station.told(LOWER, &yes(id, &entries)).dropped(NameDropReason::Unasked);
    assert_eq!(station.run(700), []);
}

#[test]
fn all_answers_are_collected_for_a_second() {
    let (mut station, query, id) = asking(Question::Owners);
    let (first, second) = ([group(*PEER.ip())], [group(*LOWER.ip()), unique(*FAR.ip())]);
    station.told(PEER, &yes(id, &first)).used();
    // nmbd answers twice.
    station.told(PEER, &yes(id, &first)).used();
    assert_eq!(times(&station.run(999)), [250, 500]);
    station.told(LOWER, &yes(id, &second)).used();
    assert_eq!(answered(&mut station), []);
    station.run(1);
    let answers = vec![owners(PEER, &first), owners(LOWER, &second)];
    assert_eq!(answered(&mut station), [(query, answers)]);
}

#[test]
fn an_answer_is_one_to_what_was_asked() {
    let entries = [unique(*PEER.ip())];
    let (mut station, _, id) = asking(Question::Owner);
    let unasked = NameDropReason::Unasked;
    for wrong in [id.wrapping_add(1), id ^ 0x8000, 0] {
        station.told(PEER, &yes(wrong, &entries)).dropped(unasked);
    }
    let other = Packet::positive_query_response(id, name("WINBOX", 3).into(), 0, &entries);
    station.told(PEER, &other).dropped(unasked);
    station.told(PEER, &status(id, winbox())).dropped(unasked);
    station.told(FAR, &yes(id, &entries)).dropped(NameDropReason::OffLink);
    // Nobody can say no for all.
    station.told(PEER, &no(id)).dropped(unasked);
    assert_eq!(answered(&mut station), []);
    // In any case and with any padding, it is the name.
    let lower = Name::from_bytes(*b"winbox\0\0\0\0\0\0\0\0\0\0");
    let answer = Packet::positive_query_response(id, lower.into(), 0, &entries);
    station.told(PEER, &answer).used();
    assert_eq!(answered(&mut station).len(), 1);
}

#[test]
fn answers_tell_of_hosts() {
    let (mut station, query, id) = asking(Question::Owner);
    station.told(PEER, &yes(id, &[])).dropped(NameDropReason::Malformed);
    for address in [[0, 0, 0, 0], [255, 255, 255, 255], [224, 0, 0, 1]] {
        let nobody = yes(id, &[unique(address.into())]);
        station.told(PEER, &nobody).dropped(NameDropReason::Malformed);
    }
    // Of a group that is one of a name server's words: everyone.
    let everyone = [group(Ipv4Addr::BROADCAST)];
    station.told(PEER, &yes(id, &everyone)).used();
    assert_eq!(answered(&mut station), [(query, vec![owners(PEER, &everyone)])]);
}

#[test]
fn one_host_is_asked_directly() {
    let (mut station, query, id) = asking(Question::OwnerAt(PEER));
    let mut sent = station.run(4499);
    sent.retain(|(_, transmit)| transmit.to == PEER);
    assert_eq!(times(&sent), [1500, 3000]);
    let asked = to(PEER, &Packet::name_query(id, winbox().into(), false));
    assert!(sent.iter().all(|(_, transmit)| *transmit == asked));
    station.run(1);
    assert_eq!(answered(&mut station), [(query, vec![])]);

    let (mut station, query, id) = asking(Question::OwnerAt(PEER));
    let entries = [unique(*FAR.ip())];
    station.told(LOWER, &yes(id, &entries)).dropped(NameDropReason::Unasked);
    station.told(LOWER, &no(id)).dropped(NameDropReason::Unasked);
    station.told(PEER, &no(id ^ 1)).dropped(NameDropReason::Unasked);
    let other = Packet::negative_query_response(id, name("OTHER", 0).into(), Rcode::NAME);
    station.told(PEER, &other).dropped(NameDropReason::Unasked);
    assert_eq!(answered(&mut station), []);
    station.told(PEER, &no(id)).used();
    assert_eq!(answered(&mut station), [(query, vec![])], "it says no");

    let (mut station, query, id) = asking(Question::OwnerAt(PEER));
    station.told(PEER, &yes(id, &entries)).used();
    assert_eq!(answered(&mut station), [(query, vec![owners(PEER, &entries)])]);
}

/// A name server is seldom on the own network.
#[test]
fn a_host_beyond_a_router_answers_what_it_was_asked() {
    let entries = [unique(*FAR.ip())];
    let (mut station, query, id) = asking(Question::OwnerAt(FAR));
    station.told(at([192, 0, 2, 8]), &yes(id, &entries)).dropped(NameDropReason::OffLink);
    station.told(FAR, &yes(id ^ 1, &entries)).dropped(NameDropReason::OffLink);
    station.told(FAR, &yes(id, &entries)).used();
    assert_eq!(answered(&mut station), [(query, vec![owners(FAR, &entries)])]);

    let (mut station, query, id) = asking(Question::OwnerAt(FAR));
    station.told(FAR, &no(id)).used();
    assert_eq!(answered(&mut station), [(query, vec![])]);

    let (mut station, query, id) = asking(Question::StatusAt(FAR));
    station.told(FAR, &status(id, winbox())).used();
    assert_eq!(answered(&mut station)[0].0, query);
}

#[test]
fn a_host_tells_its_names() {
    let (mut station, query, id) = asking(Question::StatusAt(PEER));
    station.told(PEER, &yes(id, &[unique(*PEER.ip())])).dropped(NameDropReason::Unasked);
    station.told(LOWER, &status(id, winbox())).dropped(NameDropReason::Unasked);
    station.told(PEER, &status(id, name("OTHER", 0))).dropped(NameDropReason::Unasked);
    station.told(PEER, &status(id, winbox())).used();
    let names = vec![NodeName { name: winbox(), name_flags: NameFlags::ACTIVE }];
    let found = Found::Status { names, unit_id: Some([1, 2, 3, 4, 5, 6]) };
    let answer = Answer { from: PEER, interface: ETH0, found };
    assert_eq!(answered(&mut station), [(query, vec![answer])]);
}

#[test]
fn questions_are_told_apart() {
    let mut station = Station::settled();
    let asked: Vec<_> = (0..limits::MAX_QUERIES)
        .map(|i| ask(&mut station, name(&format!("N{i}"), 0), Question::Owner))
        .collect();
    let one_more = station.node.query(station.now, winbox(), Question::Owner);
    assert_eq!(one_more, Err(NodeError::TooMany));
    for (i, (query, id)) in asked.iter().enumerate().rev() {
        let asked = name(&format!("N{i}"), 0);
        let answer = Packet::positive_query_response(*id, asked.into(), 0, &[unique(*PEER.ip())]);
        station.told(PEER, &answer).used();
        assert_eq!(answered(&mut station)[0].0, *query);
    }
    assert!(station.node.query(station.now, winbox(), Question::Owner).is_ok());
    let nowhere = &mut Station::new(|_| {});
    let refused = nowhere.node.query(nowhere.now, winbox(), Question::Owner);
    assert_eq!(refused, Err(NodeError::NoInterface));
}

#[test]
fn what_answers_bring_is_bounded() {
    let (mut station, _, id) = asking(Question::Owners);
    let many = vec![group(*PEER.ip()); 5000];
    for i in 0..2 * limits::MAX_ANSWERS {
        let i = u16::try_from(i).expect("few");
        let from = SocketAddrV4::new([10, 77, 0, 10].into(), 1000 + i);
        station.told(from, &yes(id, &many)).used();
    }
    station.run(1000);
    let answers = &answered(&mut station)[0].1;
    assert_eq!(answers.len(), limits::MAX_ANSWERS);
    for answer in answers {
        let Found::Owners { entries, .. } = &answer.found else { panic!("{answer:?}") };
        assert_eq!(entries.len(), limits::MAX_OWNERS);
    }
}

#[test]
fn a_clock_that_is_set_does_not_hold_a_question_up() {
    for hours in [1_000, 100_000] {
        let mut station = Station::settled();
        station.now = Instant::from_millis(50_000 * 3_600_000);
        station.node.timeout(station.now);
        station.run(1000);
        station.events();
        let (query, _) = ask(&mut station, winbox(), Question::Owner);
        station.run(100);
        station.now = Instant::from_millis(hours * 3_600_000);
        station.node.timeout(station.now);
        station.run(750);
        assert_eq!(answered(&mut station), [(query, vec![])], "set to {hours} h");
    }
}

#[test]
fn own_names_can_be_asked_for() {
    // Others may have it too: that is what a conflict is.
    let mut station = Station::settled();
    let (query, id) = ask(&mut station, linuxbox(), Question::Owners);
    let theirs = [unique(*PEER.ip())];
    let answer = Packet::positive_query_response(id, linuxbox().into(), 300, &theirs);
    station.told(PEER, &answer).used();
    station.run(1000);
    assert_eq!(answered(&mut station), [(query, vec![owners(PEER, &theirs)])]);
}
