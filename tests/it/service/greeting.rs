//! What a connection begins with, and what comes of one that says something else.

use bytes::BytesMut;
use mailslot::client::{CallError, ConnectError, Greeted};
use mailslot::ipc::{Code, Reply, Request, VERSION, limits};
use mailslot::service::Note;

use super::served::{Raw, Served, create, rights};

/// It is told why and cut off; whoever runs the service is told too.
fn is_cut_off(served: &mut Served, mut raw: Raw, id: u32, says: &str) {
    let (to, reply) = raw.reply().expect("the reason");
    let Reply::Failed(failure) = reply else { panic!("{reply:?}") };
    assert_eq!((to, failure.code, failure.win32_code), (id, Code::Malformed, 87));
    assert!(failure.text.contains(says), "{failure}");
    assert_eq!(raw.reply(), None, "and no more");
    let notes = served.notes();
    let [Note::Garbage { uid, pid, reason }] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!((*uid, *pid), (mailslot::net::peer::own_id(), std::process::id()));
    assert!(reason.contains(says), "{reason}");
}

#[tokio::test]
async fn who_greets_is_welcome() {
    let mut served = Served::start();
    let mut raw = served.silent();
    let Ok(Reply::Welcome(welcome)) = raw.ask(&Request::Hello { version: VERSION }) else {
        panic!("no welcome")
    };
    assert_eq!((welcome.version, welcome.pid), (VERSION, std::process::id()));
    assert_eq!(welcome.path, served.path().to_str().expect("text"));
    // Again is as good.
    assert!(matches!(raw.ask(&Request::Hello { version: VERSION }), Ok(Reply::Welcome(_))));
    assert_eq!(served.stat("service.connections"), 2);
    assert_eq!(served.client().welcome(), &welcome);
    assert!(served.notes().is_empty());
}

#[test]
fn the_first_request_is_a_greeting() {
    let mut served = Served::start();
    for (request, id) in
        [(create("alerts"), 7), (Request::Stats, 0), (Request::Slots { from: 0 }, 1)]
    {
        let mut raw = served.silent();
        let mut octets = BytesMut::new();
        request.encode(id, &mut octets);
        // What comes with it is not done either.
        create("other").encode(8, &mut octets);
        raw.octets(&octets);
        is_cut_off(&mut served, raw, id, "the first request of a connection is Hello");
    }
    let mut raw = served.silent();
    raw.octets(&[5, 0, 0, 0, 99, 7, 0, 0, 0]);
    is_cut_off(&mut served, raw, 7, "is Hello");
    let stats = served.stats();
    assert_eq!((stats["service.requests_malformed"], stats["slots"]), (4, 0));
}

#[test]
fn another_magic_or_version_is_refused() {
    let mut served = Served::start();
    let mut raw = served.silent();
    let mut hello = BytesMut::new();
    Request::Hello { version: VERSION }.encode(7, &mut hello);
    hello[9] = b'm';
    raw.octets(&hello);
    is_cut_off(&mut served, raw, 7, "magic at octet 0 of the body: not MSLT");
    for version in [0, 2, u16::MAX] {
        let mut raw = served.silent();
        let failure = raw.ask(&Request::Hello { version }).expect_err("refused");
        assert_eq!((failure.code, failure.win32_code), (Code::Unsupported, 50));
        assert_eq!(failure.text, format!("this service speaks version 1, not {version}"));
        assert_eq!((failure.a, failure.b), (1, 0), "which a client may speak too");
        assert_eq!(raw.reply(), None);
    }
    // Also later.
    let mut raw = served.raw();
    assert_eq!(raw.refused(&Request::Hello { version: 2 }), 50);
    assert_eq!(raw.reply(), None);
    let stats = served.stats();
    assert_eq!((stats["service.requests_malformed"], stats["service.requests_failed"]), (1, 4));
}

#[test]
fn what_is_no_frame_ends_the_connection() {
    let mut served = Served::start();
    let mut raw = served.silent();
    raw.octets(b"GET / HTTP/1.1\r\n\r\n");
    is_cut_off(&mut served, raw, 0, "a frame of 542393671 octets is too long");
    for (length, says) in [
        (0_u32, "a frame of 0 octets has no kind and id"),
        (4, "a frame of 4 octets has no kind and id"),
        (u32::MAX, "a frame of 4294967295 octets is too long"),
        (u32::try_from(limits::MAX_REQUEST).expect("small") + 1, "is too long"),
    ] {
        let mut raw = served.raw();
        raw.create("alerts");
        raw.octets(&length.to_le_bytes());
        is_cut_off(&mut served, raw, 0, says);
    }
    assert_eq!(served.stat("service.requests_malformed"), 5);
}

