//! What senders do that [RFC 1002] 4.2 does not have, and what is refused.

use std::net::Ipv4Addr;

use mailslot::wire::datagram::NodeType;
use mailslot::wire::nbns::{
    Claim, Kind, NameFlags, NbEntry, NbFlags, NodeName, NodeStatus, Opcode, Packet, Question,
    Rcode, Rdata, Record, RrType, Statistics,
};
use mailslot::wire::netbios::{Form, Name, ScopeBuf, ScopedName, Suffix};
use mailslot::wire::{Note, Notes, Reason};

use super::{OWNER, claim, name};

fn noted(octets: &[u8]) -> (Packet<'_>, Vec<Note>) {
    let packet = Packet::decode(octets).expect("decodes");
    assert_eq!(packet.value.to_vec(), octets, "every octet is kept");
    (packet.value, packet.notes.iter().collect())
}

fn refused(octets: &[u8]) -> (usize, &'static str, Reason) {
    let error = Packet::decode(octets).expect_err("refused");
    (error.offset, error.field, error.reason)
}

#[test]
fn negative_answers_whose_record_is_counted_or_not() {
    let uncounted = Packet::negative_query_response(7, name("NOBODY"), Rcode::NAME);
    let octets = uncounted.to_vec();
    assert_eq!(octets[4..12], [0; 8]);
    assert_eq!(octets.len(), 56);
    assert_eq!(noted(&octets), (uncounted.clone(), vec![Note::UncountedRecord]));
    assert!(Packet::decode(&octets).expect("decodes").strict().is_ok(), "a habit of Windows");

    let mut counted = octets.clone();
    counted[7] = 1;
    let (packet, notes) = noted(&counted);
    assert_eq!((packet.kind(), notes), (uncounted.kind(), vec![]));
    assert_eq!(Some(&packet.answers[0]), uncounted.uncounted.as_ref());
    assert_eq!(packet.name(), uncounted.name());

    let (bare, notes) = noted(&octets[..12]);
    assert_eq!((bare.kind(), bare.name(), notes), (uncounted.kind(), None, vec![]));

    let (cut, notes) = noted(&octets[..50]);
    assert_eq!((cut.kind(), notes), (uncounted.kind(), vec![Note::TrailingBytes]));

    let mut two = octets.clone();
    two.extend_from_slice(&octets[12..]);
    let (packet, notes) = noted(&two);
    assert_eq!(packet.trailing, &octets[12..]);
    assert_eq!(notes, [Note::UncountedRecord, Note::TrailingBytes]);
}

/// Only an answer may have a record that it does not count.
#[test]
fn a_request_counts_its_records() {
    let mut octets = Packet::registration(1, claim(name("WINBOX"), true)).to_vec();
    octets[11] = 0;
    let (packet, notes) = noted(&octets);
    assert_eq!((packet.uncounted, packet.trailing.len()), (None, 18));
    assert_eq!(notes, [Note::TrailingBytes]);
}

/// An answer that counts nothing is what its record makes it.
#[test]
fn uncounted_records_tell_the_kind() {
    let status = NodeStatus::new(vec![], &Statistics::new([0; 6]));
    let answers = [
        Packet::node_status_response(1, name("WINBOX"), status),
        Packet::positive_query_response(1, name("WINBOX"), 0, &[OWNER]),
        Packet::registration_response(1, name("WINBOX"), Rcode::OK, 0, OWNER),
    ];
    for counted in answers {
        let mut octets = counted.to_vec();
        octets[7] = 0;
        let (packet, notes) = noted(&octets);
        assert_eq!(notes, [Note::UncountedRecord]);
        assert_eq!(packet.kind(), counted.kind());
        assert_eq!(packet.entries().collect::<Vec<_>>(), counted.entries().collect::<Vec<_>>());
        assert_eq!(packet.to_string(), counted.to_string());
    }
}

#[test]
fn wacks_of_every_type() {
    let request = Packet::registration(0x1234, claim(name("WINBOX"), false)).header;
    let wack = Packet::wack(name("WINBOX"), 5, request);
    for rr_type in [RrType::NULL, RrType::NB] {
        let mut wack = wack.clone();
        wack.answers[0].rr_type = rr_type;
        let octets = wack.to_vec();
        assert_eq!(octets[2..4], [0xbc, 0x00]);
        assert_eq!(octets[56..], [0x29, 0x00], "what the request had there");
        assert_eq!(noted(&octets), (wack, vec![]));
    }
    let mut root = wack.clone();
    root.answers[0].name = None;
    let octets = root.to_vec();
    assert_eq!(octets[12], 0);
    assert_eq!(octets.len(), 12 + 1 + 10 + 2);
    assert_eq!(noted(&octets), (root.clone(), vec![]));
    assert_eq!((root.kind(), root.name()), (Kind::Wack, None));
    assert_eq!(root.to_string(), "wait for acknowledgement, id 0x1234");

    // Not two octets: kept, whatever they are.
    let mut odd = wack.to_vec();
    odd[55] = 1;
    odd.pop();
    let (packet, _) = noted(&odd);
    assert_eq!((packet.kind(), &packet.answers[0].rdata), (Kind::Wack, &Rdata::Opaque(&[0x29])));
}

