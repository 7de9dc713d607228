//! Messages of the Computer Browser and of LAN Manager's: laws, and what real senders make of them.

use mailslot::wire::browse::{
    AnnouncementRequest, BecomeBackup, DomainAnnouncement, ElectionRole, GetBackupListRequest,
    GetBackupListResponse, HostAnnouncement, MasterAnnouncement, RequestElection, ResetState,
    ResetStateRequest, ServerType, os_name,
};
use mailslot::wire::lanman::LanmanAnnouncement;
use mailslot::wire::{Decoded, Note, Oem, Payload, Reason, Structure};
use proptest::prelude::*;

use super::hex;
use super::payload::{BROWSE, check, check_any, decode, name16, text};

const LANMAN: &[u8] = br"\MAILSLOT\LANMAN";

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..4)
}

/// Of octets that decode: what they are, as a line, and what was noted.
fn line(slot: &[u8], data: &[u8]) -> (String, Vec<Note>) {
    check_any(slot, data);
    let Decoded { value, notes } = decode(slot, data).expect("decodes");
    (format!("{}: {value}", value.kind()), notes.iter().collect())
}

/// Each prefix is refused with a place in it, or is read and written again.
fn check_prefixes(slot: &[u8], data: &[u8]) {
    (0..=data.len()).for_each(|end| check_any(slot, &data[..end]));
}

proptest! {
    #[test]
    fn messages_with_a_name(name in text(), surplus in octets(), reserved in any::<u8>()) {
        let name = Oem::new(&name);
        let promoted = BecomeBackup { browser_to_promote: name, surplus: &[] };
        check(BROWSE, &Payload::BecomeBackup(promoted));
        check_any(BROWSE, &BecomeBackup { surplus: &surplus, ..promoted }.to_vec());
        let master = MasterAnnouncement { master_browser_server_name: name, surplus: &[] };
        check(BROWSE, &Payload::MasterAnnouncement(master));
        check_any(BROWSE, &MasterAnnouncement { surplus: &surplus, ..master }.to_vec());
        let request = AnnouncementRequest { reserved, response_name: name, ..Default::default() };
        check(BROWSE, &Payload::AnnouncementRequest(request));
        check_any(BROWSE, &AnnouncementRequest { surplus: &surplus, ..request }.to_vec());
        // As Samba has it.
        let displaced = Some(Oem { open: !name.octets.is_empty(), ..name });
        let request =
            AnnouncementRequest { reserved, displaced_name: displaced, ..Default::default() };
        let data = request.to_vec();
        check_prefixes(BROWSE, &data);
        let decoded = AnnouncementRequest::decode(&data).expect("decodes").value;
        prop_assert_eq!(decoded, request);
        prop_assert_eq!(decoded.name().octets, name.octets);
    }

    #[test]
    fn elections(
        numbers in any::<[u32; 2]>(),
        octets in any::<[u8; 5]>(),
        name in text(),
        surplus in octets(),
    ) {
        let election = RequestElection {
            version: octets[0],
            role: ElectionRole::from_bits_retain(octets[1]),
            browser_version_major: octets[2],
            browser_version_minor: octets[3],
            os_summary: octets[4],
            uptime: numbers[0],
            unused: numbers[1],
            server_name: Oem::new(&name),
            surplus: &[],
        };
        check(BROWSE, &Payload::RequestElection(election));
        check_any(BROWSE, &RequestElection { surplus: &surplus, ..election }.to_vec());
        prop_assert_eq!(&election.to_vec()[2..6], &election.criteria().to_le_bytes());
    }

    #[test]
    fn backup_lists(
        names in prop::collection::vec(text(), 0..6),
        numbers in (any::<u8>(), any::<u32>(), any::<u8>()),
        surplus in octets(),
    ) {
        let (requested_count, token, wrong) = numbers;
        let request = GetBackupListRequest { requested_count, token, surplus: &[] };
        check(BROWSE, &Payload::GetBackupListRequest(request));
        check_any(BROWSE, &GetBackupListRequest { surplus: &surplus, ..request }.to_vec());
        let response = GetBackupListResponse {
            backup_server_count: u8::try_from(names.len()).expect("few"),
            token,
            backup_servers: names.iter().map(|name| Oem::new(name)).collect(),
            surplus: &[],
        };
        check(BROWSE, &Payload::GetBackupListResponse(response.clone()));
        let response =
            GetBackupListResponse { backup_server_count: wrong, surplus: &surplus, ..response };
        check_prefixes(BROWSE, &response.to_vec());
    }

    #[test]
    fn groups(
        numbers in any::<[u32; 3]>(),
        octets in any::<[u8; 3]>(),
        machine_group in name16(),
        name in text(),
        surplus in octets(),
    ) {
        let group = DomainAnnouncement {
            update_count: octets[0],
            periodicity: numbers[0],
            machine_group,
            browser_config_version_major: octets[1],
            browser_config_version_minor: octets[2],
            server_type: ServerType::from_bits_retain(numbers[1]),
            version_and_signature: numbers[2],
            local_master_name: Oem::new(&name),
            surplus: &[],
        };
        check(BROWSE, &Payload::DomainAnnouncement(group));
        check_any(BROWSE, &DomainAnnouncement { surplus: &surplus, ..group }.to_vec());
    }

    #[test]
    fn resets(bits in any::<u8>(), surplus in octets()) {
        let reset_type = ResetState::from_bits_retain(bits);
        let reset = ResetStateRequest { reset_type, surplus: &[] };
        check(BROWSE, &Payload::ResetStateRequest(reset));
        check_any(BROWSE, &ResetStateRequest { surplus: &surplus, ..reset }.to_vec());
    }

    #[test]
    fn lanman(
        server_type in any::<u32>(),
        periodicity in any::<u16>(),
        version in any::<[u8; 2]>(),
        name in text(),
        comment in text(),
        surplus in octets(),
    ) {
        let announcement = LanmanAnnouncement {
            server_type: ServerType::from_bits_retain(server_type),
            os_version_major: version[0],
            os_version_minor: version[1],
            periodicity,
            server_name: Oem::new(&name),
            comment: Oem::new(&comment),
            surplus: &[],
        };
        // Else it is a HostAnnouncement.
        prop_assume!(announcement.to_vec().get(30..32) != Some(&[0x55, 0xaa]));
        check(LANMAN, &Payload::LanmanAnnouncement(announcement));
        check_any(LANMAN, &LanmanAnnouncement { surplus: &surplus, ..announcement }.to_vec());
    }

    #[test]
    fn any_octets(data in prop::collection::vec(any::<u8>(), 0..120), kind in 0..=2_u8) {
        check_any(LANMAN, &data);
        check_any(LANMAN, &[&[kind, 0], &data[..]].concat());
    }
}

