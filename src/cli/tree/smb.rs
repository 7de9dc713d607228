//! A mailslot write as a tree.

use std::io::{self, Write};

use super::{DUMP_LINE, body, dump, field, notes};
use crate::cli::payload::{Hex, Safe};
use crate::cli::record::Context;
use crate::wire::oem::CodePage;
use crate::wire::smb::{Header, MailslotWrite, Partial, Profile, SlotName, Transaction};
use crate::wire::{Decoded, OctetCount};

/// Writes the fields of an SMB that begins at octet `at` of `payload`.
pub(super) fn write(
    to: &mut impl Write,
    context: &Context,
    decoded: &Decoded<MailslotWrite<'_>>,
    payload: &[u8],
    at: usize,
) -> io::Result<()> {
    let Decoded { value: write, notes } = decoded;
    header(to, &write.header, at)?;
    writeln!(to, "  Mailslot write ([MS-MAIL] 2.2.1), profile {}", Profile::of(write))?;
    words(to, &write.transaction, write.data.len(), at)?;
    mailslot_name(to, write.mailslot_name, &write.transaction, context.page, at)?;
    let trailing_at = payload.len() - write.trailing.len();
    let data_at = trailing_at - write.data.len();
    if !write.padding.is_empty() {
        let padding = Hex { data: write.padding, most: DUMP_LINE };
        field(to, data_at - write.padding.len(), "padding", padding)?;
    }
    if !write.trailing.is_empty() {
        field(to, trailing_at, "trailing", Hex { data: write.trailing, most: DUMP_LINE })?;
    }
    self::notes(to, *notes)?;
    if body::write(to, context.page, write, data_at)? {
        return Ok(());
    }
    let count = OctetCount(write.data.len());
    match context.encoding.text(write.data, context.page) {
        Some(text) if !write.data.is_empty() => {
            let (encoding, text) = (text.encoding, text.text);
            writeln!(to, "  Data, {count}, {encoding}: \"{}\"", Safe(&text))?;
        }
        _ => writeln!(to, "  Data, {count}")?,
    }
    dump(to, data_at, write.data)
}

/// Writes the fields that stand before the damage.
pub(super) fn partial(
    to: &mut impl Write,
    context: &Context,
    payload: &[u8],
    at: usize,
) -> io::Result<()> {
    let Some(partial) = Partial::decode_at(payload, at) else { return Ok(()) };
    header(to, &partial.header, at)?;
    if let (Some(transaction), Some(data_count)) = (&partial.transaction, partial.data_count) {
        writeln!(to, "  Mailslot write ([MS-MAIL] 2.2.1)")?;
        words(to, transaction, data_count.into(), at)?;
        if let Some(name) = partial.mailslot_name {
            mailslot_name(to, name, transaction, context.page, at)?;
        }
    }
    notes(to, partial.notes)?;
    match (partial.mailslot_name, partial.data) {
        (Some(name), Some((at, data))) => body::cut(to, context.page, name, data, at),
        _ => Ok(()),
    }
}

fn header(to: &mut impl Write, header: &Header, at: usize) -> io::Result<()> {
    writeln!(to, "  SMB header ([MS-CIFS] 2.2.3.1)")?;
    field(to, at + 4, "command", "0x25 SMB_COM_TRANSACTION")?;
    field(to, at + 5, "status", header.status)?;
    field(to, at + 9, "flags", format_args!("{:#04x}", header.flags))?;
    field(to, at + 10, "flags2", format_args!("{:#06x}", header.flags2.bits()))?;
    field(to, at + 12, "pid_high", header.pid_high)?;
    let features = Hex { data: &header.security_features, most: 8 };
    field(to, at + 14, "security_features", features)?;
    field(to, at + 22, "reserved", header.reserved)?;
    field(to, at + 24, "tid", format_args!("{:#06x}", header.tid))?;
    field(to, at + 26, "pid_low", format_args!("{:#06x}", header.pid_low))?;
    field(to, at + 28, "uid", format_args!("{:#06x}", header.uid))?;
    field(to, at + 30, "mid", format_args!("{:#06x}", header.mid))
}

fn words(
    to: &mut impl Write,
    words: &Transaction<'_>,
    data_count: usize,
    at: usize,
) -> io::Result<()> {
    let setup = words.extra_setup.len();
    field(to, at + 32, "word_count", 17 + setup / 2)?;
    field(to, at + 33, "total_parameter_count", words.total_parameter_count)?;
    field(to, at + 35, "total_data_count", words.total_data_count)?;
    field(to, at + 37, "max_parameter_count", words.max_parameter_count)?;
    field(to, at + 39, "max_data_count", words.max_data_count)?;
    field(to, at + 41, "max_setup_count", words.max_setup_count)?;
    field(to, at + 42, "reserved1", words.reserved1)?;
    field(to, at + 43, "flags", format_args!("{:#06x}", words.flags))?;
    field(to, at + 45, "timeout", format_args!("{} ms", words.timeout))?;
    field(to, at + 49, "reserved2", words.reserved2)?;
    field(to, at + 51, "parameter_count", words.parameter_count)?;
    field(to, at + 53, "parameter_offset", words.parameter_offset)?;
    field(to, at + 55, "data_count", data_count)?;
    field(to, at + 57, "data_offset", words.data_offset)?;
    field(to, at + 59, "setup_count", 3 + setup / 2)?;
    field(to, at + 60, "reserved3", words.reserved3)?;
    field(to, at + 61, "opcode", "1 TRANS_MAILSLOT_WRITE")?;
    field(to, at + 63, "priority", words.priority)?;
    field(to, at + 65, "class", words.class)?;
    if setup > 0 {
        field(to, at + 67, "setup", Hex { data: words.extra_setup, most: setup })?;
    }
    field(to, at + 67 + setup, "byte_count", words.byte_count)
}

fn mailslot_name(
    to: &mut impl Write,
    name: SlotName<'_>,
    words: &Transaction<'_>,
    page: CodePage,
    at: usize,
) -> io::Result<()> {
    let text = name.text(page).to_string();
    field(to, at + 69 + words.extra_setup.len(), "mailslot_name", Safe(&text))
}
