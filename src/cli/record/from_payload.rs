//! A UDP payload to its record.

use std::borrow::Cow;
use std::net::SocketAddrV4;
use std::sync::Arc;

use super::{
    BodyRecord, Code, ErrorRecord, NameRecord, Octets, Protocol, Raw, Record, SCHEMA, SmbRecord,
    Transport, nbns, payloads,
};
use crate::capture::Address;
use crate::cli::payload::Encoding;
use crate::cli::when::When;
use crate::wire::datagram::{self, Body, Data, Datagram, Flags, Header};
use crate::wire::netbios::{Form, ScopedName};
use crate::wire::oem::CodePage;
use crate::wire::smb::{self, MailslotWrite, PREFIX, Profile, SlotName};
use crate::wire::{DecodeError, Decoded, Note, Notes, OctetCount, Payload};

/// What a capture says about a datagram, besides its octets.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// Which file it is of, where there are several.
    pub(crate) file: Option<Arc<str>>,
    pub(crate) frame: u64,
    pub(crate) fragments: Vec<u64>,
    pub(crate) time: Option<When>,
    pub(crate) src: SocketAddrV4,
    pub(crate) dst: SocketAddrV4,
    pub(crate) transport: Transport,
    /// Of another transport than UDP.
    pub(crate) hardware: [Option<Address>; 2],
    pub(crate) quoted: bool,
    pub(crate) protocol: Protocol,
    pub(crate) missing: usize,
    pub(crate) page: CodePage,
    pub(crate) encoding: Encoding,
}

/// The record of `payload`, with `raw` where the rest would not give it back.
pub(crate) fn record<'a>(context: &Context, payload: &'a [u8]) -> Record<'a> {
    let mut record = Record {
        schema: SCHEMA,
        file: context.file.as_deref().map(|file| file.to_owned().into()),
        frame: context.frame,
        fragments: context.fragments.clone(),
        time: context.time,
        src: context.src,
        dst: context.dst,
        transport: context.transport,
        quoted: context.quoted,
        protocol: context.protocol,
        missing: context.missing,
        ..Record::default()
    };
    if context.page != CodePage::default() {
        record.code_page = Some(context.page.number());
    }
    match context.protocol {
        Protocol::Nbns => nbns::packet(&mut record, context.page, payload),
        Protocol::Nbdgm => {
            let plain = nbdgm(&mut record, context, payload);
            let same = || payloads(&record).is_ok_and(|built| built == [payload]);
            debug_assert!(!plain || same(), "{record:?}");
            if !plain && !same() {
                record.raw = Some(Raw::Whole(Octets(payload.into())));
            }
            if context.transport != Transport::Udp {
                record.carried(context);
            }
        }
    }
    record
}

/// Fills in what the payload says. Whether that is plain to give the payload back; else it is to be
/// tried.
fn nbdgm<'a>(record: &mut Record<'a>, context: &Context, payload: &'a [u8]) -> bool {
    let Decoded { value, notes } = match Datagram::decode(payload) {
        Ok(decoded) => decoded,
        Err(error) => {
            record.error = Some(ErrorRecord::new("nbdgm", error));
            partial(record, context, &datagram::Partial::decode(payload));
            return false;
        }
    };
    let header = value.header;
    record.header(&header);
    record.note(notes);
    match value.body {
        Body::Data(data) => {
            let usual = Data::whole(data.source_name, data.destination_name, data.user_data);
            record.dgm_length = (data.dgm_length != usual.dgm_length).then_some(data.dgm_length);
            record.packet_offset = (data.packet_offset != 0).then_some(data.packet_offset);
            record.source_name = Some(NameRecord::new(&data.source_name, context.page));
            record.destination_name = Some(NameRecord::new(&data.destination_name, context.page));
            if header.flags.contains(Flags::MORE) {
                record.error = Some(ErrorRecord::incomplete());
                return false;
            }
            let at = payload.len() - data.user_data.len();
            match MailslotWrite::decode_at(payload, at) {
                Ok(decoded) => {
                    write(record, context, payload, &decoded);
                    // Letter by letter, in one code page: nothing is lost on the way.
                    return data.source_name.scope.is_empty()
                        && data.destination_name.scope.is_empty()
                        && !notes.contains(Note::NamePointer)
                        && !notes.contains(Note::LowerCaseName)
                        && !decoded.value.mailslot_name.is_unicode();
                }
                Err(error) => {
                    record.error = Some(ErrorRecord::new("smb", error));
                    if let Some(partial) = smb::Partial::decode_at(payload, at) {
                        cut(record, context, &partial);
                    }
                }
            }
        }
        Body::Fragment(fragment) => {
            record.dgm_length = Some(fragment.dgm_length);
            record.packet_offset = Some(fragment.packet_offset);
            record.error = Some(ErrorRecord::incomplete());
        }
        Body::Error { error_code, trailing } => {
            record.error_code = Some(error_code.0);
            record.trailing = Octets(trailing.into());
        }
        Body::Query { destination_name, trailing } => {
            record.destination_name = Some(NameRecord::new(&destination_name, context.page));
            record.trailing = Octets(trailing.into());
        }
    }
    false
}

