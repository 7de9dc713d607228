//! The page's numbers and fields are the code's.

use std::collections::BTreeMap;

use mailslot::ipc::{self, Code, Frame, Reply, Request, Route};
use mailslot::{service, slot};

use super::{
    encoded, fields, magic, page, quoted, replies, requests, routes, rows, section, variant,
};

/// A number as a table has it: `0x81`, `17`, `17,039,360`.
fn number(cell: &str) -> u64 {
    let digits = cell.replace(',', "");
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    }
    .unwrap_or_else(|error| panic!("{cell}: {error}"))
}

/// The first two columns of a table: a number, and what it is called.
fn numbers(heading: &str) -> BTreeMap<u64, String> {
    let page = page();
    let text = section(&page, heading);
    // Up to the next heading of any level.
    let text = &text[..text.find("\n### ").unwrap_or(text.len())];
    rows(text).iter().map(|row| (number(row[0]), quoted(row[1]).to_owned())).collect()
}

fn frame(kind: u8) -> Frame<'static> {
    Frame { kind, id: 1, body: b"" }
}

/// The same as the page has them. A text and a message have three octets.
fn shown(field: &str, of_type: &str) -> (String, usize) {
    let octets = match of_type {
        "u8" | "bool" => 1,
        "u16" => 2,
        "u32" | "ip" | "list" | "4 octets" => 4,
        "u64" => 8,
        "text" | "data" => 7,
        "name" => 16,
        "sender" => 22,
        other => panic!("{field}: {other}"),
    };
    (field.to_owned(), octets)
}

/// The fields below a heading that has this name in backquotes; some have several.
fn shown_fields(chapter: &str, name: &str) -> Vec<(String, usize)> {
    let page = page();
    let chapter = section(&page, chapter);
    let headings = chapter.lines().filter(|line| line.starts_with("### "));
    let named: Vec<_> = headings
        .filter(|line| line.split('`').skip(1).step_by(2).any(|code| code == name))
        .collect();
    let [heading] = named[..] else { panic!("{name} has {} headings", named.len()) };
    let text = section(chapter, heading);
    // Another table may follow.
    let end = text.find("|\n\n").map_or(text.len(), |end| end + 2);
    let table = &text[..end];
    assert!(table.contains("| field |") || table.contains("No fields."), "{name}: {table}");
    rows(table).iter().map(|row| shown(quoted(row[0]), row[1])).collect()
}

#[test]
fn kinds_are_the_decoders() {
    let requests: BTreeMap<u64, String> = requests()
        .iter()
        .map(|request| (encoded(|out| request.encode(1, out)).0.into(), variant(request)))
        .collect();
    assert_eq!(numbers("## Requests"), requests);
    let replies: BTreeMap<u64, String> = replies()
        .iter()
        .map(|reply| (encoded(|out| reply.encode(1, out)).0.into(), variant(reply)))
        .collect();
    assert_eq!(numbers("## Replies"), replies);
    for kind in 0..=u8::MAX {
        let known = !matches!(Request::decode(frame(kind)), Ok(None));
        assert_eq!(known, requests.contains_key(&kind.into()), "request {kind:#x}");
        let unknown = Reply::decode(frame(kind)).is_err_and(|error| error.field == "kind");
        assert_eq!(!unknown, replies.contains_key(&kind.into()), "reply {kind:#x}");
    }
}

#[test]
fn fields_are_the_decoders() {
    for request in requests() {
        let (kind, body) = encoded(|out| request.encode(1, out));
        let found = fields(&body, |body| Request::decode(Frame { kind, id: 1, body }).map(drop));
        assert_eq!(shown_fields("## Requests", &variant(&request)), found, "{request:?}");
    }
    for reply in replies() {
        let (kind, body) = encoded(|out| reply.encode(1, out));
        let found = fields(&body, |body| Reply::decode(Frame { kind, id: 1, body }).map(drop));
        assert_eq!(shown_fields("## Replies", &variant(&reply)), found, "{reply:?}");
    }
}

