//! Rows H1 to H8.

use std::time::{Duration, Instant, SystemTime};

use super::{INHERIT, NO_MESSAGE, Namespace, PROTECT_FROM_CLOSE, Times};
use crate::semantics::{ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE};

pub(super) fn h1_the_slot_lives_until_its_last_server(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let duplicate = server.duplicate();
    client.write(b"unread").expect("room");
    drop(server);
    assert_eq!(duplicate.queue(), (6, 1));
    client.write(b"still open").expect("room");
    drop(duplicate);
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
    let again = space.create("alerts").expect("the name is free");
    assert_eq!(again.queue(), (NO_MESSAGE, 0), "unread messages vanished");
}

pub(super) fn h2_writers_do_not_keep_it_open(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let clients = [client.duplicate(), client, space.open("alerts").expect("there")];
    drop(server);
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
    assert!(space.create("alerts").is_ok());
    drop(clients);
}

pub(super) fn h3_stale_writers_do_not_reach_a_new_slot(space: &dyn Namespace) {
    let (server, stale) = space.pair();
    drop(server);
    let again = space.create("alerts").expect("free");
    assert!(stale.write(b"y").is_err());
    assert!(stale.duplicate().write(b"y").is_err());
    assert_eq!(again.queue(), (NO_MESSAGE, 0));
    drop(stale);
    let client = space.open("alerts").expect("their end does not end it");
    assert_eq!(client.write(b"z"), Ok(1));
}

pub(super) fn h4_duplicates_share_the_slot(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let (duplicate, other) = (server.duplicate(), client.duplicate());
    client.write(b"1").expect("room");
    drop(client);
    other.write(b"2").expect("room");
    other.write(b"3").expect("room");
    assert_eq!(server.read(9).as_deref(), Ok(&b"1"[..]));
    assert_eq!(duplicate.read(9).as_deref(), Ok(&b"2"[..]));
    assert_eq!(server.read(9).as_deref(), Ok(&b"3"[..]), "one queue, each message once");
    duplicate.set_read_timeout(333).expect("a server's handle");
    assert_eq!(server.info().expect("it is open").read_timeout, 333);
    drop(server);
    other.write(b"4").expect("room");
    assert_eq!(duplicate.read(9).as_deref(), Ok(&b"4"[..]));
}

pub(super) fn h6_flags(space: &dyn Namespace) {
    let (server, client) = space.pair();
    assert_eq!((server.flags(), client.flags()), (0, 0));
    server.set_flags(INHERIT, INHERIT | PROTECT_FROM_CLOSE);
    assert_eq!(server.flags(), INHERIT, "the mask says which");
    server.set_flags(PROTECT_FROM_CLOSE, PROTECT_FROM_CLOSE);
    assert_eq!(server.flags(), INHERIT | PROTECT_FROM_CLOSE);
    let duplicate = server.duplicate();
    assert_eq!(duplicate.flags(), 0, "a handle's flags are its own");
    duplicate.close().unwrap_or_else(|(_, code)| panic!("{code}"));
    let (server, code) = server.close().expect_err("protected");
    assert_eq!(code, ERROR_INVALID_HANDLE);
    assert_eq!(client.write(b"still open"), Ok(10));
    server.set_flags(PROTECT_FROM_CLOSE, 0);
    assert_eq!(server.flags(), INHERIT);
    server.close().unwrap_or_else(|(_, code)| panic!("{code}"));
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
    client.set_flags(PROTECT_FROM_CLOSE, PROTECT_FROM_CLOSE);
    let (client, code) = client.close().expect_err("protected");
    assert_eq!((code, client.flags()), (ERROR_INVALID_HANDLE, PROTECT_FROM_CLOSE));
}

/// That a handle cannot be closed twice is the compiler's: closing takes it away.
pub(super) fn h7_closing_is_the_end(space: &dyn Namespace) {
    let (server, client) = space.pair();
    server.close().unwrap_or_else(|(_, code)| panic!("{code}"));
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
    assert!(client.write(b"x").is_err());
    assert!(space.create("alerts").is_ok());
}

/// Setting is OPEN; it is documented as possible.
pub(super) fn h8_times(space: &dyn Namespace) {
    let before = SystemTime::now();
    tick();
    let (server, client) = space.pair();
    let created = server.times().expect("it is open");
    assert!(created.created > before, "{created:?}");
    tick();
    client.write(b"x").expect("room");
    let written = server.times().expect("it is open");
    assert!(written.last_write > created.created, "{written:?}");
    assert_eq!(Times { last_write: created.last_write, ..written }, created);
    tick();
    assert_eq!(server.read(9).as_deref(), Ok(&b"x"[..]));
    let read = server.times().expect("it is open");
    assert!(read.last_read > written.last_write, "{read:?}");
    assert_eq!(Times { last_read: written.last_read, ..read }, written);
    tick();
    assert!(read.last_read < SystemTime::now(), "{read:?}");
    let moon = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
    server.set_created(moon).expect("a server's handle");
    assert_eq!(server.duplicate().times(), Ok(Times { created: moon, ..read }));
}

/// Until clocks that count in µs, each from its own process's start, have moved.
fn tick() {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(2) {
        std::hint::spin_loop();
    }
}
