//! [MS-MAIL] 3.2.5.1 and what hosts do beyond it.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{Disposition, DropReason, Event, Owned, SizePolicy};
use mailslot::slot::{LocalName, Options, Read};
use mailslot::wire::datagram::MsgType;
use mailslot::wire::netbios::{Name, ScopeBuf, Suffix};
use mailslot::wire::smb::Profile;

use super::{Draft, Host, SENDER, name};

#[test]
fn a_message_arrives_with_its_sender() {
    let mut host = Host::new(|_| {});
    host.delivers(&Draft::default().payload());
    let message = host.read().expect("a message");
    assert_eq!(&*message.data, b"hello");
    let sender = message.from.expect("a sender");
    assert_eq!((sender.name, sender.address), (name("WINBOX"), SENDER));
    assert_eq!(message.to, Some(name("LINUXBOX")));
    assert_eq!(message.received_at, host.now);
    assert!(host.read().is_none());
}

#[test]
fn any_of_the_three_types_does() {
    let mut host = Host::new(|_| {});
    let types = [MsgType::DIRECT_UNIQUE, MsgType::DIRECT_GROUP, MsgType::BROADCAST];
    for (dgm_id, msg_type) in (1..).zip(types) {
        host.delivers(&Draft { msg_type, dgm_id, ..Draft::default() }.payload());
    }
}

#[test]
fn only_our_names_and_the_wildcard_are_ours() {
    let mut host = Host::new(|_| {});
    let mut dgm_id = 0;
    let mut to = |to| {
        dgm_id += 1;
        Draft { dgm_id, to, ..Draft::default() }.payload()
    };
    host.delivers(&to(name("OFFICE")));
    host.delivers(&to(Name::WILDCARD));
    host.delivers(&to(Name::from_bytes(*b"linuxbox\0\0\0\0\0\0\0\0")));
    host.drops(&to(name("PRINTER")), DropReason::NotOurName);
    host.drops(&to(name("LINUXBOX").with_suffix(Suffix::SERVER)), DropReason::NotOurName);
    host.drops(&to(Name::from_bytes(*b"*              \0")), DropReason::NotOurName);
}

#[test]
fn every_name_is_ours_where_the_configuration_says_so() {
    let mut host = Host::new(|config| config.owned = Owned::Any);
    host.delivers(&Draft { to: name("PRINTER"), ..Draft::default() }.payload());
}

#[test]
fn another_scope_is_another_network() {
    let mut host = Host::new(|_| {});
    let scope = ScopeBuf::new("lab").expect("a scope");
    let scoped = Draft { scope: scope.clone(), ..Draft::default() }.payload();
    host.drops(&scoped, DropReason::ForeignScope);
    let mut host = Host::new(|config| config.scope = ScopeBuf::new("LAB").expect("a scope"));
    host.delivers(&scoped);
    host.drops(&Draft::default().payload(), DropReason::ForeignScope);
}

#[test]
fn slots_are_found_in_any_case() {
    let mut host = Host::new(|_| {});
    for (dgm_id, slot) in (1..).zip([r"\MAILSLOT\ALERTS", r"\mailslot\Alerts", r"\MailSlot\aLERTS"])
    {
        host.delivers(&Draft { dgm_id, slot, ..Draft::default() }.payload());
    }
    host.drops(
        &Draft { slot: r"\MAILSLOT\alert", ..Draft::default() }.payload(),
        DropReason::NoSuchSlot,
    );
    host.drops(
        &Draft { slot: r"\MAILSLOT\alerts\x", ..Draft::default() }.payload(),
        DropReason::NoSuchSlot,
    );
}

#[test]
fn a_slot_that_nobody_has_is_created_on_demand() {
    let mut host = Host::new(|config| config.create_slots = usize::MAX);
    let draft = Draft { slot: r"\MAILSLOT\pos\eod", ..Draft::default() };
    let Disposition::Delivered(slot) = host.input(&draft.payload()) else { panic!("delivered") };
    let events = host.events();
    let [Event::Created(server)] = &events[..] else { panic!("created: {events:?}") };
    assert_eq!(server.slot().id(), slot.id());
    assert!(
        matches!(server.read(host.now, 1000), Ok(Read::Done(message)) if &*message.data == b"hello")
    );
    host.delivers(&Draft { dgm_id: 2, ..draft }.payload());
    assert!(host.events().is_empty(), "it is there by now");
}

/// 250 ms, to the µs; the same text with another `DGM_ID` is meant twice.
#[test]
fn an_equal_datagram_within_250_ms_is_a_duplicate() {
    let mut host = Host::new(|_| {});
    let draft = Draft::default();
    host.delivers(&draft.payload());
    host.drops(&draft.payload(), DropReason::Duplicate);
    host.wait(249);
    host.drops(&draft.payload(), DropReason::Duplicate);
    host.wait(1);
    host.delivers(&draft.payload());
    host.delivers(&Draft { dgm_id: 0x8002, ..draft.clone() }.payload());
    host.delivers(&Draft { data: b"hallo".to_vec(), ..draft.clone() }.payload());
    host.delivers(&Draft { from: name("WINBOX2"), ..draft.clone() }.payload());
    host.delivers(&Draft { to: name("OFFICE"), ..draft.clone() }.payload());
    host.drops(&draft.payload(), DropReason::Duplicate);
    host.drops(&Draft { data: b"hallo".to_vec(), ..draft }.payload(), DropReason::Duplicate);
}

#[test]
fn a_duplicate_may_come_another_way() {
    let mut host = Host::new(|_| {});
    host.delivers(&Draft::default().payload());
    let other = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 20), 138);
    let disposition = host.input_from(other, &Draft::default().payload());
    let duplicate = DropReason::Duplicate;
    assert!(matches!(disposition, Disposition::Dropped { reason, .. } if reason == duplicate));
}

