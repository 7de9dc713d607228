//! One datagram, or packet of the name service, as one line of text.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddrV4;

use super::payload::{Encoding, Hex, Safe};
use super::record::{BodyRecord, Context, ErrorRecord, NameRecord, Record};
use super::source::NBNS;
use super::when::When;
use crate::wire;
use crate::wire::alerter::OtherInfo;
use crate::wire::nbns::{Header, Packet, Rcode, Rdata};
use crate::wire::oem::CodePage;
use crate::wire::smb::{PREFIX, SlotName};
use crate::wire::{Class, Note, OctetCount};

/// Octets of data that a line shows in hex, and characters of text, unless it is to show all.
const MOST_HEX: usize = 16;
const MOST_TEXT: usize = 72;

/// Addresses, and names of a node, that a line shows, unless it is to show all.
const MOST_LISTED: usize = 8;

/// Behind what was sent elsewhere and came back.
const QUOTED: &str = "  [quoted by ICMP]";

/// `   7  09:14:02.118  WINBOX<00> -> LINUXBOX<00>  alerts  "backup"`
pub(super) fn write(to: &mut impl Write, record: &Record<'_>, full: bool) -> io::Result<()> {
    write!(to, "{:>5}  {}  ", record.frame, Clock(record.time))?;
    match (&record.source_name, &record.destination_name) {
        (Some(source), Some(destination)) => {
            write!(to, "{}", Pair(&Shown(source), &Shown(destination)))?;
        }
        _ => write!(to, "{}", Pair(&record.src, &record.dst))?,
    }
    match &record.msg_type {
        None => write!(to, "  unreadable")?,
        Some(msg_type) => match &record.slot {
            Some(slot) => {
                write!(to, "  {:<12}  ", Safe(slot).to_string())?;
                match (&record.data, &record.body) {
                    (None, Some(BodyRecord::Damaged(payload, ..))) => {
                        write!(to, "{}", Words(payload.kind()))?;
                    }
                    (None, None) => {}
                    _ => write!(to, "{}", Payload::of(record, full))?,
                }
            }
            None => write!(to, "  {msg_type}")?,
        },
    }
    if let Some(code) = record.error_code {
        write!(to, " {code:#04x}")?;
    }
    if let Some(error) = &record.error {
        write!(to, "  {}", Fault(error))?;
    }
    to.write_all(record.transport.mark().as_bytes())?;
    if record.quoted {
        write!(to, "{QUOTED}")?;
    }
    if !record.fragments.is_empty() {
        write!(to, "  [fragments {}]", Joined(&record.fragments))?;
    }
    let faults = Note::ALL.iter().filter(|note| {
        note.class() == Class::Fault && record.notes.iter().any(|name| name == note.name())
    });
    for note in faults {
        write!(to, "  [{}]", note.name())?;
    }
    writeln!(to)
}

/// `   7  09:14:02.118  192.0.2.1 -> 192.0.2.255  LINUXBOX<20>  name query, id 0x1234`
pub(super) fn write_packet(
    to: &mut impl Write,
    context: &Context,
    payload: &[u8],
    full: bool,
) -> io::Result<()> {
    let endpoints = [context.src, context.dst].map(Endpoint);
    write!(to, "{:>5}  {}  ", context.frame, Clock(context.time))?;
    write!(to, "{}", Pair(&endpoints[0], &endpoints[1]))?;
    let (read, error) = match Packet::decode(payload) {
        Ok(decoded) => (Some(decoded), None),
        Err(error) => (Packet::partial(payload), Some(error)),
    };
    let name = read.as_ref().and_then(|read| read.value.name());
    let name = name.map(|name| Shown(&NameRecord::new(&name, context.page)).to_string());
    write!(to, "  {:<18}  ", name.unwrap_or_default())?;
    match (&read, error) {
        (Some(read), None) => packet(to, &read.value, context.page, full)?,
        _ => write!(to, "unreadable")?,
    }
    if context.missing > 0 {
        write!(to, "  {}", Fault(&ErrorRecord::cut(payload.len(), context)))?;
    } else if let Some(error) = error {
        write!(to, "  {}", Fault(&ErrorRecord::new("nbns", error)))?;
    }
    if context.quoted {
        write!(to, "{QUOTED}")?;
    }
    for note in read.iter().flat_map(|read| read.notes.iter()) {
        if note.class() == Class::Fault {
            write!(to, "  [{}]", note.name())?;
        }
    }
    writeln!(to)
}

