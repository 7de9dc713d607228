//! Rows O1 to O9, and the names of other machines.

use super::Namespace;
use crate::semantics::{ERROR_ALREADY_EXISTS, ERROR_BAD_NETPATH, ERROR_FILE_NOT_FOUND};

pub(super) fn o1_opening_never_creates(space: &dyn Namespace) {
    for path in [r"\\.\mailslot\nope", r"\\.\mailslot\nodir\nope"] {
        for _ in 0..2 {
            assert_eq!(space.open(path).err(), Some(ERROR_FILE_NOT_FOUND), "{path}");
        }
        assert!(space.create(path).is_ok(), "{path}");
    }
}

/// That a client has no way to read is in `missing`.
pub(super) fn o6_a_client_takes_nothing(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"for the creator").expect("room");
    client.info().expect("as the server's");
    drop(client);
    assert_eq!(server.read(99).as_deref(), Ok(&b"for the creator"[..]));
}

/// The same for the writer's side: what was opened is there to write, always.
pub(super) fn o7_who_opens_may_write(space: &dyn Namespace) {
    let server = space.create("alerts").expect("free");
    for count in 1..4 {
        assert_eq!(space.open("alerts").expect("there").write(b"x"), Ok(1));
        assert_eq!(server.queue(), (1, count));
    }
}

pub(super) fn o9_remote_forms_always_open(space: &dyn Namespace) {
    for path in [r"\\NOSUCHHOST\mailslot\x", r"\\WORKGROUP\mailslot\x", r"\\*\mailslot\x"] {
        assert!(space.open(path).is_ok(), "{path}");
        assert!(space.open(&path.replace('\\', "/")).is_ok(), "{path}");
    }
}

/// What is local has no network: no target is resolved.
pub(super) fn x7_nobody_of_that_name(space: &dyn Namespace) {
    for path in [r"\\NOSUCHHOST\mailslot\x", r"\\*\mailslot\x"] {
        let client = space.open(path).expect("always");
        assert_eq!(client.write(b"hello"), Err(ERROR_BAD_NETPATH), "{path}");
    }
}

/// A second reader comes from duplicating alone: neither opening nor creating gives one.
pub(super) fn r18_nobody_reads_by_name(space: &dyn Namespace) {
    let (server, client) = space.pair();
    client.write(b"for the creator").expect("room");
    assert_eq!(space.create("alerts").err(), Some(ERROR_ALREADY_EXISTS));
    assert_eq!(space.create("ALERTS").err(), Some(ERROR_ALREADY_EXISTS));
    assert_eq!(server.duplicate().read(99).as_deref(), Ok(&b"for the creator"[..]));
}
