//! Handles of a connection: numbers, what each can do, and when they end.

use mailslot::ipc::{Code, CreateFlags, HandleEntry, Reply, Request};
use mailslot::service::Note;
use mailslot::slot::{LocalName, Options, ReadTimeout, Times};

use super::served::{AT_ONCE, Raw, Served, create, create_with, read};

/// What needs a handle, of one that is none.
fn requests(handle: u32) -> Vec<Request<'static>> {
    vec![
        Request::Write { handle, data: b"x" },
        read(handle, 1, AT_ONCE),
        Request::Info { handle },
        Request::SetReadTimeout { handle, timeout: ReadTimeout::NONE },
        Request::Times { handle },
        Request::SetCreated { handle, created: 1 },
        Request::Duplicate { handle },
        Request::Close { handle },
        Request::Share { handle },
    ]
}

/// Rows I4, R16, W9, H7.
#[test]
fn what_is_no_handle_is_refused() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let writer = raw.open("alerts");
    raw.write(writer, b"stays");
    let message = raw.read(slot);
    assert!(matches!(raw.ask(&Request::Close { handle: writer }), Ok(Reply::Done)));
    // Never one, closed, another connection's.
    let mut other = served.raw();
    let theirs = (0..9).map(|_| other.open("alerts")).last().expect("nine");
    for handle in [0, u32::MAX, writer, theirs] {
        let put_back = Request::PutBack { handle, message: message.clone() };
        for request in requests(handle).iter().chain([&put_back]) {
            let failure = raw.ask(request).expect_err("refused");
            assert_eq!((failure.code, failure.win32_code), (Code::InvalidHandle, 6), "{request:?}");
        }
    }
    assert_eq!(raw.count(slot), 0);
    assert_eq!(served.stat("service.requests_failed"), 40);
    assert!(served.notes().is_empty(), "a mistake is no attack");
}

/// Row W6.
#[test]
fn who_created_does_not_write() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let failure = raw.ask(&Request::Write { handle: slot, data: b"x" }).expect_err("refused");
    assert_eq!((failure.code, failure.win32_code), (Code::AccessDenied, 5));
    assert_eq!(raw.count(slot), 0);
    assert_eq!(served.stat("service.requests_denied"), 1);
    assert!(matches!(&served.notes()[..], [Note::Refused { .. }]));
}

/// Row O6.
#[test]
fn who_opened_does_not_read() {
    let served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let writers = [raw.open("alerts"), raw.open(r"\\HOST\mailslot\alerts")];
    raw.write(writers[0], b"stays");
    let message = raw.read(slot);
    raw.write(writers[0], b"stays");
    for handle in writers {
        for request in [
            read(handle, 1, AT_ONCE),
            Request::SetReadTimeout { handle, timeout: ReadTimeout::NONE },
            Request::Times { handle },
            Request::SetCreated { handle, created: 1 },
            Request::PutBack { handle, message: message.clone() },
        ] {
            let failure = raw.ask(&request).expect_err("refused");
            assert_eq!((failure.code, failure.win32_code), (Code::WrongHandle, 87), "{request:?}");
        }
    }
    assert_eq!(raw.count(writers[0]), 1, "who writes may ask (row I6)");
    assert_eq!(raw.refused(&Request::Info { handle: writers[1] }), 53);
}

/// Rows C2, C7, I1, I8, H8, N1.
#[test]
fn a_slot_is_as_it_was_created() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.handle(&Request::Create {
        path: r"\\.\mailslot\Alerts",
        max_message_size: 4,
        read_timeout: ReadTimeout(7),
        max_messages: 2,
        max_octets: 0,
        flags: CreateFlags::empty(),
    });
    let writer = raw.open("//./MAILSLOT/ALERTS");
    let too_long = raw.ask(&Request::Write { handle: writer, data: b"12345" });
    let too_long = too_long.expect_err("refused");
    assert_eq!((too_long.code, too_long.a, too_long.b), (Code::TooLong, 5, 4));
    raw.write(writer, b"1234");
    raw.write(writer, b"");
    let full = raw.ask(&Request::Write { handle: writer, data: b"" }).expect_err("refused");
    assert_eq!((full.code, full.win32_code), (Code::Full, 1816));
    for handle in [slot, writer] {
        let Ok(Reply::Info(info)) = raw.ask(&Request::Info { handle }) else { panic!("no info") };
        assert_eq!((info.max_message_size, info.message_count), (4, 2));
        assert_eq!((info.next_size, info.read_timeout), (Some(4), ReadTimeout(7)));
    }
    let timeout = ReadTimeout::FOREVER;
    let set = raw.ask(&Request::SetReadTimeout { handle: slot, timeout });
    assert_eq!(set, Ok(Reply::Done));
    assert_eq!(raw.ask(&Request::SetCreated { handle: slot, created: 42 }), Ok(Reply::Done));
    raw.read(slot);
    let Ok(Reply::Times(Times { created, last_read, last_write, .. })) =
        raw.ask(&Request::Times { handle: slot })
    else {
        panic!("no times")
    };
    assert_eq!(created.as_micros(), 42);
    assert!(last_write > created && last_read >= last_write);
    let taken = raw.ask(&create("ALERTS")).expect_err("taken");
    assert_eq!((taken.code, taken.win32_code), (Code::AlreadyExists, 183));
    let Ok(Reply::Slots(slots)) = raw.ask(&Request::Slots { from: 0 }) else { panic!("no slots") };
    assert_eq!(slots.len(), 1);
    let entry = &slots[0];
    assert_eq!((&entry.name[..], entry.readers, entry.octets), ("Alerts", 1, 128));
    assert_eq!((entry.owner, entry.pid), (mailslot::net::peer::own_id(), std::process::id()));
    assert_eq!(entry.info.read_timeout, timeout);
    assert_eq!(served.service.slots(), slots);
    assert_eq!(served.stat("slots"), 1);
}

