//! Taking names on a network, keeping and leaving them ([RFC 1001] 15.2, [RFC 1002] 5.1.1).

use std::time::Duration;

use mailslot::node::{NameDropReason, NameState, NodeError, OwnName, Owned, limits};
use mailslot::sim::{Faults, Lan};
use mailslot::time::Instant;
use mailslot::wire::nbns::{Kind, Packet, Rcode};

use super::station::{
    FAR, HERE, LOWER, PEER, Station, about, broadcast, claim, decoded, eth0, group, group_claim,
    interface, linuxbox, name, office, samba, times, trn_id, unique, with_id,
};

fn us() -> std::net::SocketAddrV4 {
    std::net::SocketAddrV4::new(HERE, 137)
}

/// A station whose claims began just now, and the id of that of LINUXBOX.
fn claiming() -> (Station, u16) {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let first = about(linuxbox(), station.run(0));
    (station, trn_id(&first[0].1))
}

fn refusal(trn_id: u16, rcode: Rcode) -> Packet<'static> {
    let owner = unique(*PEER.ip());
    Packet::registration_response(trn_id, linuxbox().into(), rcode, 0, owner)
}

fn demand(trn_id: u16) -> Packet<'static> {
    Packet::conflict_demand(trn_id, linuxbox().into(), unique(*PEER.ip()))
}

fn conflict() -> NameState {
    NameState::Conflict { by: *PEER.ip() }
}

#[test]
fn three_requests_then_a_demand_then_it_is_ours() {
    let mut station = Station::new(|_| {});
    station.interfaces(vec![eth0()]);
    let sent = station.run(749);
    assert_eq!(station.state(linuxbox()), NameState::Claiming);
    assert_eq!(times(&sent), [0, 0, 250, 250, 500, 500]);
    let demands = station.run(1);
    assert_eq!(times(&demands), [1, 1]);
    for (own, claim) in
        [(linuxbox(), claim(linuxbox(), us())), (office(), group_claim(office(), us()))]
    {
        let claim = mailslot::wire::nbns::Claim { ttl: 0, ..claim };
        let requests = about(own, sent.clone());
        let id = trn_id(&requests[0].1);
        let request = broadcast(&Packet::registration(id, claim));
        assert!(requests.iter().all(|(_, transmit)| *transmit == request), "the same each time");
        let demands = about(own, demands.clone());
        assert_eq!(demands[0].1, broadcast(&Packet::overwrite(id, claim)));
        assert_eq!(station.state(own), NameState::Owned);
    }
    let owned = [(linuxbox(), NameState::Owned), (office(), NameState::Owned)];
    assert_eq!(station.states(), owned);
}

#[test]
fn claims_are_what_samba_writes() {
    let alpha = name("ALPHA", 0x20);
    let mslot = name("MSLOT", 0x00);
    let mut station = Station::new(|config| {
        config.names = vec![OwnName::unique(alpha), OwnName::group(mslot)];
    });
    station.interfaces(vec![interface(2, [10, 77, 0, 2], 24)]);
    let sent = station.run(0);
    for (at, frame) in [(0, 1), (1, 4)] {
        let octets = samba("07_name_conflict", frame);
        assert_eq!(sent[at].1.payload, with_id(octets, &sent[at].1));
    }
    // The demand and the release of a script, which has a host 10.77.0.10 and Windows' time to live.
    let ttl_at = 12 + 34 + 4 + 2 + 4;
    let like = |frame, transmit: &mailslot::node::Transmit| {
        let mut octets = with_id(samba("07_name_conflict", frame), transmit);
        octets[ttl_at..ttl_at + 4].fill(0);
        *octets.last_mut().unwrap() = 2;
        assert_eq!(transmit.payload, octets);
    };
    like(26, &about(alpha, station.run(1000)).last().expect("the demand").1);
    station.node.leave(station.now);
    like(46, &about(alpha, station.run(0))[0].1);
}

#[test]
fn a_claim_that_is_refused_ends_and_is_made_again_after_a_minute() {
    let (mut station, id) = claiming();
    station.run(300);
    station.told(PEER, &refusal(id, Rcode::ACTIVE)).used();
    assert_eq!(station.states(), [(linuxbox(), conflict())]);
    let sent = station.run(59_999);
    assert_eq!(about(linuxbox(), sent), []);
    assert_eq!(station.state(office()), NameState::Owned, "the other name is not touched");
    let again = about(linuxbox(), station.run(7_501));
    assert_eq!(decoded(&again[0].1).kind(), Kind::NameRegistrationRequest);
    assert_ne!(trn_id(&again[0].1), id, "a claim of its own");
    station.run(750);
    let states: Vec<_> = station.states().into_iter().filter(|s| s.0 == linuxbox()).collect();
    assert_eq!(states, [(linuxbox(), NameState::Claiming), (linuxbox(), NameState::Owned)]);
}

