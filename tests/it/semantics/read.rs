//! Rows R1 to R11, R14, R17 and R18.

use std::sync::Arc;

use mailslot::slot::{Error, Options, ReadTimeout, limits};

use super::{
    Bell, ERROR_INSUFFICIENT_BUFFER, ERROR_OPERATION_ABORTED, ERROR_SEM_TIMEOUT, Face, Overlapped,
    done, forever, pending,
};

const TOO_SMALL: Overlapped = Overlapped::Failed(ERROR_INSUFFICIENT_BUFFER);
const TIMED_OUT: Overlapped = Overlapped::Failed(ERROR_SEM_TIMEOUT);
const ABORTED: Overlapped = Overlapped::Failed(ERROR_OPERATION_ABORTED);

#[test]
fn r1_one_read_one_whole_message() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"12345678").expect("room");
    face.write(&writer, b"9").expect("room");
    assert_eq!(face.read(&slot, 16), done(b"12345678"));
    assert_eq!(face.read(&slot, 16), done(b"9"));
    assert_eq!(face.read(&slot, 16), TIMED_OUT);
}

#[test]
fn r2_too_small_a_buffer() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"bc").expect("room");
    for capacity in [0, 1] {
        assert_eq!(face.read(&slot, capacity), TOO_SMALL);
        assert_eq!((slot.info().next_size, slot.info().message_count), (Some(2), 1));
    }
    assert_eq!(face.read(&slot, 2), done(b"bc"));
}

#[test]
fn r3_a_message_of_no_octets() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for capacity in [16, 0] {
        face.write(&writer, b"").expect("room");
        assert_eq!(face.read(&slot, capacity), done(b""));
        assert_eq!(slot.info().message_count, 0);
    }
}

#[test]
fn r4_r5_r11_empty_and_no_timeout() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    assert_eq!(face.read(&slot, 16), TIMED_OUT, "at once, also where reads overlap");
    assert_eq!(face.read(&slot, 0), TIMED_OUT);
}

#[test]
fn r6_a_timeout() {
    let mut face = Face::new();
    let options = Options::default().read_timeout(ReadTimeout(1000));
    let slot = face.create_with("alerts", &options).expect("free");
    let writer = face.open("alerts").expect("there");
    let ticket = pending(face.read(&slot, 16));
    face.wait(999);
    assert_eq!(face.collect(&slot, ticket), Overlapped::Pending(ticket));
    face.wait(1);
    assert_eq!(face.collect(&slot, ticket), TIMED_OUT);
    // A write before that completes it.
    let ticket = pending(face.read(&slot, 16));
    face.wait(999);
    face.write(&writer, b"in time").expect("room");
    face.wait(5000);
    assert_eq!(face.collect(&slot, ticket), done(b"in time"), "assigned is assigned");
    // One after it does not.
    let ticket = pending(face.read(&slot, 16));
    face.wait(1000);
    face.write(&writer, b"too late").expect("room");
    assert_eq!(face.collect(&slot, ticket), TIMED_OUT);
    assert_eq!(slot.info().message_count, 1);
}

#[test]
fn r7_for_ever() {
    let mut face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let ticket = pending(face.read(&slot, 16));
    face.wait(u64::from(u32::MAX) * 10);
    assert_eq!(face.collect(&slot, ticket), Overlapped::Pending(ticket));
    face.write(&writer, b"at last").expect("room");
    assert_eq!(face.collect(&slot, ticket), done(b"at last"));
}

#[test]
fn r8_waiting_reads_in_order() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let [first, second, third] = [16, 2, 16].map(|capacity| pending(face.read(&slot, capacity)));
    face.write(&writer, b"one").expect("room");
    // The second's buffer is too small: it fails, and the message is the third's.
    face.write(&writer, b"two").expect("room");
    assert_eq!(face.collect(&slot, third), done(b"two"));
    assert_eq!(face.collect(&slot, second), TOO_SMALL);
    assert_eq!(face.collect(&slot, first), done(b"one"));
    // Where nobody has room, it stays.
    let small = pending(face.read(&slot, 1));
    face.write(&writer, b"stays").expect("room");
    assert_eq!(face.collect(&slot, small), TOO_SMALL);
    assert_eq!((slot.info().next_size, slot.info().message_count), (Some(5), 1));
}

#[test]
fn r9_overlapped_with_a_message() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"there").expect("room");
    assert_eq!(face.read(&slot, 16), done(b"there"));
}

#[test]
fn r10_overlapped_and_empty() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let ticket = pending(face.read(&slot, 16));
    let bell = Arc::new(Bell::default());
    slot.collect(face.now, ticket, Some(&bell.waker()));
    assert_eq!(bell.rung(), 0);
    face.write(&writer, b"data").expect("room");
    assert_eq!(bell.rung(), 1, "signalled by the write");
    assert_eq!(face.collect(&slot, ticket), done(b"data"));
}

#[test]
fn r14_cancel() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let [first, second] = [16, 16].map(|capacity| pending(face.read(&slot, capacity)));
    face.cancel(&slot, first);
    assert_eq!(face.collect(&slot, first), ABORTED);
    face.write(&writer, b"for the second").expect("room");
    assert_eq!(face.collect(&slot, second), done(b"for the second"));
    // A message that it was assigned already goes on to whoever waits, or back to its place.
    let [first, second] = [16, 16].map(|capacity| pending(face.read(&slot, capacity)));
    let bell = Arc::new(Bell::default());
    slot.collect(face.now, second, Some(&bell.waker()));
    face.write(&writer, b"a").expect("room");
    face.cancel(&slot, first);
    assert_eq!(bell.rung(), 1);
    assert_eq!(face.collect(&slot, second), done(b"a"));
    let [first, second] = [16, 16].map(|capacity| pending(face.read(&slot, capacity)));
    for data in [b"x", b"y", b"z"] {
        face.write(&writer, data).expect("room");
    }
    face.cancel(&slot, first);
    face.cancel(&slot, second);
    for data in [b"x", b"y", b"z"] {
        assert_eq!(face.read(&slot, 16), done(data), "in the order that they were written");
    }
}

/// OPEN.
#[test]
fn r17_closed_while_a_read_waits() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let held = Arc::clone(slot.slot());
    let ticket = pending(face.read(&slot, 16));
    let bell = Arc::new(Bell::default());
    slot.collect(face.now, ticket, Some(&bell.waker()));
    drop(slot);
    assert_eq!(bell.rung(), 1, "it is woken, to see that it ended");
    assert_eq!(held.info().message_count, 0);
}

#[test]
fn reads_that_wait_are_bounded() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    for _ in 0..limits::MAX_PENDING_READS {
        pending(face.read(&slot, 1));
    }
    assert_eq!(slot.read(face.now, 1), Err(Error::TooMany));
}
