//! One datagram, or packet of the name service, as a tree of its fields, with their offsets in the UDP payload.

mod body;
mod nbns;
mod smb;

use std::fmt::{self, Display};
use std::io::{self, Write};

use crate::capture::Address;
use crate::cli::line::Shown;
use crate::cli::payload::Hex;
use crate::cli::record::{Context, NameRecord, Protocol, Transport};
use crate::wire::datagram::{Body, Data, Datagram, Flags, Header, Partial};
use crate::wire::netbios::{Form, ScopedName};
use crate::wire::oem::CodePage;
use crate::wire::smb::MailslotWrite;
use crate::wire::{Class, Decoded, Notes, OctetCount};

/// Octets a line of a hex dump.
const DUMP_LINE: usize = 16;

/// Writes the tree of `payload`.
pub(super) fn write(to: &mut impl Write, context: &Context, payload: &[u8]) -> io::Result<()> {
    write!(to, "Frame {}", context.frame)?;
    if !context.fragments.is_empty() {
        let frames: Vec<_> = context.fragments.iter().map(ToString::to_string).collect();
        write!(to, " (fragments in frames {})", frames.join(", "))?;
    }
    if let Some(time) = context.time {
        write!(to, ", {time}")?;
    }
    match context.hardware {
        [None, None] => write!(to, ", {} -> {}", context.src, context.dst)?,
        ends => write!(to, ", {} -> {}", Hardware(ends[0]), Hardware(ends[1]))?,
    }
    match context.transport {
        Transport::Udp => writeln!(to, ", {}", OctetCount(payload.len()))?,
        Transport::Ipx => writeln!(to, ", IPX, offsets as over UDP")?,
        Transport::NetBeui => writeln!(to, ", NetBEUI, offsets as over UDP")?,
    }
    match (context.missing, context.quoted) {
        (0, false) => {}
        (0, true) => writeln!(to, "  quoted by an ICMP error")?,
        (missing, true) => {
            writeln!(to, "  quoted by an ICMP error, without {}", OctetCount(missing))?;
        }
        (missing, false) => {
            writeln!(to, "  cut by the snap length: {} not captured", OctetCount(missing))?;
        }
    }
    match context.protocol {
        Protocol::Nbns => nbns::packet(to, context, payload)?,
        Protocol::Nbdgm => datagram(to, context, payload)?,
    }
    writeln!(to)
}

/// An address below IP's, if the link layer has it.
struct Hardware(Option<Address>);

impl Display for Hardware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("?"),
        }
    }
}

fn field(to: &mut impl Write, offset: usize, name: &str, value: impl Display) -> io::Result<()> {
    let line = format!("    {offset:>4}  {name:<23} {value}");
    writeln!(to, "{}", line.trim_end())
}

fn datagram(to: &mut impl Write, context: &Context, payload: &[u8]) -> io::Result<()> {
    let Decoded { value, notes } = match Datagram::decode(payload) {
        Ok(decoded) => decoded,
        Err(error) => {
            partial(to, context, payload)?;
            writeln!(to, "  NetBIOS datagram: error: {error}")?;
            return dump(to, 0, payload);
        }
    };
    let header = value.header;
    let over_udp = context.transport == Transport::Udp;
    if over_udp {
        self::header(to, &header)?;
    } else {
        // Only this of the datagram's header is in the frame, in other words.
        writeln!(to, "  NetBIOS datagram, {}", header.msg_type)?;
    }
    match value.body {
        Body::Data(data) => {
            if over_udp {
                field(to, 10, "dgm_length", data.dgm_length)?;
                field(to, 12, "packet_offset", data.packet_offset)?;
            }
            names(to, &data, context.page)?;
            self::notes(to, notes)?;
            let at = payload.len() - data.user_data.len();
            if header.flags.contains(Flags::MORE) {
                writeln!(to, "  First part of a datagram whose other parts are not here")?;
                return dump(to, at, data.user_data);
            }
            match MailslotWrite::decode_at(payload, at) {
                Ok(decoded) => smb::write(to, context, &decoded, payload, at),
                Err(error) => {
                    smb::partial(to, context, payload, at)?;
                    writeln!(to, "  User data: error: {error}")?;
                    dump(to, at, data.user_data)
                }
            }
        }
        Body::Fragment(fragment) => {
            field(to, 10, "dgm_length", fragment.dgm_length)?;
            field(to, 12, "packet_offset", fragment.packet_offset)?;
            self::notes(to, notes)?;
            writeln!(to, "  Part of a datagram whose other parts are not here")?;
            dump(to, payload.len() - fragment.data.len(), fragment.data)
        }
        Body::Error { error_code, trailing } => {
            field(to, 10, "error_code", format_args!("{:#04x} {error_code}", error_code.0))?;
            self::notes(to, notes)?;
            dump(to, payload.len() - trailing.len(), trailing)
        }
        Body::Query { destination_name, trailing } => {
            name(to, 10, "destination_name", &destination_name, context.page)?;
            self::notes(to, notes)?;
            dump(to, payload.len() - trailing.len(), trailing)
        }
    }
}

