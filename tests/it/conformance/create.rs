//! Rows C1 to C11.

use super::{FOREVER, NO_MESSAGE, Namespace};
use crate::semantics::{ERROR_ALREADY_EXISTS, ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND};

pub(super) fn c1_a_new_slot_is_there_at_once_and_empty(space: &dyn Namespace) {
    let (server, client) = space.pair();
    assert_eq!(server.queue(), (NO_MESSAGE, 0));
    assert_eq!(client.write(b"x"), Ok(1));
}

pub(super) fn c2_a_name_that_is_taken(space: &dyn Namespace) {
    let server = space.create(r"\\.\mailslot\alerts").expect("free");
    let duplicate = server.duplicate();
    drop(server);
    for path in [r"\\.\mailslot\alerts", r"\\.\mailslot\ALERTS", r"\\.\MailSlot\Alerts"] {
        assert_eq!(space.create(path).err(), Some(ERROR_ALREADY_EXISTS), "{path}");
    }
    drop(duplicate);
    assert!(space.create(r"\\.\mailslot\alerts").is_ok());
}

pub(super) fn c3_no_name(space: &dyn Namespace) {
    assert_eq!(space.create("").err(), Some(ERROR_PATH_NOT_FOUND));
}

pub(super) fn c4_no_mailslots_path(space: &dyn Namespace) {
    for path in [r"C:\mailslot\x", r"\\.\pipe\x", r"\x", r"\\.\mailslotx\x"] {
        assert_eq!(space.create(path).err(), Some(ERROR_INVALID_NAME), "{path}");
    }
}

pub(super) fn c5_no_slot_is_created_elsewhere(space: &dyn Namespace) {
    for path in [r"\\OTHERHOST\mailslot\x", r"\\*\mailslot\x"] {
        assert_eq!(space.create(path).err(), Some(ERROR_INVALID_NAME), "{path}");
    }
}

/// OPEN.
pub(super) fn c6_nothing_behind_mailslot(space: &dyn Namespace) {
    for path in [r"\\.\mailslot", r"\\.\mailslot\", r"\\?\mailslot\"] {
        assert_eq!(space.create(path).err(), Some(ERROR_INVALID_NAME), "{path}");
    }
}

pub(super) fn c7_any_size(space: &dyn Namespace) {
    let (server, client) = space.pair();
    assert_eq!(server.info().expect("it is open").max_message_size, 0);
    assert_eq!(client.write(&vec![1; 1 << 20]), Ok(1 << 20));
    assert_eq!(server.queue(), (1 << 20, 1));
}

pub(super) fn c8_sizes_are_reported_as_given(space: &dyn Namespace) {
    for size in [1, 424, 0x8000_0000, u32::MAX] {
        let server = space.create_with("alerts", size, 0).expect("free");
        assert_eq!(server.info().expect("it is open").max_message_size, size);
    }
}

pub(super) fn c9_timeouts_are_reported_as_given(space: &dyn Namespace) {
    for timeout in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, FOREVER] {
        let server = space.create_with("alerts", 0, timeout).expect("free");
        assert_eq!(server.info().expect("it is open").read_timeout, timeout);
        if timeout > 1 {
            // 0xFFFFFFFE are milliseconds too: 49 days.
            let mut read = server.begin_read(1);
            assert!(read.is_pending(), "{timeout}");
            space.open("alerts").expect("there").write(b"x").expect("room");
            assert_eq!(read.finish().as_deref(), Ok(&b"x"[..]));
        }
    }
}

pub(super) fn c11_the_handle_reads_and_is_asynchronous(space: &dyn Namespace) {
    let (server, client) = space.waiting();
    let mut reads = [server.begin_read(1), server.begin_read(1)];
    assert!(reads.iter_mut().all(|read| read.is_pending()), "nobody was kept by the first");
    for data in [b"1", b"2"] {
        client.write(data).expect("room");
    }
    assert_eq!(reads.map(super::Read::finish), [Ok(b"1".to_vec()), Ok(b"2".to_vec())]);
}
