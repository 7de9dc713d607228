//! A packet of the name service.

use std::fmt::Display;
use std::io::{self, Write};

use super::{dump, field, name, notes};
use crate::cli::line::Shown;
use crate::cli::record::{Context, NameRecord, colons};
use crate::wire::nbns::{
    HEADER_LEN, NameFlags, NbEntry, NmFlags, NodeStatus, Opcode, Packet, Rdata, Record, RrType,
    Statistics,
};
use crate::wire::netbios::ScopedName;
use crate::wire::oem::CodePage;

/// Writes the tree of `payload`; of one that is damaged, as far as it goes.
pub(super) fn packet(to: &mut impl Write, context: &Context, payload: &[u8]) -> io::Result<()> {
    let (read, error) = match Packet::decode(payload) {
        Ok(decoded) => (Some(decoded), None),
        Err(error) => (Packet::partial(payload), Some(error)),
    };
    match (&read, &error) {
        (Some(read), None) => {
            writeln!(to, "  NetBIOS name service ([RFC 1002] 4.2), {}", read.value.kind())?;
        }
        _ => writeln!(to, "  NetBIOS name service ([RFC 1002] 4.2)")?,
    }
    if let Some(read) = read {
        header(to, &read.value, payload)?;
        let end = sections(to, &read.value, context.page, payload)?;
        if error.is_none() && end < payload.len() {
            let trailing = payload.get(end..).unwrap_or_default();
            writeln!(to, "  Octets behind it")?;
            dump(to, end, trailing)?;
        }
        notes(to, read.notes)?;
    }
    match error {
        None => Ok(()),
        Some(error) => {
            writeln!(to, "  error: {error}")?;
            dump(to, 0, payload)
        }
    }
}