fn node_name(text: &str, flags: u16) -> NodeName {
    let name = Name::new(text, Suffix::SERVER).expect("a name");
    NodeName { name, name_flags: NameFlags::from_bits_retain(flags) }
}

fn status() -> Packet<'static> {
    let names = vec![node_name("WINBOX", 0x0400), node_name("OFFICE", 0x8c7f)];
    let status = NodeStatus::new(names, &Statistics::new([2, 0, 0, 0, 0, 1]));
    Packet::node_status_response(1, Name::WILDCARD.into(), status)
}

fn inner<'p>(packet: &'p Packet<'_>) -> &'p NodeStatus<'p> {
    let Rdata::NodeStatus(status) = &packet.answers[0].rdata else { panic!("{packet}") };
    status
}

/// Where `NUM_NAMES` stands, and RDLENGTH before it.
const NUM_NAMES_AT: usize = 12 + 34 + 10;

#[test]
fn node_status_with_octets_behind_it() {
    let mut octets = status().to_vec();
    assert_eq!(octets.len(), NUM_NAMES_AT + 1 + 2 * 18 + 46);
    assert_eq!(octets[NUM_NAMES_AT - 2..=NUM_NAMES_AT], [0, 47 + 2 * 18, 2]);
    assert_eq!(noted(&octets), (status(), vec![]));
    octets.extend([0; 18]);
    let (packet, notes) = noted(&octets);
    assert_eq!((packet.trailing, notes), (&[0; 18][..], vec![Note::StaleBytes]));
    assert!(Packet::decode(&octets).expect("decodes").strict().is_ok(), "a habit of Windows NT");
    // Behind anything else they are a fault.
    let query = [Packet::name_query(1, name("WINBOX"), true).to_vec(), vec![0; 18]].concat();
    assert_eq!(noted(&query).1, [Note::TrailingBytes]);
    let error = Packet::decode(&query).expect("decodes").strict().expect_err("a fault");
    assert_eq!((error.offset, error.reason), (50, Reason::Strict(Note::TrailingBytes)));
}

#[test]
fn node_status_with_statistics_cut_short() {
    let whole = status().to_vec();
    for kept in 0..46 {
        let mut octets = whole[..whole.len() - 46 + kept].to_vec();
        octets[NUM_NAMES_AT - 1] = u8::try_from(37 + kept).expect("short");
        let (packet, notes) = noted(&octets);
        let status = inner(&packet);
        assert_eq!((status.names.len(), notes.len()), (2, 0));
        assert_eq!(status.unit_id(), (kept >= 6).then_some([2, 0, 0, 0, 0, 1]));
        assert_eq!(status.statistics(), None);
    }
    let (packet, _) = noted(&whole);
    assert_eq!(inner(&packet).statistics(), Some(Statistics::new([2, 0, 0, 0, 0, 1])));
}

#[test]
fn node_status_whose_lengths_lie() {
    let whole = status().to_vec();
    let mut beyond = whole.clone();
    beyond[NUM_NAMES_AT - 2] = 0xff;
    let (packet, notes) = noted(&beyond);
    assert_eq!((inner(&packet).names.len(), notes), (2, vec![Note::RdlengthMismatch]));
    assert_eq!(packet.answers[0].rdlength, 0xff53);
    let error = Packet::decode(&beyond).expect("decodes").strict().expect_err("a fault");
    assert_eq!(error.offset, NUM_NAMES_AT - 2);

    // A name that is not whole is none; what there is of it is kept.
    let (packet, notes) = noted(&whole[..NUM_NAMES_AT + 1 + 18 + 17]);
    assert_eq!(inner(&packet).names, [node_name("WINBOX", 0x0400)]);
    assert_eq!(inner(&packet).statistics.len(), 17);
    assert_eq!(notes, [Note::RdlengthMismatch, Note::NumNamesMismatch]);

    let mut many = whole.clone();
    many[NUM_NAMES_AT] = 0xff;
    let (packet, notes) = noted(&many);
    assert_eq!((inner(&packet).num_names, inner(&packet).names.len()), (0xff, 4), "as octets go");
    assert_eq!(notes, [Note::NumNamesMismatch]);

    let mut empty = whole[..NUM_NAMES_AT].to_vec();
    empty[NUM_NAMES_AT - 1] = 0;
    assert_eq!(refused(&empty), (NUM_NAMES_AT, "num_names", Reason::Truncated));
}

