//! docs/protocol.md is the protocol: its tables against the encoder and decoder, its answers and its
//! example against a running service.

mod answers;
mod page;

use std::path::Path;

use bytes::BytesMut;
use mailslot::ipc::{
    Code, CreateFlags, Failure, HandleEntry, MAGIC, Malformed, Node, Numbered, Reply, Request,
    Route, SlotEntry, VERSION, Wait, Welcome, next_frame,
};
use mailslot::slot::{Info, Message, ReadTimeout, Sender, Times};
use mailslot::time::Instant;
use mailslot::wire::netbios::{Name, Suffix};

/// The page.
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/protocol.md");
    std::fs::read_to_string(path).expect("the page")
}

/// What stands between two headings, the second of the same level or a higher one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let begin = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rest = &page[begin + heading.len() + 2..];
    let level = heading.split(' ').next().expect("hashes").len();
    let ends = (1..=level).filter_map(|level| rest.find(&format!("\n{} ", "#".repeat(level))));
    &rest[..ends.min().unwrap_or(rest.len())]
}

/// The cells of the tables in a text, without their heads.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let mut rows: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        let Some(inside) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            continue;
        };
        if inside.starts_with("---") {
            // What came before was the head.
            rows.pop();
            continue;
        }
        rows.push(inside.split('|').map(str::trim).collect());
    }
    rows
}

/// What stands in backquotes.
fn quoted(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or_else(|| panic!("no backquotes: {cell}"))
}

/// What the variant of a value is called.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

fn numbered(from_network: bool) -> Numbered {
    let address = "192.0.2.7:138".parse().expect("an address");
    let mut message = Message::new("hi!", Instant::from_micros(1_795_166_042_118_000));
    message.from = from_network.then(|| Sender::new(name("WINBOX"), address));
    message.to = from_network.then(|| name("LINUXBOX"));
    Numbered::new(7, message)
}

/// One request of each kind, with all fields.
fn requests() -> Vec<Request<'static>> {
    let (handle, timeout, path) = (1, ReadTimeout(500), "abc");
    vec![
        Request::Hello { version: VERSION },
        Request::Create {
            path,
            max_message_size: 1,
            read_timeout: timeout,
            max_messages: 2,
            max_octets: 3,
            flags: CreateFlags::OWNER_ONLY,
        },
        Request::Open { path },
        Request::Write { handle, data: b"abc" },
        Request::Read { handle, capacity: 424, most: 1, wait: Wait::For(timeout) },
        Request::Cancel { read: 5 },
        Request::PutBack { handle, message: numbered(true) },
        Request::Info { handle },
        Request::SetReadTimeout { handle, timeout },
        Request::Times { handle },
        Request::SetCreated { handle, created: 1 },
        Request::Duplicate { handle },
        Request::Close { handle },
        Request::Share { handle },
        Request::Take { token: "abc" },
        Request::Slots { from: 1 },
        Request::Stats,
        Request::Node,
        Request::Handles { from: 1 },
    ]
}

/// One reply of each kind, with all fields; a text and a message have three octets, a list one entry.
fn replies() -> Vec<Reply> {
    let at = Instant::from_micros(1);
    let info = Info::new(1, Some(2), 3, ReadTimeout(4));
    let times = Times::new(at, at, at);
    let entry = HandleEntry::new(1, true, "abc");
    let slot = SlotEntry::new(5, "abc", info, times);
    let mut node = Node::new(name("A"), name("B"));
    (node.interfaces, node.beside_nmbd) = ("abc".into(), Some(true));
    let mut welcome = Welcome::new(VERSION);
    (welcome.pid, welcome.network_namespace, welcome.path) = (1234, 9, "abc".into());
    vec![
        Reply::Done,
        Reply::Welcome(welcome),
        Reply::Handle(entry.clone()),
        Reply::Written(Route::Slot),
        Reply::Messages(vec![numbered(true)]),
        Reply::Info(info),
        Reply::Times(times),
        Reply::Token("abc".into()),
        Reply::Slots(vec![slot]),
        Reply::Stats(vec![("abc".into(), 1)]),
        Reply::Node(Some(node)),
        Reply::Handles(vec![entry]),
        Reply::Failed(Failure::new(Code::Full, 1816, "abc")),
    ]
}

/// The ways of a message, with all fields.
fn routes() -> Vec<Route> {
    let (address, name) = ([192, 0, 2, 7].into(), name("WINBOX"));
    vec![
        Route::Slot,
        Route::OwnName { name },
        Route::Host { name, address },
        Route::Group { name, broadcasts: vec![address], local: true },
    ]
}

/// A frame's kind and body.
fn encoded(encode: impl FnOnce(&mut BytesMut)) -> (u8, Vec<u8>) {
    let mut octets = BytesMut::new();
    encode(&mut octets);
    let (frame, length) = next_frame(&octets, 1 << 20).expect("a frame").expect("all of it");
    assert_eq!(length, octets.len());
    (frame.kind, frame.body.to_vec())
}

/// The fields of a body and their octets, as its decoder finds each missing where the body is cut.
fn fields(body: &[u8], decode: impl Fn(&[u8]) -> Result<(), Malformed>) -> Vec<(String, usize)> {
    let mut fields: Vec<(String, usize)> = Vec::new();
    let mut early = 0;
    for cut in 0..body.len() {
        let missing = decode(&body[..cut]).expect_err("it is cut");
        // A list's only entry is missed before its first field is.
        if missing.reason == "more entries than octets" {
            early += 1;
            continue;
        }
        match fields.last_mut() {
            Some((field, octets)) if *field == missing.field => *octets += 1,
            _ => fields.push((missing.field.to_owned(), 1 + std::mem::take(&mut early))),
        }
    }
    fields
}

/// What a client begins with.
fn magic() -> String {
    MAGIC.iter().map(|&octet| char::from(octet)).collect()
}