fn packet(to: &mut impl Write, packet: &Packet<'_>, page: CodePage, full: bool) -> io::Result<()> {
    let Header { name_trn_id, rcode, .. } = packet.header;
    write!(to, "{}, id {name_trn_id:#06x}", packet.kind())?;
    if rcode != Rcode::OK {
        write!(to, ", {rcode}")?;
    }
    let addresses = packet.entries().map(|entry| entry.to_string());
    let servers = packet.records().filter_map(|record| match record.rdata {
        Rdata::A(address) => Some(format!("at {address}")),
        _ => None,
    });
    let statuses = packet.records().filter_map(|record| match &record.rdata {
        Rdata::NodeStatus(status) => Some(&status.names),
        _ => None,
    });
    let names = statuses.flatten().map(|name| {
        let record = NameRecord::new(&name.name.into(), page);
        format!("{}{}", Shown(&record), if name.is_group() { " (group)" } else { "" })
    });
    let mut all = addresses.chain(servers).chain(names);
    let most = if full { usize::MAX } else { MOST_LISTED };
    for text in all.by_ref().take(most) {
        write!(to, ", {text}")?;
    }
    match all.count() {
        0 => Ok(()),
        more => write!(to, " ... ({more} more)"),
    }
}

/// An address, and the port where it is not the name service's.
struct Endpoint(SocketAddrV4);

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.port() == NBNS { self.0.ip().fmt(f) } else { self.0.fmt(f) }
    }
}

/// What could not be read, and where.
struct Fault<'a>(&'a ErrorRecord<'a>);

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorRecord { layer, kind, offset, field, reason } = self.0;
        match kind {
            Some(kind) => write!(f, "error: {} {field}", Words(kind))?,
            None => write!(f, "error: {layer} {field}")?,
        }
        write!(f, " at octet {offset}: {}", Safe(reason))
    }
}

struct Clock(Option<When>);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => time.clock().fmt(f),
            None => f.write_str("--:--:--.---"),
        }
    }
}

/// `from -> to`, as wide as most are.
pub(super) struct Pair<'a>(pub(super) &'a dyn fmt::Display, pub(super) &'a dyn fmt::Display);

impl fmt::Display for Pair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = format!("{} -> {}", self.0, self.1);
        write!(f, "{pair:<32}")
    }
}

/// `WINBOX<00>`, safely.
pub(super) struct Shown<'a>(pub(super) &'a NameRecord<'a>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<{}>", Safe(&self.0.name), self.0.suffix)?;
        match &self.0.scope {
            Some(scope) => write!(f, ".{}", Safe(scope)),
            None => Ok(()),
        }
    }
}

/// `host announcement`
pub(super) struct Words<'a>(pub(super) &'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('_').enumerate().try_for_each(|(i, word)| {
            let space = if i > 0 { " " } else { "" };
            write!(f, "{space}{word}")
        })
    }
}

/// A message's data: what they mean where that is known, else text in quotes, else hex.
pub(super) struct Payload<'a> {
    pub(super) data: &'a [u8],
    pub(super) known: Option<(&'a wire::Payload<'a>, CodePage)>,
    pub(super) text: Option<&'a str>,
    pub(super) encoding: &'a str,
    /// Whether all of it is shown.
    pub(super) full: bool,
}