/// Only a node status is read as far as it goes: half an address is none.
#[test]
fn rdlength_beyond_the_end() {
    let mut octets = Packet::positive_query_response(1, name("WINBOX"), 0, &[OWNER]).to_vec();
    octets[55] = 12;
    assert_eq!(refused(&octets), (62, "rdata", Reason::Truncated));
    octets[54] = 0xff;
    assert_eq!(refused(&octets), (62, "rdata", Reason::Truncated));
}

/// Addresses come in sixes; what does not is kept as it is.
#[test]
fn addresses_that_are_none() {
    for length in 0..14 {
        let mut packet = Packet::positive_query_response(1, name("WINBOX"), 0, &[]);
        let octets = vec![1; length];
        packet.answers[0] =
            Record::new(Some(name("WINBOX")), RrType::NB, 0, Rdata::Opaque(&octets));
        let octets = packet.to_vec();
        let (packet, _) = noted(&octets);
        let entries = if length % 6 == 0 { length / 6 } else { 0 };
        assert_eq!(packet.entries().count(), entries, "{length}");
        assert_eq!(matches!(packet.answers[0].rdata, Rdata::Nb(_)), length % 6 == 0);
    }
}

fn registration(rr_name: Form) -> Packet<'static> {
    let mut packet = Packet::registration(1, claim(name("WINBOX"), true));
    packet.additional[0].name = Some(ScopedName { form: rr_name, ..name("WINBOX") });
    packet
}

#[test]
fn names_of_records() {
    let usual = registration(Form::Pointer(12));
    let octets = usual.to_vec();
    assert_eq!(octets[50..52], [0xc0, 0x0c]);
    assert_eq!(noted(&octets), (usual, vec![]), "as [RFC 1002] 4.2.1.3 asks for");

    let literal = registration(Form::Literal);
    assert_eq!(noted(&literal.to_vec()), (literal.clone(), vec![]), "as printers do");

    // To the second of two questions, which is a pointer itself.
    let mut elsewhere = registration(Form::Pointer(50));
    let again = Question {
        name: ScopedName { form: Form::Pointer(12), ..name("WINBOX") },
        question_type: RrType::NB,
        question_class: 1,
    };
    elsewhere.questions.push(again);
    assert_eq!(noted(&elsewhere.to_vec()), (elsewhere.clone(), vec![Note::NamePointer]));
}

#[test]
fn pointers_that_do_not_go_backwards() {
    for (to, at) in [(50, 50), (51, 50), (52, 50), (0x3fff, 50)] {
        let octets = registration(Form::Pointer(to)).to_vec();
        assert_eq!(refused(&octets), (at, "rr_name", Reason::ForwardPointer(to)));
    }
    // Two that point to each other: the second would have to go forward.
    let mut octets = registration(Form::Pointer(12)).to_vec();
    octets[12..14].copy_from_slice(&[0xc0, 50]);
    assert_eq!(refused(&octets), (12, "question_name", Reason::ForwardPointer(50)));
    // Backwards, but to no name.
    let octets = registration(Form::Pointer(4)).to_vec();
    assert_eq!(refused(&octets), (4, "rr_name", Reason::NameLength(0)));
}

#[test]
fn chains_of_pointers_end() {
    let mut packet = Packet::name_query(1, name("WINBOX"), true);
    for hop in 0..6 {
        let to = if hop == 0 { 12 } else { 50 + 6 * (hop - 1) };
        let name = ScopedName { form: Form::Pointer(to), ..name("WINBOX") };
        packet.questions.push(Question { name, question_type: RrType::NB, question_class: 1 });
        let octets = packet.to_vec();
        if hop < 5 {
            assert_eq!(noted(&octets).0, packet);
        } else {
            assert_eq!(refused(&octets), (50, "question_name", Reason::TooManyPointers));
        }
    }
}

#[test]
fn reserved_bits_are_kept() {
    for word in 0..=u16::MAX {
        let mut octets = Packet::name_query(1, name("WINBOX"), true).to_vec();
        octets[2..4].copy_from_slice(&word.to_be_bytes());
        let packet = Packet::decode(&octets).expect("decodes");
        assert_eq!(packet.value.to_vec(), octets);
        assert_eq!(packet.notes, Notes::NONE);
        assert_eq!(packet.value.header.response, word & 0x8000 != 0);
        assert_eq!(u16::from(packet.value.header.opcode.0), word >> 11 & 15);
        assert_eq!(u16::from(packet.value.header.rcode.0), word & 15);
    }
    let nb_flags = NbFlags::from_bits_retain(0xffff);
    let entry = NbEntry { nb_flags, ..OWNER };
    let packet = Packet::positive_query_response(1, name("WINBOX"), 0, &[entry]);
    let octets = packet.to_vec();
    assert_eq!(noted(&octets), (packet, vec![]));
    assert_eq!(nb_flags.node_type(), NodeType::H);
}

