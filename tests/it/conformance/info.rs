//! Rows I1 to I8.

use super::{FOREVER, Info, NO_MESSAGE, Namespace};
use crate::semantics::ERROR_SEM_TIMEOUT;

pub(super) fn i1_empty(space: &dyn Namespace) {
    let server = space.create_with("alerts", 64, 77).expect("free");
    let info =
        Info { max_message_size: 64, next_size: NO_MESSAGE, message_count: 0, read_timeout: 77 };
    assert_eq!(server.info(), Ok(info));
}

pub(super) fn i2_after_writes(space: &dyn Namespace) {
    let (server, client) = space.pair();
    for (data, count) in [(&b"a"[..], 1), (b"bc", 2), (b"", 3), (b"defg", 4)] {
        client.write(data).expect("room");
        assert_eq!(server.queue(), (1, count));
    }
    for (data, queue) in
        [(&b"a"[..], (2, 3)), (b"bc", (0, 2)), (b"", (4, 1)), (b"defg", (NO_MESSAGE, 0))]
    {
        assert_eq!(server.read(16).as_deref(), Ok(data));
        assert_eq!(server.queue(), queue, "of no octets is a message too");
    }
}

pub(super) fn i6_get_on_a_writer(space: &dyn Namespace) {
    let server = space.create_with("alerts", 9, 7).expect("free");
    let client = space.open("alerts").expect("there");
    client.write(b"abc").expect("room");
    let info = Info { max_message_size: 9, next_size: 3, message_count: 1, read_timeout: 7 };
    assert_eq!((client.info(), server.info()), (Ok(info), Ok(info)));
}

pub(super) fn i7_reads_that_wait_are_not_counted(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    let read = server.begin_read(64);
    assert_eq!(server.queue(), (NO_MESSAGE, 0));
    client.write(b"pend").expect("room");
    assert_eq!(server.queue(), (NO_MESSAGE, 0), "it never appears");
    client.write(b"behind").expect("room");
    assert_eq!(server.queue(), (6, 1));
    assert_eq!(read.finish().as_deref(), Ok(&b"pend"[..]));
}

pub(super) fn i8_set_is_for_the_slot_and_for_later_reads(space: &dyn Namespace) {
    let server = space.create_with("alerts", 0, 50).expect("free");
    let duplicate = server.duplicate();
    let before = server.begin_read(16);
    duplicate.set_read_timeout(FOREVER).expect("a server's handle");
    assert_eq!(server.info().expect("it is open").read_timeout, FOREVER);
    let mut after = server.begin_read(16);
    // The one that waited already keeps its deadline; the later one has none.
    assert_eq!(before.finish(), Err(ERROR_SEM_TIMEOUT));
    assert!(after.is_pending());
    for timeout in [0, 250, 0x8000_0000] {
        server.set_read_timeout(timeout).expect("a server's handle");
        assert_eq!(duplicate.info().expect("it is open").read_timeout, timeout);
    }
    assert!(after.is_pending());
    space.open("alerts").expect("there").write(b"x").expect("room");
    assert_eq!(after.finish().as_deref(), Ok(&b"x"[..]));
}
