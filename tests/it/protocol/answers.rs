//! A running service answers as the page says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use bytes::BytesMut;
use mailslot::client::{CallError, Connection};
use mailslot::ipc::{
    CreateFlags, Frame, HandleEntry, Malformed, Numbered, Reply, Request, Route, VERSION, Wait,
    Welcome, next_frame,
};
use mailslot::runtime::clock;
use mailslot::slot::{Message, ReadTimeout};

use super::{fields, numbered, page, quoted, rows, section, variant};
use crate::cli::mailslot;
use crate::cli::network::Peer;
use crate::conformance::server::Service;

fn create(path: &str) -> Request<'_> {
    Request::Create {
        path,
        max_message_size: 0,
        read_timeout: ReadTimeout::NONE,
        max_messages: 0,
        max_octets: 0,
        flags: CreateFlags::empty(),
    }
}

fn read(handle: u32) -> Request<'static> {
    Request::Read { handle, capacity: 424, most: 1, wait: Wait::AsSlot }
}

async fn handle(connection: &Connection, request: Request<'_>) -> u32 {
    match connection.call(&request).await {
        Ok(Reply::Handle(entry)) => entry.handle,
        other => panic!("{request:?}: {other:?}"),
    }
}

/// What each request is answered with, by the page.
fn answers(page: &str) -> BTreeMap<String, String> {
    let text = section(page, "## Requests");
    let table = &text[..text.find("\n### ").expect("fields")];
    rows(table).iter().map(|row| (quoted(row[1]).to_owned(), quoted(row[2]).to_owned())).collect()
}

#[tokio::test]
async fn each_request_has_its_reply() {
    let service = Service::start();
    let connection = Connection::open(&service.socket()).expect("a service");
    let mut left = answers(&page());
    // What the connection began with.
    assert_eq!(left.remove("Hello").as_deref(), Some("Welcome"));
    let reader = handle(&connection, create("x")).await;
    let writer = handle(&connection, Request::Open { path: "x" }).await;
    let Ok(Reply::Token(token)) = connection.call(&Request::Share { handle: writer }).await else {
        panic!("a token")
    };
    let (handle, timeout) = (reader, ReadTimeout::NONE);
    for request in [
        create("y"),
        Request::Open { path: "x" },
        Request::Write { handle: writer, data: b"x" },
        read(reader),
        Request::Cancel { read: 1000 },
        Request::PutBack { handle, message: numbered(true) },
        Request::Info { handle },
        Request::SetReadTimeout { handle, timeout },
        Request::Times { handle },
        Request::SetCreated { handle, created: 1 },
        Request::Duplicate { handle },
        Request::Share { handle },
        Request::Take { token: &token },
        Request::Slots { from: 0 },
        Request::Stats,
        Request::Node,
        Request::Handles { from: 0 },
        Request::Close { handle },
    ] {
        let reply = connection.call(&request).await.expect("it is done");
        assert_eq!(left.remove(&variant(&request)), Some(variant(&reply)), "{request:?}");
    }
    assert!(left.is_empty(), "not asked: {left:?}");
}

/// The codes of failures, with the Win32 codes that come with each.
type Failures = BTreeMap<String, BTreeSet<u32>>;

async fn fails(failures: &mut Failures, connection: &Connection, request: Request<'_>) {
    match connection.call(&request).await {
        Err(CallError::Failed(failure)) => {
            failures.entry(variant(&failure.code)).or_default().insert(failure.win32_code);
        }
        other => panic!("{request:?}: {other:?}"),
    }
}

