//! What of a row takes several processes: handles of one, seen from another.

use std::time::Instant;

use super::puppet::Puppet;
use super::server::Service;
use super::tasks::{PATIENCE, Tasks, wait};
use super::{NO_MESSAGE, Namespace as _};
use crate::semantics::{ERROR_ALREADY_EXISTS, ERROR_FILE_NOT_FOUND, ERROR_HANDLE_EOF};

/// Asks again and again: nobody tells when the service sees that a process has closed a handle.
pub(super) fn until(mut reached: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !reached() {
        assert!(begin.elapsed() < PATIENCE, "not in {PATIENCE:?}");
        std::thread::yield_now();
    }
}

fn puppet(service: &Service) -> Puppet {
    Puppet::start(Puppet::command(service))
}

/// A service, what this process has there, and another process.
fn stage() -> (Service, Tasks, Puppet) {
    let service = Service::start();
    let (space, other) = (Tasks::of(&service), puppet(&service));
    (service, space, other)
}

#[test]
fn c2_a_duplicate_elsewhere_keeps_the_name() {
    let (_service, space, mut other) = stage();
    let slot = space.slot("alerts");
    assert_eq!(other.tell("create ALERTS"), ERROR_ALREADY_EXISTS.to_string());
    let token = wait(slot.share()).expect("a token");
    assert_eq!(other.tell(&format!("take {token}")), "a handle");
    drop(slot);
    assert_eq!(space.create("alerts").err(), Some(ERROR_ALREADY_EXISTS));
    assert_eq!(other.tell("close"), "nothing");
    until(|| space.create("alerts").is_ok());
}

/// C10: what a child gets, it is given.
#[test]
fn c10_a_child_inherits_what_it_was_given_alone() {
    let (service, space, mut other) = stage();
    let slot = space.slot("alerts");
    slot.set_flags(mailslot::api::HandleFlags::all(), mailslot::api::HandleFlags::INHERIT);
    assert_eq!(other.tell("inherited"), "nothing");
    assert_eq!(puppet(&service).tell("inherited"), "nothing", "the flag is a flag");
    let mut command = Puppet::command(&service);
    wait(slot.inherit(&mut command)).expect("handed over");
    let mut child = Puppet::start(command);
    assert_eq!(child.tell("inherited"), "a handle");
    assert_eq!(child.tell("inherited"), "nothing", "once");
}

/// Handles end with their process, however it ends.
#[test]
fn h1_processes_that_end() {
    let service = Service::start();
    let space = Tasks::of(&service);
    for end in [Puppet::end, drop::<Puppet>] {
        let mut owner = puppet(&service);
        assert_eq!(owner.tell("create alerts"), "a handle");
        let client = space.open("alerts").expect("there");
        client.write(b"unread").expect("room");
        // Killed, where it is dropped.
        end(owner);
        until(|| client.info().is_err());
        assert_eq!(client.write(b"gone"), Err(ERROR_HANDLE_EOF));
        assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
        let again = space.create("alerts").expect("the name is free");
        assert_eq!(again.queue(), (NO_MESSAGE, 0), "unread messages vanished");
    }
}

/// One queue and one timeout, each message once.
#[test]
fn h4_a_duplicate_in_another_process() {
    let (_service, space, mut other) = stage();
    let slot = space.slot("alerts");
    let token = wait(slot.share()).expect("a token");
    assert_eq!(other.tell(&format!("take {token}")), "a handle");
    let client = space.open("alerts").expect("there");
    for data in [b"1", b"2", b"3"] {
        client.write(data).expect("room");
    }
    assert_eq!(other.tell("read 9"), "1");
    assert_eq!(wait(slot.recv()).expect("a message").data, "2");
    assert_eq!(other.tell("read 9"), "3");
    assert_eq!(other.tell("set_read_timeout 333"), "a handle");
    let info = wait(slot.info()).expect("it is open");
    assert_eq!(info.read_timeout.map(|timeout| timeout.as_millis()), Some(333));
    // It shares on.
    let token = other.tell("share");
    drop(slot);
    let slot = wait(space.mailslots().take(&token)).expect("a handle");
    drop(other);
    client.write(b"4").expect("room");
    assert_eq!(wait(slot.recv()).expect("a message").data, "4");
}

/// The child goes on with the queue as it was, and has the mailslot to its own end.
#[test]
fn h5_a_child_goes_on_with_the_queue() {
    let service = Service::start();
    let space = Tasks::of(&service);
    let slot = space.slot("alerts");
    let client = space.open("alerts").expect("there");
    client.write(b"for the parent").expect("room");
    client.write(b"for the child").expect("room");
    let mut command = Puppet::command(&service);
    wait(slot.inherit(&mut command)).expect("handed over");
    let mut child = Puppet::start(command);
    assert_eq!(wait(slot.recv()).expect("a message").data, "for the parent");
    drop(slot);
    client.write(b"from here").expect("the child has it");
    assert_eq!(child.tell("inherited"), "a handle");
    assert_eq!(child.tell("read 64"), "for the child");
    assert_eq!(child.tell("read 64"), "from here");
    child.end();
    until(|| client.write(b"gone") == Err(ERROR_HANDLE_EOF));
    assert_eq!(space.open("alerts").err(), Some(ERROR_FILE_NOT_FOUND));
}

/// It reads with a handle that it was given, and with no other.
#[test]
fn r18_who_was_given_a_handle_reads() {
    let (service, space, mut other) = stage();
    let slot = space.slot("alerts");
    assert_eq!(other.tell("write alerts"), "nothing", "but a writer's");
    assert_eq!(other.tell("create alerts"), ERROR_ALREADY_EXISTS.to_string());
    let client = space.open("alerts").expect("there");
    let writer = wait(space.mailslots().open("alerts")).expect("there");
    let writers = wait(writer.share()).expect("a token");
    assert_eq!(other.tell(&format!("take {writers}")), "87", "it is one to write with");
    let token = wait(slot.share()).expect("a token");
    assert_eq!(other.tell(&format!("take {token}")), "a handle");
    assert_eq!(other.tell("read 9"), "alerts");
    client.write(b"x").expect("room");
    assert_eq!(puppet(&service).tell(&format!("take {token}")), "6", "once");
}