impl<'a> Payload<'a> {
    fn of(record: &'a Record<'_>, full: bool) -> Self {
        Self {
            data: record.data.as_ref().map_or(&[], |data| &data.0),
            known: match &record.body {
                Some(BodyRecord::Payload(payload, page)) => Some((payload, *page)),
                _ => None,
            },
            text: record.text.as_deref(),
            encoding: record.encoding.as_deref().unwrap_or_default(),
            full,
        }
    }
}

/// The octets that a mailslot of this machine has on the wire; none where the code page lacks a
/// character of it.
pub(super) fn slot_name(slot: &str, page: CodePage) -> Option<Vec<u8>> {
    let leaf = slot.chars().map(|c| page.encode_char(c));
    PREFIX.iter().map(|&octet| Some(octet)).chain(leaf).collect()
}

/// What the data of a message mean to the mailslot of that [name](slot_name).
pub(super) fn meaning<'a>(
    slot_name: Option<&'a [u8]>,
    data: &'a [u8],
) -> Option<wire::Payload<'a>> {
    let name = SlotName::new(slot_name?).ok()?;
    let payload = wire::Payload::decode(name, data).ok()?.value;
    payload.is_known().then_some(payload)
}

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data, text, encoding, full, .. } = *self;
        let Some((payload, page)) = self.known.filter(|(payload, _)| payload.is_known()) else {
            return Octets { data, text, encoding, full }.fmt(f);
        };
        write!(f, "{}: ", Words(payload.kind()))?;
        let Some((head, octets)) = unread(payload, page) else {
            return Safe(&payload.text(page).to_string()).fmt(f);
        };
        // Of some it is all of the message, whose text is known.
        let own = Encoding::Auto.text(octets, page).filter(|_| octets.len() < data.len());
        let (text, encoding) = match &own {
            Some(own) => (Some(&*own.text), own.encoding),
            None => (text.filter(|_| octets.len() == data.len()), encoding),
        };
        write!(f, "{}{}", Safe(&head), Octets { data: octets, text, encoding, full })
    }
}

/// What a message of a known kind has that nobody knows the meaning of, and what stands before it.
fn unread<'a>(payload: &wire::Payload<'a>, page: CodePage) -> Option<(String, &'a [u8])> {
    match payload {
        wire::Payload::Waitfor(signal) if !signal.octets.is_empty() => {
            Some((format!("{}, ", page.printable(signal.signal)), signal.octets))
        }
        wire::Payload::SamInterrogateResponse(response) => Some((String::new(), response.octets)),
        wire::Payload::Alerter(alert) => match alert.other_info {
            OtherInfo::Unknown(octets) => {
                Some((format!("{} of {}: ", alert.event_name, alert.service_name), octets))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Octets of no known meaning: text in quotes where they are text, else hex.
struct Octets<'a> {
    data: &'a [u8],
    text: Option<&'a str>,
    encoding: &'a str,
    full: bool,
}

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = OctetCount(self.data.len());
        match self.text {
            _ if self.data.is_empty() => f.write_str("(empty)"),
            // What nothing but NULs is has no text to show.
            Some(text) if !text.is_empty() => {
                let end = text.char_indices().nth(MOST_TEXT).filter(|_| !self.full);
                match end.and_then(|(end, _)| text.get(..end)) {
                    Some(head) => write!(f, "\"{}\" ... ({count})", Safe(head))?,
                    None => write!(f, "\"{}\"", Safe(text))?,
                }
                if self.encoding != "utf-8" {
                    write!(f, " ({})", self.encoding)?;
                }
                Ok(())
            }
            _ => {
                let most = if self.full { self.data.len() } else { MOST_HEX };
                write!(f, "hex {} ({count})", Hex { data: self.data, most })
            }
        }
    }
}

struct Joined<'a>(&'a [u64]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, number) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{number}")?;
        }
        Ok(())
    }
}
