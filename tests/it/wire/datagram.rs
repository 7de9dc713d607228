//! [RFC 1002] 4.4.

use std::net::Ipv4Addr;

use mailslot::wire::datagram::{Body, Data, Datagram, ErrorCode, Flags, MsgType, NodeType};
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::{Note, Notes, Reason};

use super::hex;

fn name(text: &str) -> Name {
    Name::new(text, Suffix::WORKSTATION).expect("a name")
}

fn sample() -> Vec<u8> {
    use mailslot::wire::datagram::Header;
    let header = Header {
        msg_type: MsgType::DIRECT_GROUP,
        flags: Flags::FIRST | NodeType::M.flags(),
        dgm_id: 0x8001,
        source_ip: Ipv4Addr::new(192, 168, 1, 10),
        source_port: 138,
    };
    let data = Data::whole(name("WINBOX").into(), name("OFFICE").into(), b"0123456789");
    Datagram { header, body: Body::Data(data) }.to_vec()
}

fn notes(octets: &[u8]) -> Notes {
    Datagram::decode(octets).expect("decodes").notes
}

#[test]
fn fields_stand_where_rfc_1002_has_them() {
    let octets = sample();
    assert_eq!(octets[..14], hex("11 0a 8001 c0a8010a 008a 004e 0000"));
    assert_eq!(octets[14], 0x20);
    assert_eq!(octets[48], 0x20);
    assert_eq!(octets[82..], *b"0123456789");
    let datagram = Datagram::decode(&octets).expect("decodes");
    assert_eq!(datagram.notes, Notes::NONE);
    assert_eq!(datagram.value.header.flags.node_type(), NodeType::M);
    assert_eq!(
        datagram.value.to_string(),
        "direct_group WINBOX<00> -> OFFICE<00>, 10 octets, id 0x8001"
    );
}

#[test]
fn types_outside_10_to_16_are_refused() {
    for msg_type in [0x00, 0x0f, 0x17, 0xff] {
        let mut octets = sample();
        octets[0] = msg_type;
        let error = Datagram::decode(&octets).expect_err("refused");
        assert_eq!((error.offset, error.reason), (0, Reason::UnknownMsgType(msg_type)));
    }
    for msg_type in MsgType::ALL {
        assert_eq!(MsgType::from_name(msg_type.name()), Some(msg_type));
        assert_eq!(MsgType::from_octet(msg_type.octet()), Some(msg_type));
    }
}

#[test]
fn reserved_flags_are_kept() {
    for flags in [0x1a, 0xfe] {
        let mut octets = sample();
        octets[1] = flags;
        let datagram = Datagram::decode(&octets).expect("decodes");
        assert!(datagram.notes.contains(Note::ReservedFlags));
        assert_eq!(datagram.value.to_vec(), octets);
    }
}

#[test]
fn dgm_length_is_noted_not_used() {
    for (length, note) in [
        (78_u16, None),
        (92, Some(Note::DgmLengthCountsHeader)),
        (0, Some(Note::DgmLengthMismatch)),
        (0xffff, Some(Note::DgmLengthMismatch)),
    ] {
        let mut octets = sample();
        octets[10..12].copy_from_slice(&length.to_be_bytes());
        assert_eq!(notes(&octets).iter().collect::<Vec<_>>(), note.into_iter().collect::<Vec<_>>());
        assert_eq!(Datagram::decode(&octets).expect("decodes").value.to_vec(), octets);
    }
}

#[test]
fn strict_refuses_faults_with_their_place() {
    let mut octets = sample();
    octets[1] |= 0x10;
    Datagram::decode(&octets).expect("decodes").strict().expect("reserved flags are a habit");
    octets[11] += 14;
    let error = Datagram::decode(&octets).expect("decodes").strict().expect_err("a fault");
    assert_eq!((error.offset, error.field), (10, "dgm_length_counts_header"));
    assert_eq!(error.reason, Reason::Strict(Note::DgmLengthCountsHeader));
}

#[test]
fn first_flag_and_offset_that_disagree() {
    let mut octets = sample();
    octets[1] = 0x08;
    assert!(notes(&octets).contains(Note::FirstFlagClear), "offset 0: names are there");
    octets[1] = 0x0a;
    octets[13] = 0x64;
    assert!(notes(&octets).contains(Note::FirstFlagWithOffset));
    octets[1] = 0x08;
    let datagram = Datagram::decode(&octets).expect("decodes").value;
    assert!(matches!(datagram.body, Body::Fragment(fragment) if fragment.packet_offset == 0x64));
}

#[test]
fn error_packets() {
    for (code, text) in [
        (0x82, "destination name not present"),
        (0x83, "invalid source name format"),
        (0x84, "invalid destination name format"),
        (0x85, "error code 0x85"),
    ] {
        let octets = [&hex("13 00 8001 c0a8010a 008a")[..], &[code]].concat();
        let datagram = Datagram::decode(&octets).expect("decodes").value;
        assert!(matches!(datagram.body, Body::Error { error_code: ErrorCode(c), .. } if c == code));
        assert_eq!(datagram.to_string(), format!("error: {text}, id 0x8001"));
    }
    let trailing = hex("13 00 8001 c0a8010a 008a 82 0000");
    assert!(notes(&trailing).contains(Note::TrailingBytes));
}

#[test]
fn queries_and_their_responses() {
    for (msg_type, text) in
        [(0x14, "query"), (0x15, "positive_query_response"), (0x16, "negative_query_response")]
    {
        let mut octets = hex("14 02 8001 c0a8010a 008a");
        octets[0] = msg_type;
        mailslot::wire::netbios::ScopedName::from(name("OFFICE")).encode(&mut octets);
        let datagram = Datagram::decode(&octets).expect("decodes").value;
        assert_eq!(datagram.to_string(), format!("{text} for OFFICE<00>, id 0x8001"));
    }
}

#[test]
fn fragments_have_cumulative_offsets() {
    let octets = sample();
    let whole = Datagram::decode(&octets).expect("decodes").value;
    for size in [1, 14, 15, 82, 83, 87, 91, 92, 500] {
        let parts = whole.fragments(size);
        let mut section = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            assert_eq!(part.header.flags.contains(Flags::FIRST), i == 0);
            assert_eq!(part.header.flags.contains(Flags::MORE), !last);
            let encoded = part.to_vec();
            assert!(encoded.len() <= size.max(82), "{} octets at {size}", encoded.len());
            let offset = usize::from(u16::from_be_bytes([encoded[12], encoded[13]]));
            assert_eq!(offset, section.len());
            assert_eq!(encoded[10..12], octets[10..12], "DGM_LENGTH is the whole's");
            section.extend_from_slice(&encoded[14..]);
        }
        assert_eq!(section, octets[14..]);
        assert_eq!(parts.len() == 1, size >= octets.len());
    }
}
