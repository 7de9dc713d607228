//! Fields that `encode` passes over, since others say the same: where they do not agree, somebody
//! changed what does not count.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{BodyRecord, Code, Context, Protocol, Raw, Record, from_payload};
use crate::cli::json;
use crate::cli::payload::{Encoding, Safe};
use crate::node::reassembly::{Progress, Reassembler};
use crate::time::Instant;
use crate::wire::datagram::Datagram;
use crate::wire::oem::CodePage;

/// What says nothing of the octets, or is said by them in other words.
const BESIDE: [&str; 17] = [
    "schema",
    "file",
    "frame",
    "fragments",
    "time",
    "src",
    "dst",
    "src_hw",
    "dst_hw",
    "transport",
    "quoted",
    "protocol",
    "missing",
    "code_page",
    "notes",
    "error",
    "raw",
];

/// Characters of a value that are shown.
const MOST_SHOWN: usize = 60;

/// A field, and what was taken in its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PassedOver {
    field: String,
    given: Value,
    by: By,
    /// What that says; none where it says nothing of the kind.
    says: Option<Value>,
}

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Raw,
    Data,
    /// Of a packet of the name service.
    Packet,
    Mailslot,
    /// Every mailslot write has it.
    Write,
}

impl PassedOver {
    /// How to have it count.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self.by {
            By::Raw => {
                Some("fields count where there is no raw: remove it, as jq -c 'del(.raw)' does")
            }
            By::Data => Some(
                "body, or else text, counts where there is no data: remove it, as jq -c \
                 'del(.data)' does; or remove the field that is old",
            ),
            By::Packet => Some(
                "a packet of the name service is what data says: change that, and remove the field",
            ),
            By::Mailslot => Some("change mailslot, or remove it"),
            By::Write => None,
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            By::Raw => "raw says",
            By::Data | By::Packet => "data says",
            By::Mailslot => "mailslot says",
            By::Write => "a mailslot write has",
        };
        write!(f, "{}: {}, but {by} ", Safe(&self.field), Shown(&self.given))?;
        match &self.says {
            Some(says) => Shown(says).fmt(f),
            None => f.write_str("nothing of it"),
        }
    }
}

/// A value, not to its end where it is long.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let start: String = text.chars().take(MOST_SHOWN).collect();
        let rest = if start.len() < text.len() { "..." } else { "" };
        write!(f, "{}{rest}", Safe(&start))
    }
}

/// The first field of a record that says something else than the datagram that is made of it.
pub(crate) fn passed_over(record: &Record<'_>, payloads: &[Vec<u8>]) -> Option<PassedOver> {
    let whole = whole(record, payloads)?;
    let made = from_payload::record(&context(record), &whole);
    match (&record.raw, record.protocol) {
        (Some(Raw::Whole(_) | Raw::Fragments(_)), _) => all(record, &made, By::Raw),
        (None, Protocol::Nbns) => all(record, &made, By::Packet),
        (None, Protocol::Nbdgm) => said_twice(record, &made),
    }
}

/// All that is given.
fn all(record: &Record<'_>, made: &Record<'_>, by: By) -> Option<PassedOver> {
    let (Some(Value::Object(given)), Some(made)) = (value(record), value(made)) else {
        return None;
    };
    let mut fields = given.iter().filter(|(name, _)| !BESIDE.contains(&name.as_str()));
    fields.find_map(|(name, value)| differs(name, value, made.get(name), by))
}

/// What a datagram's record says more than once.
fn said_twice(record: &Record<'_>, made: &Record<'_>) -> Option<PassedOver> {
    // Of a fragment alone nothing is read.
    made.slot.as_ref()?;
    let text = |field: &str, given: Option<&str>, made: Option<&str>, by| {
        let given = given.filter(|_| given != made)?;
        differs(field, &given.into(), made.map(Value::from).as_ref(), by)
    };
    let slot = text("slot", record.slot.as_deref(), made.slot.as_deref(), By::Mailslot);
    let opcode = || match (&record.opcode, &made.opcode) {
        (Some(Code::Number(given)), Some(Code::Number(made))) if given != made => {
            differs("opcode", &(*given).into(), Some(&(*made).into()), By::Write)
        }
        _ => None,
    };
    // Where it is not there the others count, the body first.
    let data = record.data.as_ref();
    let body = || match (&record.body, data) {
        (Some(BodyRecord::Fields(given)), Some(_)) => {
            let made = made.body.as_ref().and_then(value);
            differs("body", &Value::Object(given.clone()), made.as_ref(), By::Data)
        }
        _ => None,
    };
    let words = || {
        let given = record.text.as_deref().filter(|_| data.is_some());
        text("text", given, made.text.as_deref(), By::Data)
    };
    slot.or_else(opcode).or_else(body).or_else(words)
}

/// As `decode` writes it.
fn value(of: &impl Serialize) -> Option<Value> {
    let mut text = Vec::new();
    json::write(&mut text, of).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Where a value is not what was made of it. What was not given is no difference.
fn differs(field: &str, given: &Value, made: Option<&Value>, by: By) -> Option<PassedOver> {
    match (given, made) {
        (Value::Null, None) => None,
        (given, Some(made)) if given == made => None,
        (Value::Object(given), Some(Value::Object(made))) => {
            given.iter().find_map(|(name, value)| {
                differs(&format!("{field}.{name}"), value, made.get(name), by)
            })
        }
        (Value::Array(given), Some(Value::Array(made))) if given.len() == made.len() => {
            let mut pairs = given.iter().zip(made).enumerate();
            pairs.find_map(|(i, (given, made))| {
                differs(&format!("{field}[{i}]"), given, Some(made), by)
            })
        }
        _ => {
            let (field, given) = (field.into(), given.clone());
            Some(PassedOver { field, given, by, says: made.cloned() })
        }
    }
}

/// The one datagram that it is about: of fragments, what they are together.
fn whole(record: &Record<'_>, payloads: &[Vec<u8>]) -> Option<Vec<u8>> {
    let [first, rest @ ..] = payloads else { return None };
    if rest.is_empty() {
        return Some(first.clone());
    }
    let mut fragments = Reassembler::default();
    payloads.iter().find_map(|payload| {
        let decoded = Datagram::decode(payload).ok()?.value;
        match fragments.input(Instant::ZERO, record.src, payload, &decoded, ()) {
            Progress::Complete { payload, .. } => Some(payload),
            Progress::Held | Progress::Dropped { .. } => None,
        }
    })
}

/// As it was when the record was made.
fn context(record: &Record<'_>) -> Context {
    Context {
        file: None,
        frame: 0,
        fragments: Vec::new(),
        time: None,
        src: record.src,
        dst: record.dst,
        transport: record.transport,
        hardware: [None; 2],
        quoted: record.quoted,
        protocol: record.protocol,
        missing: record.missing,
        page: record.code_page.and_then(CodePage::from_number).unwrap_or_default(),
        encoding: record.encoding.as_deref().and_then(Encoding::named).unwrap_or_default(),
    }
}
