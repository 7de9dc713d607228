//! Messages of well-known mailslots: the laws, the frames that specifications print, the twins of
//! testdata.

use std::fs;
use std::path::Path;

use mailslot::wire::browse::{HostAnnouncement, LocalMasterAnnouncement, ServerType};
use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::oem::CodePage;
use mailslot::wire::smb::{MailslotWrite, SlotName};
use mailslot::wire::{DecodeError, Decoded, Name16, Note, Notes, Oem, Payload, Structure};
use proptest::prelude::*;

use super::hex;
use crate::fuzz::seeds::{NBNS, payloads};
pub(super) use crate::fuzz::targets::message as check_any;

pub(super) const BROWSE: &[u8] = br"\MAILSLOT\BROWSE";

pub(super) fn decode<'a>(
    slot: &'a [u8],
    data: &'a [u8],
) -> Result<Decoded<Payload<'a>>, DecodeError> {
    Payload::decode(SlotName::new(slot).expect("a name"), data)
}

/// The laws: it comes back, in as many octets as it says; no part passes for the whole, and what
/// was read of one is written again; it prints.
pub(super) fn check(slot: &[u8], payload: &Payload<'_>) {
    let mut octets = Vec::new();
    payload.encode(&mut octets);
    assert_eq!(payload.encoded_len(), octets.len());
    let decoded = decode(slot, &octets).expect("an encoded value decodes");
    assert_eq!(&decoded.value, payload);
    for end in 0..octets.len() {
        let part = &octets[..end];
        match decode(slot, part) {
            Err(error) => assert!(error.offset <= end, "{error} in {end} octets"),
            Ok(Decoded { value, notes }) => {
                assert!(!notes.is_empty() || !value.is_known(), "{value:?} in {end} octets");
                check_any(slot, part);
            }
        }
    }
}

pub(super) fn name16() -> impl Strategy<Value = Name16> {
    prop_oneof![
        any::<[u8; 16]>().prop_map(Name16),
        "[A-Z]{0,16}".prop_map(|name| Name16::new(name.as_bytes()).expect("short")),
    ]
}

/// Octets of a text.
pub(super) fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1..=u8::MAX, 0..48)
}

proptest! {
    #[test]
    fn announcements(
        numbers in any::<[u32; 2]>(),
        octets in any::<[u8; 5]>(),
        signature in any::<u16>(),
        server_name in name16(),
        comment in text(),
        surplus in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let host = HostAnnouncement {
            update_count: octets[0],
            periodicity: numbers[0],
            server_name,
            os_version_major: octets[1],
            os_version_minor: octets[2],
            server_type: ServerType::from_bits_retain(numbers[1]),
            browser_version_major: octets[3],
            browser_version_minor: octets[4],
            signature,
            comment: Oem::new(&comment),
            surplus: &[],
        };
        check(BROWSE, &Payload::HostAnnouncement(host));
        let more = HostAnnouncement { surplus: &surplus, ..host };
        check_any(BROWSE, &more.to_vec());
        let master = LocalMasterAnnouncement { comment: Oem::new(&comment), ..Default::default() };
        check(BROWSE, &Payload::LocalMasterAnnouncement(master));
    }

    #[test]
    fn any_octets(data in prop::collection::vec(any::<u8>(), 0..120), kind in 0..=0x10_u8) {
        check_any(BROWSE, &data);
        check_any(BROWSE, &[&[kind], &data[..]].concat());
    }
}

/// The fields that [MS-BRWS] 4.1 lists.
#[test]
fn ms_brws_4_1() {
    let data = hex("0f0080fc0a004745524d414e534841000000000000000501031005000f0155aa00");
    let Decoded { value, notes } = LocalMasterAnnouncement::decode(&data).expect("decodes");
    assert_eq!(notes, Notes::NONE);
    assert_eq!(value.periodicity, 720_000);
    assert_eq!(value.server_name.octets(), b"GERMANSHA");
    assert_eq!((value.os_version_major, value.os_version_minor), (5, 1));
    assert_eq!(value.server_type.bits(), 0x0005_1003);
    assert_eq!(
        value.text(CodePage::default()).to_string(),
        "GERMANSHA, version 5.1 (Windows XP), every 720 s: workstation, server, nt, potential_browser, master_browser"
    );
    let wrong = HostAnnouncement::decode(&data).expect_err("another message");
    assert_eq!(wrong.to_string(), "opcode at octet 0: opcode 15 is another message's");
}

/// Frames of Windows 2000 to 2003 and of Samba that deviate.
#[test]
fn announcements_that_deviate() {
    let mut data = HostAnnouncement::default().to_vec();
    let notes = |data: &[u8]| -> Vec<Note> {
        decode(BROWSE, data).expect("decodes").notes.iter().collect()
    };
    assert_eq!(notes(&data), []);
    assert_eq!(notes(&data[..32]), [Note::TextMissing]);
    data[6..12].copy_from_slice(b"A\0\0\x94\xe0\x9c");
    assert_eq!(notes(&data), [Note::NameResidue]);
    data[6..22].copy_from_slice(b"AN-UNENDED-NAME-");
    assert_eq!(notes(&data), [Note::NameFull]);
    data.splice(32.., *b"front desk");
    assert_eq!(notes(&data), [Note::Unterminated, Note::NameFull]);
    let error = decode(BROWSE, &data[..26]).expect_err("too short");
    assert_eq!((error.offset, error.field), (24, "server_type"));
}

/// A case of testdata, in the words of its twin: what it is, and its line.
fn outcome(payload: &[u8]) -> (String, Option<String>) {
    let datagram = Datagram::decode(payload).expect("a datagram").value;
    let Body::Data(data) = datagram.body else { panic!("no data") };
    let at = payload.len() - data.user_data.len();
    let write = MailslotWrite::decode_at(payload, at).expect("a mailslot write").value;
    match Payload::decode(write.mailslot_name, write.data) {
        Err(error) => (format!("refused {} {}", error.field, error.offset), None),
        Ok(Decoded { value, notes }) => {
            let words: Vec<_> =
                [value.kind()].into_iter().chain(notes.iter().map(Note::name)).collect();
            (words.join(" "), Some(value.text(CodePage::default()).to_string()))
        }
    }
}

/// Those that say which message they are.
#[test]
fn the_twins_are_right() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut cases = 0;
    for folder in ["ms-adts", "ms-brws", "synthetic"] {
        for entry in fs::read_dir(testdata.join(folder)).expect("a folder of testdata") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "hex") {
                continue;
            }
            let (port, payload) = &payloads(&path)[0];
            let twin = fs::read_to_string(path.with_extension("txt")).expect("a twin");
            let line = |word: &str| {
                let found = twin.lines().find_map(|line| line.strip_prefix(word));
                found.map(ToOwned::to_owned)
            };
            let Some(expected) = line("expect: ").filter(|_| *port != NBNS) else { continue };
            assert_eq!(outcome(payload), (expected, line("says: ")), "{}", path.display());
            cases += 1;
        }
    }
    assert!(cases >= 90, "{cases} cases");
}
