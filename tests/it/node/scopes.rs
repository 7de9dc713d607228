//! Scope identifiers: names of another scope are other names ([RFC 1001] 9).

use std::net::SocketAddrV4;

use mailslot::node::{
    Destination, Disposition, DropReason, Event, NameDropReason, NameState, Question, Received,
    Written,
};
use mailslot::slot::{LocalName, Options};
use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::nbns::{Claim, Packet, Rcode};
use mailslot::wire::netbios::{Name, ScopeBuf};

use super::Draft;
use super::station::{
    ETH0, EVERYONE, HERE, PEER, Station, claim, decoded, eth0, linuxbox, name, office, scope,
    scoped, to, trn_id, unique,
};

const OURS: &str = "Lab.Example";

fn settled() -> Station {
    Station::settled_with(|config| config.scope = scope(OURS))
}

fn foreign() -> [ScopeBuf; 4] {
    [ScopeBuf::default(), scope("LAB"), scope("LAB.EXAMPLE.COM"), scope("LABX.EXAMPLE")]
}

#[test]
fn all_that_is_said_has_the_scope() {
    let mut station = Station::new(|config| config.scope = scope(OURS));
    station.interfaces(vec![eth0()]);
    let mut sent = station.run(1000);
    let (winbox, sales) = (name("WINBOX", 0), name("SALES", 0));
    for question in [Question::Owner, Question::OwnerAt(PEER), Question::StatusAt(PEER)] {
        station.node.query(station.now, winbox, question).expect("room");
    }
    sent.extend(station.run(0));
    station.node.leave(station.now);
    sent.extend(station.run(1000));
    assert!(sent.len() > 15);
    for (_, transmit) in &sent {
        let packet = decoded(transmit);
        let name = packet.name().expect("about a name");
        assert!(scope(OURS).as_scope() == name.scope, "{packet}");
        assert!(transmit.payload.windows(12).any(|octets| octets == b"\x03Lab\x07Example"));
    }
    let mut station = settled();
    let alerts = LocalName::parse("alerts").expect("a name");
    let write = |station: &mut Station, to| {
        station.node.write(station.now, to, &alerts, b"x").expect("written")
    };
    write(&mut station, Destination::OwnDomain);
    let sent = station.sent();
    let Body::Data(data) = Datagram::decode(&sent[0].payload).expect("decodes").value.body else {
        panic!("data")
    };
    for name in [data.source_name, data.destination_name] {
        assert!(scope(OURS).as_scope() == name.scope);
    }
    assert!(matches!(write(&mut station, Destination::Name(sales)), Written::Resolving(_)));
}

#[test]
fn names_of_our_scope_are_ours() {
    let mut station = settled();
    for ours in [scope(OURS), scope("LAB.EXAMPLE")] {
        let own = scoped(linuxbox(), &ours);
        let answer = station.hear(PEER, &Packet::name_query(1, own, true)).answer();
        let expected = Packet::positive_query_response(1, own, 300_000, &[unique(HERE)]);
        assert_eq!(answer, to(PEER, &expected), "as it was asked");
        let everyone = scoped(Name::WILDCARD, &ours);
        station.hear(PEER, &Packet::node_status_request(2, everyone, false)).answer();
        let taken = Claim { name: own, ..claim(linuxbox(), PEER) };
        let answer = station.hear(PEER, &Packet::registration(3, taken)).answer();
        let refusal = Packet::registration_response(3, own, Rcode::ACTIVE, 0, unique(HERE));
        assert_eq!(answer, to(PEER, &refusal));
    }
}

#[test]
fn names_of_other_scopes_are_not() {
    let mut station = settled();
    let not_ours = NameDropReason::NotOurName;
    for other in &foreign() {
        for own in [linuxbox(), office(), Name::WILDCARD] {
            let own = scoped(own, other);
            station.hear(PEER, &Packet::name_query(1, own, true)).dropped(not_ours);
            station.hear(PEER, &Packet::node_status_request(1, own, true)).dropped(not_ours);
            station.told(PEER, &Packet::node_status_request(1, own, false)).dropped(not_ours);
            let taken = Claim { name: own, ..claim(linuxbox(), PEER) };
            station.hear(PEER, &Packet::registration(3, taken)).dropped(not_ours);
            let demand = Packet::conflict_demand(3, own, unique(*PEER.ip()));
            station.told(PEER, &demand).dropped(not_ours);
            // Asked directly, there is no such name.
            let answer = station.told(PEER, &Packet::name_query(1, own, false)).answer();
            let no = Packet::negative_query_response(1, own, Rcode::NAME);
            assert_eq!(answer, to(PEER, &no));
            station.skip(1000);
        }
    }
    assert_eq!(station.state(linuxbox()), NameState::Owned);
}

#[test]
fn answers_of_other_scopes_answer_nothing() {
    let mut station = settled();
    let winbox = name("WINBOX", 0);
    station.node.query(station.now, winbox, Question::Owner).expect("room");
    let id = trn_id(&station.sent()[0]);
    for other in &foreign() {
        let answer =
            Packet::positive_query_response(id, scoped(winbox, other), 0, &[unique(*PEER.ip())]);
        station.told(PEER, &answer).dropped(NameDropReason::Unasked);
    }
    let ours = scope("LAB.EXAMPLE");
    let answer =
        Packet::positive_query_response(id, scoped(winbox, &ours), 0, &[unique(*PEER.ip())]);
    station.told(PEER, &answer).used();
    assert!(station.events().iter().any(|event| matches!(event, Event::Answered { .. })));
}

#[test]
fn messages_of_other_scopes_are_dropped() {
    let mut station = settled();
    let alerts = LocalName::parse("alerts").expect("a name");
    let _server = station.table.create(station.now, &alerts, &Options::default()).expect("free");
    let from = SocketAddrV4::new(*PEER.ip(), 138);
    let mut dgm_id = 0;
    let mut deliver = |scope: &ScopeBuf, to| {
        dgm_id += 1;
        let payload = Draft { dgm_id, to, scope: scope.clone(), ..Draft::default() }.payload();
        let to = SocketAddrV4::new(EVERYONE, 138);
        let received = Received { interface: ETH0, from, to, payload: &payload };
        station.node.input(station.now, received)
    };
    for to in [linuxbox(), office(), Name::WILDCARD] {
        for other in &foreign() {
            let disposition = deliver(other, to);
            assert!(
                matches!(
                    disposition,
                    Disposition::Dropped { reason: DropReason::ForeignScope, .. }
                ),
                "{disposition:?}"
            );
        }
        let disposition = deliver(&scope("lab.example"), to);
        assert!(matches!(disposition, Disposition::Delivered(_)), "{disposition:?}");
    }
}