/// What Windows 98, XP and 2003 send, three that force an election, and a program that leaves
/// the name out.
#[test]
fn elections_of_real_senders() {
    let of = |data: &str| line(BROWSE, &hex(data));
    let xp = of("08 01 200f0110 9df17100 00000000 4f4253494449414e00");
    assert_eq!(
        xp.0,
        "request_election: OBSIDIAN, criteria 0x10010f20: nt_workstation, wins; up 7467 s"
    );
    assert_eq!(xp.1, []);
    let server = of("08 01 260f0114 005cd806 00000000 53525600");
    assert_eq!(
        server.0,
        "request_election: SRV, criteria 0x14010f26: os 0x14, wins, running_master, domain_controller; up 114842 s"
    );
    let old = of("08 01 00150401 8f9d0100 00000000 4f4c44424f5800");
    assert_eq!(
        old.0,
        "request_election: OLDBOX, criteria 0x01041500: windows_for_workgroups; up 105 s"
    );
    let forced = |name: &str| (format!("request_election: forced{name}"), vec![]);
    assert_eq!(of("08 00 00000000 00000000 00000000 00"), forced(""));
    assert_eq!(of("08 01 00000000 00000000 00000000 4f4c44424f5800"), forced(" by OLDBOX"));
    assert_eq!(of("08 00 200f0110 00000000 00000000 00"), forced(""));
    let nameless = of("08 00 00000000 00000000 00000000");
    assert_eq!(nameless, (forced("").0, vec![Note::TextMissing]));
    let error = RequestElection::decode(&hex("08 00 00000000 00000000 000000")).expect_err("13");
    assert_eq!((error.offset, error.field, error.reason), (10, "unused", Reason::Truncated));
}

/// Samba has a number where the specification has 0, then an empty name, then the name.
#[test]
fn announcement_requests_of_real_senders() {
    let of = |data: &[u8]| line(BROWSE, data);
    let kind = |name: &str| format!("announcement_request: {name} asks");
    assert_eq!(of(b"\x02\0AM01\0"), (kind("AM01"), vec![]));
    assert_eq!(of(b"\x02\x01\0ALPHA"), (kind("ALPHA"), vec![Note::Unterminated]));
    assert_eq!(of(b"\x02\x01\0ALPHA\0"), (kind("ALPHA"), vec![]));
    assert_eq!(of(b"\x02\0AM01"), (kind("AM01"), vec![Note::Unterminated]));
    assert_eq!(of(b"\x02\0"), (kind("(no name)"), vec![Note::TextMissing]));
    assert_eq!(of(b"\x02\0AM01\0\x07"), (kind("AM01"), vec![Note::Surplus]));
    let error = decode(BROWSE, b"\x02").expect_err("too short");
    assert_eq!((error.offset, error.field), (1, "reserved"));
}