/// Every code is met, and each Win32 code that the page has for it.
#[tokio::test]
async fn each_failure_has_its_win32_codes() {
    let service = Service::start();
    let connection = Connection::open(&service.socket()).expect("a service");
    let mut failures = Failures::new();
    let reader = handle(&connection, create("x")).await;
    let writer = handle(&connection, Request::Open { path: "x" }).await;
    let remote = handle(&connection, Request::Open { path: r"\\HOST\mailslot\x" }).await;
    let small = Request::Create {
        path: "small",
        max_message_size: 1,
        read_timeout: ReadTimeout::NONE,
        max_messages: 1,
        max_octets: 0,
        flags: CreateFlags::empty(),
    };
    let small = handle(&connection, small).await;
    let into_small = handle(&connection, Request::Open { path: "small" }).await;
    let write = |handle, data| Request::Write { handle, data };
    let mut meet = async |request| fails(&mut failures, &connection, request).await;
    meet(write(99, b"")).await;
    meet(write(reader, b"")).await;
    meet(write(remote, b"")).await;
    meet(read(writer)).await;
    meet(read(reader)).await;
    meet(create("X")).await;
    meet(create("")).await;
    meet(create(r"\\HOST\mailslot\x")).await;
    meet(Request::Open { path: "z" }).await;
    meet(Request::Info { handle: remote }).await;
    meet(Request::Take { token: "never was" }).await;
    meet(write(into_small, b"ab")).await;
    assert!(connection.call(&write(into_small, b"a")).await.is_ok());
    meet(write(into_small, b"b")).await;
    meet(Request::Read { handle: small, capacity: 0, most: 1, wait: Wait::AsSlot }).await;
    let wait = Wait::For(ReadTimeout::FOREVER);
    let waits = connection.call(&Request::Read { handle: reader, capacity: 1, most: 1, wait });
    assert!(connection.call(&Request::Close { handle: reader }).await.is_ok());
    let ended = waits.await;
    let Err(CallError::Failed(aborted)) = ended else { panic!("{ended:?}") };
    meet(write(writer, b"")).await;
    failures.entry(variant(&aborted.code)).or_default().insert(aborted.win32_code);

    // What this crate's client does not send.
    let mut raw = greeted(&service);
    for octets in [&b"\x05\0\0\0\x7f\x09\0\0\0"[..], b"\x05\0\0\0\x08\x09\0\0\0"] {
        raw.write_all(octets).expect("it is taken");
        let (9, Reply::Failed(failure)) = received(&mut raw) else { panic!("a failure") };
        failures.entry(variant(&failure.code)).or_default().insert(failure.win32_code);
    }

    // What takes a network.
    let place = tempfile::tempdir().expect("a folder");
    let socket = place.path().join("socket");
    let mut command =
        mailslot(&["serve", "--loopback", "--name", "PROTOA", "--workgroup", "PROTO"]);
    let mut network = Peer::start({
        command.arg("--socket").arg(&socket);
        command
    });
    network.wait_for("serves at ");
    let connection = Connection::open(&socket).expect("a service");
    let nobody = handle(&connection, Request::Open { path: r"\\NOBODY\mailslot\x" }).await;
    let long = r"\\NAMES-HAVE-FIFTEEN-CHARACTERS\mailslot\x";
    let long = handle(&connection, Request::Open { path: long }).await;
    for (handle, data) in [(nobody, &[0; 425][..]), (nobody, b"x"), (long, b"x")] {
        fails(&mut failures, &connection, write(handle, data)).await;
    }

    let page = page();
    let text = section(section(&page, "## Replies"), "### `Failed`");
    let (_, table) = text.split_once("| code | |").expect("the codes");
    let table = format!("| code | |{table}");
    let shown: Failures = rows(&table)
        .iter()
        .map(|row| {
            let codes = row[2].split(", ").map(|code| code.parse().expect("a number"));
            (quoted(row[1]).to_owned(), codes.collect())
        })
        .collect();
    assert_eq!(failures, shown);
}

/// A connection as another language has it.
fn greeted(service: &Service) -> UnixStream {
    let mut stream = UnixStream::connect(service.socket()).expect("a service");
    stream.write_all(&sent(&Request::Hello { version: VERSION }, 1)).expect("it is taken");
    assert!(matches!(received(&mut stream), (1, Reply::Welcome(_))));
    stream
}

/// The frame of a request.
fn sent(request: &Request<'_>, id: u32) -> BytesMut {
    let mut octets = BytesMut::new();
    request.encode(id, &mut octets);
    octets
}

#[test]
fn replies_come_in_order_but_for_reads_that_wait() {
    let service = Service::start();
    let mut stream = greeted(&service);
    let wait = Wait::For(ReadTimeout::FOREVER);
    let waits = Request::Read { handle: 1, capacity: 9, most: 1, wait };
    let mut requests = sent(&create("x"), 2);
    requests.unsplit(sent(&Request::Open { path: "x" }, 3));
    requests.unsplit(sent(&waits, 4));
    requests.unsplit(sent(&Request::Cancel { read: 4 }, 5));
    requests.unsplit(sent(&waits, 6));
    requests.unsplit(sent(&Request::Info { handle: 1 }, 7));
    // Nobody is told that this fails.
    requests.unsplit(sent(&Request::Close { handle: 99 }, 0));
    requests.unsplit(sent(&Request::Write { handle: 2, data: b"x" }, 8));
    stream.write_all(&requests).expect("it is taken");
    // The read's reply comes before that of its cancellation.
    let mut ids: Vec<_> = (0..7).map(|_| received(&mut stream).0).collect();
    assert_eq!(ids.drain(..5).collect::<Vec<_>>(), [2, 3, 4, 5, 7]);
    ids.sort_unstable();
    assert_eq!(ids, [6, 8]);
}

#[test]
fn what_was_asked_for_is_done_although_the_client_left() {
    const MESSAGES: u32 = 20_000;
    let service = Service::start();
    let (mut reader, mut writer) = (greeted(&service), greeted(&service));
    reader.write_all(&sent(&create("x"), 2)).expect("it is taken");
    received(&mut reader);
    writer.write_all(&sent(&Request::Open { path: "x" }, 2)).expect("it is taken");
    received(&mut writer);
    let requests = sent(&Request::Write { handle: 1, data: b"x" }, 0).repeat(MESSAGES as usize);
    writer.write_all(&requests).expect("it is taken");
    drop(writer);
    let wait = Wait::For(ReadTimeout(9000));
    for id in 3..MESSAGES + 3 {
        let read = Request::Read { handle: 1, capacity: 9, most: 1, wait };
        reader.write_all(&sent(&read, id)).expect("it is taken");
        assert!(matches!(received(&mut reader), (_, Reply::Messages(_))), "message {id}");
    }
    // One that closes its half has had what was answered until then, and no more.
    reader.write_all(&sent(&Request::Info { handle: 1 }, 7)).expect("it is taken");
    received(&mut reader);
    reader.shutdown(Shutdown::Write).expect("connected");
    assert_eq!(reader.read(&mut [0]).expect("the end"), 0);
}