#[test]
fn routes_are_the_decoders() {
    let page = page();
    let text = section(section(&page, "## Replies"), "### `Written`");
    let (_, table) = text.split_once("\nand behind it").expect("the ways");
    let shown: Vec<(u64, Vec<_>)> = rows(table)
        .iter()
        .map(|row| {
            let fields = row[2].split(", ").filter(|field| !field.is_empty());
            let field = |field: &str| {
                let (name, of_type) = field.split_once(' ').expect("a type");
                shown(name.trim_matches('`'), of_type)
            };
            (number(row[0]), fields.map(field).collect())
        })
        .collect();
    let found: Vec<(u64, Vec<_>)> = routes()
        .into_iter()
        .map(|route: Route| {
            let reply = Reply::Written(route);
            let (kind, body) = encoded(|out| reply.encode(1, out));
            let decode = |body: &[u8]| Reply::decode(Frame { kind, id: 1, body }).map(drop);
            let mut fields = fields(&body, decode);
            assert_eq!(fields.remove(0), ("route".into(), 1));
            (body[0].into(), fields)
        })
        .collect();
    assert_eq!(shown, found);
    let next = u8::try_from(found.len()).expect("few");
    let (kind, _) = encoded(|out| Reply::Written(Route::Slot).encode(1, out));
    assert!(Reply::decode(Frame { kind, id: 1, body: &[next] }).is_err(), "there is one more");
}

#[test]
fn codes_are_the_enums() {
    let page = page();
    let text = section(section(&page, "## Replies"), "### `Failed`");
    let (_, table) = text.split_once("| code | |").expect("the codes");
    let shown: BTreeMap<u64, String> = rows(&format!("| code | |{table}"))
        .iter()
        .map(|row| (number(row[0]), quoted(row[1]).to_owned()))
        .collect();
    let codes = (0..=u16::MAX).map(|number| (u64::from(number), Code::from_number(number)));
    let known: BTreeMap<u64, String> = codes
        .filter(|(_, code)| !matches!(code, Code::Other(_)))
        .map(|(number, code)| (number, variant(&code)))
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn limits_are_the_constants() {
    let constants: &[(&str, u64)] = &[
        ("ipc::limits::MAX_REQUEST", ipc::limits::MAX_REQUEST as u64),
        ("ipc::limits::MAX_MESSAGE", ipc::limits::MAX_MESSAGE as u64),
        ("ipc::limits::MAX_REPLY", ipc::limits::MAX_REPLY as u64),
        ("ipc::limits::MAX_BATCH", ipc::limits::MAX_BATCH as u64),
        ("service::limits::MAX_UNSENT", service::limits::MAX_UNSENT as u64),
        ("service::limits::CONNECTION_WRITES", service::limits::CONNECTION_WRITES as u64),
        ("service::limits::CONNECTION_READS", service::limits::CONNECTION_READS as u64),
        ("service::limits::CONNECTION_HANDLES", service::limits::CONNECTION_HANDLES as u64),
        ("service::limits::CONNECTION_NAMES", service::limits::CONNECTION_NAMES as u64),
        ("service::limits::USER_CONNECTIONS", service::limits::USER_CONNECTIONS as u64),
        ("service::limits::USER_INPUT", service::limits::USER_INPUT as u64),
        ("service::limits::INPUT_TIME", service::limits::INPUT_TIME.as_secs()),
        ("service::limits::USER_SLOTS", service::limits::USER_SLOTS as u64),
        ("service::limits::USER_OCTETS", service::limits::USER_OCTETS),
        ("slot::limits::MAX_MESSAGES", slot::limits::MAX_MESSAGES as u64),
        ("slot::limits::MAX_SLOT_OCTETS", slot::limits::MAX_SLOT_OCTETS),
        ("slot::limits::MAX_NAME_UNITS", slot::limits::MAX_NAME_UNITS as u64),
    ];
    let page = page();
    let shown: Vec<(String, u64)> = rows(section(&page, "## Limits"))
        .iter()
        .map(|row| (quoted(row[2]).to_owned(), number(row[1])))
        .collect();
    let constants: Vec<_> =
        constants.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    assert_eq!(shown, constants);
    // What the text says of them.
    assert!(
        page.contains("while 256 KiB of them wait") && service::limits::MAX_UNSENT == 256 << 10
    );
    assert!(page.contains("have\n64 KiB in all") && ipc::limits::MAX_BATCH == 64 << 10);
    assert!(page.contains("more than 16 KiB that") && service::limits::INPUT_BUFFER == 16 << 10);
    assert!(page.contains("its first 255 char") && service::limits::LISTED_NAME == 255);
    assert!(page.contains("128 for each besides") && slot::limits::MESSAGE_OVERHEAD == 128);
    assert!(page.contains(&format!(
        "the four octets `{}` and the version, {}.",
        magic(),
        ipc::VERSION
    )));
}
