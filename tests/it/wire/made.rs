//! Messages made by hand, by the API alone: what is easily forgotten is right.

use mailslot::wire::alerter::{Alerter, Insertions, OtherInfo, Print};
use mailslot::wire::browse::{GetBackupListResponse, HostAnnouncement, RequestElection};
use mailslot::wire::messenger::Messenger;
use mailslot::wire::netbios::{Name, Suffix};
use mailslot::wire::netlogon::{NtVersion, SamLogonResponse, SockAddr, Trailer, V5Ex, Version};
use mailslot::wire::smb::{MailslotWrite, Profile, SlotName};
use mailslot::wire::waitfor::{self, Waitfor};
use mailslot::wire::{
    Decoded, DnsName, Name16, Notes, Oem, Payload, Reason, Structure, Utf16, Utf16Field,
};

/// It is read as it was made, and nothing is odd about it.
fn reads_back<'a, M: Into<Payload<'a>>>(slot: SlotName<'_>, made: M) {
    let made = made.into();
    let octets = made.to_vec();
    let Decoded { value, notes } = Payload::decode(slot, &octets).expect("decodes");
    assert_eq!((&value, notes), (&made, Notes::NONE));
    assert!(made.reads_back(slot), "{made:?}");
}

#[test]
fn the_known_mailslots() {
    for slot in [
        SlotName::BROWSE,
        SlotName::LANMAN,
        SlotName::NETLOGON,
        SlotName::NTLOGON,
        SlotName::MESSNGR,
        SlotName::ALERTER,
    ] {
        assert_eq!(SlotName::new(slot.as_bytes()), Ok(slot));
    }
    reads_back(SlotName::BROWSE, HostAnnouncement::default());
    reads_back(SlotName::LANMAN, HostAnnouncement::default());
    reads_back(SlotName::MESSNGR, Messenger::default());
    reads_back(SlotName::ALERTER, Alerter::default());
    let signal = [&waitfor::PREFIX[..], b"READY"].concat();
    let slot = SlotName::new(&signal).expect("a name");
    reads_back(slot, Waitfor { signal: b"READY", octets: b"now" });
    assert!(!Payload::from(Waitfor::default()).reads_back(slot), "another signal's");
    let error: Box<dyn std::error::Error> = SlotName::new(b"BROWSE").expect_err("no prefix").into();
    assert_eq!(error.downcast_ref(), Some(&Reason::NotMailslot));
}

/// The module's page has all of them, each with where it is from.
#[test]
fn the_table_is_whole() {
    let page = include_str!("../../../src/wire/mod.rs");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("//! | ")).skip(1).collect();
    for kind in Payload::KINDS {
        let upper = |word: &str| word[..1].to_uppercase() + &word[1..];
        let of_type: String = kind.split('_').map(upper).collect();
        let mut found = rows.iter().filter(|row| row.contains(&format!("[`{of_type}`](")));
        let row = found.next().unwrap_or_else(|| panic!("{kind} is not in the table"));
        let source = row.trim_end_matches(" |").rsplit("| ").next();
        assert!(source.is_some_and(|source| source.len() > 4), "{row}");
    }
    // A HostAnnouncement can come from LAN Manager's mailslot, too.
    assert_eq!(rows.len(), Payload::KINDS.len() + 1);
}

#[test]
fn answers_announce_what_they_have() {
    let site = DnsName::new("Main").expect("a name");
    for (with_address, with_site, expected) in
        [(false, false, 5), (true, false, 13), (false, true, 21), (true, true, 29)]
    {
        let form = V5Ex {
            dns_domain_name: DnsName::new("office.example").expect("a name"),
            dc_sock_addr: with_address.then(|| SockAddr::new([192, 0, 2, 1].into())),
            next_closest_site_name: with_site.then(|| site.clone()),
            ..V5Ex::default()
        };
        let answer = SamLogonResponse::from(Version::V5Ex(form.into()));
        assert_eq!(answer.trailer.nt_version.bits(), expected);
        reads_back(SlotName::NETLOGON, answer);
    }
    // Another form than the version says.
    let trailer = Trailer::new(NtVersion::V1);
    let answer = SamLogonResponse { trailer, ..SamLogonResponse::default() };
    assert!(!Payload::from(answer).reads_back(SlotName::NETLOGON));
}

