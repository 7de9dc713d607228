//! What a connection, a user and all may take: each bound is reached.

use std::io::{ErrorKind, Write as _};

use bytes::BytesMut;
use mailslot::ipc::{Code, Reply, Request, limits as ipc_limits};
use mailslot::service::Note;
use mailslot::service::limits::{ALL_INPUT, CONNECTION_NAMES, INPUT_BUFFER, MAX_NOTES};
use mailslot::slot::{LocalName, limits::MAX_NAME_UNITS};

use super::served::{AT_ONCE, FOREVER, Raw, Served, create, read, rights};

fn full(raw: &mut Raw, request: &Request<'_>) -> String {
    let failure = raw.ask(request).expect_err("too many");
    assert_eq!((failure.code, failure.win32_code), (Code::Full, 1816), "{failure}");
    failure.to_string()
}

#[test]
fn a_connection_has_so_many_handles() {
    let mut served = Served::with(rights(|user| user.handles_per_connection = 3));
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.create("1");
    let writer = raw.open("1");
    let third = raw.handle(&Request::Duplicate { handle: slot });
    let token = other.create("shared");
    let token = other.token(token);
    for request in [
        create("2"),
        Request::Open { path: "1" },
        Request::Open { path: r"\\HOST\mailslot\x" },
        Request::Duplicate { handle: writer },
        Request::Take { token: &token },
    ] {
        assert_eq!(
            full(&mut raw, &request),
            "a connection has at most 3 handles (handles_per_connection)"
        );
    }
    // What was refused was not begun, and the token is good still.
    assert_eq!(served.stat("slots"), 2);
    assert_eq!(served.stat("service.requests_denied"), 5);
    assert_eq!(raw.ask(&Request::Close { handle: third }), Ok(Reply::Done));
    raw.handle(&Request::Take { token: &token });
    let notes = served.notes();
    assert_eq!(notes.len(), 5);
    assert!(notes.iter().all(|note| matches!(note, Note::Refused { .. })), "{notes:?}");
}

#[test]
fn so_many_reads_of_a_connection_wait() {
    let served = Served::with(rights(|user| user.pending_reads_per_connection = 2));
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.create("alerts");
    let to = other.open("alerts");
    let [first, second] = [(); 2].map(|()| raw.send(&read(slot, 1, FOREVER)));
    let text = full(&mut raw, &read(slot, 1, FOREVER));
    assert_eq!(text, "2 reads of this connection wait already (pending_reads_per_connection)");
    // Those that do not wait are not counted.
    assert_eq!(raw.refused(&read(slot, 1, AT_ONCE)), 121);
    other.write(to, b"1");
    assert_eq!(raw.data(first), b"1");
    let third = raw.send(&read(slot, 1, FOREVER));
    // The one that was refused does not wait: the next gets what comes.
    other.write(to, b"2");
    other.write(to, b"3");
    assert_eq!(raw.data(second), b"2");
    assert_eq!(raw.data(third), b"3");
}

#[test]
fn a_user_has_so_many_slots() {
    let served = Served::with(rights(|user| user.slots = 2));
    let (mut raw, mut other) = (served.raw(), served.raw());
    let first = raw.create("1");
    other.create("2");
    full(&mut raw, &create("3"));
    full(&mut other, &create("3"));
    assert_eq!(raw.ask(&Request::Close { handle: first }), Ok(Reply::Done));
    other.create("3");
}

#[test]
fn a_users_messages_take_so_much() {
    let mut served = Served::with(rights(|user| user.octets = 2 * 130));
    let mut raw = served.raw();
    let slots = [raw.create("1"), raw.create("2")];
    let writers = [raw.open("1"), raw.open("2")];
    for to in writers {
        raw.write(to, b"12");
    }
    for to in writers {
        full(&mut raw, &Request::Write { handle: to, data: b"" });
    }
    let message = raw.read(slots[0]);
    raw.write(writers[1], b"34");
    // Here a message is lost that is put back: else readers could make up any number of them.
    full(&mut raw, &Request::PutBack { handle: slots[0], message });
    assert_eq!(served.stat("octets"), 2 * 130);
    // More is allowed at once.
    served.service.set_rights(rights(|user| user.octets = 1 << 20));
    raw.create("3");
    raw.write(writers[0], b"5");
    served.check_books();
}

#[test]
fn a_connection_shares_so_many_handles() {
    let served = Served::with(rights(|user| user.handles_per_connection = 3));
    let (mut raw, mut other) = (served.raw(), served.raw());
    let slot = raw.create("alerts");
    let tokens = [(); 3].map(|()| raw.token(slot));
    let text = full(&mut raw, &Request::Share { handle: slot });
    assert_eq!(text, "a connection shares at most 3 handles at a time (handles_per_connection)");
    other.handle(&Request::Take { token: &tokens[1] });
    raw.token(slot);
    full(&mut raw, &Request::Share { handle: slot });
}