/// What stands before the damage.
fn partial(to: &mut impl Write, context: &Context, payload: &[u8]) -> io::Result<()> {
    let partial = Partial::decode(payload);
    let Some(header) = partial.header.filter(|_| context.transport == Transport::Udp) else {
        return Ok(());
    };
    self::header(to, &header)?;
    if let Some(dgm_length) = partial.dgm_length {
        field(to, 10, "dgm_length", dgm_length)?;
    }
    if let Some(packet_offset) = partial.packet_offset {
        field(to, 12, "packet_offset", packet_offset)?;
    }
    if let Some(source_name) = partial.source_name {
        name(to, 14, "source_name", &source_name, context.page)?;
    }
    notes(to, partial.notes)
}

fn header(to: &mut impl Write, header: &Header) -> io::Result<()> {
    let Header { msg_type, flags, dgm_id, source_ip, source_port } = header;
    writeln!(to, "  NetBIOS datagram ([RFC 1002] 4.4)")?;
    field(to, 0, "msg_type", format_args!("{:#04x} {msg_type}", msg_type.octet()))?;
    field(to, 1, "flags", format_args!("{:#04x} {}", flags.bits(), self::flags(*flags)))?;
    field(to, 2, "dgm_id", format_args!("{dgm_id:#06x}"))?;
    field(to, 4, "source_ip", source_ip)?;
    field(to, 8, "source_port", source_port)
}

fn flags(flags: Flags) -> String {
    let node_type = format!("{} node", flags.node_type());
    let mut words = Vec::new();
    if flags.contains(Flags::FIRST) {
        words.push("FIRST");
    }
    if flags.contains(Flags::MORE) {
        words.push("MORE");
    }
    words.push(&node_type);
    words.join(", ")
}

fn names(to: &mut impl Write, data: &Data<'_>, page: CodePage) -> io::Result<()> {
    let source_at = 14;
    name(to, source_at, "source_name", &data.source_name, page)?;
    let destination_at = source_at + data.source_name.encoded_len();
    name(to, destination_at, "destination_name", &data.destination_name, page)
}

fn name(
    to: &mut impl Write,
    at: usize,
    label: &str,
    name: &ScopedName<'_>,
    page: CodePage,
) -> io::Result<()> {
    let meanings: Vec<_> = name.name.suffix().meanings().map(|meaning| meaning.text).collect();
    let meanings = if meanings.is_empty() { String::new() } else { meanings.join(" / ") };
    let pointer = match name.form {
        Form::Literal => String::new(),
        Form::Pointer(target) => format!(" (pointer to {target})"),
    };
    let record = NameRecord::new(name, page);
    field(to, at, label, format_args!("{}{pointer}  {meanings}", Shown(&record)))
}

fn notes(to: &mut impl Write, notes: Notes) -> io::Result<()> {
    for note in notes.iter() {
        let class = match note.class() {
            Class::Habit => "habit",
            Class::Fault => "fault",
        };
        writeln!(to, "          note: {} ({class}): {}", note.name(), note.meaning())?;
    }
    Ok(())
}

fn dump(to: &mut impl Write, at: usize, octets: &[u8]) -> io::Result<()> {
    for (i, line) in octets.chunks(DUMP_LINE).enumerate() {
        let hex = Hex { data: line, most: DUMP_LINE }.to_string();
        let ascii: String = line
            .iter()
            .map(|&octet| if (0x20..0x7f).contains(&octet) { char::from(octet) } else { '.' })
            .collect();
        writeln!(to, "    {:>4}  {hex:<47}  {ascii}", at + i * DUMP_LINE)?;
    }
    Ok(())
}
