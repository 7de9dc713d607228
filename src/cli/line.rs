//! One datagram as one line of text.

use std::fmt;
use std::io::{self, Write};

use super::payload::{Hex, Safe};
use super::record::{NameRecord, Protocol, Record};
use crate::wire::{Class, Note};

/// Octets of data that a line shows in hex, and characters of text, unless it is to show all.
const MOST_HEX: usize = 16;
const MOST_TEXT: usize = 72;

/// `   7  09:14:02.118  WINBOX<00> -> LINUXBOX<00>  alerts  "backup"`
pub(super) fn write(to: &mut impl Write, record: &Record<'_>, full: bool) -> io::Result<()> {
    write!(to, "{:>5}  {}  ", record.frame, Clock(record))?;
    match (&record.source_name, &record.destination_name) {
        (Some(source), Some(destination)) => {
            write!(to, "{}", Pair(&Shown(source), &Shown(destination)))?;
        }
        _ => write!(to, "{}", Pair(&record.src, &record.dst))?,
    }
    match (record.protocol, &record.msg_type) {
        (Protocol::Nbns, _) => {
            let octets = record.data.as_ref().map_or(0, |data| data.0.len());
            write!(to, "  name service, {octets} octets")?;
        }
        (Protocol::Nbdgm, None) => write!(to, "  unreadable")?,
        (Protocol::Nbdgm, Some(msg_type)) => match &record.slot {
            Some(slot) => {
                write!(to, "  {:<12}  {}", Safe(slot).to_string(), Payload::of(record, full))?;
            }
            None => write!(to, "  {msg_type}")?,
        },
    }
    if let Some(code) = record.error_code {
        write!(to, " {code:#04x}")?;
    }
    if let Some(error) = &record.error {
        write!(to, "  error: {} {} at octet {}: ", error.layer, error.field, error.offset)?;
        write!(to, "{}", Safe(&error.reason))?;
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

struct Clock<'a>(&'a Record<'a>);

impl fmt::Display for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.time {
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

/// A message's data: text in quotes, else hex.
pub(super) struct Payload<'a> {
    pub(super) data: &'a [u8],
    pub(super) text: Option<&'a str>,
    pub(super) encoding: &'a str,
    /// Whether all of it is shown.
    pub(super) full: bool,
}

impl<'a> Payload<'a> {
    fn of(record: &'a Record<'_>, full: bool) -> Self {
        Self {
            data: record.data.as_ref().map_or(&[], |data| &data.0),
            text: record.text.as_deref(),
            encoding: record.encoding.as_deref().unwrap_or_default(),
            full,
        }
    }
}

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text {
            _ if self.data.is_empty() => f.write_str("(empty)"),
            Some(text) => {
                let end = text.char_indices().nth(MOST_TEXT).filter(|_| !self.full);
                match end.and_then(|(end, _)| text.get(..end)) {
                    Some(head) => {
                        write!(f, "\"{}\" ... ({} octets)", Safe(head), self.data.len())?;
                    }
                    None => write!(f, "\"{}\"", Safe(text))?,
                }
                if self.encoding != "utf-8" {
                    write!(f, " ({})", self.encoding)?;
                }
                Ok(())
            }
            None => {
                let most = if self.full { self.data.len() } else { MOST_HEX };
                let hex = Hex { data: self.data, most };
                write!(f, "hex {hex} ({} octets)", self.data.len())
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
