//! One helper for the laws of all structures, and values made at random.

use std::fmt::Display;
use std::net::Ipv4Addr;

use mailslot::wire::datagram::{Body, Data, Datagram, ErrorCode, Flags, Fragment, Header, MsgType};
use mailslot::wire::nbns::Packet;
use mailslot::wire::netbios::{Form, Name, ScopeBuf, ScopedName};
use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::{self, MailslotWrite, Profile, SlotName};
use mailslot::wire::{DecodeError, Decoded};
use proptest::prelude::*;

/// What every structure can do.
pub(super) trait Wire<'a>: Sized + PartialEq + std::fmt::Debug + Display {
    fn decode(octets: &'a [u8]) -> Result<Decoded<Self>, DecodeError>;
    fn to_vec(&self) -> Vec<u8>;
    fn encoded_len(&self) -> usize;
    /// Whether the octets tell where they end.
    fn has_length(&self) -> bool;
}

impl<'a> Wire<'a> for Datagram<'a> {
    fn decode(octets: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        Datagram::decode(octets)
    }
    fn to_vec(&self) -> Vec<u8> {
        self.to_vec()
    }
    fn encoded_len(&self) -> usize {
        self.encoded_len()
    }
    fn has_length(&self) -> bool {
        // Only UDP knows how long a fragment is.
        !self.is_fragment()
    }
}

impl<'a> Wire<'a> for MailslotWrite<'a> {
    fn decode(octets: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        MailslotWrite::decode(octets)
    }
    fn to_vec(&self) -> Vec<u8> {
        self.to_vec()
    }
    fn encoded_len(&self) -> usize {
        self.encoded_len()
    }
    fn has_length(&self) -> bool {
        true
    }
}

impl<'a> Wire<'a> for Packet<'a> {
    fn decode(octets: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        Packet::decode(octets)
    }
    fn to_vec(&self) -> Vec<u8> {
        self.to_vec()
    }
    fn encoded_len(&self) -> usize {
        self.encoded_len()
    }
    fn has_length(&self) -> bool {
        // A negative answer's record may be counted by nothing, and so be missed by nobody.
        let counted = [&self.answers, &self.authority, &self.additional];
        !self.header.response || counted.iter().any(|records| !records.is_empty())
    }
}

/// The laws that a value obeys: it comes back, in exactly as many octets as it said, and no part
/// of these passes for the whole.
pub(super) fn check<'a, T: Wire<'a>>(value: &T, octets: &'a [u8]) {
    assert_eq!(value.to_vec(), octets, "encode gives the octets");
    assert_eq!(value.encoded_len(), octets.len(), "encoded_len is what encode writes");
    let decoded = T::decode(octets).expect("an encoded value decodes");
    assert_eq!(&decoded.value, value, "decode gives the value back");
    assert!(!value.to_string().is_empty());
    for end in 0..octets.len() {
        let prefix = &octets[..end];
        match T::decode(prefix) {
            Err(error) => assert!(error.offset <= end, "{error} in {end} octets"),
            Ok(part) => {
                let noted = !part.notes.is_empty() || !part.value.has_length();
                assert!(noted, "{end} of {} octets pass without a note", octets.len());
                assert_eq!(part.value.to_vec(), prefix);
            }
        }
    }
}

/// Any octets: no panic, a sane offset, and what decodes encodes, prints and stays what it is.
pub(crate) fn check_any(octets: &[u8]) {
    match Datagram::decode(octets) {
        Err(error) => assert!(error.offset <= octets.len(), "{error}"),
        Ok(Decoded { value, .. }) => {
            let _ = value.to_string();
            let again = value.to_vec();
            assert_eq!(again.len(), value.encoded_len());
            let decoded = Datagram::decode(&again).expect("what was read can be read again");
            assert_eq!(decoded.value.to_vec(), again, "stable after one round");
            if let Body::Data(data) = value.body {
                let at = octets.len() - data.user_data.len();
                match MailslotWrite::decode_at(octets, at) {
                    Err(error) => assert!((at..=octets.len()).contains(&error.offset), "{error}"),
                    Ok(write) => {
                        let _ = write.value.to_string();
                        let again = write.value.to_vec();
                        assert_eq!(again.len(), write.value.encoded_len());
                        let decoded = MailslotWrite::decode(&again).expect("read again");
                        assert_eq!(decoded.value.to_vec(), again, "stable after one round");
                    }
                }
            }
        }
    }
}

