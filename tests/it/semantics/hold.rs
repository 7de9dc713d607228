//! Messages that are held for a reader who has yet to get them, and those that come back from one.

use std::sync::Arc;

use mailslot::slot::{
    Error, Hold, Message, Options, Read, ReadTimeout, Server, Ticket, User, limits,
};
use mailslot::time::Instant;

use super::{Bell, Face, Overlapped, done, forever, pending};

/// A message that is there, held.
fn hold(face: &Face, slot: &Server, capacity: usize) -> (Ticket, u64, Message) {
    match slot.slot().hold(face.now, capacity, None) {
        Ok(Hold::Held { ticket, number, message }) => (ticket, number, message),
        other => panic!("{other:?}"),
    }
}

/// A read that holds, and waits.
fn waiting(face: &Face, slot: &Server, timeout: Option<ReadTimeout>) -> (Ticket, Option<Instant>) {
    match slot.slot().hold(face.now, 16, timeout) {
        Ok(Hold::Not(Read::Waiting { ticket, deadline })) => (ticket, deadline),
        other => panic!("{other:?}"),
    }
}

fn message(face: &Face, data: &'static [u8]) -> Message {
    Message::new(data, face.now)
}

#[test]
fn what_is_held_is_one_readers_until_it_is_released() {
    let mut face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for data in [b"1", b"2"] {
        face.write(&writer, data).expect("room");
    }
    let (ticket, number, message) = hold(&face, &slot, 16);
    assert_eq!((number, &message.data[..]), (0, &b"1"[..]));
    // It is not in the queue, and takes its room.
    assert_eq!((slot.info().message_count, slot.slot().octets()), (1, 2 * 129));
    let again = slot.slot().held(face.now, ticket, None);
    assert_eq!(again, Hold::Held { ticket, number, message });
    assert_eq!(face.read(&slot, 16), done(b"2"));
    assert_eq!(face.read(&slot, 16), Overlapped::Failed(super::ERROR_SEM_TIMEOUT));
    face.wait(5);
    let before = slot.times().last_read;
    assert!(slot.slot().release(face.now, ticket));
    assert!(before < face.now && slot.times().last_read == face.now, "it is read now");
    assert_eq!(slot.slot().octets(), 0);
    assert!(!slot.slot().release(face.now, ticket), "once");
    face.cancel(&slot, ticket);
    assert_eq!(slot.info().message_count, 0, "and does not come back");
}

#[test]
fn what_is_held_and_not_released_goes_back_to_its_place() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for data in [b"1", b"2", b"3", b"4"] {
        face.write(&writer, data).expect("room");
    }
    let [first, second, third] = [(); 3].map(|()| hold(&face, &slot, 16).0);
    face.cancel(&slot, second);
    face.cancel(&slot, first);
    assert_eq!((slot.info().message_count, slot.slot().octets()), (3, 4 * 129));
    assert_eq!(face.read(&slot, 16), done(b"1"));
    assert_eq!(face.read(&slot, 16), done(b"2"));
    face.cancel(&slot, third);
    assert_eq!(face.read(&slot, 16), done(b"3"));
    assert_eq!(face.read(&slot, 16), done(b"4"));
}

/// All of a reader's that is gone goes back before any of it goes on.
#[test]
fn what_goes_back_together_keeps_its_order() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"0").expect("room");
    let mut tickets = vec![hold(&face, &slot, 16).0];
    tickets.extend((0..3).map(|_| waiting(&face, &slot, None).0));
    let next = pending(face.read(&slot, 16));
    let bell = Arc::new(Bell::default());
    slot.collect(face.now, next, Some(&bell.waker()));
    for data in [b"1", b"2"] {
        face.write(&writer, data).expect("room");
    }
    tickets.reverse();
    slot.slot().cancel_all(face.now, tickets).fire();
    assert_eq!(bell.rung(), 1);
    assert_eq!(face.collect(&slot, next), done(b"0"));
    assert_eq!(face.read(&slot, 16), done(b"1"));
    assert_eq!(face.read(&slot, 16), done(b"2"));
    pending(face.read(&slot, 16));
    face.write(&writer, b"3").expect("room");
    assert_eq!(slot.info().message_count, 0, "none of the others waits any more");
}