fn header(to: &mut impl Write, packet: &Packet<'_>, payload: &[u8]) -> io::Result<()> {
    let header = packet.header;
    let number = |at| match payload.get(at..) {
        Some(&[high, low, ..]) => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    field(to, 0, "name_trn_id", format_args!("{:#06x}", header.name_trn_id))?;
    field(to, 2, "response", u8::from(header.response))?;
    let Opcode(opcode) = header.opcode;
    let name = header.opcode.name().unwrap_or("unknown");
    field(to, 2, "opcode", format_args!("{opcode} {name}"))?;
    let bits = header.nm_flags.bits();
    field(to, 2, "nm_flags", format_args!("{bits:#06x}  {}", nm_flags(header.nm_flags)))?;
    field(to, 3, "rcode", format_args!("{} {}", header.rcode.0, header.rcode))?;
    for (at, name) in [(4, "qdcount"), (6, "ancount"), (8, "nscount"), (10, "arcount")] {
        field(to, at, name, number(at))?;
    }
    Ok(())
}

fn nm_flags(flags: NmFlags) -> String {
    let words = [
        (NmFlags::AUTHORITATIVE, "AA"),
        (NmFlags::TRUNCATED, "TC"),
        (NmFlags::RECURSION_DESIRED, "RD"),
        (NmFlags::RECURSION_AVAILABLE, "RA"),
        (NmFlags::BROADCAST, "B"),
    ];
    let set = words.iter().filter(|(flag, _)| flags.contains(*flag));
    set.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

/// Questions and records; where they end.
fn sections(
    to: &mut impl Write,
    packet: &Packet<'_>,
    page: CodePage,
    payload: &[u8],
) -> io::Result<usize> {
    let mut at = HEADER_LEN;
    for question in &packet.questions {
        writeln!(to, "  Question")?;
        name(to, at, "question_name", &question.name, page)?;
        at += ScopedName::len_at(payload, at);
        field(to, at, "question_type", Type(question.question_type))?;
        field(to, at + 2, "question_class", question.question_class)?;
        at += 4;
    }
    for (title, records) in [
        ("Answer", &packet.answers[..]),
        ("Authority", &packet.authority),
        ("Additional", &packet.additional),
        ("Uncounted record", packet.uncounted.as_slice()),
    ] {
        for each in records {
            writeln!(to, "  {title}")?;
            at = record(to, each, page, payload, at)?;
        }
    }
    Ok(at)
}

/// One record; where it ends.
fn record(
    to: &mut impl Write,
    record: &Record<'_>,
    page: CodePage,
    payload: &[u8],
    mut at: usize,
) -> io::Result<usize> {
    match &record.name {
        Some(rr_name) => name(to, at, "rr_name", rr_name, page)?,
        None => field(to, at, "rr_name", "(root)")?,
    }
    at += ScopedName::len_at(payload, at);
    field(to, at, "rr_type", Type(record.rr_type))?;
    field(to, at + 2, "rr_class", record.rr_class)?;
    field(to, at + 4, "ttl", format_args!("{} s", record.ttl))?;
    field(to, at + 8, "rdlength", record.rdlength)?;
    at += 10;
    match &record.rdata {
        Rdata::Nb(entries) => {
            for (i, entry) in entries.iter().enumerate() {
                let at = at + 6 * i;
                let flags = format_args!("{:#06x} {}", entry.nb_flags.bits(), owner(*entry));
                field(to, at, "nb_flags", flags)?;
                field(to, at + 2, "nb_address", entry.nb_address)?;
            }
        }
        Rdata::NodeStatus(status) => node_status(to, status, page, at)?,
        Rdata::A(address) => field(to, at, "nsd_ip_addr", address)?,
        Rdata::Ns(server) => name(to, at, "nsd_name", server, page)?,
        Rdata::Wack(word) => field(to, at, "request", format_args!("{word:#06x}"))?,
        Rdata::Opaque(octets) => dump(to, at, octets)?,
    }
    Ok((at + usize::from(record.rdlength)).min(payload.len()))
}

fn owner(entry: NbEntry) -> String {
    let kind = if entry.is_group() { "group" } else { "unique" };
    format!("{kind}, {} node", entry.nb_flags.node_type())
}

fn node_status(
    to: &mut impl Write,
    status: &NodeStatus<'_>,
    page: CodePage,
    mut at: usize,
) -> io::Result<()> {
    field(to, at, "num_names", status.num_names)?;
    at += 1;
    for each in &status.names {
        let shown = NameRecord::new(&each.name.into(), page);
        let (flags, bits) = (name_flags(each.name_flags), each.name_flags.bits());
        field(
            to,
            at,
            "node_name",
            format_args!("{:<20}  {bits:#06x} {flags}", Shown(&shown).to_string()),
        )?;
        at += 18;
    }
    let Some(unit_id) = status.unit_id() else {
        return dump(to, at, &status.statistics);
    };
    field(to, at, "unit_id", colons(&unit_id))?;
    match status.statistics() {
        None => dump(to, at + unit_id.len(), status.statistics.get(6..).unwrap_or_default()),
        Some(statistics) => {
            for &(name, offset, _) in &Statistics::FIELDS[1..] {
                let value = statistics.get(name).unwrap_or_default();
                field(to, at + offset, name, format_args!(" {value}"))?;
            }
            match status.statistics.get(Statistics::LEN..) {
                Some(more) => dump(to, at + Statistics::LEN, more),
                None => Ok(()),
            }
        }
    }
}

fn name_flags(flags: NameFlags) -> String {
    let mut words = vec![
        if flags.contains(NameFlags::GROUP) { "group" } else { "unique" }.to_owned(),
        format!("{} node", flags.node_type()),
    ];
    for (flag, word) in [
        (NameFlags::DEREGISTER, "deregistering"),
        (NameFlags::CONFLICT, "in conflict"),
        (NameFlags::ACTIVE, "active"),
        (NameFlags::PERMANENT, "permanent"),
    ] {
        if flags.contains(flag) {
            words.push(word.to_owned());
        }
    }
    words.join(", ")
}

/// `0x0020 nb`.
struct Type(RrType);

impl Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let RrType(number) = self.0;
        write!(f, "{number:#06x} {}", self.0.name().unwrap_or_default())
    }
}