/// What can be read of a datagram that is damaged.
fn partial(record: &mut Record<'_>, context: &Context, partial: &datagram::Partial<'_>) {
    if let Some(header) = &partial.header {
        record.header(header);
    }
    record.dgm_length = partial.dgm_length;
    record.packet_offset = partial.packet_offset;
    let source_name = partial.source_name.as_ref();
    record.source_name = source_name.map(|name| NameRecord::new(name, context.page));
    record.note(partial.notes);
}

/// Fills in what can be read of a mailslot write that is damaged.
fn cut<'a>(record: &mut Record<'a>, context: &Context, partial: &smb::Partial<'a>) {
    if let Some(transaction) = partial.transaction {
        record.opcode = Some(Code::Number(1));
        record.priority = Some(transaction.priority);
        record.class = Some(transaction.class);
    }
    record.note(partial.notes);
    let Some(name) = partial.mailslot_name else { return };
    record.slot(name, context.page);
    let Some((_, data)) = partial.data else { return };
    let payload = Payload::partial(name, data);
    if payload.is_known() {
        record.body = Some(BodyRecord::damaged(payload, data, context.page));
    }
}

fn write<'a>(
    record: &mut Record<'a>,
    context: &Context,
    payload: &'a [u8],
    decoded: &Decoded<MailslotWrite<'a>>,
) {
    let write = &decoded.value;
    let data_at = payload.len() - write.trailing.len() - write.data.len();
    let name = write.mailslot_name;
    let profile = Profile::of(write);
    let usual = profile.write(name, write.data);
    record.slot(name, context.page);
    record.opcode = Some(Code::Number(1));
    record.priority = Some(write.transaction.priority);
    record.class = Some(write.transaction.class);
    record.data = Some(Octets(write.data.into()));
    if let Some(text) = context.encoding.text(write.data, context.page) {
        record.text = Some(text.text);
        record.encoding = Some(text.encoding.into());
    }
    record.note(decoded.notes);
    match Payload::decode(name, write.data) {
        Ok(Decoded { value, notes }) => {
            record.body = Some(BodyRecord::Payload(Box::new(value), context.page));
            record.note(notes);
        }
        Err(error) => {
            let payload = Payload::partial(name, write.data);
            let kind = Some(payload.kind().into());
            let error = ErrorRecord::new("body", error.behind(data_at));
            record.error = Some(ErrorRecord { kind, ..error });
            record.body = Some(BodyRecord::damaged(payload, write.data, context.page));
        }
    }
    record.profile = Some(profile.name().into());
    record.smb = SmbRecord::difference(write, &usual);
    if write.padding != usual.padding {
        record.padding = Some(Octets(write.padding.into()));
    }
    record.trailing = Octets(write.trailing.into());
}