#[test]
fn a_read_that_waits_holds_what_comes() {
    let mut face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let (ticket, deadline) = waiting(&face, &slot, None);
    assert_eq!(deadline, None, "as long as the slot says");
    let (late, deadline) = waiting(&face, &slot, Some(ReadTimeout(20)));
    assert_eq!(deadline, Some(Instant::from_micros(face.now.as_micros() + 20_000)));
    let bell = Arc::new(Bell::default());
    let held = slot.slot().held(face.now, ticket, Some(&bell.waker()));
    assert_eq!(held, Hold::Not(Read::Waiting { ticket, deadline: None }));
    face.write(&writer, b"data").expect("room");
    assert_eq!(bell.rung(), 1);
    // Given up before it was collected, it is the next one's that waits.
    let next = Arc::new(Bell::default());
    let _ = slot.slot().held(face.now, late, Some(&next.waker()));
    face.cancel(&slot, ticket);
    assert_eq!(next.rung(), 1);
    let held = slot.slot().held(face.now, late, None);
    assert!(matches!(&held, Hold::Held { message, .. } if message.data == "data"), "{held:?}");
    // It is there in time, and collected when there is time.
    face.wait(100);
    assert!(slot.slot().release(face.now, late));
    let (ticket, _) = waiting(&face, &slot, Some(ReadTimeout(20)));
    face.wait(20);
    assert_eq!(slot.slot().held(face.now, ticket, None), Hold::Not(Read::TimedOut));
}

#[test]
fn a_read_without_a_message_holds_nothing() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    let none = slot.slot().hold(face.now, 16, None);
    assert_eq!(none, Ok(Hold::Not(Read::TimedOut)));
    face.write(&writer, b"12345").expect("room");
    let small = slot.slot().hold(face.now, 4, Some(ReadTimeout::FOREVER));
    assert_eq!(small, Ok(Hold::Not(Read::TooSmall { needed: 5 })));
    assert_eq!(slot.info().message_count, 1);
    assert_eq!(hold(&face, &slot, 5).2.data, "12345");
    let waits = slot.slot().hold(face.now, 4, Some(ReadTimeout::FOREVER)).expect("not too many");
    let Hold::Not(Read::Waiting { ticket, .. }) = waits else { panic!("{waits:?}") };
    face.write(&writer, b"12345").expect("room");
    let small = slot.slot().held(face.now, ticket, None);
    assert_eq!(small, Hold::Not(Read::TooSmall { needed: 5 }));
}

#[test]
fn what_is_held_vanishes_with_the_slot() {
    let face = Face::new();
    let server = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    let slot = Arc::clone(server.slot());
    for data in [b"held", b"wait"] {
        face.write(&writer, data).expect("room");
    }
    let (ticket, number, message) = hold(&face, &server, 16);
    drop(server);
    assert_eq!((slot.octets(), face.octets(), face.counters().vanished), (0, 0, 2));
    assert_eq!(slot.held(face.now, ticket, None), Hold::Not(Read::Aborted));
    assert_eq!(slot.hold(face.now, 16, None), Ok(Hold::Not(Read::Aborted)));
    assert!(!slot.release(face.now, ticket));
    assert!(slot.cancel(face.now, ticket).is_empty());
    assert_eq!(slot.put_back(face.now, number, message).err(), Some(Error::Closed));
    assert_eq!((slot.octets(), face.octets()), (0, 0));
}

