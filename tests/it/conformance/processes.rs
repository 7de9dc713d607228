//! What of a row takes several processes: handles of one, seen from another.

use super::server::Service;
use super::tasks::{PATIENCE, Tasks};
use super::{NO_MESSAGE, Namespace as _};
use crate::semantics::{ERROR_ALREADY_EXISTS, ERROR_FILE_NOT_FOUND, ERROR_HANDLE_EOF};

/// Asks again and again: nobody tells when the service sees that a process has ended.
fn until(mut reached: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !reached() {
        assert!(begin.elapsed() < PATIENCE, "not in {PATIENCE:?}");
        std::thread::yield_now();
    }
}

#[test]
fn h1_a_process_that_is_killed() {
    let service = Service::start();
    let space = Tasks::of(&service);
    let mut owner = service.program(&["recv", "alerts"]);
    owner.wait_for(": mailslot ");
    let client = space.open("alerts").expect("there");
    assert_eq!(space.create("alerts").err(), Some(ERROR_ALREADY_EXISTS));
    owner.signal("-STOP");
    client.write(b"never read").expect("room");
    owner.signal("-KILL");
    drop(owner);
    until(|| client.info().is_err());
    assert_eq!(client.write(b"gone"), Err(ERROR_HANDLE_EOF));
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
    let again = space.create("alerts").expect("the name is free");
    assert_eq!(again.queue(), (NO_MESSAGE, 0));
}