#[test]
fn the_duplicate_filter_can_be_switched_off() {
    let mut host = Host::new(|config| config.drop_duplicates = false);
    host.delivers(&Draft::default().payload());
    host.delivers(&Draft::default().payload());
}

#[test]
fn a_clock_that_steps_back_does_not_make_duplicates() {
    let mut host = Host::new(|_| {});
    host.wait(3_600_000);
    host.delivers(&Draft::default().payload());
    host.now = mailslot::time::Instant::from_millis(1000);
    host.delivers(&Draft::default().payload());
}

#[test]
fn what_a_full_slot_refused_is_no_duplicate_later() {
    let mut host = Host::new(|_| {});
    let short = LocalName::parse("short").expect("a name");
    let short =
        host.table.create(host.now, &short, &Options::default().max_messages(1)).expect("free");
    let draft = Draft { slot: r"\MAILSLOT\short", ..Draft::default() };
    host.delivers(&draft.payload());
    let second = Draft { dgm_id: 2, ..draft };
    host.drops(&second.payload(), DropReason::QueueFull);
    assert!(matches!(short.read(host.now, 1000), Ok(Read::Done(_))));
    host.delivers(&second.payload());
}

/// Windows takes what fits an SMB of 512 octets: 428 for names of 1 to 4 characters.
#[test]
fn sizes_by_policy() {
    let taken = |policy, slot, octets| {
        let mut host = Host::new(|config| {
            config.size_policy = policy;
            config.create_slots = usize::MAX;
        });
        let draft = Draft { slot, data: vec![0x2a; octets], ..Draft::default() };
        match host.input(&draft.payload()) {
            Disposition::Delivered(_) | Disposition::Observed(_) => true,
            Disposition::Dropped { reason, .. } => {
                assert_eq!(reason, DropReason::Oversize);
                false
            }
            Disposition::Held => panic!("held"),
        }
    };
    let (four, six) = (r"\MAILSLOT\abcd", r"\MAILSLOT\abcdef");
    for (policy, slot, most) in [
        (SizePolicy::Windows, four, 428),
        (SizePolicy::Windows, six, 424),
        (SizePolicy::Documented, four, 424),
        (SizePolicy::Documented, six, 424),
    ] {
        for octets in 423..=429 {
            assert_eq!(taken(policy, slot, octets), octets <= most, "{policy:?} {slot} {octets}");
        }
    }
    assert!(taken(SizePolicy::Lab, six, 1200));
    assert!(taken(SizePolicy::Windows, six, 0), "zero octets are a message");
}

#[test]
fn unaligned_data_leaves_more_room() {
    let mut host = Host::new(|config| config.create_slots = usize::MAX);
    let draft = Draft { slot: r"\MAILSLOT\a", profile: Profile::Samba, ..Draft::default() };
    host.delivers(&Draft { data: vec![0; 431], ..draft.clone() }.payload());
    host.drops(&Draft { data: vec![0; 432], ..draft }.payload(), DropReason::Oversize);
}

#[test]
fn what_is_no_mailslot_write_is_dropped_with_its_place() {
    let mut host = Host::new(|_| {});
    let mut payload = Draft::default().payload();
    payload[86] = 0x26;
    match host.input(&payload) {
        Disposition::Dropped { reason: DropReason::NotMailslot, error: Some(error) } => {
            assert_eq!((error.offset, error.field), (86, "command"));
        }
        other => panic!("{other:?}"),
    }
    host.drops(&[], DropReason::Malformed);
    host.drops(b"GET / HTTP/1.1\r\n", DropReason::Malformed);
    host.drops(&Draft::default().payload()[..60], DropReason::Malformed);
    let error = [&[0x13, 0, 0, 1, 10, 0, 0, 1, 0, 138][..], &[0x82]].concat();
    host.drops(&error, DropReason::NotData);
}

#[test]
fn sources_that_cannot_be() {
    let mut host = Host::new(|_| {});
    for (ip, port) in [
        ([255, 255, 255, 255], 138),
        ([0, 0, 0, 0], 138),
        ([224, 0, 0, 1], 138),
        ([192, 168, 1, 20], 0),
    ] {
        let from = SocketAddrV4::new(ip.into(), port);
        let disposition = host.input_from(from, &Draft::default().payload());
        let bad = DropReason::BadSource;
        assert!(matches!(disposition, Disposition::Dropped { reason, .. } if reason == bad));
    }
}

#[test]
fn a_slots_own_limit_counts_too() {
    let mut host = Host::new(|_| {});
    let small = LocalName::parse("small").expect("a name");
    let options = Options::default().max_message_size(4);
    let _small = host.table.create(host.now, &small, &options).expect("free");
    let draft = Draft { slot: r"\MAILSLOT\small", ..Draft::default() };
    host.drops(&draft.payload(), DropReason::TooLongForSlot);
    host.delivers(&Draft { data: b"four".to_vec(), ..draft }.payload());
}

#[test]
fn the_books_name_every_reason_once() {
    let mut names: Vec<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// The node itself says so when it is dropped: here, what it would say.
#[test]
fn the_books_balance() {
    let mut host = Host::new(|_| {});
    host.delivers(&Draft::default().payload());
    host.drops(&Draft::default().payload(), DropReason::Duplicate);
    host.drops(b"", DropReason::Malformed);
    let counters = host.node.counters();
    assert_eq!((counters.received, counters.delivered, counters.dropped_in_all()), (3, 1, 2));
    assert!(counters.balance());
}