#[test]
fn what_is_held_is_bounded() {
    let face = Face::new();
    let options = Options::default().max_messages(usize::MAX);
    let slot = face.create_with("alerts", &options).expect("free");
    let writer = face.open("alerts").expect("there");
    for _ in 0..=limits::MAX_PENDING_READS {
        face.write(&writer, b"").expect("room");
    }
    let mut last = hold(&face, &slot, 0).0;
    for _ in 1..limits::MAX_PENDING_READS {
        last = hold(&face, &slot, 0).0;
    }
    assert_eq!(slot.slot().hold(face.now, 0, None), Err(Error::TooMany));
    assert_eq!(slot.info().message_count, 1, "and stays");
    // Who needs no place is not refused.
    assert_eq!(face.read(&slot, 0), done(b""));
    assert!(slot.slot().release(face.now, last));
    face.write(&writer, b"").expect("room");
    hold(&face, &slot, 0);
}

#[test]
fn what_was_read_can_be_put_back() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever().max_messages(3)).expect("free");
    let writer = face.open("alerts").expect("there");
    let mut read = Vec::new();
    for data in [b"0", b"1", b"2"] {
        face.write(&writer, data).expect("room");
        let (ticket, number, message) = hold(&face, &slot, 16);
        assert!(slot.slot().release(face.now, ticket));
        read.push((number, message));
    }
    for data in [b"3", b"4", b"5"] {
        face.write(&writer, data).expect("room");
    }
    face.write(&writer, b"6").expect_err("full");
    // There is room for it all the same, in its place, in whatever order they come.
    for at in [1, 0, 2] {
        let (number, message) = read[at].clone();
        slot.slot().put_back(face.now, number, message).expect("room").fire();
    }
    assert_eq!((slot.info().message_count, slot.slot().octets()), (6, 6 * 129));
    for data in [b"0", b"1", b"2", b"3", b"4", b"5"] {
        assert_eq!(face.read(&slot, 16), done(data));
    }
    // Who waits gets it.
    let ticket = pending(face.read(&slot, 16));
    let bell = Arc::new(Bell::default());
    slot.collect(face.now, ticket, Some(&bell.waker()));
    let (number, message) = read.remove(0);
    slot.slot().put_back(face.now, number, message).expect("room").fire();
    assert_eq!(bell.rung(), 1);
    assert_eq!(face.collect(&slot, ticket), done(b"0"));
}

#[test]
fn places_that_were_not_given_out_are_before_those_to_come() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"first").expect("room");
    slot.slot().put_back(face.now, u64::MAX, message(&face, b"last")).expect("room").fire();
    face.write(&writer, b"later").expect("room");
    // Also where they were held for a while.
    let held: Vec<_> = (0..2).map(|_| hold(&face, &slot, 16)).collect();
    for (ticket, ..) in held {
        face.cancel(&slot, ticket);
    }
    let mut order: Vec<_> = (0..3).map(|_| hold(&face, &slot, 16).2.data).collect();
    assert_eq!(order.pop().expect("three"), "later");
    order.sort_unstable();
    assert_eq!(order, ["first", "last"]);
    // Where nothing was written yet, too.
    let slot = face.create("other").expect("free");
    let writer = face.open("other").expect("there");
    slot.slot().put_back(face.now, 7, message(&face, b"invented")).expect("room").fire();
    face.write(&writer, b"first").expect("room");
    assert_eq!(slot.info().message_count, 2);
}

#[test]
fn what_cannot_have_been_read_is_not_put_back() {
    let face = Face::new();
    let few = User { id: 1000, max_slots: 1, max_octets: 2 * 129 };
    let options = Options::default().max_message_size(4).owner(few);
    let slot = face.create_with("alerts", &options).expect("free");
    let put_back = |data| slot.slot().put_back(face.now, 0, message(&face, data)).err();
    assert_eq!(put_back(b"12345"), Some(Error::TooLong { size: 5, max: 4 }));
    assert_eq!((put_back(b"1"), put_back(b"2")), (None, None));
    // What a user has bounds what his readers can invent.
    assert_eq!(put_back(b"3"), Some(Error::Full));
    assert_eq!((slot.info().message_count, slot.slot().octets()), (2, 2 * 129));
    assert_eq!(slot.slot().counters().put_back, 2);
}