#[test]
fn half_a_frame_is_not_done() {
    let mut served = Served::start();
    let mut octets = BytesMut::new();
    create("alerts").encode(7, &mut octets);
    for end in [1, 4, 5, 9, octets.len() - 1] {
        let mut raw = served.raw();
        raw.octets(&octets[..end]);
        drop(raw);
    }
    served.wait_for("service.connections", 1);
    let stats = served.stats();
    assert_eq!((stats["slots"], stats["service.requests_malformed"]), (0, 0));
    // In however many parts it comes.
    let mut raw = served.raw();
    for octet in &octets {
        raw.octets(&[*octet]);
        served.stats();
    }
    assert!(matches!(raw.reply_to(7), Ok(Reply::Handle(_))));
}

#[test]
fn a_request_that_is_not_known_is_refused_alone() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    for kind in [0, 20, 0x80, 0xff] {
        raw.octets(&[8, 0, 0, 0, kind, 7, 0, 0, 0, 1, 2, 3]);
        let failure = raw.reply_to(7).expect_err("refused");
        assert_eq!((failure.code, failure.win32_code), (Code::Unsupported, 50));
        assert_eq!(
            (&*failure.text, failure.a),
            (&*format!("there is no request of kind {kind}"), 0)
        );
    }
    assert_eq!(raw.count(slot), 0);
    let stats = served.stats();
    assert_eq!(stats["service.requests_malformed"], 0);
    assert_eq!(stats["service.requests_failed"], 4);
}

#[test]
fn a_body_that_cannot_be_read_is_refused_alone() {
    let mut served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    raw.octets(&[8, 0, 0, 0, 8, 7, 0, 0, 0, 1, 2, 3]);
    let failure = raw.reply_to(7).expect_err("refused");
    assert_eq!((failure.code, failure.win32_code), (Code::Malformed, 87));
    assert_eq!(failure.text, "handle at octet 0 of the body: the body ends here");
    assert!(matches!(&served.notes()[..], [Note::Garbage { .. }]));
    assert_eq!(raw.count(slot), 0);
    // Nobody is told where nobody asked.
    raw.octets(&[8, 0, 0, 0, 8, 0, 0, 0, 0, 1, 2, 3]);
    raw.send_as(0, &Request::Info { handle: 99 });
    assert_eq!(raw.count(slot), 0);
    let stats = served.stats();
    assert_eq!(stats["service.requests_malformed"], 2);
    assert_eq!(stats["service.requests_failed"], 0);
}

/// Id 0 asks for no reply, and what only asks is nothing then: not even work for the service.
#[test]
fn id_zero_gets_no_reply() {
    let served = Served::start();
    let mut raw = served.raw();
    let slot = raw.create("alerts");
    let writer = raw.open("alerts");
    for request in [
        Request::Write { handle: writer, data: b"1" },
        Request::Write { handle: 99, data: b"none" },
        Request::Info { handle: slot },
        Request::Times { handle: slot },
        Request::Handles { from: 0 },
        Request::Slots { from: 0 },
        Request::Stats,
        Request::Node,
        Request::Cancel { read: 1 },
    ] {
        raw.send_as(0, &request);
    }
    assert_eq!(raw.read(slot).message.data, "1");
    raw.send_as(0, &Request::Close { handle: slot });
    assert_eq!(raw.refused(&Request::Info { handle: slot }), 6);
}

#[test]
fn who_is_one_too_many_is_told_so() {
    let mut served = Served::with(rights(|user| user.connections = 3));
    let (one, other) = (served.raw(), served.raw());
    let mut raw = served.silent();
    let (id, reply) = raw.reply().expect("the reason");
    let Reply::Failed(failure) = reply else { panic!("{reply:?}") };
    assert_eq!((id, failure.code, failure.win32_code), (0, Code::Full, 1816));
    assert_eq!(raw.reply(), None);
    assert!(matches!(&served.notes()[..], [Note::Overfull { reason }] if *reason == failure.text));
    // Whoever greets first hears it too, however late or early he is.
    for _ in 0..50 {
        let refused = Greeted::over(served.silent().stream);
        let Err(ConnectError::Refused(CallError::Failed(failure))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(failure.win32_code, 1816);
    }
    assert_eq!(served.stat("service.connections_refused"), 51);
    drop(one);
    served.wait_for("service.connections", 2);
    let again = served.raw();
    drop((other, again));
    assert_eq!(served.stat("service.connections_accepted"), 4);
}