/// Both digits of an octet.
fn hex_digits(octet: u8) -> &'static str {
    const DIGITS: [u8; 512] = {
        let mut digits = [0; 512];
        let mut i = 0;
        while i < 256 {
            digits[2 * i] = b"0123456789abcdef"[i >> 4];
            digits[2 * i + 1] = b"0123456789abcdef"[i & 15];
            i += 1;
        }
        digits
    };
    static TABLE: [u8; 512] = DIGITS;
    let at = 2 * usize::from(octet);
    TABLE.get(at..at + 2).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
}

impl NameRecord<'static> {
    pub(crate) fn new(scoped: &ScopedName<'_>, page: CodePage) -> Self {
        let name = &scoped.name;
        let text = page.decode(name.trimmed()).into_owned();
        let padding = &name.as_bytes()[name.trimmed().len()..15];
        let raw = padding.iter().any(|&octet| octet != b' ');
        Self {
            name: text.into(),
            suffix: hex_digits(name.suffix().0).into(),
            scope: (!scoped.scope.is_empty()).then(|| scoped.scope.to_string().into()),
            raw: raw.then(|| Octets(name.as_bytes().to_vec().into())),
            pointer: match scoped.form {
                Form::Literal => None,
                Form::Pointer(to) => Some(to),
            },
        }
    }
}

impl ErrorRecord<'_> {
    pub(crate) fn new(layer: &'static str, error: DecodeError) -> Self {
        Self {
            layer: layer.into(),
            kind: None,
            offset: error.offset,
            field: error.field.into(),
            reason: error.reason.to_string().into(),
        }
    }

    /// Of a datagram that the capture, or the ICMP error, does not have to its end.
    pub(crate) fn cut(captured: usize, context: &Context) -> Self {
        let (layer, field, what) = if context.quoted {
            ("icmp", "quotation", "quoted")
        } else {
            ("capture", "snap_length", "captured")
        };
        Self {
            layer: layer.into(),
            kind: None,
            offset: captured,
            field: field.into(),
            reason: format!("{} not {what}", OctetCount(context.missing)).into(),
        }
    }

    fn incomplete() -> Self {
        Self {
            layer: "nbdgm".into(),
            kind: None,
            offset: 12,
            field: "packet_offset".into(),
            reason: "a fragment whose other parts are not here".into(),
        }
    }
}

impl<'a> Record<'a> {
    fn header(&mut self, header: &Header) {
        self.msg_type = Some(header.msg_type.name().into());
        self.flags = Some(header.flags.bits());
        self.dgm_id = Some(header.dgm_id);
        self.source_ip = Some(header.source_ip);
        self.source_port = Some(header.source_port);
    }

    /// Leaves only what the frame has: the rest is of the form that the datagram has over UDP.
    fn carried(&mut self, context: &Context) {
        let [source, destination] = context.hardware;
        self.src_hw = source.map(|address| address.to_string().into());
        self.dst_hw = destination.map(|address| address.to_string().into());
        (self.flags, self.dgm_id, self.source_ip, self.source_port) = (None, None, None, None);
    }

    fn slot(&mut self, name: SlotName<'a>, page: CodePage) {
        if let (false, Ok(full)) = (name.is_unicode(), std::str::from_utf8(name.as_bytes())) {
            // ASCII is the same in every code page.
            if let (true, Some(leaf)) = (full.is_ascii(), full.get(PREFIX.len()..)) {
                self.mailslot = Some(full.into());
                self.slot = Some(leaf.into());
                return;
            }
        }
        let leaf: String = name.leaf_chars(page).collect();
        // The prefix as it stands, in whatever case; it is ASCII.
        let width = if name.is_unicode() { 2 } else { 1 };
        let prefix = name.as_bytes().len() - name.leaf().len();
        let prefix = name.as_bytes().iter().take(prefix).step_by(width);
        let mut full: String = prefix.map(|&octet| char::from(octet)).collect();
        full.push_str(&leaf);
        self.mailslot = Some(full.into());
        self.slot = Some(leaf.into());
        self.unicode = name.is_unicode();
    }

    pub(super) fn note(&mut self, notes: Notes) {
        self.notes.extend(notes.iter().map(|note| Cow::from(note.name())));
    }
}