#[test]
fn backup_lists_of_real_senders() {
    let of = |data: &[u8]| line(BROWSE, data);
    let request = |token: &str| format!("get_backup_list_request: at most 4, token {token}");
    assert_eq!(of(b"\x09\x04\xec\x45\0\0"), (request("0x45ec"), vec![]));
    assert_eq!(of(b"\x09\x04\x01\0\0\0\x44"), (request("0x1"), vec![Note::Surplus]));
    let response = |servers: &str| format!("get_backup_list_response: token 0x1: {servers}");
    let two = b"\x0a\x02\x01\0\0\0WINBOX\0OLDBOX\0";
    assert_eq!(of(two), (response("WINBOX, OLDBOX"), vec![]));
    assert_eq!(of(&two[..6]), (response("none"), vec![Note::TextMissing]));
    assert_eq!(of(&two[..13]), (response("WINBOX"), vec![Note::TextMissing]));
    assert_eq!(of(&two[..14]), (response("WINBOX, O"), vec![Note::Unterminated]));
    assert_eq!(of(b"\x0a\0\x01\0\0\0"), (response("none"), vec![]));
    assert_eq!(of(b"\x0a\x01\x01\0\0\0A\0B\0"), (response("A"), vec![Note::Surplus]));
    // A count takes no memory.
    assert_eq!(of(b"\x0a\xff\x01\0\0\0A\0"), (response("A"), vec![Note::TextMissing]));
}

/// Octets 28 to 31 are anything.
#[test]
fn groups_of_real_senders() {
    let data = hex("0c 00 60ea0000 4f464649434500 50d7120000e0030a00 03 0a 00100080 00e0f87f \
                    57494e424f5800");
    let line = line(BROWSE, &data);
    assert_eq!(line.0, "domain_announcement: OFFICE, master WINBOX, every 60 s: nt, domain_enum");
    assert_eq!(line.1, [Note::NameResidue]);
    let group = DomainAnnouncement::decode(&data).expect("decodes").value;
    assert_eq!((group.browser_config_version_major, group.browser_config_version_minor), (3, 10));
    assert_eq!(group.version_and_signature, 0x7ff8_e000);
}

#[test]
fn who_is_promoted_reset_or_leaves() {
    let of = |data: &[u8]| line(BROWSE, data).0;
    assert_eq!(of(b"\x0bSVN\0"), "become_backup: SVN");
    assert_eq!(of(b"\x0b"), "become_backup: (no name)");
    assert_eq!(of(b"\x0dWINBOX\0"), "master_announcement: WINBOX");
    assert_eq!(of(b"\x0e\x02"), "reset_state_request: clear_all");
    assert_eq!(of(b"\x0e\x0d"), "reset_state_request: stop_master, stop, 0x8");
    let leaving = HostAnnouncement { server_type: ServerType::empty(), ..Default::default() };
    assert_eq!(of(&leaving.to_vec()), "host_announcement: (no name) leaves");
}

/// LAN Manager's announcement, and the one of [MS-BRWS] 2.2.1, in the same mailslot.
#[test]
fn announcements_to_lan_manager() {
    let of = |data: &[u8]| line(LANMAN, data);
    let data = hex("0100 07908202 05 02 f000 52454d4f54452d504300");
    let remote = "lanman_announcement: REMOTE-PC, version 5.2 (Windows Server 2003), every 240 s: \
                  workstation, server, sqlserver, nt, server_nt, backup_browser, dfs, terminalserver";
    assert_eq!(of(&data), (remote.into(), vec![Note::TextMissing]));
    let commented = [&data[..], b"LAB\0"].concat();
    assert_eq!(of(&commented), (format!("{remote}; \"LAB\""), vec![]));
    let error = decode(LANMAN, &data[..data.len() - 1]).expect_err("no NUL");
    assert_eq!(
        (error.offset, error.field, error.reason),
        (10, "server_name", Reason::Unterminated)
    );
    let host = HostAnnouncement { update_count: 3, ..Default::default() }.to_vec();
    assert!(of(&host).0.starts_with("host_announcement: "), "{:?}", of(&host));
    assert!(of(&host[..31]).0.starts_with("raw: "), "{:?}", of(&host[..31]));
    // A request has no body that is known.
    assert_eq!(of(&[2, 0]).0, "raw: 2 octets");
}

#[test]
fn versions_by_name() {
    let nt = ServerType::NT | ServerType::SERVER;
    assert_eq!(os_name(6, 1, nt), Some("Windows 7 or Server 2008 R2"));
    assert_eq!(os_name(10, 0, nt), Some("Windows 10, Server 2016 or later"));
    assert_eq!(os_name(4, 9, nt), Some("Samba"));
    assert_eq!(os_name(6, 1, nt | ServerType::XENIX_SERVER), Some("Samba or another Unix"));
    assert_eq!(os_name(4, 0, nt), Some("Windows NT 4"));
    assert_eq!(os_name(4, 0, ServerType::WINDOWS), Some("Windows 95 or 98"));
    assert_eq!(os_name(4, 90, ServerType::WINDOWS), Some("Windows ME"));
    assert_eq!(os_name(1, 51, ServerType::WFW), Some("Windows for Workgroups"));
    assert_eq!(os_name(1, 50, ServerType::WFW), None);
    // Routers that say 4.0, and nothing else.
    assert_eq!(os_name(4, 0, ServerType::SERVER), None);
    assert_eq!(os_name(7, 0, nt), None);
}
