//! Rows R1 to R11.

use std::time::{Duration, Instant};

use super::{FOREVER, NO_MESSAGE, Namespace};
use crate::semantics::{ERROR_INSUFFICIENT_BUFFER, ERROR_SEM_TIMEOUT};

/// How much sooner than its timeout a read may end: what Wine's tests allow Windows.
fn nearly(timeout: u32) -> Duration {
    Duration::from_millis(timeout.into()) * 9 / 10
}

pub(super) fn r1_one_read_one_whole_message(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"12345678").expect("room");
    client.write(b"9").expect("room");
    assert_eq!(server.read(16).as_deref(), Ok(&b"12345678"[..]));
    assert_eq!(server.read(16).as_deref(), Ok(&b"9"[..]));
    assert_eq!(server.read(16), Err(ERROR_SEM_TIMEOUT));
}

pub(super) fn r2_too_small_a_buffer(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"bc").expect("room");
    for capacity in [1, 0] {
        assert_eq!(server.read(capacity), Err(ERROR_INSUFFICIENT_BUFFER));
        assert_eq!(server.queue(), (2, 1), "it stays");
    }
    assert_eq!(server.read(2).as_deref(), Ok(&b"bc"[..]));
    // At once, also where a read would wait.
    server.set_read_timeout(FOREVER).expect("a server's handle");
    client.write(b"toolong").expect("room");
    assert_eq!(server.begin_read(3).finish(), Err(ERROR_INSUFFICIENT_BUFFER));
    assert_eq!(server.queue(), (7, 1));
}

pub(super) fn r3_a_message_of_no_octets(space: &dyn Namespace) {
    let (server, client) = space.pair();
    for capacity in [16, 0] {
        client.write(b"").expect("room");
        assert_eq!(server.read(capacity).as_deref(), Ok(&b""[..]));
        assert_eq!(server.queue(), (NO_MESSAGE, 0));
    }
}

pub(super) fn r4_empty_and_no_timeout(space: &dyn Namespace) {
    let (server, client) = space.pair();
    assert_eq!(server.read(16), Err(ERROR_SEM_TIMEOUT));
    client.write(b"x").expect("room");
    assert_eq!(server.read(16).as_deref(), Ok(&b"x"[..]));
    assert_eq!(server.read(16), Err(ERROR_SEM_TIMEOUT));
}

pub(super) fn r5_a_buffer_of_no_octets_and_no_timeout(space: &dyn Namespace) {
    let (server, _client) = space.pair();
    assert_eq!(server.read(0), Err(ERROR_SEM_TIMEOUT));
}

pub(super) fn r6_a_timeout(space: &dyn Namespace) {
    let server = space.create_with("alerts", 0, 50).expect("free");
    let client = space.open("alerts").expect("there");
    let begin = Instant::now();
    assert_eq!(server.read(16), Err(ERROR_SEM_TIMEOUT));
    assert!(begin.elapsed() >= nearly(50), "{:?}", begin.elapsed());
    // It takes nothing that comes later.
    client.write(b"too late").expect("room");
    assert_eq!(server.queue(), (8, 1));
    assert_eq!(server.read(16).as_deref(), Ok(&b"too late"[..]));
    // A write before that completes it.
    server.set_read_timeout(60_000).expect("a server's handle");
    let mut read = server.begin_read(16);
    assert!(read.is_pending());
    client.write(b"in time").expect("room");
    assert_eq!(read.finish().as_deref(), Ok(&b"in time"[..]));
    assert!(begin.elapsed() < Duration::from_secs(50), "woken by the write");
}

pub(super) fn r7_for_ever(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    let mut read = server.begin_read(16);
    // Longer than another read's timeout.
    server.set_read_timeout(50).expect("a server's handle");
    assert_eq!(server.read(16), Err(ERROR_SEM_TIMEOUT));
    assert!(read.is_pending());
    client.write(b"at last").expect("room");
    assert_eq!(read.finish().as_deref(), Ok(&b"at last"[..]));
}

pub(super) fn r8_waiting_reads_in_order(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    let [first, second, third] = [16, 2, 16].map(|capacity| server.begin_read(capacity));
    client.write(b"one").expect("room");
    // The second's buffer is too small: it fails, and the message is the third's.
    client.write(b"two").expect("room");
    assert_eq!(third.finish().as_deref(), Ok(&b"two"[..]));
    assert_eq!(second.finish(), Err(ERROR_INSUFFICIENT_BUFFER));
    assert_eq!(first.finish().as_deref(), Ok(&b"one"[..]));
    // Where nobody has room, it stays.
    let small = server.begin_read(1);
    client.write(b"stays").expect("room");
    assert_eq!(small.finish(), Err(ERROR_INSUFFICIENT_BUFFER));
    assert_eq!(server.queue(), (5, 1));
}

pub(super) fn r9_overlapped_with_a_message(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    client.write(b"now").expect("room");
    assert_eq!(server.begin_read(64).finish().as_deref(), Ok(&b"now"[..]));
    assert_eq!(server.queue(), (NO_MESSAGE, 0));
}

pub(super) fn r10_overlapped_and_empty(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    let mut read = server.begin_read(64);
    assert!(read.is_pending());
    client.write(b"data").expect("room");
    assert_eq!(read.finish().as_deref(), Ok(&b"data"[..]));
    // Or by its timeout.
    server.set_read_timeout(50).expect("a server's handle");
    let begin = Instant::now();
    let read = server.begin_read(64);
    assert_eq!(read.finish(), Err(ERROR_SEM_TIMEOUT));
    assert!(begin.elapsed() >= nearly(50), "{:?}", begin.elapsed());
}

pub(super) fn r11_overlapped_empty_and_no_timeout(space: &dyn Namespace) {
    let (server, client) = space.pair();
    let read = server.begin_read(64);
    // It ended before this, which it does not take.
    client.write(b"x").expect("room");
    assert_eq!(read.finish(), Err(ERROR_SEM_TIMEOUT));
    assert_eq!(server.queue(), (1, 1));
}
