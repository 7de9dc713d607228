//! What a capture says as a whole: its hosts, mailslots and oddities.

mod hosts;
mod limits;
mod netlogon;
mod oddities;
mod span;
mod system;
mod table;
mod text;

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::output::Output;
use crate::cli::record::{BodyRecord, Context, Protocol, Record};
use crate::wire::nbns::Packet;

use hosts::{HostLine, Hosts};
use limits::{MAX_SENDERS, MAX_SLOTS};
use netlogon::{ClientLine, Netlogon};
use oddities::{Oddities, OddityLine};
use span::Span;
use table::Table;

/// Which part is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Report {
    /// Hosts, mailslots, kinds of messages, and what is odd: as --summary
    Summary,
    /// Which machines are on this network, and what they are
    Hosts,
    /// Which clients look for domain controllers by mailslot, for which domains, and who answers
    Netlogon,
}

/// All that is kept of datagrams that are not shown themselves.
pub(super) struct Survey {
    span: Span,
    hosts: Hosts,
    slots: Table<String, Slot>,
    kinds: BTreeMap<String, u64>,
    oddities: Oddities,
    netlogon: Netlogon,
}

struct Slot {
    messages: u64,
    octets: u64,
    senders: Table<String, u64>,
}

impl Default for Slot {
    fn default() -> Self {
        Self { messages: 0, octets: 0, senders: Table::new(MAX_SENDERS) }
    }
}

#[derive(Serialize)]
struct SlotLine {
    slot: String,
    messages: u64,
    octets: u64,
    /// Each with its messages.
    senders: BTreeMap<String, u64>,
}

/// A table that was too small.
#[derive(Serialize)]
struct FullLine {
    table: &'static str,
    limit: usize,
    /// Datagrams that found no room.
    left_out: u64,
}

/// A report, as JSON has it; text says the same.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Summary {
        #[serde(flatten)]
        span: Span,
        hosts: Vec<HostLine>,
        slots: Vec<SlotLine>,
        kinds: BTreeMap<String, u64>,
        oddities: Vec<OddityLine>,
        full: Vec<FullLine>,
    },
    Hosts {
        #[serde(flatten)]
        span: Span,
        hosts: Vec<HostLine>,
        full: Vec<FullLine>,
    },
    Netlogon {
        #[serde(flatten)]
        span: Span,
        clients: Vec<ClientLine>,
        full: Vec<FullLine>,
    },
}

impl Survey {
    pub(super) fn new() -> Self {
        Self {
            span: Span::default(),
            hosts: Hosts::new(),
            slots: Table::new(MAX_SLOTS),
            kinds: BTreeMap::new(),
            oddities: Oddities::new(),
            netlogon: Netlogon::new(),
        }
    }

    /// Whether no datagram was added.
    pub(super) const fn is_empty(&self) -> bool {
        self.span.datagrams == 0
    }

    /// One more datagram, or packet of the name service.
    pub(super) fn add(&mut self, context: &Context, payload: &[u8], record: &Record<'_>) {
        // It was counted where it was sent, if the capture has that.
        if context.quoted {
            return;
        }
        self.span.add(record.time);
        *self.kinds.entry(kind(record)).or_default() += 1;
        match context.protocol {
            Protocol::Nbdgm => {
                self.hosts.datagram(record);
                self.netlogon.datagram(record);
                self.slot(record);
            }
            Protocol::Nbns => {
                if let Ok(packet) = Packet::decode(payload) {
                    let from = *context.src.ip();
                    self.hosts.packet(from, record.time, &packet.value, context.page);
                }
            }
        }
        self.oddities.datagram(record);
    }

    fn slot(&mut self, record: &Record<'_>) {
        let (Some(slot), Some(data)) = (&record.slot, &record.data) else { return };
        // Names of mailslots have no case.
        let Some(slot) = self.slots.entry(slot.to_uppercase()) else { return };
        slot.messages += 1;
        slot.octets += data.0.len() as u64;
        let sender = record.source_name.as_ref().map(|name| name.name.to_string());
        if let Some(messages) = slot.senders.entry(sender.unwrap_or_default()) {
            *messages += 1;
        }
    }

    /// Writes what is asked for.
    pub(super) fn write(self, report: Report, json: bool) -> Result<(), Failure> {
        let line = self.line(report);
        let mut out = Output::new(false);
        if json {
            json::write(&mut out, &line)?;
            writeln!(out)?;
        } else {
            text::write(&mut out, &line)?;
        }
        Ok(out.flush()?)
    }

