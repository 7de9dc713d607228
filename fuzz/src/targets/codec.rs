//! Octets to values and back.

use mailslot::capture::{Dissector, Packet, Reader};
use mailslot::slot::{LocalName, Target};
use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::nbns::{self, Rdata};
use mailslot::wire::netbios::{Form, Name, ScopeBuf, ScopedName, Suffix};
use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::MailslotWrite;
use mailslot::wire::{Decoded, Note};

/// Names: encoded ones inside a DATAGRAM QUERY, and text that is to become one.
pub fn names(data: &[u8]) {
    let packet = [&[0x14, 2, 0, 1, 10, 0, 0, 1, 0, 138], data].concat();
    if let Ok(Decoded { value, notes }) = Datagram::decode(&packet) {
        let Body::Query { destination_name, .. } = value.body else { panic!("a query") };
        let ScopedName { name, scope, form } = destination_name;
        assert!(name.matches(&name.folded()));
        assert_eq!(name.folded().folded(), name.folded());
        assert!(scope.matches(scope));
        let copy = ScopeBuf::from_scope(scope);
        assert_eq!(copy.as_scope(), scope);
        let printed = ScopeBuf::new(&scope.to_string()).expect("a printed scope can be read");
        assert_eq!(printed.as_scope(), scope);
        let _ = (destination_name.to_string(), notes.to_string());
        if form == Form::Literal && notes.is_empty() {
            assert_eq!(value.to_vec(), packet);
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        for &page in CodePage::ALL {
            if let Ok(name) = Name::in_page(text, Suffix(0x20), page) {
                assert_eq!(name.suffix(), Suffix(0x20));
                assert!(text.chars().count() <= Name::MAX_TEXT);
            }
        }
    }
}

/// Datagrams: what decodes prints, encodes in as many octets as it says, and is stable after that.
pub fn datagram(data: &[u8]) {
    match Datagram::decode(data) {
        Err(error) => assert!(error.offset <= data.len(), "{error}"),
        Ok(Decoded { value, notes }) => {
            let _ = value.to_string();
            let again = value.to_vec();
            assert_eq!(again.len(), value.encoded_len());
            if notes.is_empty() {
                assert_eq!(again, data, "canonical octets come back");
            }
            let decoded = Datagram::decode(&again).expect("what was read can be read again");
            assert_eq!(decoded.value.to_vec(), again);
            if let Body::Data(inner) = value.body {
                let at = data.len() - inner.user_data.len();
                if let Err(error) = MailslotWrite::decode_at(data, at) {
                    assert!((at..=data.len()).contains(&error.offset), "{error}");
                }
                for size in [1, 100, 576] {
                    let parts = value.fragments(size);
                    let octets: usize = parts.iter().map(|part| part.encoded_len() - 14).sum();
                    assert_eq!(octets, value.encoded_len() - 14);
                }
            }
        }
    }
}

/// Packets of the name service, in the same way; and what a packet holds was all in its octets.
pub fn nbns(data: &[u8]) {
    match nbns::Packet::decode(data) {
        Err(error) => {
            assert!(error.offset <= data.len(), "{error}");
            let partial = nbns::Packet::partial(data);
            assert_eq!(partial.is_some(), data.len() >= nbns::HEADER_LEN);
            let _ = partial.map(|partial| partial.value.to_string());
        }
        Ok(Decoded { value, notes }) => {
            let _ = (value.to_string(), value.kind().name(), notes.to_string());
            assert!(value.questions.len() * 6 + value.records().count() * 11 <= data.len());
            assert!(value.entries().count() * 6 <= data.len());
            for record in value.records() {
                if let Rdata::NodeStatus(status) = &record.rdata {
                    assert!(status.names.len() <= usize::from(status.num_names));
                    let statistics = status.statistics();
                    assert!(statistics.is_none() || status.unit_id().is_some());
                }
            }
            let again = value.to_vec();
            assert_eq!(again.len(), value.encoded_len());
            // A scope that is pointed to is spelled out, and what stands behind it moves.
            if !notes.contains(Note::NamePointer) {
                if !notes.contains(Note::LowerCaseName) {
                    assert_eq!(again, data, "every octet is kept");
                }
                let decoded =
                    nbns::Packet::decode(&again).expect("what was read can be read again");
                assert_eq!(decoded.value, value);
            }
        }
    }
}

/// Mailslot writes, in the same way.
pub fn mailslot_write(data: &[u8]) {
    match MailslotWrite::decode(data) {
        Err(error) => assert!(error.offset <= data.len(), "{error}"),
        Ok(Decoded { value, .. }) => {
            let _ = value.to_string();
            let again = value.to_vec();
            assert_eq!(again.len(), value.encoded_len());
            // The octet that aligns a Unicode name is the only one that is not kept.
            if !value.mailslot_name.is_unicode() {
                assert_eq!(again, data, "every octet is kept");
            }
            let decoded = MailslotWrite::decode(&again).expect("what was read can be read again");
            assert_eq!(decoded.value.to_vec(), again);
        }
    }
}

/// Capture files: read as far as they go.
pub fn capture(data: &[u8]) {
    let Ok(mut reader) = Reader::new(data) else { return };
    let mut dissector = Dissector::new();
    let mut frames = 0;
    loop {
        match reader.next() {
            Ok(Some(frame)) => {
                frames += 1;
                assert_eq!(frame.number, frames);
                assert!(frame.data.len() <= data.len());
                match dissector.udp(&frame) {
                    Packet::Udp(udp) | Packet::Quoted(udp) => {
                        assert!(udp.payload.len() + udp.missing <= 65_535);
                    }
                    Packet::NetBios(netbios) => {
                        assert!(netbios.payload.len() + netbios.missing <= 65_535);
                    }
                    _ => {}
                }
            }
            Ok(None) => break,
            Err(error) => {
                assert!(error.offset() <= data.len() as u64, "{error}");
                break;
            }
        }
    }
    assert!(reader.bytes_read() <= data.len() as u64);
}

/// Paths of mailslots, as programs and as frames write them.
pub fn paths(data: &[u8]) {
    for page in [CodePage::Cp437, CodePage::Cp850, CodePage::Cp866] {
        let _ = LocalName::from_wire(data, page);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = LocalName::parse(text);
    if let Ok(target) = Target::parse(text) {
        let again = Target::parse(&target.to_string());
        assert_eq!(again.as_ref(), Ok(&target), "a printed path can be read: {target}");
    }
}
