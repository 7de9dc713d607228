//! What is much is done in parts: others are served between them.

use std::sync::Arc;

use bytes::BytesMut;
use mailslot::ipc::limits::MAX_LIST;
use mailslot::ipc::{Reply, Request};
use mailslot::slot::limits::MAX_MESSAGES;
use mailslot::slot::{LocalName, Options, Table};
use mailslot::time::Instant;

use super::served::{Served, create};

#[test]
fn what_vanishes_with_a_slot_can_be_dropped_in_parts() {
    let (table, now) = (Arc::new(Table::new()), Instant::from_micros(1));
    let name = LocalName::parse("much").expect("a name");
    let server = table.create(now, &name, &Options::default()).expect("free");
    let writer = server.slot().writer();
    for _ in 0..1000 {
        writer.write(now, b"x").expect("room").fire();
    }
    let second = server.clone();
    assert!(second.end().is_empty(), "the slot lives on");
    let mut remains = server.end();
    // All but the memory is as if nothing were there.
    assert_eq!((table.len(), table.octets(), table.counters().vanished), (0, 0, 1000));
    assert!(writer.write(now, b"x").is_err());
    table.create(now, &name, &Options::default()).expect("free");
    let mut parts = 0;
    while !remains.is_empty() {
        remains.drop_some(128);
        parts += 1;
    }
    assert_eq!(parts, 8);
}

/// The last of many requests of a connection that closes a full slot: by then all of it is gone,
/// and another had its turn.
#[test]
fn a_full_slot_that_is_closed_holds_nobody_up() {
    let mut served = Served::start();
    let (mut much, mut other) = (served.raw(), served.raw());
    let slot = much.create("much");
    let writer = much.open("much");
    let mut requests = BytesMut::new();
    for _ in 0..MAX_MESSAGES {
        Request::Write { handle: writer, data: b"" }.encode(0, &mut requests);
    }
    much.octets(&requests);
    assert_eq!(much.count(slot), MAX_MESSAGES);
    let closed = much.send(&Request::Close { handle: slot });
    let again = much.send(&create("much"));
    assert_eq!(much.reply_to(closed), Ok(Reply::Done));
    assert!(matches!(much.reply_to(again), Ok(Reply::Handle(_))), "its name is free");
    other.create("other");
    assert_eq!(served.stat("messages.vanished"), MAX_MESSAGES as u64);
    drop((much, other));
    served.wait_for("slots", 0);
    served.check_books();
}

#[test]
fn many_slots_are_listed_in_parts() {
    let served = Served::start();
    let mut raw = served.raw();
    let names: Vec<String> = (0..=2 * MAX_LIST).map(|n| format!("slot{n}")).collect();
    for name in &names {
        raw.create(name);
    }
    let (mut listed, mut from, mut parts) = (Vec::new(), 0, Vec::new());
    loop {
        let reply = raw.ask(&Request::Slots { from });
        let Ok(Reply::Slots(slots)) = reply else { panic!("{reply:?}") };
        parts.push(slots.len());
        let Some(last) = slots.last() else { break };
        from = last.id + 1;
        listed.extend(slots.into_iter().map(|slot| slot.name));
    }
    assert_eq!(listed, names);
    assert_eq!(parts, [MAX_LIST, MAX_LIST, 1, 0]);
    // Nothing has so large an id.
    assert_eq!(raw.ask(&Request::Slots { from: u64::MAX }), Ok(Reply::Slots(Vec::new())));
}
