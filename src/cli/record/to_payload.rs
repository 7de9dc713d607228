//! A record to UDP payloads: one, or one for each fragment.

use std::borrow::Cow;

use super::{BodyRecord, NameRecord, Octets, Protocol, Raw, Record, body};
use crate::cli::payload::Encoding;
use crate::wire::OctetCount;
use crate::wire::datagram::{Body, Data, Datagram, ErrorCode, Flags, Fragment, Header, MsgType};
use crate::wire::netbios::{Form, Name, ScopeBuf, ScopedName};
use crate::wire::oem::CodePage;
use crate::wire::smb::{Profile, SlotName};

/// The UDP payloads that the record stands for; `raw` is taken where it is, and `data` before
/// `body`, and that before `text`. Other fields that are left out get their usual values.
pub(crate) fn payloads(record: &Record<'_>) -> Result<Vec<Vec<u8>>, String> {
    match &record.raw {
        Some(Raw::Whole(octets)) => return Ok(vec![octets.0.to_vec()]),
        Some(Raw::Fragments(parts)) => {
            return Ok(parts.iter().map(|octets| octets.0.to_vec()).collect());
        }
        None => {}
    }
    match record.protocol {
        Protocol::Nbns => Ok(vec![data(record)?.to_vec()]),
        Protocol::Nbdgm => datagram(record).map(|payload| vec![payload]),
    }
}

fn datagram(record: &Record<'_>) -> Result<Vec<u8>, String> {
    let names = [
        ("trn_id", record.trn_id.is_some()),
        ("response", record.response.is_some()),
        ("rcode", record.rcode.is_some()),
        ("nm_flags", record.nm_flags.is_some()),
        ("kind", record.kind.is_some()),
        ("questions", record.questions.is_some()),
        ("answers", record.answers.is_some()),
        ("authority", record.authority.is_some()),
        ("additional", record.additional.is_some()),
        ("uncounted", record.uncounted.is_some()),
    ];
    if let Some((field, _)) = names.iter().find(|(_, given)| *given) {
        return Err(format!("{field}: of the name service, but protocol is nbdgm"));
    }
    let page = match record.code_page {
        None => CodePage::default(),
        Some(number) => CodePage::from_number(number)
            .ok_or_else(|| format!("code_page: {number} is unknown"))?,
    };
    let msg_type = match &record.msg_type {
        None => MsgType::DIRECT_UNIQUE,
        Some(name) => {
            MsgType::from_name(name).ok_or_else(|| format!("type: {name:?} is no datagram type"))?
        }
    };
    let profile = match &record.profile {
        None => None,
        Some(name) => {
            Some(Profile::from_name(name).ok_or_else(|| format!("profile: {name:?} is unknown"))?)
        }
    };
    let flags = record.flags.map_or(Flags::FIRST, Flags::from_bits_retain);
    let header = Header {
        msg_type,
        flags,
        dgm_id: record.dgm_id.unwrap_or_default(),
        source_ip: record.source_ip.unwrap_or_else(|| *record.src.ip()),
        source_port: record.source_port.unwrap_or(138),
    };
    let trailing = &record.trailing.0;
    let encode = |body| Datagram { header, body }.to_vec();
    match msg_type {
        MsgType::ERROR => {
            let code = record.error_code.ok_or("error_code: missing")?;
            Ok(encode(Body::Error { error_code: ErrorCode(code), trailing }))
        }
        MsgType::QUERY | MsgType::POSITIVE_QUERY_RESPONSE | MsgType::NEGATIVE_QUERY_RESPONSE => {
            let name = OwnedName::new("destination_name", record.destination_name.as_ref(), page)?;
            Ok(encode(Body::Query { destination_name: name.scoped(), trailing }))
        }
        _ if record.source_name.is_none() && record.packet_offset.is_some() => {
            Ok(encode(Body::Fragment(Fragment {
                dgm_length: record.dgm_length.unwrap_or_default(),
                packet_offset: record.packet_offset.unwrap_or_default(),
                data: data(record)?,
            })))
        }
        _ => {
            let source = OwnedName::new("source_name", record.source_name.as_ref(), page)?;
            let destination =
                OwnedName::new("destination_name", record.destination_name.as_ref(), page)?;
            let smb = smb(record, profile, page)?;
            let mut data = Data::whole(source.scoped(), destination.scoped(), &smb);
            data.dgm_length = record.dgm_length.unwrap_or(data.dgm_length);
            data.packet_offset = record.packet_offset.unwrap_or_default();
            Ok(encode(Body::Data(data)))
        }
    }
}

