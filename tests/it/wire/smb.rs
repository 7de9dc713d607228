//! [MS-MAIL] 2.2.1, 3.2.5.1 and 4, [MS-BRWS] 4.1.

use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::{MAX_SLOT_NAME, MailslotWrite, Profile, SlotName};
use mailslot::wire::{Note, Notes, Reason};

use super::hex;

const BROWSE: &[u8] = br"\MAILSLOT\BROWSE";

fn write(profile: Profile, name: &[u8], data: &[u8]) -> Vec<u8> {
    profile.write(SlotName::new(name).expect("a name"), data).to_vec()
}

fn notes(smb: &[u8]) -> Vec<Note> {
    MailslotWrite::decode(smb).expect("decodes").notes.iter().collect()
}

fn reason(smb: &[u8]) -> (usize, Reason) {
    let error = MailslotWrite::decode(smb).expect_err("refused");
    (error.offset, error.reason)
}

/// The octets that [MS-MAIL] 4 prints.
#[test]
fn ms_mail_4_example() {
    let printed = hex("
        ff534d4225000000001804000000000000000000000000000000fffe00000000
        1100002400020000000000020000000000000000006800240068000300010000
        00020047005c4d41494c534c4f545c74657374315c73616d706c655f6d61696c
        736c6f7400000000cacacacacacacacacacacacacacacacacacacacacacacaca
        cacacacacacacacacacacaca");
    let name = br"\MAILSLOT\test1\sample_mailslot";
    assert_eq!(hex::encode(write(Profile::Api, name, &[0xca; 36])), hex::encode(&printed));
    let decoded = MailslotWrite::decode(&printed).expect("decodes");
    assert_eq!(decoded.notes, Notes::NONE);
    assert_eq!(decoded.value.mailslot_name.leaf(), br"test1\sample_mailslot");
    assert_eq!(decoded.value.data, [0xca; 36]);
    assert_eq!(decoded.value.to_string(), r"\MAILSLOT\test1\sample_mailslot, 36 octets");
    assert_eq!(Profile::of(&decoded.value), Profile::Api);
}

/// The fields that [MS-BRWS] 4.1 lists, as octets.
#[test]
fn ms_brws_4_1_example() {
    let listed = hex("
        ff534d4225000000000000000000000000000000000000000000000000000000
        11000021000000000000000000e803000000000000000021005600030001000000020032005c4d41494c534c4f54
        5c42524f57534500 0f0080fc0a004745524d414e534841000000000000000501031005000f0155aa00");
    let data = hex("0f0080fc0a004745524d414e534841000000000000000501031005000f0155aa00");
    assert_eq!(hex::encode(write(Profile::Browser, BROWSE, &data)), hex::encode(&listed));
    assert_eq!(listed.len(), 119);
    assert_eq!(notes(&listed), [Note::Timeout1000, Note::UnalignedData]);
    let decoded = MailslotWrite::decode(&listed).expect("decodes");
    assert_eq!(Profile::of(&decoded.value), Profile::Browser);
    decoded.strict().expect("habits only");
}

#[test]
fn samba_writes_priority_1_without_padding() {
    let smb = write(Profile::Samba, BROWSE, b"x");
    let decoded = MailslotWrite::decode(&smb).expect("decodes");
    assert_eq!(
        (decoded.value.transaction.priority, decoded.value.transaction.data_offset),
        (1, 86)
    );
    assert_eq!(Profile::of(&decoded.value), Profile::Samba);
    assert_eq!(decoded.value.to_string(), r"\MAILSLOT\BROWSE, 1 octet, priority 1");
}

#[test]
fn profiles_by_slot() {
    for (leaf, profile) in [
        ("BROWSE", Profile::Browser),
        ("lanman", Profile::Browser),
        (r"NET\NETLOGON", Profile::Browser),
        (r"net\getdc123", Profile::Browser),
        ("NETWORK", Profile::Api),
        ("alerts", Profile::Api),
        ("MESSNGR", Profile::Api),
    ] {
        let name = format!(r"\MAILSLOT\{leaf}");
        let name = SlotName::new(name.as_bytes()).expect("a name");
        assert_eq!(Profile::for_slot(name), profile, "{leaf}");
    }
    for &profile in Profile::ALL {
        assert_eq!(Profile::from_name(profile.name()), Some(profile));
    }
}

/// 424 octets, less where a long name leaves less: [MS-MAIL] 2.1 note 2.
#[test]
fn ms_mail_2_1_most_data() {
    for (leaf, api, unpadded) in
        [(1, 424, 424), (4, 424, 424), (8, 424, 424), (9, 420, 423), (16, 416, 416), (17, 412, 415)]
    {
        let name = format!(r"\MAILSLOT\{}", "n".repeat(leaf));
        let name = SlotName::new(name.as_bytes()).expect("a name");
        assert_eq!(Profile::Api.max_data(name), api, "{leaf}");
        assert_eq!(Profile::Browser.max_data(name), unpadded, "{leaf}");
        let most = vec![0; Profile::Api.max_data(name)];
        let smb = Profile::Api.write(name, &most).to_vec();
        assert!(smb.len() <= 512);
        assert!(leaf < 5 || smb.len() > 508, "{} octets for {leaf}", smb.len());
    }
}

#[test]
fn c3_1_what_is_no_mailslot_write() {
    let good = write(Profile::Browser, BROWSE, b"data");
    for (at, octet, offset, wanted) in [
        (0, 0xfe, 0, Reason::NotSmb(*b"\xfeSMB")),
        (4, 0x26, 4, Reason::NotTransaction(0x26)),
        (9, 0x80, 9, Reason::Reply),
        (32, 16, 32, Reason::WordCount(16)),
        (32, 0, 32, Reason::WordCount(0)),
        (59, 2, 59, Reason::SetupCount(2)),
        (59, 21, 59, Reason::SetupCount(21)),
        (61, 2, 61, Reason::Opcode(2)),
    ] {
        let mut smb = good.clone();
        smb[at] = octet;
        assert_eq!(reason(&smb), (offset, wanted));
    }
}

#[test]
fn c3_1_extra_setup_words() {
    let mut smb = write(Profile::Browser, BROWSE, b"data");
    smb[32] = 18;
    smb[59] = 4;
    smb[57] += 2;
    smb.splice(67..67, [0xab, 0xcd]);
    assert_eq!(notes(&smb), [Note::Timeout1000, Note::ExtraSetupWords]);
    let decoded = MailslotWrite::decode(&smb).expect("decodes").value;
    assert_eq!((decoded.data, decoded.transaction.extra_setup), (&b"data"[..], &[0xab, 0xcd][..]));
    assert_eq!(decoded.to_vec(), smb);
}

#[test]
fn c3_2_the_name_ends_with_a_nul() {
    let name = [br"\MAILSLOT\", &[b'n'; 245][..]].concat();
    assert_eq!(name.len(), MAX_SLOT_NAME);
    let smb = write(Profile::Api, &name, b"");
    assert_eq!(
        MailslotWrite::decode(&smb).expect("255 octets are read").value.mailslot_name.as_bytes(),
        name
    );
    assert_eq!(reason(&smb[..69 + 255]), (69, Reason::Unterminated));
    let mut longer = smb;
    longer.insert(100, b'n');
    assert_eq!(reason(&longer), (69, Reason::SlotNameTooLong));
    assert_eq!(SlotName::new(b"\\MAILSLOT\\a\0b"), Err(Reason::Unterminated));
}

#[test]
fn c3_3_the_prefix_in_any_case() {
    let mut smb = write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
    smb[69..78].make_ascii_lowercase();
    assert_eq!(notes(&smb), [Note::PrefixCase]);
    assert_eq!(MailslotWrite::decode(&smb).expect("decodes").value.mailslot_name.leaf(), b"alerts");
    for (name, wanted) in [
        (&br"\MAILSLOT\"[..], Reason::EmptySlotName),
        (br"\MAILSLOT", Reason::NotMailslot),
        (br"\PIPE\LANMAN", Reason::NotMailslot),
        (br"/MAILSLOT/a", Reason::NotMailslot),
        (b"", Reason::NotMailslot),
    ] {
        assert_eq!(SlotName::new(name), Err(wanted));
    }
}

#[test]
fn c3_2_unicode_names() {
    let name: Vec<u8> = r"\Mailslot\Büro".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let write = Profile::Api.write(SlotName::utf16(&name).expect("a name"), b"hi");
    let smb = write.to_vec();
    assert_eq!(smb[69], 0, "aligned to 2");
    let decoded = MailslotWrite::decode(&smb).expect("decodes");
    assert_eq!(decoded.value, write);
    assert_eq!(decoded.value.mailslot_name.to_string(), r"\Mailslot\Büro");
    assert!(decoded.notes.contains(Note::UnicodeName) && decoded.notes.contains(Note::PrefixCase));
    // The flag alone does not make it so: [MS-MAIL] has ASCII.
    let mut smb = self::write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
    smb[11] |= 0x80;
    let decoded = MailslotWrite::decode(&smb).expect("decodes").value;
    assert!(!decoded.mailslot_name.is_unicode());
    assert_eq!(decoded.to_vec(), smb);
}

/// Where a profile says that the data begin, they do: the limit follows from it.
#[test]
fn ms_mail_2_1_most_data_of_unicode_names() {
    for leaf in ["a", "ab", "abc", "abcd", "a-name-that-is-longer-than-most"] {
        let octets: Vec<u8> =
            format!(r"\MAILSLOT\{leaf}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for &profile in Profile::ALL {
            for name in [
                SlotName::utf16(&octets).expect("a name"),
                SlotName::new(format!(r"\MAILSLOT\{leaf}").as_bytes()).expect("a name"),
            ] {
                let data = vec![b'x'; profile.max_data(name)];
                let smb = profile.write(name, &data).to_vec();
                assert_eq!(profile.data_offset(name), smb.len() - data.len(), "{profile}: {name}");
                assert!(smb.len() <= 512, "{profile}: {name}: {} octets", smb.len());
            }
        }
    }
}

#[test]
fn c3_4_data_lies_within() {
    let good = write(Profile::Browser, BROWSE, b"data");
    let with = |at: usize, word: u16| {
        let mut smb = good.clone();
        smb[at..at + 2].copy_from_slice(&word.to_le_bytes());
        smb
    };
    let (count, offset) = (55, 57);
    assert_eq!(reason(&with(offset, 85)), (offset, Reason::DataOffset(85)));
    assert_eq!(reason(&with(offset, 0)), (offset, Reason::DataOffset(0)));
    assert_eq!(reason(&with(offset, 87)), (count, Reason::DataCount(4)));
    assert_eq!(reason(&with(offset, 0xffff)), (count, Reason::DataCount(4)));
    assert_eq!(reason(&with(count, 5)), (count, Reason::DataCount(5)));
    assert_eq!(reason(&with(count, 0xffff)), (count, Reason::DataCount(0xffff)));
}

#[test]
fn c3_4_data_offset_is_ignored_without_data() {
    for data_offset in [0_u16, 1, 0xffff] {
        let mut smb = write(Profile::Api, br"\MAILSLOT\alerts", b"");
        smb[57..59].copy_from_slice(&data_offset.to_le_bytes());
        let decoded = MailslotWrite::decode(&smb).expect("decodes");
        assert!(decoded.notes.contains(Note::DataOffsetIgnored));
        assert!(decoded.value.data.is_empty());
        assert_eq!(decoded.value.to_vec(), smb);
    }
}

#[test]
fn c3_5_exactly_data_count() {
    let mut smb = write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
    smb.extend(b"trailer");
    let decoded = MailslotWrite::decode(&smb).expect("decodes");
    assert_eq!((decoded.value.data, decoded.value.trailing), (&b"hi"[..], &b"trailer"[..]));
    assert_eq!(decoded.notes.iter().collect::<Vec<_>>(), [Note::TrailingBytes]);
    assert_eq!(decoded.value.to_vec(), smb);
    let error = decoded.strict().expect_err("a fault");
    assert_eq!(error.offset, smb.len() - 7);
}

#[test]
fn c3_5_byte_count_is_ignored() {
    for byte_count in [0_u16, 0xffff] {
        let mut smb = write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
        smb[67..69].copy_from_slice(&byte_count.to_le_bytes());
        let decoded = MailslotWrite::decode(&smb).expect("decodes");
        assert_eq!(decoded.value.data, b"hi");
        assert_eq!(decoded.notes.iter().collect::<Vec<_>>(), [Note::ByteCountMismatch]);
        assert_eq!(decoded.value.to_vec(), smb);
    }
}

#[test]
fn fields_that_nobody_reads() {
    let good = write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
    for (at, octet, note) in [
        (5, 1, Note::ReservedFields),
        (22, 1, Note::ReservedFields),
        (42, 1, Note::ReservedFields),
        (60, 1, Note::ReservedFields),
        (35, 9, Note::TotalDataCountMismatch),
        (46, 1, Note::TimeoutOther),
        (63, 10, Note::PriorityOver9),
        (65, 1, Note::Class1),
        (65, 3, Note::ClassUnknown),
        (86, 0x42, Note::NonzeroPadding),
    ] {
        let mut smb = good.clone();
        smb[at] = octet;
        assert_eq!(notes(&smb), [note], "octet {at}");
        assert_eq!(MailslotWrite::decode(&smb).expect("decodes").value.to_vec(), smb);
    }
    let mut smb = good;
    smb[24..26].fill(0xff);
    assert_eq!(notes(&smb), [Note::TidUidFfff]);
}

/// Flags, ids, the most parameters and data wanted, where parameters would be, which receivers
/// ignore ([MS-MAIL] 3.2.5.1): senders differ in them, and none is a deviation.
#[test]
fn fields_that_senders_differ_in() {
    let good = write(Profile::Samba, br"\MAILSLOT\alerts", b"hi");
    let of = |smb: &[u8]| MailslotWrite::decode(smb).map(|decoded| decoded.value.data.to_vec());
    // Flags, Flags2, PIDHigh, SecurityFeatures, PIDLow, MID, MaxParameterCount, MaxDataCount,
    // MaxSetupCount, Flags, ParameterOffset.
    let fields =
        [9..10, 10..11, 12..14, 14..22, 26..28, 30..32, 37..39, 39..41, 41..42, 43..45, 53..55];
    for at in fields.into_iter().flatten() {
        for octet in [0x04, 0x18, 0x56, 0x7f, 0xff] {
            // A reply is none, and where no name in UTF-16 is, the flag says nothing.
            let octet = if at == 9 { octet & 0x7f } else { octet };
            let mut smb = good.clone();
            smb[at] = octet;
            assert_eq!(of(&smb), Ok(b"hi".to_vec()), "{octet:#04x} at {at}");
            assert_eq!(notes(&smb), notes(&good), "{octet:#04x} at {at}");
        }
    }
}

#[test]
fn more_than_424_octets_are_noted_where_windows_takes_them() {
    let smb = write(Profile::Api, br"\MAILSLOT\abcd", &[0; 428]);
    assert_eq!(smb.len(), 512);
    assert_eq!(notes(&smb), [Note::Over424]);
    assert_eq!(notes(&write(Profile::Api, br"\MAILSLOT\abcd", &[0; 424])), []);
}

#[test]
fn offsets_count_from_the_payload() {
    let mut smb = write(Profile::Api, br"\MAILSLOT\alerts", b"hi");
    smb[4] = 0x26;
    let payload = [&[0; 82][..], &smb].concat();
    let error = MailslotWrite::decode_at(&payload, 82).expect_err("refused");
    assert_eq!(error.offset, 86);
    assert_eq!(error.to_string(), "command at octet 86: command 0x26 is not SMB_COM_TRANSACTION");
}

#[test]
fn slot_names_print_safely() {
    let name = SlotName::new(b"\\MAILSLOT\\a\x1b[2J\x81").expect("a name");
    assert_eq!(name.to_string(), r"\MAILSLOT\a\x1b[2Jü");
    assert_eq!(name.leaf_text(CodePage::Cp437).to_string(), r"a\x1b[2Jü");
}
