//! Who still looks for domain controllers by mailslot, and who answers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::limits::{MAX_OF_HOST, MAX_SENDERS, MAX_SLOTS};
use super::span::Span;
use super::table::Table;
use crate::cli::record::{BodyRecord, Record};

/// Domains that are asked for, each with its clients.
pub(super) struct Netlogon {
    clients: Table<(String, String), Client>,
    /// Which domain a client asked for last: an answer does not always say for which it is.
    asked: Table<String, String>,
}

#[derive(Debug, Default)]
struct Client {
    span: Span,
    address: Option<Ipv4Addr>,
    kinds: BTreeMap<&'static str, u64>,
    answers: BTreeMap<String, u64>,
}

/// A client of a domain, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct ClientLine {
    /// With its suffix: `OFFICE<1c>`.
    pub(super) domain: String,
    pub(super) client: String,
    pub(super) address: Option<Ipv4Addr>,
    #[serde(flatten)]
    pub(super) span: Span,
    pub(super) kinds: BTreeMap<&'static str, u64>,
    /// Who answered, and how often.
    pub(super) answers: BTreeMap<String, u64>,
}

/// Where requests go.
const REQUESTS: [&str; 2] = [r"NET\NETLOGON", r"NET\NTLOGON"];

/// What looks for a domain controller, and what cannot be read. To the same slots come messages of
/// controllers to their kin and to workstations.
const QUESTIONS: [&str; 4] = ["logon_request", "primary_query", "sam_logon_request", "raw"];

/// What answers, to whatever slot.
const ANSWERS: [&str; 4] =
    ["logon_response", "logon_response2", "primary_response", "sam_logon_response"];

impl Netlogon {
    pub(super) fn new() -> Self {
        Self { clients: Table::new(MAX_SENDERS), asked: Table::new(MAX_SLOTS) }
    }

    pub(super) fn datagram(&mut self, record: &Record<'_>) {
        let (Some(slot), Some(source), Some(destination)) =
            (&record.slot, &record.source_name, &record.destination_name)
        else {
            return;
        };
        let source_name = source.name.to_uppercase();
        let destination_name = destination.name.to_uppercase();
        let kind = match &record.body {
            Some(BodyRecord::Payload(payload, _)) => payload.kind(),
            _ => return,
        };
        if REQUESTS.iter().any(|name| slot.eq_ignore_ascii_case(name)) {
            if !QUESTIONS.contains(&kind) {
                return;
            }
            let domain = format!("{destination_name}<{}>", destination.suffix);
            if let Some(asked) = self.asked.entry(source_name.clone()) {
                asked.clone_from(&domain);
            }
            if let Some(client) = self.clients.entry((domain, source_name)) {
                client.span.add(record.time);
                client.address = Some(*record.src.ip()).filter(|at| !at.is_unspecified());
                *client.kinds.entry(kind).or_default() += 1;
            }
        } else if let Some(domain) =
            self.asked.get(&destination_name).filter(|_| is_reply(slot) || ANSWERS.contains(&kind))
        {
            if let Some(client) = self.clients.entry((domain.clone(), destination_name)) {
                let room = client.answers.len() < MAX_OF_HOST;
                if room || client.answers.contains_key(&source_name) {
                    *client.answers.entry(source_name).or_default() += 1;
                }
            }
        }
    }

    pub(super) fn finish(&self) -> Vec<ClientLine> {
        let line = |((domain, name), client): (&(String, String), &Client)| ClientLine {
            domain: domain.clone(),
            client: name.clone(),
            address: client.address,
            span: client.span,
            kinds: client.kinds.clone(),
            answers: client.answers.clone(),
        };
        self.clients.iter().map(line).collect()
    }

    pub(super) fn refused(&self) -> (u64, usize) {
        (self.clients.refused() + self.asked.refused(), self.clients.most())
    }
}

/// Where answers usually go: a mailslot that the client made for them.
fn is_reply(slot: &str) -> bool {
    let slot = slot.to_uppercase();
    [r"NET\GETDC", r"TEMP\"].iter().any(|start| slot.starts_with(start))
}