/// Names are as long as Windows', and hosts of any length; a connection has so much of them.
#[test]
fn the_names_of_a_connection_take_so_much() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let name = "ſ".repeat(MAX_NAME_UNITS);
    let slot = raw.create(&name);
    let others = CONNECTION_NAMES / name.len() - 1;
    let mut last = slot;
    for _ in 0..others {
        last = raw.open(&name);
    }
    let remote = format!(r"\\{}\mailslot\x", "H".repeat(name.len()));
    for request in [
        Request::Open { path: &name },
        Request::Open { path: &remote },
        Request::Duplicate { handle: slot },
        create(&format!("{}2", &name[..name.len() - 2])),
    ] {
        let text = full(&mut raw, &request);
        assert_eq!(text, "the names of a connection's handles have at most 1048576 octets");
    }
    assert_eq!(served.stat("slots"), 1);
    // What is shared counts too, by itself.
    for _ in 0..=others {
        raw.token(slot);
    }
    full(&mut raw, &Request::Share { handle: slot });
    // All of them are told, not too many at a time.
    let (mut all, mut from) = (Vec::new(), 0);
    loop {
        let reply = raw.ask(&Request::Handles { from });
        let Ok(Reply::Handles(some)) = reply else { panic!("{reply:?}") };
        let Some(last) = some.last() else { break };
        assert!(some.len() <= ipc_limits::MAX_LIST);
        from = last.handle + 1;
        all.extend(some.iter().map(|entry| entry.handle));
    }
    assert_eq!(all.len(), others + 1);
    assert!(all.is_sorted());
    assert_eq!(raw.ask(&Request::Close { handle: last }), Ok(Reply::Done));
    raw.handle(&Request::Open { path: &remote });
    full(&mut raw, &Request::Open { path: &name });
}

#[test]
fn a_message_has_so_many_octets() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let to = raw.open("alerts");
    let largest = vec![7; ipc_limits::MAX_MESSAGE];
    raw.write(to, &largest);
    let message = raw.read(slot);
    assert_eq!(message.message.data, largest);
    // It can be put back.
    assert_eq!(raw.ask(&Request::PutBack { handle: slot, message }), Ok(Reply::Done));
    let message = raw.read(slot);
    // One more is refused, and the connection is as before.
    let more = [&largest[..], &[7]].concat();
    let mut invented = message;
    invented.message.data = more.clone().into();
    for request in [
        Request::Write { handle: to, data: &more },
        Request::PutBack { handle: slot, message: invented },
    ] {
        let failure = raw.ask(&request).expect_err("refused");
        assert_eq!((failure.code, failure.win32_code), (Code::TooLong, 87));
        assert_eq!((failure.a, failure.b), (largest.len() as u64 + 1, largest.len() as u64));
    }
    assert_eq!(raw.count(slot), 0);
    served.check_books();
    // The service's own process may have larger ones. They do not go through the service, so that
    // none is lost that cannot be put back.
    let name = LocalName::parse("alerts").expect("a name");
    let now = mailslot::runtime::clock::now();
    served.table.open(&name).expect("there").write(now, &more).expect("room").fire();
    let failure = raw.ask(&read(slot, 1, FOREVER)).expect_err("too large");
    assert_eq!((failure.code, failure.a), (Code::BufferTooSmall, more.len() as u64));
    served.forgive("written");
}

/// Requests that are larger than a buffer wait for room before they are read, and those who take
/// it and send nothing have no more than there is.
#[test]
fn unfinished_requests_take_so_much() {
    let mut served = Served::start();
    let mut small = served.raw();
    let slot = small.create("alerts");
    let mut request = BytesMut::new();
    let data = vec![7; ipc_limits::MAX_MESSAGE];
    Request::Write { handle: 1, data: &data }.encode(7, &mut request);
    // This user's allowance is that of all: the service is his.
    let rooms = ALL_INPUT / request.len();
    assert_eq!(rooms, 16);
    let part = &request[..1 << 20];
    let stalled: Vec<Raw> = (0..rooms)
        .map(|_| {
            let mut raw = served.raw();
            raw.open("alerts");
            raw.octets(part);
            raw
        })
        .collect();
    let mut late = served.raw();
    late.open("alerts");
    late.stream.set_nonblocking(true).expect("it can be");
    let (mut sent, mut refused) = (0, 0);
    while refused < 100 {
        match late.stream.write(&request[sent..]) {
            Ok(octets) => sent += octets,
            Err(error) if error.kind() == ErrorKind::WouldBlock => refused += 1,
            Err(error) => panic!("{error}"),
        }
        // What fits a buffer is done as ever.
        assert_eq!(small.count(slot), 0);
    }
    assert!(sent < (1 << 20), "{sent} octets: a buffer, and what a socket holds");
    assert!(sent > INPUT_BUFFER);
    let mut stalled = stalled.into_iter();
    drop(stalled.next());
    late.stream.set_nonblocking(false).expect("it can be");
    late.octets(&request[sent..]);
    assert!(matches!(late.reply_to(7), Ok(Reply::Written(_))));
    // One that is done makes room for the next, without an end of the connection.
    let mut next = served.raw();
    next.open("alerts");
    next.octets(&request);
    assert!(matches!(next.reply_to(7), Ok(Reply::Written(_))));
    late.octets(&request);
    assert!(matches!(late.reply_to(7), Ok(Reply::Written(_))));
    assert_eq!(small.count(slot), 3);
    drop(stalled);
    served.check_books();
}

/// Whoever runs the service and does not listen keeps so much of what he is told.
#[test]
fn so_many_notes_are_kept() {
    let mut served = Served::start();
    let mut raw = served.raw();
    for _ in 0..MAX_NOTES + 10 {
        raw.send_as(0, &Request::Write { handle: 1, data: b"" });
    }
    assert!(served.notes().is_empty(), "no handle is no attack");
    let slot = raw.create("alerts");
    for _ in 0..MAX_NOTES + 10 {
        raw.send_as(0, &Request::Write { handle: slot, data: b"" });
    }
    assert_eq!(raw.count(slot), 0);
    assert_eq!(served.notes().len(), MAX_NOTES);
    assert_eq!(served.stat("service.requests_denied"), MAX_NOTES as u64 + 10);
}