#[test]
fn paths_that_mean_nothing_are_refused() {
    let served = Served::start();
    let mut raw = served.raw();
    for path in ["", r"\\.\mailslot\", r"C:\x"] {
        let code = LocalName::parse(path).expect_err("no mailslot").win32_code();
        for request in [Request::Open { path }, create(path)] {
            let failure = raw.ask(&request).expect_err("refused");
            assert_eq!((failure.code, failure.win32_code), (Code::InvalidPath, code), "{path}");
        }
    }
    assert_eq!(raw.refused(&create(r"\\HOST\mailslot\x")), 123);
    assert_eq!(raw.refused(&Request::Open { path: "none" }), 2);
}

/// Row O9, without a network.
#[test]
fn other_machines_open_and_are_not_reached() {
    let mut served = Served::start();
    let mut raw = served.raw();
    for path in [r"\\HOST\mailslot\x", r"\\*\mailslot\x"] {
        let Ok(Reply::Handle(HandleEntry { handle, reads, name, .. })) =
            raw.ask(&Request::Open { path })
        else {
            panic!("{path}")
        };
        assert_eq!((reads, &name[..]), (false, path));
        let failure = raw.ask(&Request::Write { handle, data: b"x" }).expect_err("refused");
        assert_eq!((failure.code, failure.win32_code), (Code::NoNetwork, 53));
    }
    assert_eq!(raw.ask(&Request::Node), Ok(Reply::Node(None)));
    assert_eq!(served.stat("service.messages_sent"), 0);
}

/// Rows H1, H2, H3, H4.
#[test]
fn handles_end_one_by_one() {
    let served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let duplicate = raw.handle(&Request::Duplicate { handle: slot });
    let writer = raw.open("alerts");
    let second = raw.handle(&Request::Duplicate { handle: writer });
    assert_eq!(numbers(&mut raw), [slot, duplicate, writer, second]);
    raw.write(writer, b"1");
    let close =
        |raw: &mut Raw, handle| assert_eq!(raw.ask(&Request::Close { handle }), Ok(Reply::Done));
    close(&mut raw, slot);
    close(&mut raw, writer);
    raw.write(second, b"2");
    assert_eq!(raw.read_many(duplicate, 9).len(), 2);
    close(&mut raw, duplicate);
    let failure = raw.ask(&Request::Write { handle: second, data: b"3" }).expect_err("closed");
    assert_eq!((failure.code, failure.win32_code), (Code::Closed, 38));
    assert_eq!(raw.refused(&Request::Info { handle: second }), 38);
    // Another slot of that name is another one, and a number is not used again.
    let again = raw.create("alerts");
    assert!(![slot, duplicate, writer, second].contains(&again));
    assert_eq!(raw.refused(&Request::Write { handle: second, data: b"3" }), 38);
    assert_eq!(numbers(&mut raw), [second, again]);
}

/// The handles that a connection is told that it has.
fn numbers(raw: &mut Raw) -> Vec<u32> {
    let Ok(Reply::Handles(entries)) = raw.ask(&Request::Handles { from: 0 }) else {
        panic!("no handles")
    };
    let mut numbers: Vec<u32> = entries.iter().map(|entry| entry.handle).collect();
    numbers.sort_unstable();
    for HandleEntry { handle, reads, name, .. } in entries {
        assert_eq!(name, "alerts");
        assert_eq!(reads, raw.ask(&Request::Times { handle }).is_ok());
    }
    numbers
}

#[test]
fn a_connection_ends_with_its_handles() {
    let mut served = Served::start();
    let (mut raw, mut other) = (served.raw(), served.raw());
    raw.create("alerts");
    let writer = other.open("alerts");
    other.write(writer, b"vanishes");
    drop(raw);
    served.wait_for("slots", 0);
    assert_eq!(other.refused(&Request::Write { handle: writer, data: b"x" }), 38);
    other.create("alerts");
    assert_eq!(served.stat("messages.vanished"), 1);
}

/// Row O8. That another user is refused, `tests/interop/rights.py` tries.
#[test]
fn an_owners_own_slot() {
    let served = Served::start();
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.handle(&create_with("mine", ReadTimeout::NONE, CreateFlags::OWNER_ONLY));
    let writer = other.open("mine");
    other.write(writer, b"x");
    assert_eq!(raw.count(slot), 1);
    let Ok(Reply::Slots(slots)) = raw.ask(&Request::Slots { from: 0 }) else { panic!("no slots") };
    assert!(slots[0].owner_only);
}

#[test]
fn a_long_name_is_listed_in_part() {
    let served = Served::start();
    let name = "ä".repeat(300);
    let named = LocalName::parse(&name).expect("a name");
    let now = mailslot::runtime::clock::now();
    let reader = served.table.create(now, &named, &Options::default()).expect("free");
    let mut raw = served.raw();
    let Ok(Reply::Slots(slots)) = raw.ask(&Request::Slots { from: 0 }) else { panic!("no slots") };
    assert_eq!(slots[0].name, "ä".repeat(255));
    let Ok(Reply::Handle(entry)) = raw.ask(&Request::Open { path: &name }) else { panic!("none") };
    assert_eq!(entry.name, name, "its handles have all of it");
    drop(reader);
}