/// Whoever keeps a name in conflict answers a claim with code 7 ([RFC 1002] 4.2.6).
#[test]
fn a_claim_is_refused_with_any_code() {
    for rcode in 1..16 {
        let (mut station, id) = claiming();
        station.told(PEER, &refusal(id, Rcode(rcode))).used();
        assert_eq!(station.states(), [(linuxbox(), conflict())], "code {rcode}");
    }
}

#[test]
fn only_the_answer_to_a_claim_refuses_it() {
    let (mut station, id) = claiming();
    let other = refusal(id.wrapping_add(1), Rcode::ACTIVE);
    station.told(PEER, &other).dropped(NameDropReason::Unasked);
    station.told(FAR, &refusal(id, Rcode::ACTIVE)).dropped(NameDropReason::OffLink);
    let foreign = Packet::registration_response(
        id,
        name("WINBOX", 0).into(),
        Rcode::ACTIVE,
        0,
        unique(*PEER.ip()),
    );
    station.told(PEER, &foreign).dropped(NameDropReason::NotOurName);
    station.run(750);
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

#[test]
fn of_two_that_claim_at_once_the_lower_address_goes_on() {
    let (mut station, _) = claiming();
    station.hear(PEER, &Packet::registration(9, claim(linuxbox(), PEER))).used();
    assert_eq!(station.state(linuxbox()), NameState::Claiming, "against a higher one");
    station.hear(LOWER, &Packet::registration(9, claim(linuxbox(), LOWER))).used();
    let lost = NameState::Conflict { by: *LOWER.ip() };
    assert_eq!(station.state(linuxbox()), lost);

    let mut lan = Lan::new(11, Faults::NONE);
    let hosts: Vec<_> = (0..5).map(|_| lan.add("SAME", "G")).collect();
    lan.run_for(Duration::from_secs(2));
    let wanted = name("SAME", 0);
    let owns = |id: &&mailslot::sim::HostId| {
        let mut names = lan.node(**id).expect("a host").names();
        names.any(|(own, _, state)| own.name == wanted && state == NameState::Owned)
    };
    assert_eq!(hosts.iter().filter(owns).collect::<Vec<_>>(), [&hosts[0]]);
}

#[test]
fn a_groups_name_is_shared_without_a_fight() {
    let (mut station, _) = claiming();
    let theirs = Packet::registration(9, group_claim(office(), LOWER));
    station.hear(LOWER, &theirs).used();
    station.run(750);
    assert_eq!(station.state(office()), NameState::Owned);
    station.hear(LOWER, &theirs).used();
    assert_eq!(station.state(office()), NameState::Owned);
    // One host's own name of that kind is another thing.
    let (mut station, _) = claiming();
    station.hear(LOWER, &Packet::registration(9, claim(office(), LOWER))).used();
    assert_eq!(station.state(office()), NameState::Conflict { by: *LOWER.ip() });
    let (mut station, _) = claiming();
    station.hear(LOWER, &Packet::registration(9, group_claim(linuxbox(), LOWER))).used();
    assert_eq!(station.state(linuxbox()), NameState::Conflict { by: *LOWER.ip() });
}

/// Makes a settled station doubt that LINUXBOX is its own; the id of its question.
fn doubting(station: &mut Station, packet: &Packet<'_>) -> u16 {
    let mut reaction = station.told(PEER, packet);
    assert_eq!(reaction.sent.len(), 1, "{reaction:?}");
    let asked = reaction.sent.remove(0);
    let id = trn_id(&asked);
    assert_eq!(asked, broadcast(&Packet::name_query(id, linuxbox().into(), true)));
    id
}

#[test]
fn a_conflict_is_believed_once_another_owner_answers() {
    for packet in [demand(7), refusal(7, Rcode::ACTIVE)] {
        let mut station = Station::settled();
        let id = doubting(&mut station, &packet);
        assert_eq!(station.state(linuxbox()), NameState::Owned);
        // More of the same leads to no more questions.
        for _ in 0..100 {
            station.told(PEER, &packet).used();
        }
        let sent = station.run(749);
        assert_eq!(times(&sent), [250, 500]);
        assert!(sent.iter().all(|(_, asked)| trn_id(asked) == id));
        // Neither a guess nor an answer from elsewhere is one.
        let answer = |id, from| {
            let owner = unique(from);
            Packet::positive_query_response(id, linuxbox().into(), 0, &[owner])
        };
        let guess = answer(id.wrapping_add(1), *PEER.ip());
        station.told(PEER, &guess).dropped(NameDropReason::Unasked);
        station.told(FAR, &answer(id, *FAR.ip())).dropped(NameDropReason::OffLink);
        // Nor is one that tells of ourselves, as a proxy gives it, or of nobody.
        station.told(PEER, &answer(id, HERE)).used();
        let nobody = Packet::positive_query_response(id, linuxbox().into(), 0, &[]);
        station.told(PEER, &nobody).dropped(NameDropReason::Malformed);
        assert_eq!(station.states(), []);
        station.told(PEER, &answer(id, *PEER.ip())).used();
        assert_eq!(station.states(), [(linuxbox(), conflict())]);
    }
}

#[test]
fn a_conflict_is_not_believed_where_nobody_answers() {
    let mut station = Station::settled();
    doubting(&mut station, &demand(7));
    station.run(20_000);
    assert_eq!(station.states(), []);
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

#[test]
fn a_conflict_that_is_demanded_from_beyond_a_router_is_nothing() {
    let mut station = Station::settled();
    station.told(FAR, &demand(7)).dropped(NameDropReason::OffLink);
    let theirs = Packet::conflict_demand(7, name("WINBOX", 0).into(), unique(*PEER.ip()));
    station.told(PEER, &theirs).dropped(NameDropReason::NotOurName);
}

/// One host's own name and a group's: neither can stand beside the other.
#[test]
fn a_group_of_the_same_name_is_another_owner() {
    let mut station = Station::settled();
    let id = doubting(&mut station, &demand(7));
    let groups = Packet::positive_query_response(id, linuxbox().into(), 0, &[group(*PEER.ip())]);
    station.told(PEER, &groups).used();
    assert_eq!(station.states(), [(linuxbox(), conflict())]);
    // Members of one group are none.
    let office_demand = Packet::conflict_demand(8, office().into(), unique(*PEER.ip()));
    let asked = station.told(PEER, &office_demand).sent;
    let groups = Packet::positive_query_response(
        trn_id(&asked[0]),
        office().into(),
        0,
        &[group(*PEER.ip())],
    );
    station.told(PEER, &groups).used();
    station.run(2000);
    assert_eq!(station.states(), []);
}

/// An objection may be lost, and a network that was parted has two owners when it is whole again.
#[test]
fn an_own_name_is_asked_for_now_and_then() {
    let mut station = Station::settled();
    let queries = about(linuxbox(), station.run(3 * 3600 * 1000));
    assert!(queries.iter().all(|(_, sent)| decoded(sent).kind() == Kind::NameQueryRequest));
    let rounds: Vec<_> = queries.chunks(3).collect();
    assert!(rounds.len() > 10, "{}", rounds.len());
    let (mut every, mut before) = (2_000, 0);
    for round in &rounds {
        let [(at, first), .., (last, _)] = round else { panic!("three of each") };
        assert!(round.iter().all(|(_, sent)| sent == first), "the same, 250 ms apart");
        assert!((every..=2 * every + 250).contains(&(at - before)), "{before} {at} {every}");
        (every, before) = ((4 * every).min(600_000), *last);
    }
    let id = trn_id(&rounds[0][0].1);
    let late = Packet::positive_query_response(id, linuxbox().into(), 0, &[unique(*PEER.ip())]);
    station.told(PEER, &late).dropped(NameDropReason::Unasked);
    // Nobody is alone with a group's name.
    assert_eq!(about(office(), station.run(10_000_000)), []);
}

#[test]
fn names_are_given_back_three_times() {
    let mut station = Station::settled();
    station.node.leave(station.now);
    let query = Packet::name_query(3, linuxbox().into(), true);
    let sent = station.run(499);
    assert!(!station.node.has_left());
    let last = station.run(1);
    assert!(station.node.has_left());
    assert_eq!((times(&sent), times(&last)), (vec![0, 0, 250, 250], vec![1, 1]));
    for (own, claim) in
        [(linuxbox(), claim(linuxbox(), us())), (office(), group_claim(office(), us()))]
    {
        let claim = mailslot::wire::nbns::Claim { ttl: 0, ..claim };
        let sent = about(own, [&sent[..], &last[..]].concat());
        let release = broadcast(&Packet::release(trn_id(&sent[0].1), claim));
        assert_eq!(sent.len(), 3);
        assert!(sent.iter().all(|(_, transmit)| *transmit == release));
    }
    let released = [(linuxbox(), NameState::Released), (office(), NameState::Released)];
    assert_eq!(station.states(), released);
    station.hear(PEER, &query).dropped(NameDropReason::NotOurName);
    assert_eq!(station.run(10_000_000), [], "for good");
}

#[test]
fn whoever_left_claims_nothing_more() {
    let mut station = Station::settled();
    station.node.leave(station.now);
    station.run(100);
    station.interfaces(vec![eth0(), interface(3, [10, 78, 0, 5], 24)]);
    station.node.add_name(station.now, OwnName::unique(name("LATE", 0))).expect("room");
    station.run(500);
    assert!(station.node.has_left());
    assert_eq!(station.run(10_000), []);
}

#[test]
fn what_is_not_ours_yet_is_not_given_back() {
    let (mut station, id) = claiming();
    station.told(PEER, &refusal(id, Rcode::ACTIVE)).used();
    station.node.leave(station.now);
    assert!(station.node.has_left());
    assert_eq!(station.run(100_000), []);
}

#[test]
fn names_that_are_added_are_claimed_too() {
    let mut station = Station::settled();
    let more = name("LINUXBOX", 0x03);
    station.node.add_name(station.now, OwnName::unique(more)).expect("room");
    station.node.add_name(station.now, OwnName::unique(more)).expect("it is there already");
    assert_eq!(times(&about(more, station.run(750))), [0, 250, 500, 750]);
    assert_eq!(station.state(more), NameState::Owned);
    let mut last = Ok(());
    for i in 0..limits::MAX_NAMES {
        assert_eq!(last, Ok(()));
        last = station.node.add_name(station.now, OwnName::unique(name(&format!("N{i}"), 0)));
        if station.node.names().count() == limits::MAX_NAMES {
            break;
        }
    }
    let beyond = OwnName::unique(name("BEYOND", 0));
    assert_eq!(station.node.add_name(station.now, beyond), Err(NodeError::TooMany));
}

/// A node that has names by listing them has nothing to do on a network.
#[test]
fn names_that_are_listed_are_not_claimed() {
    let mut station = Station::new(|config| config.owned = Owned::Listed);
    station.interfaces(vec![eth0()]);
    assert_eq!(station.node.deadline(), None);
    assert_eq!(station.run(10_000), []);
    station.node.leave(station.now);
    assert!(station.node.has_left());
    assert_eq!(station.run(10_000), []);
}

#[test]
fn a_clock_that_is_set_does_not_hold_a_claim_up() {
    for hours in [1_000, 100_000] {
        let mut station = Station::new(|_| {});
        station.now = Instant::from_millis(50_000 * 3_600_000);
        station.interfaces(vec![eth0()]);
        station.run(300);
        station.now = Instant::from_millis(hours * 3_600_000);
        station.node.timeout(station.now);
        station.run(750);
        assert_eq!(station.state(linuxbox()), NameState::Owned, "set to {hours} h");
        // So are the minutes of a conflict, and a name that is given back.
        let id = doubting(&mut station, &demand(7));
        let theirs =
            Packet::positive_query_response(id, linuxbox().into(), 0, &[unique(*PEER.ip())]);
        station.told(PEER, &theirs).used();
        station.now = Instant::from_millis(1_000_000);
        station.node.timeout(station.now);
        station.run(70_000);
        assert_eq!(station.state(linuxbox()), NameState::Owned);
        station.node.leave(station.now);
        station.run(10);
        station.now = Instant::from_millis(1_000);
        station.node.timeout(station.now);
        station.run(500);
        assert!(station.node.has_left());
    }
}

#[test]
fn a_claim_is_heard_again_by_its_sender() {
    let (mut station, id) = claiming();
    let own = Packet::registration(id, claim(linuxbox(), us()));
    station.hear(us(), &own).dropped(NameDropReason::Own);
}
