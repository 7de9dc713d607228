//! [RFC 1001] 14, [RFC 1002] 4.1, [MS-NBTE] 2.2.1, [MS-BRWS] 2.1.1.

use mailslot::wire::netbios::{
    Form, Kind, MAX_POINTER_HOPS, Name, NameError, ScopeBuf, ScopeError, ScopedName, Suffix,
};
use mailslot::wire::oem::CodePage;
use mailslot::wire::{DecodeError, Decoded, Note, Notes, Reason};

use super::hex;

/// A DATAGRAM QUERY carries a single name, at offset 10.
fn query(encoded: &[u8]) -> Vec<u8> {
    [&[0x14, 2, 0, 1, 10, 0, 0, 1, 0, 138], encoded].concat()
}

fn decode(packet: &[u8]) -> Result<(Name, String, Form, Notes), DecodeError> {
    use mailslot::wire::datagram::{Body, Datagram};
    let Decoded { value, notes } = Datagram::decode(packet)?;
    match value.body {
        Body::Query { destination_name: ScopedName { name, scope, form }, .. } => {
            Ok((name, scope.to_string(), form, notes))
        }
        _ => panic!("not a query"),
    }
}

fn literal(name: &Name, scope: &str) -> Vec<u8> {
    let scope = ScopeBuf::new(scope).expect("a scope");
    let mut encoded = Vec::new();
    ScopedName { name: *name, scope: scope.as_scope(), form: Form::Literal }.encode(&mut encoded);
    encoded
}

fn name(text: &str, suffix: u8) -> Name {
    Name::new(text, Suffix(suffix)).expect("a name")
}

/// The 32 letters of an encoded name.
fn letters(encoded: &[u8]) -> &str {
    std::str::from_utf8(&encoded[1..33]).expect("letters")
}

#[test]
fn rfc1002_4_1_fred() {
    let encoded = literal(&name("Fred", b' '), "NETBIOS.COM");
    assert_eq!(letters(&encoded), "EGFCEFEECACACACACACACACACACACACA");
    assert_eq!(encoded.len(), 46);
    assert_eq!(&encoded[33..], b"\x07NETBIOS\x03COM\0");
    let (name, scope, form, notes) = decode(&query(&encoded)).expect("decodes");
    assert_eq!((name.as_bytes(), &*scope), (b"FRED            ", "NETBIOS.COM"));
    assert_eq!((form, notes), (Form::Literal, Notes::NONE));
}

