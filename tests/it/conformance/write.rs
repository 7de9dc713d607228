//! Rows W1 to W11.

use super::{NO_MESSAGE, Namespace};
use crate::semantics::{ERROR_HANDLE_EOF, ERROR_INVALID_PARAMETER};

pub(super) fn w1_fifo_over_all_writers(space: &dyn Namespace) {
    let server = space.create("alerts").expect("free");
    let clients = [0, 1, 2].map(|_| space.open("alerts").expect("there"));
    for (i, client) in (0_u8..30).zip(clients.iter().cycle()) {
        assert_eq!(client.write(&[i, i]), Ok(2));
    }
    for i in 0_u8..30 {
        assert_eq!(server.read(9), Ok(vec![i, i]), "whole, in order, never merged");
    }
}

pub(super) fn w2_no_octets_are_a_message(space: &dyn Namespace) {
    let (server, client) = space.pair();
    assert_eq!(client.write(b""), Ok(0));
    assert_eq!(server.queue(), (0, 1));
}

pub(super) fn w3_no_limit_of_424_on_this_machine(space: &dyn Namespace) {
    let (server, client) = space.pair();
    for size in [424, 425, 426, 427, 65_535, 65_536, 1 << 20, 2 << 20] {
        let data: Vec<u8> = (0..=250).cycle().take(size).collect();
        assert_eq!(client.write(&data), Ok(size));
        assert!(server.read(size) == Ok(data), "{size} octets come back as they were");
    }
}

/// That it fails is documented; the code is OPEN.
pub(super) fn w4_longer_than_the_slot_takes(space: &dyn Namespace) {
    let server = space.create_with("alerts", 8, 0).expect("free");
    let client = space.open("alerts").expect("there");
    for size in [7, 8, 0] {
        assert_eq!(client.write(&vec![1; size]), Ok(size));
    }
    for size in [9, 1000] {
        assert_eq!(client.write(&vec![1; size]), Err(ERROR_INVALID_PARAMETER));
    }
    assert_eq!(server.queue(), (7, 3), "the queue is as before");
}

pub(super) fn w5_a_writer_never_waits(space: &dyn Namespace) {
    let (server, client) = space.pair();
    for _ in 0..2_000 {
        assert_eq!(client.write(b"0123456789"), Ok(10));
    }
    assert_eq!(server.queue(), (10, 2_000));
}

/// That a server's handle has no write is in `missing`. One program may hold both ends.
pub(super) fn w6_the_server_does_not_write(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"to myself").expect("room");
    assert_eq!(server.read(99).as_deref(), Ok(&b"to myself"[..]));
}

pub(super) fn w7_messages_outlive_their_writer(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"closed").expect("room");
    client.close().unwrap_or_else(|(_, code)| panic!("{code}"));
    let client = space.open("alerts").expect("there");
    client.write(b"dropped").expect("room");
    drop(client);
    assert_eq!(server.queue(), (6, 2));
    assert_eq!(server.read(99).as_deref(), Ok(&b"closed"[..]));
    assert_eq!(server.read(99).as_deref(), Ok(&b"dropped"[..]));
}

/// That it fails is documented; the code is OPEN.
pub(super) fn w8_after_the_last_server(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"left").expect("room");
    let duplicate = server.duplicate();
    drop(server);
    assert_eq!(client.write(b"there is another"), Ok(16));
    drop(duplicate);
    for data in [&b"x"[..], b""] {
        assert_eq!(client.write(data), Err(ERROR_HANDLE_EOF));
    }
    assert_eq!(client.info(), Err(ERROR_HANDLE_EOF));
}

pub(super) fn w10_a_write_is_done_when_it_returns(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let mut buffer = *b"first";
    client.write(&buffer).expect("room");
    assert_eq!(server.queue(), (5, 1));
    buffer.fill(b'x');
    assert_eq!(server.read(99).as_deref(), Ok(&b"first"[..]));
    assert_eq!(server.queue(), (NO_MESSAGE, 0));
}

/// There is no priority to give: whoever writes later, and whatever is queued, comes behind.
pub(super) fn w11_a_write_appends(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let other = client.duplicate();
    client.write(b"1").expect("room");
    other.write(b"22").expect("room");
    space.open("alerts").expect("there").write(b"").expect("room");
    client.write(b"4444").expect("room");
    for data in [&b"1"[..], b"22", b"", b"4444"] {
        assert_eq!(server.read(99).as_deref(), Ok(data));
    }
}