pub(super) fn name() -> impl Strategy<Value = Name> {
    any::<[u8; 16]>().prop_map(Name::from_bytes)
}

pub(super) fn scope() -> impl Strategy<Value = ScopeBuf> {
    let label = "[A-Z0-9]{1,20}";
    prop::collection::vec(label, 0..4)
        .prop_map(|labels| ScopeBuf::new(&labels.join(".")).expect("a scope"))
}

fn header(types: std::ops::RangeInclusive<u8>) -> impl Strategy<Value = Header> {
    (types, any::<u8>(), any::<u16>(), any::<u32>(), any::<u16>()).prop_map(
        |(msg_type, flags, dgm_id, source_ip, source_port)| Header {
            msg_type: MsgType::from_octet(msg_type).expect("a type"),
            flags: Flags::from_bits_retain(flags & !Flags::MORE.bits() | Flags::FIRST.bits()),
            dgm_id,
            source_ip: Ipv4Addr::from(source_ip),
            source_port,
        },
    )
}

proptest! {
    #[test]
    fn data(
        header in header(0x10..=0x12),
        names in (name(), scope(), name(), scope()),
        user_data in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let (source, source_scope, destination, destination_scope) = &names;
        let data = Data::whole(
            ScopedName { name: *source, scope: source_scope.as_scope(), form: Form::Literal },
            ScopedName { name: *destination, scope: destination_scope.as_scope(), form: Form::Literal },
            &user_data,
        );
        let datagram = Datagram { header, body: Body::Data(data) };
        check(&datagram, &datagram.to_vec());
    }

    #[test]
    fn pointed_names(header in header(0x10..=0x12), name in name(), scope in scope()) {
        let literal = ScopedName { name, scope: scope.as_scope(), form: Form::Literal };
        let pointed = ScopedName { form: Form::Pointer(14), ..literal };
        let datagram = Datagram { header, body: Body::Data(Data::whole(literal, pointed, b"")) };
        check(&datagram, &datagram.to_vec());
    }

    #[test]
    fn fragments(
        header in header(0x10..=0x12),
        dgm_length in any::<u16>(),
        packet_offset in 1..=u16::MAX,
        more in any::<bool>(),
        data in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut flags = header.flags.difference(Flags::FIRST);
        flags.set(Flags::MORE, more);
        let fragment = Fragment { dgm_length, packet_offset, data: &data };
        let datagram = Datagram { header: Header { flags, ..header }, body: Body::Fragment(fragment) };
        check(&datagram, &datagram.to_vec());
    }

    #[test]
    fn errors(header in header(0x13..=0x13), code in any::<u8>()) {
        let body = Body::Error { error_code: ErrorCode(code), trailing: &[] };
        let datagram = Datagram { header, body };
        check(&datagram, &datagram.to_vec());
    }

    #[test]
    fn queries(header in header(0x14..=0x16), name in name(), scope in scope()) {
        let destination_name = ScopedName { name, scope: scope.as_scope(), form: Form::Literal };
        let datagram = Datagram { header, body: Body::Query { destination_name, trailing: &[] } };
        check(&datagram, &datagram.to_vec());
    }

    #[test]
    fn mailslot_writes(
        profile in prop::sample::select(Profile::ALL.to_vec()),
        leaf in prop::collection::vec(1..=u8::MAX, 1..60),
        data in prop::collection::vec(any::<u8>(), 0..430),
    ) {
        let name = [&smb::PREFIX[..], &leaf].concat();
        let write = profile.write(SlotName::new(&name).expect("a name"), &data);
        check(&write, &write.to_vec());
    }

    #[test]
    fn unicode_mailslot_writes(leaf in "[a-zA-Zа-яА-Я€]{1,20}", data in prop::collection::vec(any::<u8>(), 0..99)) {
        let name: Vec<u8> = format!(r"\MAILSLOT\{leaf}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for &profile in Profile::ALL {
            let write = profile.write(SlotName::utf16(&name).expect("a name"), &data);
            check(&write, &write.to_vec());
            prop_assert_eq!(&write.mailslot_name.leaf_text(CodePage::default()).to_string(), &leaf);
        }
    }

    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        check_any(&octets);
        crate::fuzz::targets::nbns(&octets);
    }
}
