//! What is not as it should be, by what it is and who sends it.

use serde::Serialize;

use super::limits::MAX_ODDITIES;
use super::table::Table;
use crate::cli::decode::filter::faults;
use crate::cli::record::{ErrorRecord, Record};

pub(super) struct Oddities(Table<Key, Odd>);

/// Of which kind it is, what it is, and who sends it.
type Key = (&'static str, String, String);

#[derive(Debug, Default)]
struct Odd {
    datagrams: u64,
    frame: u64,
}

/// An oddity, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct OddityLine {
    /// `error`, `fault`, `source_ip`, `several_names`, `several_addresses`.
    pub(super) kind: &'static str,
    pub(super) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) datagrams: Option<u64>,
    /// The first one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frame: Option<u64>,
}

impl Oddities {
    pub(super) fn new() -> Self {
        Self(Table::new(MAX_ODDITIES))
    }

    pub(super) fn datagram(&mut self, record: &Record<'_>) {
        if let Some(ErrorRecord { layer, field, reason, .. }) = &record.error {
            self.add(record, "error", format!("{layer} {field}: {reason}"));
        }
        for note in faults(record) {
            self.add(record, "fault", format!("{}: {}", note.name(), note.meaning()));
        }
        let said = record.source_ip.filter(|said| said != record.src.ip());
        if let Some(said) = said.filter(|_| !record.src.ip().is_unspecified()) {
            let what = format!("SOURCE_IP {said} is not the sender {}", record.src.ip());
            self.add(record, "source_ip", what);
        }
    }

    fn add(&mut self, record: &Record<'_>, kind: &'static str, what: String) {
        let from = match &record.source_name {
            Some(name) => format!("{}<{}>", name.name, name.suffix),
            None => record.src.to_string(),
        };
        if let Some(odd) = self.0.entry((kind, what, from)) {
            if odd.datagrams == 0 {
                odd.frame = record.frame;
            }
            odd.datagrams += 1;
        }
    }

    pub(super) fn finish(&self, mismatches: Vec<(&'static str, String)>) -> Vec<OddityLine> {
        let counted = self.0.iter().map(|((kind, what, from), odd)| OddityLine {
            kind,
            what: what.clone(),
            from: Some(from.clone()),
            datagrams: Some(odd.datagrams),
            frame: Some(odd.frame),
        });
        let mismatches = mismatches.into_iter().map(|(kind, what)| OddityLine {
            kind,
            what,
            from: None,
            datagrams: None,
            frame: None,
        });
        counted.chain(mismatches).collect()
    }

    pub(super) fn refused(&self) -> (u64, usize) {
        (self.0.refused(), self.0.most())
    }
}