fn smb(record: &Record<'_>, profile: Option<Profile>, page: CodePage) -> Result<Vec<u8>, String> {
    let name = match (&record.mailslot, &record.slot) {
        (Some(mailslot), _) => mailslot.to_string(),
        (None, Some(slot)) => format!(r"\MAILSLOT\{slot}"),
        (None, None) => return Err("mailslot: missing".into()),
    };
    let octets = if record.unicode {
        name.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else {
        oem("mailslot", &name, page)?
    };
    let name = if record.unicode { SlotName::utf16(&octets) } else { SlotName::new(&octets) };
    let name = name.map_err(|reason| format!("mailslot: {reason}"))?;
    let profile = profile.unwrap_or_else(|| Profile::for_slot(name));
    let data = message(record, name, page)?;
    let mut write = profile.write(name, &data);
    if let Some(padding) = &record.padding {
        write.padding = &padding.0;
    }
    write.trailing = &record.trailing.0;
    record.smb.apply(&mut write);
    write.transaction.priority = record.priority.unwrap_or(write.transaction.priority);
    write.transaction.class = record.class.unwrap_or(write.transaction.class);
    Ok(write.to_vec())
}

fn data<'r>(record: &'r Record<'_>) -> Result<&'r [u8], String> {
    record.data.as_ref().map(|Octets(octets)| &**octets).ok_or_else(|| "data: missing".into())
}

/// What is written to the mailslot: `data`, else what `body` says, else `text`.
fn message<'r>(
    record: &'r Record<'_>,
    slot: SlotName<'_>,
    page: CodePage,
) -> Result<Cow<'r, [u8]>, String> {
    match (&record.data, &record.body, &record.text) {
        (None, Some(BodyRecord::Fields(fields)), words)
            if words.is_none() || !body::is_raw(fields) =>
        {
            body::octets(fields, slot, page).map(Cow::Owned)
        }
        (None, _, Some(words)) => text(words, record.encoding.as_deref(), page).map(Cow::Owned),
        _ => data(record).map(Cow::Borrowed),
    }
}

/// The octets of a text, in the encoding of that name.
fn text(text: &str, encoding: Option<&str>, page: CodePage) -> Result<Vec<u8>, String> {
    let encoding = match encoding {
        None => Encoding::default(),
        Some(name) => {
            Encoding::named(name).ok_or_else(|| format!("encoding: {name:?} is unknown"))?
        }
    };
    let missing = |c| format!("text: {c:?} is not in code page {}", page.number());
    encoding.encode(text, page).map_err(missing)
}

pub(super) fn oem(field: &str, text: &str, page: CodePage) -> Result<Vec<u8>, String> {
    let octet = |c| {
        let missing = || format!("{field}: {c:?} is not in code page {}", page.number());
        page.encode_char(c).ok_or_else(missing)
    };
    text.chars().map(octet).collect()
}

/// A name with a scope of its own.
struct OwnedName {
    name: Name,
    scope: ScopeBuf,
    form: Form,
}

impl OwnedName {
    fn new(field: &str, record: Option<&NameRecord<'_>>, page: CodePage) -> Result<Self, String> {
        let record = record.ok_or_else(|| format!("{field}: missing"))?;
        let mut octets = [b' '; 16];
        if let Some(Octets(raw)) = &record.raw {
            let raw: &[u8; 16] = raw
                .first_chunk()
                .ok_or_else(|| format!("{field}.raw: {}, not 16", OctetCount(raw.len())))?;
            octets = *raw;
        } else {
            let text = oem(field, &record.name, page)?;
            let room = octets[..Name::MAX_TEXT].get_mut(..text.len());
            let too_long = || format!("{field}: {} characters, at most 15", text.len());
            room.ok_or_else(too_long)?.copy_from_slice(&text);
            let suffix = u8::from_str_radix(&record.suffix, 16);
            octets[15] = suffix.map_err(|_| format!("{field}.suffix: not two hex digits"))?;
        }
        let scope = ScopeBuf::new(record.scope.as_deref().unwrap_or_default());
        Ok(Self {
            name: Name::from_bytes(octets),
            scope: scope.map_err(|error| format!("{field}.scope: {error}"))?,
            form: record.pointer.map_or(Form::Literal, Form::Pointer),
        })
    }

    fn scoped(&self) -> ScopedName<'_> {
        ScopedName { name: self.name, scope: self.scope.as_scope(), form: self.form }
    }
}