#[test]
fn rfc1001_17_2_wildcard() {
    let encoded = literal(&Name::WILDCARD, "NETBIOS.SCOPE");
    assert_eq!(letters(&encoded), "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

/// [RFC 1001] 14.1 misprints the letters of "The NetBIOS name": these are the right ones.
#[test]
fn rfc1001_14_1_the_netbios_name() {
    let encoded = literal(&Name::from_bytes(*b"The NetBIOS name"), "");
    assert_eq!(letters(&encoded), "FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF");
    assert_eq!(encoded.len(), 34);
}

#[test]
fn ms_brws_2_1_1_msbrowse() {
    let octets = hex("01 02 5F 5F 4D 53 42 52 4F 57 53 45 5F 5F 02 01");
    assert_eq!(Name::MSBROWSE.as_bytes()[..], octets);
    assert_eq!(Name::MSBROWSE.to_string(), r"\x01\x02__MSBROWSE__\x02<01>");
}

#[test]
fn new_pads_and_folds() {
    assert_eq!(name("winbox", 0x20).as_bytes(), b"WINBOX          ");
    assert_eq!(name("winbox", 0x1d).to_string(), "WINBOX<1d>");
    assert_eq!(format!("{:12}|", name("a", 0)), "A<00>       |");
    assert_eq!(name("Müller", 0).as_bytes()[..6], *b"M\x9aLLER");
    assert_eq!(name("Müller", 0).to_string(), "MÜLLER<00>");
    assert_eq!(Name::new("", Suffix(0)), Err(NameError::Empty));
    assert!(Name::new("123456789012345", Suffix(0)).is_ok());
    assert_eq!(Name::new("1234567890123456", Suffix(0)), Err(NameError::TooLong));
    let error = NameError::Character { position: 1, found: '€' };
    assert_eq!(Name::new("a€", Suffix(0)), Err(error));
    let euro = Name::in_page("a€", Suffix(0), CodePage::Cp858).expect("858 has the euro");
    assert_eq!(euro.as_bytes()[1], 0xd5);
}

#[test]
fn padding_habits() {
    let spaces = name("PRINTER", 0x20);
    let zeros = Name::from_bytes(*b"printer\0\0\0\0\0\0\0\0 ");
    assert_eq!(zeros.trimmed(), b"printer");
    assert!(spaces.matches(&zeros) && zeros.matches(&spaces));
    assert_ne!(spaces, zeros, "== compares the octets");
    assert!(!spaces.matches(&spaces.with_suffix(Suffix(0))), "the suffix is exact");
    let pluses = Name::from_bytes(*b"NETMON+++++++++\xbf");
    assert_eq!(pluses.to_string(), "NETMON+++++++++<bf>");
    assert!(!pluses.matches(&name("NETMON", 0xbf)), "+ is no padding but Network Monitor's name");
    let inner = Name::from_bytes(*b"A B\0C          \0");
    assert_eq!(inner.to_string(), r"A B\x00C<00>");
}

#[test]
fn the_wildcard_is_exact() {
    let spaces = Name::from_bytes(*b"*              \0");
    assert!(!Name::WILDCARD.matches(&spaces) && !spaces.matches(&Name::WILDCARD));
    assert!(Name::WILDCARD.matches(&Name::WILDCARD));
}

#[test]
fn suffixes_have_meanings() {
    assert_eq!(Suffix::WORKSTATION.meaning(Kind::Group), Some("domain or workgroup"));
    assert_eq!(Suffix::LOCAL_MASTER_BROWSER.meaning(Kind::Unique), Some("local master browser"));
    assert_eq!(Suffix::LOCAL_MASTER_BROWSER.meaning(Kind::Group), None);
    assert_eq!(Suffix(0x20).meanings().count(), 2);
    assert_eq!(Suffix(0x99).meanings().count(), 0);
    assert_eq!(Suffix(0x1c).to_string(), "1c");
}

#[test]
fn lower_case_letters_are_noted() {
    let encoded = literal(&name("FRED", 0), "").to_ascii_lowercase();
    let (decoded, _, _, notes) = decode(&query(&encoded)).expect("decodes");
    assert_eq!(decoded, name("FRED", 0));
    assert!(notes.contains(Note::LowerCaseName));
    assert!(notes.refuse_faults().is_err());
}

#[test]
fn letters_outside_a_to_p_are_refused() {
    for bad in [b'@', b'Q', 0, 0xff, b'q'] {
        let mut encoded = literal(&name("FRED", 0), "");
        encoded[7] = bad;
        let error = decode(&query(&encoded)).expect_err("refused");
        assert_eq!((error.offset, error.reason), (17, Reason::NameCharacter(bad)));
        assert_eq!(error.field, "destination_name");
    }
}

#[test]
fn first_label_is_32_long() {
    for (length, reason) in [
        (0x1f, Reason::NameLength(0x1f)),
        (0x21, Reason::NameLength(0x21)),
        (0, Reason::NameLength(0)),
        (0x40, Reason::ReservedLabel(0x40)),
        (0x80, Reason::ReservedLabel(0x80)),
    ] {
        let mut encoded = literal(&name("FRED", 0), "");
        encoded[0] = length;
        assert_eq!(decode(&query(&encoded)).expect_err("refused").reason, reason);
    }
}

#[test]
fn scopes() {
    for text in ["a", "A.B.C", &"x".repeat(63), &[&*"y".repeat(63); 3].join(".")] {
        let (_, scope, _, notes) = decode(&query(&literal(&name("A", 0), text))).expect("decodes");
        assert_eq!((&*scope, notes), (text, Notes::NONE));
    }
    let long = [&*"z".repeat(55); 4].join(".");
    let (_, scope, _, notes) = decode(&query(&literal(&name("A", 0), &long))).expect("decodes");
    assert_eq!(scope, long);
    assert!(notes.contains(Note::LongName), "an encoded name of more than 255 octets");
    let longest = [&*"z".repeat(59), &"z".repeat(59), &"z".repeat(59), &"z".repeat(57)].join(".");
    let mut octets = literal(&name("A", 0), &longest);
    assert_eq!(octets.len(), 272);
    assert_eq!(*decode(&query(&octets)).expect("decodes").1, longest);
    octets[33 + 180] += 1;
    octets.insert(33 + 181, b'z');
    assert_eq!(decode(&query(&octets)).expect_err("273 octets").reason, Reason::NameTooLong);
    assert_eq!(ScopeBuf::new("a..b"), Err(ScopeError::EmptyLabel));
    assert_eq!(ScopeBuf::new(&"x".repeat(64)), Err(ScopeError::LongLabel));
    assert_eq!(ScopeBuf::new(&[&*"x".repeat(59); 4].join(".")), Err(ScopeError::TooLong));
    assert_eq!(ScopeBuf::new(r"a\y"), Err(ScopeError::Escape));
    let odd = ScopeBuf::new(r"a\x2eb\x07.c").expect("escapes");
    assert_eq!(odd.as_scope().labels().collect::<Vec<_>>(), [&b"a.b\x07"[..], b"c"]);
    assert_eq!(odd.as_scope().to_string(), r"a\x2eb\x07.c");
    assert!(
        ScopeBuf::new("a.b").unwrap().as_scope().matches(ScopeBuf::new("A.B").unwrap().as_scope())
    );
    assert!(
        !ScopeBuf::new("a.b").unwrap().as_scope().matches(ScopeBuf::new("a").unwrap().as_scope())
    );
    assert!(
        !ScopeBuf::new("a").unwrap().as_scope().matches(ScopeBuf::new("a.b").unwrap().as_scope())
    );
}

#[test]
fn too_long_a_name_is_refused() {
    let mut encoded = literal(&name("A", 0), "");
    encoded.pop();
    for _ in 0..4 {
        encoded.push(63);
        encoded.extend([b'x'; 63]);
    }
    encoded.push(0);
    assert_eq!(decode(&query(&encoded)).expect_err("refused").reason, Reason::NameTooLong);
}

/// A whole datagram, so that there is an earlier name to point at: the source's, at 14.
fn with_destination(encoded: &[u8]) -> Vec<u8> {
    let source = literal(&name("WINBOX", 0), "A.B");
    let length = u8::try_from(source.len() + encoded.len()).expect("short names");
    [&hex("10 02 0001 0a000001 008a")[..], &[0, length, 0, 0], &*source, encoded].concat()
}

fn destination(packet: &[u8]) -> Result<(String, Form, Notes), DecodeError> {
    use mailslot::wire::datagram::{Body, Datagram};
    let Decoded { value, notes } = Datagram::decode(packet)?;
    match value.body {
        Body::Data(data) => {
            Ok((data.destination_name.to_string(), data.destination_name.form, notes))
        }
        _ => panic!("no data"),
    }
}

#[test]
fn pointers_are_resolved_from_the_payload_on() {
    let (name, form, notes) = destination(&with_destination(&[0xc0, 14])).expect("decodes");
    assert_eq!((&*name, form), ("WINBOX<00>.A.B", Form::Pointer(14)));
    assert!(notes.contains(Note::NamePointer));
    // Letters of its own, the scope's labels pointed at: 14 + 33 is where the source's begin.
    let mut letters = literal(&Name::new("OTHER", Suffix(0)).unwrap(), "");
    letters.pop();
    letters.extend([0xc0, 14 + 33]);
    let (name, form, notes) = destination(&with_destination(&letters)).expect("decodes");
    assert_eq!((&*name, form), ("OTHER<00>.A.B", Form::Literal));
    assert!(notes.contains(Note::NamePointer));
    assert!(notes.refuse_faults().is_ok(), "libndr's habit");
}

#[test]
fn pointers_go_strictly_backwards() {
    let at = 14 + 34 + 4;
    let at = u16::try_from(at).unwrap();
    for to in [at, at + 1, 0x3fff] {
        let [high, low] = (0xc000 | to).to_be_bytes();
        let error = destination(&with_destination(&[high, low])).expect_err("refused");
        assert_eq!(error.reason, Reason::ForwardPointer(to));
        assert_eq!(error.offset, usize::from(at));
    }
}

#[test]
fn pointers_to_no_name_are_refused() {
    let error = destination(&with_destination(&[0xc0, 0])).expect_err("refused");
    assert_eq!(error.reason, Reason::NameLength(0x10));
    assert!(destination(&with_destination(&[0xc0])).is_err());
}

#[test]
fn pointers_are_followed_five_times() {
    // A chain of labels, each pointing at the one before: name, pointer, pointer, ...
    let chain = |hops: usize| {
        let mut source = literal(&name("WINBOX", 0), "");
        source.pop();
        // The source's scope is one label whose octets are pointers, the first one to the name.
        let first = 14 + 34;
        let mut label = Vec::new();
        for hop in 0..hops - 1 {
            let to = if hop == 0 { 14 } else { first + 2 * (hop - 1) };
            label.extend((0xc000 | u16::try_from(to).unwrap()).to_be_bytes());
        }
        source.push(u8::try_from(label.len()).unwrap());
        source.extend(&label);
        source.push(0);
        let last = if hops == 1 { 14 } else { first + 2 * (hops - 2) };
        source.extend((0xc000 | u16::try_from(last).unwrap()).to_be_bytes());
        [&hex("10 02 0001 0a000001 008a 0000 0000")[..], &source].concat()
    };
    for hops in 2..=MAX_POINTER_HOPS {
        assert!(destination(&chain(hops)).is_ok(), "{hops} hops");
    }
    let error = destination(&chain(MAX_POINTER_HOPS + 1)).expect_err("refused");
    assert_eq!(error.reason, Reason::TooManyPointers);
}