/// Types and classes that nobody defined are kept too.
#[test]
fn unknown_types_are_opaque() {
    for rr_type in [RrType::NULL, RrType::A, RrType::NS, RrType(0xffff)] {
        let mut packet = Packet::positive_query_response(1, name("WINBOX"), 0, &[]);
        packet.answers[0] =
            Record::new(Some(name("WINBOX")), rr_type, u32::MAX, Rdata::Opaque(b"\x03ab"));
        packet.answers[0].rr_class = 0xfffe;
        let octets = packet.to_vec();
        assert_eq!(noted(&octets), (packet, vec![]));
    }
    for opcode in [1, 2, 3, 4, 10, 11, 12, 13, 14].map(Opcode) {
        let mut packet = Packet::name_query(1, name("WINBOX"), false);
        packet.header.opcode = opcode;
        assert_eq!((packet.kind(), opcode.name()), (Kind::Unknown(opcode), None));
    }
}

/// The name of a name server is kept as it is written, a redirect stays one.
#[test]
fn redirects() {
    let server = (name("WINS"), Ipv4Addr::new(192, 0, 2, 9));
    let redirect = Packet::redirect(1, name("WINBOX"), 60, server);
    let octets = redirect.to_vec();
    assert_eq!(octets[4..12], [0, 0, 0, 0, 0, 1, 0, 1]);
    assert_eq!(noted(&octets), (redirect.clone(), vec![]));
    assert_eq!(
        redirect.to_string(),
        "redirect name query response WINBOX<20> at 192.0.2.9, id 0x0001"
    );
    // A DNS name, and a name with octets behind it.
    let behind = [&octets[56..90], b"x"].concat();
    for nsd_name in [&b"\x04wins\x07example\0"[..], &behind] {
        let mut redirect = redirect.clone();
        redirect.authority[0] =
            Record::new(Some(name("WINBOX")), RrType::NS, 60, Rdata::Opaque(nsd_name));
        let octets = redirect.to_vec();
        assert_eq!(noted(&octets), (redirect.clone(), vec![]));
        assert_eq!(redirect.kind(), Kind::RedirectNameQueryResponse);
    }
}

/// A scope that is pointed to would be spelled out, and RDLENGTH be wrong: so it stays as it is.
#[test]
fn names_in_data_keep_their_length() {
    let scope = ScopeBuf::new("lab").expect("a scope");
    let scoped = ScopedName { scope: scope.as_scope(), ..name("WINBOX") };
    let mut redirect = Packet::redirect(1, scoped, 60, (name("WINS"), OWNER.nb_address));
    let mut nsd_name = Vec::new();
    name("WINS").encode(&mut nsd_name);
    nsd_name.pop();
    nsd_name.extend([0xc0, 12 + 33]);
    redirect.authority[0] = Record::new(Some(scoped), RrType::NS, 60, Rdata::Opaque(&nsd_name));
    let octets = redirect.to_vec();
    assert_eq!(noted(&octets), (redirect, vec![]));
}

#[test]
fn counts_that_lie() {
    for field in 0..4 {
        let fields = [(12, "question_name"), (12, "rr_name"), (12, "rr_name"), (12, "rr_name")];
        let mut octets = vec![0; 12];
        octets[4 + 2 * field..6 + 2 * field].copy_from_slice(&[0xff, 0xff]);
        let (at, name) = fields[field];
        assert_eq!(refused(&octets), (at, name, Reason::Truncated));
    }
    let mut octets = Packet::name_query(1, name("WINBOX"), true).to_vec();
    octets[4..12].fill(0xff);
    assert_eq!(refused(&octets), (50, "question_name", Reason::Truncated));
}

#[test]
fn headers_that_are_cut() {
    let octets = Packet::name_query(1, name("WINBOX"), true).to_vec();
    let fields = ["name_trn_id", "opcode", "qdcount", "ancount", "nscount", "arcount"];
    for end in 0..12 {
        let field = fields[end / 2];
        assert_eq!(refused(&octets[..end]), (end / 2 * 2, field, Reason::Truncated));
    }
    assert_eq!(refused(&octets[..46]), (46, "question_type", Reason::Truncated));
    assert_eq!(refused(&octets[..49]), (48, "question_class", Reason::Truncated));
}

#[test]
fn ttls_have_32_bits() {
    for ttl in [0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let packet = Packet::registration(1, Claim { ttl, ..claim(name("WINBOX"), true) });
        let octets = packet.to_vec();
        assert_eq!(octets[56..60], ttl.to_be_bytes());
        assert_eq!(noted(&octets).0.additional[0].ttl, ttl);
    }
}