    fn line(self, report: Report) -> Line {
        let full = self.full();
        let Self { span, hosts, slots, kinds, oddities, netlogon } = self;
        match report {
            Report::Hosts => Line::Hosts { span, hosts: hosts.finish(), full },
            Report::Netlogon => Line::Netlogon { span, clients: netlogon.finish(), full },
            Report::Summary => {
                let oddities = oddities.finish(hosts.mismatches());
                let slots = slots.iter().map(|(name, slot)| SlotLine {
                    slot: name.clone(),
                    messages: slot.messages,
                    octets: slot.octets,
                    senders: slot.senders.iter().map(|(name, n)| (name.clone(), *n)).collect(),
                });
                let slots = slots.collect();
                Line::Summary { span, hosts: hosts.finish(), slots, kinds, oddities, full }
            }
        }
    }

    fn full(&self) -> Vec<FullLine> {
        let senders = self.slots.iter().map(|(_, slot)| slot.senders.refused()).sum();
        let tables = [
            ("hosts", self.hosts.refused()),
            ("slots", (self.slots.refused(), self.slots.most())),
            ("senders", (senders, MAX_SENDERS)),
            ("oddities", self.oddities.refused()),
            ("clients", self.netlogon.refused()),
        ];
        let full = tables.into_iter().filter(|(_, (left_out, _))| *left_out > 0);
        full.map(|(table, (left_out, limit))| FullLine { table, limit, left_out }).collect()
    }
}

/// What it is, in a word: there are not many.
fn kind(record: &Record<'_>) -> String {
    match (&record.body, &record.kind, &record.msg_type) {
        (Some(BodyRecord::Payload(payload, _)), ..) if payload.is_known() => payload.kind().into(),
        (Some(_), ..) if record.error.is_none() => "message".into(),
        (_, Some(kind), _) => kind.to_string(),
        (None, None, Some(msg_type)) if record.error.is_none() => format!("datagram_{msg_type}"),
        _ => "unreadable".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::payload::Encoding;
    use crate::cli::record::{self, Transport};
    use crate::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
    use crate::wire::netbios::{Name, Suffix};
    use crate::wire::oem::CodePage;
    use crate::wire::smb::{Profile, SlotName};

    /// Everyone another sender, to another slot, with another fault.
    #[test]
    fn tables_are_bounded_and_say_so() {
        let mut survey = Survey::new();
        let most = limits::MAX_HOSTS;
        let extra = 10;
        for i in 0..most + extra {
            let name = |text: &str| Name::new(text, Suffix::WORKSTATION).unwrap();
            let slot = format!(r"\MAILSLOT\slot{i}");
            let slot = SlotName::new(slot.as_bytes()).unwrap();
            let smb = Profile::Api.write(slot, b"x").to_vec();
            let number = u32::try_from(i).unwrap() + 0x0a00_0000;
            let header = Header {
                msg_type: MsgType::DIRECT_UNIQUE,
                flags: Flags::empty(),
                dgm_id: 1,
                source_ip: (number + 1).into(),
                source_port: 138,
            };
            let sender = name(&format!("HOST{i}"));
            let data = Data::whole(sender.into(), name("NAS").into(), &smb);
            let payload = Datagram { header, body: Body::Data(data) }.to_vec();
            let context = Context {
                file: None,
                frame: 1,
                fragments: Vec::new(),
                time: None,
                src: std::net::SocketAddrV4::new(number.into(), 138),
                dst: std::net::SocketAddrV4::new(1.into(), 138),
                transport: Transport::Udp,
                hardware: [None; 2],
                quoted: false,
                protocol: Protocol::Nbdgm,
                missing: 0,
                page: CodePage::default(),
                encoding: Encoding::Auto,
            };
            survey.add(&context, &payload, &record::record(&context, &payload));
        }
        let Line::Summary { span, hosts, slots, kinds, oddities, full } =
            survey.line(Report::Summary)
        else {
            panic!("a summary")
        };
        assert_eq!(span.datagrams, (most + extra) as u64);
        assert_eq!((hosts.len(), slots.len()), (most, MAX_SLOTS));
        assert_eq!((kinds.len(), oddities.len()), (1, limits::MAX_ODDITIES));
        let full: Vec<_> = full.iter().map(|full| full.table).collect();
        assert_eq!(full, ["hosts", "slots", "oddities"]);
    }
}
