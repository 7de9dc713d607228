//! Rows H1 to H8.

use mailslot::slot::{HandleFlags, Writer};
use mailslot::time::Instant;

use super::{ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE, Face, done};

#[test]
fn h1_the_slot_lives_until_its_last_server() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let duplicate = slot.clone();
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"unread").expect("room");
    drop(slot);
    assert_eq!(duplicate.info().message_count, 1);
    drop(duplicate);
    assert_eq!(face.open("alerts").unwrap_err(), ERROR_FILE_NOT_FOUND);
    let again = face.create("alerts").expect("the name is free");
    assert_eq!(again.info().message_count, 0, "unread messages vanished");
}

#[test]
fn h2_writers_do_not_keep_it_open() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let _writers: Vec<Writer> = (0..3).map(|_| face.open("alerts").expect("there")).collect();
    drop(slot);
    assert_eq!(face.open("alerts").unwrap_err(), ERROR_FILE_NOT_FOUND);
    assert!(face.create("alerts").is_ok());
}

#[test]
fn h3_stale_writers_do_not_reach_a_new_slot() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let stale = face.open("alerts").expect("there");
    drop(slot);
    let again = face.create("alerts").expect("free");
    assert!(face.write(&stale, b"lost").is_err());
    assert_eq!(again.info().message_count, 0);
    drop(stale);
    assert!(face.open("alerts").is_ok(), "and their end does not end it");
}

#[test]
fn h4_duplicates_share_the_slot() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let duplicate = slot.clone();
    let writer = face.open("alerts").expect("there").clone();
    for data in [b"1", b"2", b"3"] {
        face.write(&writer, data).expect("room");
    }
    assert_eq!(face.read(&slot, 9), done(b"1"));
    assert_eq!(face.read(&duplicate, 9), done(b"2"));
    assert_eq!(face.read(&slot, 9), done(b"3"), "one queue, each message once");
    duplicate.set_read_timeout(mailslot::slot::ReadTimeout(5));
    assert_eq!(slot.info().read_timeout.0, 5);
}

#[test]
fn h6_flags() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    assert_eq!((slot.flags(), writer.flags()), (HandleFlags::empty(), HandleFlags::empty()));
    assert_eq!((HandleFlags::INHERIT.bits(), HandleFlags::PROTECT_FROM_CLOSE.bits()), (1, 2));
    slot.set_flags(HandleFlags::all(), HandleFlags::all());
    assert_eq!(slot.clone().flags(), HandleFlags::empty(), "a handle's flags are its own");
    let (slot, error) = slot.close().expect_err("protected");
    assert_eq!(error.win32_code(), ERROR_INVALID_HANDLE);
    slot.set_flags(HandleFlags::PROTECT_FROM_CLOSE, HandleFlags::empty());
    assert_eq!(slot.flags(), HandleFlags::INHERIT, "the mask says which");
    slot.close().expect("closes");
    writer.set_flags(HandleFlags::PROTECT_FROM_CLOSE, HandleFlags::PROTECT_FROM_CLOSE);
    let (writer, error) = writer.close().expect_err("protected");
    assert_eq!(error.win32_code(), ERROR_INVALID_HANDLE);
    drop(writer);
}

/// Row H7: a closed handle is moved away, so that a second `close` does not compile. Closing ends
/// it like dropping.
#[test]
fn h7_closing_is_the_end() {
    let face = Face::new();
    face.create("alerts").expect("free").close().expect("closes");
    assert!(face.create("alerts").is_ok());
}

/// Setting is OPEN; it is documented as possible.
#[test]
fn h8_times() {
    let mut face = Face::new();
    let slot = face.create("alerts").expect("free");
    let created = face.now;
    let writer = face.open("alerts").expect("there");
    face.wait(10);
    face.write(&writer, b"x").expect("room");
    let written = face.now;
    face.wait(10);
    assert_eq!(face.read(&slot, 9), done(b"x"));
    let times = slot.times();
    assert_eq!((times.created, times.last_write, times.last_read), (created, written, face.now));
    slot.set_created(Instant::from_micros(42));
    assert_eq!(slot.clone().times().created, Instant::from_micros(42));
}