#[test]
fn lists_are_counted() {
    let list = GetBackupListResponse::new(7, vec![Oem::new(b"WINBOX"), Oem::new(b"OLDBOX")]);
    reads_back(SlotName::BROWSE, list.clone());
    let forgotten = GetBackupListResponse { backup_server_count: 0, ..list };
    assert!(!Payload::from(forgotten).reads_back(SlotName::BROWSE));
    let (disk, percent) = (Utf16::encode("C:"), Utf16::encode("95"));
    let texts = Insertions::new(3009, vec![Utf16::new(&disk), Utf16::new(&percent)]);
    assert_eq!(texts.numstrings, 2);
    reads_back(SlotName::ALERTER, Alerter::from(OtherInfo::User(texts)));
}

#[test]
fn alerts_have_the_name_of_their_event() {
    let known = [
        OtherInfo::Admin(Insertions::default()),
        OtherInfo::Errorlog { errcode: 3000, offset: 512 },
        OtherInfo::Printing(Print::default()),
        OtherInfo::User(Insertions::default()),
    ];
    for info in known {
        let alert = Alerter::from(info.clone());
        assert_eq!(alert.event_name.to_string(), info.event().expect("a name"));
        reads_back(SlotName::ALERTER, alert.clone());
        let nameless = Alerter { event_name: Utf16Field::default(), ..alert };
        assert!(!Payload::from(nameless).reads_back(SlotName::ALERTER));
    }
    assert_eq!(Alerter::from(OtherInfo::Unknown(b"x")).event_name, Utf16Field::default());
}

#[test]
fn criteria_of_an_election() {
    let election = RequestElection { version: 1, ..Default::default() }.with_criteria(0x1001_0f26);
    assert_eq!(&election.to_vec()[2..6], b"\x26\x0f\x01\x10");
    assert_eq!(election.criteria(), 0x1001_0f26);
}

#[test]
fn names_of_machines() {
    let name = |text| Name::new(text, Suffix::SERVER).expect("a name");
    assert_eq!(Name16::from(name("büro")), Name16::new(b"B\x9aRO").expect("short"));
    let longest = Name16::from(name("fifteen-letters"));
    assert_eq!(longest.0, *b"FIFTEEN-LETTERS\0");
    reads_back(SlotName::BROWSE, HostAnnouncement { server_name: longest, ..Default::default() });
}

/// A text with a NUL in it is two.
#[test]
fn texts_with_a_nul() {
    let good = Messenger { from: Oem::new(b"ALICE"), to: Oem::new(b"BOB"), ..Default::default() };
    reads_back(SlotName::MESSNGR, good);
    let split = Messenger { from: Oem::new(b"ALI\0CE"), ..good };
    assert!(!Payload::from(split).reads_back(SlotName::MESSNGR));
    assert!(!Payload::from(good).reads_back(SlotName::BROWSE), "another's mailslot");
    assert!(Payload::Raw(b"hello").reads_back(SlotName::new(br"\MAILSLOT\chat").expect("a name")));
    assert!(!Payload::Raw(b"\x01").reads_back(SlotName::BROWSE));
}

/// What a message's errors count from, in its packet.
#[test]
fn where_data_are() {
    let mut smb = Profile::Api.write(SlotName::BROWSE, b"\x0f\0").to_vec();
    smb.extend(b"more");
    let payload = [&[0; 9], &smb[..]].concat();
    let write = MailslotWrite::decode_at(&payload, 9).expect("decodes").value;
    let at = write.data_at(payload.len());
    assert_eq!(payload[at..], *b"\x0f\0more");
    let error = Payload::decode(write.mailslot_name, write.data).expect_err("cut");
    assert_eq!((error.offset, error.behind(at).offset), (2, payload.len() - 4));
}