/// The next reply.
fn received(stream: &mut UnixStream) -> (u32, Reply) {
    let mut octets = vec![0; 4];
    stream.read_exact(&mut octets).expect("a reply");
    let length = u32::from_le_bytes(octets[..].try_into().expect("four"));
    octets.resize(4 + length as usize, 0);
    stream.read_exact(&mut octets[4..]).expect("all of it");
    let (frame, _) = next_frame(&octets, octets.len()).expect("a frame").expect("all of it");
    (frame.id, Reply::decode(frame).expect("a reply"))
}

/// A frame in hex, with spaces between its fields.
fn hex(octets: &[u8], decode: impl Fn(Frame<'_>) -> Result<(), Malformed>) -> String {
    let (frame, _) = next_frame(octets, octets.len()).expect("a frame").expect("all of it");
    let Frame { kind, id, mut body } = frame;
    let mut text = hex::encode(&octets[..4]);
    write!(text, " {kind:02x} {} |", hex::encode(id.to_le_bytes())).expect("a string");
    for (_, length) in fields(body, |body| decode(Frame { kind, id, body })) {
        let (field, rest) = body.split_at(length);
        write!(text, " {}", hex::encode(field)).expect("a string");
        body = rest;
    }
    assert_eq!(body, b"");
    text
}

/// What goes both ways in the page's example.
fn exchange() -> Vec<(Request<'static>, Reply)> {
    let entry = |handle, reads| Reply::Handle(HandleEntry::new(handle, reads, "chat"));
    let mut welcome = Welcome::new(VERSION);
    (welcome.pid, welcome.network_namespace) = (1234, 0xf000_0000);
    welcome.path = "/run/mailslot/socket".into();
    let message = Message::new("hi", numbered(false).message.received_at);
    vec![
        (Request::Hello { version: VERSION }, Reply::Welcome(welcome)),
        (create("chat"), entry(1, true)),
        (Request::Open { path: r"\\.\mailslot\chat" }, entry(2, false)),
        (Request::Write { handle: 2, data: b"hi" }, Reply::Written(Route::Slot)),
        (
            Request::Read { handle: 1, capacity: 424, most: 1, wait: Wait::For(ReadTimeout(5000)) },
            Reply::Messages(vec![Numbered::new(0, message)]),
        ),
        (Request::Close { handle: 1 }, Reply::Done),
    ]
}

#[test]
fn the_example_is_what_the_encoder_says() {
    let mut lines = String::new();
    for (id, (request, reply)) in (1..).zip(exchange()) {
        let mut back = BytesMut::new();
        reply.encode(id, &mut back);
        let out = hex(&sent(&request, id), |frame| Request::decode(frame).map(drop));
        let back = hex(&back, |frame| Reply::decode(frame).map(drop));
        writeln!(lines, "> {:<9} {out}\n< {:<9} {back}", variant(&request), variant(&reply))
            .expect("a string");
    }
    let page = page();
    let text = section(&page, "## An example");
    let shown = text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(&*lines), "\n{lines}");
}

/// What the page sends, as it stands there, comes to what it receives.
#[test]
fn the_example_is_what_a_service_answers() {
    let page = page();
    let text = section(&page, "## An example");
    let octets = |line: &str| -> Vec<u8> {
        let digits: String = line.chars().skip(12).filter(char::is_ascii_hexdigit).collect();
        hex::decode(digits).expect("octets")
    };
    let service = Service::start();
    let mut stream = UnixStream::connect(service.socket()).expect("a service");
    let mut exchanged = 0;
    for line in text.lines() {
        if line.starts_with("> ") {
            stream.write_all(&octets(line)).expect("it is taken");
        } else if line.starts_with("< ") {
            let octets = octets(line);
            let (frame, _) = next_frame(&octets, octets.len()).expect("a frame").expect("all");
            let (id, mut reply) = received(&mut stream);
            let shown = Reply::decode(frame).expect("a reply");
            match (&mut reply, &shown) {
                (Reply::Welcome(welcome), Reply::Welcome(shown)) => {
                    assert_eq!(welcome.path, service.socket().to_str().expect("text"));
                    assert_ne!((welcome.pid, welcome.network_namespace), (0, 0));
                    *welcome = shown.clone();
                }
                (Reply::Messages(messages), Reply::Messages(shown)) => {
                    let at = &mut messages[0].message.received_at;
                    let age = clock::now().as_micros().abs_diff(at.as_micros());
                    assert!(age < 60_000_000, "{age} microseconds ago");
                    *at = shown[0].message.received_at;
                }
                _ => {}
            }
            assert_eq!((id, reply), (frame.id, shown));
            exchanged += 1;
        }
    }
    assert_eq!(exchanged, exchange().len());
}
