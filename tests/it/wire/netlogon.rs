//! Messages of the Netlogon service: the laws, domain names.

use std::net::Ipv4Addr;
use std::path::Path;

use mailslot::wire::netlogon::{
    AccountControl, AnnounceUas, DbChange, DsFlags, LogonRequest, LogonResponse, LogonResponse2,
    Nt40, NtQuery, NtResponse, NtVersion, Opcode, PrimaryQuery, PrimaryResponse, SamLogonRequest,
    SamLogonResponse, SockAddr, Tail, Trailer, UasChange, V5, V5Ex, Version,
};
use mailslot::wire::{DnsName, Guid, Notes, Oem, Padding, Payload, Reason, Sid, Structure, Utf16};
use proptest::prelude::*;

use super::payload::{check, check_any, decode, text};
use crate::fuzz::seeds::payloads;

const NETLOGON: &[u8] = br"\MAILSLOT\NET\NETLOGON";
const TEMP: &[u8] = br"\MAILSLOT\TEMP\X1";

/// Octets of a text in UTF-16.
fn units() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1..=u16::MAX, 0..20)
        .prop_map(|units| units.into_iter().flat_map(u16::to_le_bytes).collect())
}

/// Octets of an identifier, or none.
fn sid() -> impl Strategy<Value = Vec<u8>> {
    let identifier = (any::<[u8; 6]>(), prop::collection::vec(any::<[u8; 4]>(), 0..=15));
    prop_oneof![
        Just(Vec::new()),
        identifier.prop_map(|(authority, rest)| {
            let count = u8::try_from(rest.len()).expect("few");
            [&[1, count][..], &authority, &rest.concat()].concat()
        }),
    ]
}

/// A name as people write it. Labels of few letters, so that names end alike.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec("[ab]{1,2}", 0..9).prop_map(|labels| labels.join(".")),
        prop::collection::vec("[a-zA-Z0-9 äß\u{202e}\u{7}-]{1,12}", 0..4)
            .prop_map(|labels| labels.join(".")),
        prop::collection::vec("\\PC{1,5}", 1..4)
            .prop_map(|labels| { labels.join("").replace('\\', "\\\\").replace('.', "\\.") }),
        prop::collection::vec(any::<u8>(), 1..60).prop_map(|octets| {
            octets.iter().map(|octet| format!("\\{octet:03}")).collect::<Vec<_>>().concat()
        }),
    ]
}

fn dns(text: &str) -> DnsName<'static> {
    DnsName::new(text).expect("a short name")
}

fn trailer(nt_version: u32) -> Trailer {
    Trailer::new(NtVersion::from_bits_retain(nt_version))
}

proptest! {
    #[test]
    fn lan_manager(
        names in [text(), text(), text()],
        count in any::<u8>(),
        numbers in any::<[u16; 2]>(),
        surplus in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let [computer_name, user_name, mailslot_name] = names.each_ref().map(|name| Oem::new(name));
        let request = LogonRequest {
            computer_name,
            user_name,
            mailslot_name,
            request_count: count,
            lm_version: numbers[0],
            lm20_token: numbers[1],
            surplus: &[],
        };
        check(NETLOGON, &Payload::LogonRequest(request));
        check_any(NETLOGON, &LogonRequest { surplus: &surplus, ..request }.to_vec());
        let response = LogonResponse { user_name, script_name: mailslot_name, surplus: &[] };
        check(TEMP, &Payload::LogonResponse(response));
        check_any(TEMP, &LogonResponse { surplus: &surplus, ..response }.to_vec());
        let response =
            LogonResponse2 { logon_server: user_name, lm20_token: numbers[0], surplus: &[] };
        check(TEMP, &Payload::LogonResponse2(response));
        check_any(TEMP, &LogonResponse2 { surplus: &surplus, ..response }.to_vec());
    }

    #[test]
    fn primary(
        names in [text(), text()],
        unicode in [units(), units()],
        numbers in any::<(u32, u16, u16)>(),
        token in any::<Option<u16>>(),
        padding in any::<u8>(),
        surplus in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let [computer_name, mailslot_name] = names.each_ref().map(|name| Oem::new(name));
        let [first, second] = unicode.each_ref().map(|name| Utf16::new(name));
        let (nt_version, lm_nt_token, lm20_token) = numbers;
        let nt_version = NtVersion::from_bits_retain(nt_version);
        let trailer = Trailer { nt_version, lm_nt_token, lm20_token };
        let tail = Tail::Nt(NtQuery { unicode_computer_name: first, trailer });
        let query = PrimaryQuery { computer_name, mailslot_name, tail, ..Default::default() };
        check(NETLOGON, &Payload::PrimaryQuery(query));
        check_any(NETLOGON, &PrimaryQuery { surplus: &surplus, ..query }.to_vec());
        let odd = [padding];
        check_any(NETLOGON, &PrimaryQuery { padding: Padding::Octets(&odd), ..query }.to_vec());
        let tail = Tail::LanManager { lm20_token: token };
        check(NETLOGON, &Payload::PrimaryQuery(PrimaryQuery { tail, ..query }));

        let tail = Tail::Nt(NtResponse {
            unicode_primary_dc_name: first,
            unicode_domain_name: second,
            trailer,
        });
        let primary_dc_name = computer_name;
        let response = PrimaryResponse { primary_dc_name, tail, ..Default::default() };
        check(TEMP, &Payload::PrimaryResponse(response));
        check_any(TEMP, &PrimaryResponse { surplus: &surplus, ..response }.to_vec());
        let tail = Tail::LanManager { lm20_token: token };
        check(TEMP, &Payload::PrimaryResponse(PrimaryResponse { tail, ..response }));
    }

    #[test]
    fn sam_requests(
        request_count in any::<u16>(),
        unicode in [units(), units()],
        mailslot_name in text(),
        numbers in any::<[u32; 2]>(),
        sid in sid(),
        padding in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let [unicode_computer_name, unicode_user_name] =
            unicode.each_ref().map(|name| Utf16::new(name));
        let request = SamLogonRequest {
            request_count,
            unicode_computer_name,
            unicode_user_name,
            mailslot_name: Oem::new(&mailslot_name),
            allowable_account_control_bits: AccountControl::from_bits_retain(numbers[0]),
            domain_sid: Sid(&sid),
            trailer: trailer(numbers[1]),
            ..Default::default()
        };
        check(NETLOGON, &Payload::SamLogonRequest(request));
        let sid_padding = Padding::Octets(&padding);
        check_any(NETLOGON, &SamLogonRequest { sid_padding, ..request }.to_vec());
        check_any(NETLOGON, &SamLogonRequest { domain_sid: Sid(&padding), ..request }.to_vec());
        check_any(NETLOGON, &SamLogonRequest { surplus: &padding, ..request }.to_vec());
    }

    #[test]
    fn sam_responses(
        old in [units(), units(), units()],
        guids in any::<[[u8; 16]; 2]>(),
        names in prop::collection::vec(name(), 9),
        numbers in any::<(u32, u32, u16, u16)>(),
        opcode in prop::sample::select(vec![19, 20, 21, 23, 24, 25]),
        address in any::<(bool, bool)>(),
        surplus in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let [unicode_logon_server, unicode_user_name, unicode_domain_name] =
            old.each_ref().map(|name| Utf16::new(name));
        let nt40 = Nt40 { unicode_logon_server, unicode_user_name, unicode_domain_name };
        let (flags, ip, family, port) = numbers;
        let flags = DsFlags::from_bits_retain(flags);
        let [domain_guid, null_guid] = guids.map(Guid);
        let v5 = V5 {
            nt40,
            domain_guid,
            null_guid,
            dns_forest_name: dns(&names[0]),
            dns_domain_name: dns(&names[1]),
            dns_host_name: dns(&names[2]),
            dc_ip_address: ip.into(),
            flags,
        };
        let (with_address, with_site) = address;
        let sock_addr = SockAddr {
            sin_family: family,
            sin_port: port,
            ..SockAddr::new(ip.into())
        };
        let v5ex = V5Ex {
            sbz: port,
            flags,
            domain_guid,
            dns_forest_name: dns(&names[0]),
            dns_domain_name: dns(&names[1]),
            dns_host_name: dns(&names[2]),
            netbios_domain_name: dns(&names[3]),
            netbios_computer_name: dns(&names[4]),
            user_name: dns(&names[5]),
            dc_site_name: dns(&names[6]),
            client_site_name: dns(&names[7]),
            dc_sock_addr: with_address.then_some(sock_addr),
            next_closest_site_name: with_site.then(|| dns(&names[8])),
        };
        for version in [Version::Nt40(nt40), Version::V5(v5.into()), Version::V5Ex(v5ex.into())] {
            let is_v5ex = matches!(version, Version::V5Ex(_));
            let mut response = SamLogonResponse { opcode: Opcode(opcode), ..version.into() };
            if is_v5ex {
                let bits = &mut response.trailer.nt_version;
                bits.set(NtVersion::V5EX_WITH_IP, with_address);
                bits.set(NtVersion::WITH_CLOSEST_SITE, with_site);
            }
            check(TEMP, &Payload::SamLogonResponse(response.clone()));
            check(br"\MAILSLOT\NET\GETDC1004D0A", &Payload::SamLogonResponse(response.clone()));
            check_any(TEMP, &SamLogonResponse { surplus: &surplus, ..response }.to_vec());
        }
    }

    #[test]
    fn announcements_of_changes(
        numbers in any::<[u32; 6]>(),
        names in [text(), text()],
        unicode in [units(), units()],
        changes in prop::collection::vec(any::<(u32, u64, u64)>(), 0..=32),
        sid in sid(),
        padding in prop::collection::vec(any::<u8>(), 0..4),
        token in any::<Option<u16>>(),
    ) {
        let [unicode_primary_dc_name, unicode_domain_name] =
            unicode.each_ref().map(|name| Utf16::new(name));
        let db_changes = changes.into_iter().map(|(db_index, large_serial_number, date_and_time)| {
            DbChange { db_index, large_serial_number, date_and_time }
        });
        let change = UasChange {
            unicode_primary_dc_name,
            unicode_domain_name,
            db_changes: db_changes.collect(),
            domain_sid: Sid(&sid),
            message_format_version: numbers[4],
            message_token: numbers[5],
            ..Default::default()
        };
        let announcement = AnnounceUas {
            low_serial_number: numbers[0],
            date_and_time: numbers[1],
            pulse: numbers[2],
            random: numbers[3],
            primary_dc_name: Oem::new(&names[0]),
            domain_name: Oem::new(&names[1]),
            tail: Tail::Nt(change.clone()),
            ..Default::default()
        };
        check(NETLOGON, &Payload::AnnounceUas(announcement.clone()));
        let tail = Tail::Nt(UasChange { sid_padding: Padding::Octets(&padding), ..change });
        check_any(NETLOGON, &AnnounceUas { tail, ..announcement.clone() }.to_vec());
        let tail = Tail::LanManager { lm20_token: token };
        check(NETLOGON, &Payload::AnnounceUas(AnnounceUas { tail, ..announcement }));
    }

    #[test]
    fn any_octets(data in prop::collection::vec(any::<u8>(), 0..160), opcode in 0..=26_u8) {
        check_any(NETLOGON, &data);
        check_any(TEMP, &[&[opcode, 0], &data[..]].concat());
        check_any(NETLOGON, &[&[opcode, 0], &data[..]].concat());
        let tokens = [0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        for version in 0..=31 {
            check_any(NETLOGON, &[&[opcode, 0], &data[..], &[version], &tokens].concat());
        }
    }

    /// A name comes back from its text, whatever its labels are.
    #[test]
    fn names_come_back(name in name()) {
        let name = dns(&name);
        prop_assert_eq!(&dns(&name.to_string()), &name);
        prop_assert!(!name.to_string().contains(char::is_control));
    }

    #[test]
    fn identifiers_come_back(sid in sid(), guid in any::<[u8; 16]>()) {
        if !sid.is_empty() {
            let text = Sid(&sid).to_string();
            prop_assert!(Sid(&sid).is_valid() && text.starts_with("S-1-"), "{}", text);
            prop_assert_eq!(Sid::parse(&text), Some(sid));
        }
        prop_assert_eq!(Guid(guid).to_string().to_uppercase().parse(), Ok(Guid(guid)));
    }
}

/// What a decoded answer of testdata has in its fields.
#[test]
fn fields_of_an_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ms-adts/v5ex-site.hex");
    let (_, payload) = &payloads(&path)[0];
    let data = &payload[174..];
    let decoded = SamLogonResponse::decode(data).expect("decodes");
    assert_eq!(decoded.notes, Notes::NONE);
    let response = decoded.value;
    assert_eq!((response.opcode, response.trailer), (Opcode::RESPONSE_EX, trailer(0x1d)));
    let Version::V5Ex(form) = response.version else { panic!("another form") };
    assert_eq!(form.flags.bits(), 0xe000_f3fd);
    assert_eq!(form.domain_guid.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    let names = [&form.dns_forest_name, &form.dns_domain_name, &form.dns_host_name];
    assert_eq!(
        names.map(ToString::to_string),
        ["office.example", "office.example", "dc1.office.example"]
    );
    let names = [&form.netbios_domain_name, &form.netbios_computer_name, &form.client_site_name];
    assert_eq!(names.map(ToString::to_string), ["OFFICE", "DC1", "Main"]);
    assert!(form.user_name.is_root());
    assert_eq!(form.dc_sock_addr, Some(SockAddr::new(Ipv4Addr::new(192, 168, 1, 5))));
    assert_eq!(form.next_closest_site_name, DnsName::new("North"));
}

/// What Windows writes: a pointer as early as one can be, letters as they are.
#[test]
fn names_are_compressed_as_windows_does() {
    let form = V5Ex {
        dns_forest_name: dns("corp.example"),
        dns_domain_name: dns("lab.corp.example"),
        dns_host_name: dns("dc.lab.corp.example"),
        netbios_domain_name: dns("LAB"),
        netbios_computer_name: dns("lab.corp.EXAMPLE"),
        user_name: dns("example"),
        ..Default::default()
    };
    let octets = SamLogonResponse::from(Version::V5Ex(form.into())).to_vec();
    let names = &octets[24..octets.len() - 8];
    let expected = [
        &b"\x04corp\x07example\0"[..], // 24
        b"\x03lab\xc0\x18",            // 38
        b"\x02dc\xc0\x26",
        b"\x03LAB\0",
        b"\x03lab\x04corp\x07EXAMPLE\0",
        b"\xc0\x1d", // `example` in 24
        b"\0\0",
    ];
    assert_eq!(names, expected.concat());
}

/// Nobody follows more than five pointers, so that no more are written.
#[test]
fn chains_of_pointers_end() {
    let mut names = vec!["a".to_owned()];
    for letter in ["b", "c", "d", "e", "f", "g", "h"] {
        names.push(format!("{letter}.{}", names[names.len() - 1]));
    }
    let form = V5Ex {
        dns_forest_name: dns(&names[0]),
        dns_domain_name: dns(&names[1]),
        dns_host_name: dns(&names[2]),
        netbios_domain_name: dns(&names[3]),
        netbios_computer_name: dns(&names[4]),
        user_name: dns(&names[5]),
        dc_site_name: dns(&names[6]),
        client_site_name: dns(&names[7]),
        ..Default::default()
    };
    let response = SamLogonResponse::from(Version::V5Ex(form.into()));
    let octets = response.to_vec();
    // `f` is four pointers and one away from `a`: nothing points there.
    let chain = [
        &b"\x01a\0"[..],
        b"\x01b\xc0\x18",
        b"\x01c\xc0\x1b",
        b"\x01d\xc0\x1f",
        b"\x01e\xc0\x23",
        b"\x01f\xc0\x27",
        b"\x01g\x01f\xc0\x27",
        b"\x01h\x01g\x01f\xc0\x27",
    ];
    assert_eq!(octets[24..octets.len() - 8], chain.concat());
    assert_eq!(SamLogonResponse::decode(&octets).expect("decodes").value, response);
}

/// Each pointer leads before the name, or the part of one, that it stands in.
#[test]
fn pointers_go_backwards() {
    for (names, at, reason) in [
        (&b"\xc0\x18"[..], 24, Reason::ForwardPointer(24)),
        (b"\x01a\xc0\x18", 26, Reason::ForwardPointer(24)),
        (b"\x01a\xc0\x1a", 26, Reason::ForwardPointer(26)),
        (b"\0\x01a\xc0\x19", 27, Reason::ForwardPointer(25)),
        (b"\xff\xff", 24, Reason::ForwardPointer(0x3fff)),
        (b"\x80", 24, Reason::ReservedLabel(0x80)),
    ] {
        let mut octets = SamLogonResponse::default().to_vec();
        octets.splice(24..24, names.iter().copied());
        let error = SamLogonResponse::decode(&octets).expect_err("refused");
        assert_eq!((error.offset, error.reason), (at, reason));
    }
}

/// Nor into a label, whatever octets it has.
#[test]
fn pointers_lead_to_labels() {
    let form = V5Ex {
        dns_forest_name: dns("\\001a"),
        dns_domain_name: dns("a"),
        dns_host_name: dns("a"),
        ..Default::default()
    };
    let octets = SamLogonResponse::from(Version::V5Ex(form.into())).to_vec();
    assert!(octets[24..].starts_with(b"\x02\x01a\0\x01a\0\xc0\x1c"), "{octets:02x?}");
}

/// A name that is written otherwise than Windows would has labels to point to all the same, where
/// all of them are there.
#[test]
fn names_that_are_spelled_out_are_pointed_to() {
    let names = [
        &b"\x04corp\x07example\0"[..],   // 24
        b"\x03lab\x04corp\x07example\0", // 38
        b"\x02dc\xc0\x26",
        b"\0\0\0\0\0",
    ];
    let mut octets = SamLogonResponse::default().to_vec();
    octets.splice(24..octets.len() - 8, names.concat());
    let response = SamLogonResponse::decode(&octets).expect("decodes").value;
    assert_eq!(response.to_vec(), octets);
    let Version::V5Ex(form) = response.version else { panic!("another form") };
    assert_eq!(form.dns_domain_name.spelled(), Some(names[1]));
    assert_eq!(
        (form.dns_host_name.to_string().as_str(), form.dns_host_name.spelled()),
        ("dc.lab.corp.example", None)
    );
}

#[test]
fn names_that_are_none() {
    let label = "x".repeat(63);
    let long = |last: usize| format!("{label}.{label}.{label}.{}", "x".repeat(last));
    let longest = V5Ex { user_name: dns(&long(61)), ..Default::default() };
    let longest = SamLogonResponse::from(Version::V5Ex(longest.into()));
    assert_eq!(SamLogonResponse::decode(&longest.to_vec()).expect("decodes").value, longest);
    assert_eq!(DnsName::new(&long(61)).map(|name| name.labels().count()), Some(4));
    assert_eq!(DnsName::new(&long(62)), None);
    for text in ["a..b", ".a", ".", "a\\", "a\\25", "a\\256", "a\\2x0", &format!("{label}x")] {
        assert_eq!(DnsName::new(text), None, "{text}");
    }
    assert_eq!(dns("a.b."), dns("a.b"));
    assert_eq!(dns("\\097.\\b\\."), dns("a.b\\."));
    assert!(dns("").is_root());
}

#[test]
fn identifiers_that_are_none() {
    let wide = "S-1-0x123456789abc-7";
    let sid = Sid::parse(wide).expect("an identifier");
    assert_eq!(sid, [1, 1, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 7, 0, 0, 0]);
    assert_eq!(Sid(&sid).to_string(), wide);
    let many = format!("S-1-5{}", "-1".repeat(16));
    for text in
        ["", "S-1", "S-1-", "S-2-5", "S-1-5-", "S-1-5-4294967296", "S-1-0x1000000000000", &many]
    {
        assert_eq!(Sid::parse(text), None, "{text}");
    }
    for octets in [
        &[][..],
        &[1],
        &[1, 0, 0, 0, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 5, 0],
        &[2, 0, 0, 0, 0, 0, 0, 5],
        &[1, 1, 0, 0, 0, 0, 0, 5],
    ] {
        assert!(!Sid(octets).is_valid(), "{octets:?}");
    }
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    assert!(guid.parse::<Guid>().is_ok());
    for text in
        ["", &guid[1..], &guid.replace('-', ""), &format!("{guid}0"), &guid.replace('f', "g")]
    {
        assert!(text.parse::<Guid>().is_err(), "{text}");
    }
}

/// A mailslot for answers of any kind: what Netlogon would not say is nobody's.
#[test]
fn other_answers_are_raw() {
    for data in [&b"\x13\0damaged"[..], b"\x12\0", b"\x16\0", b"\x01\0user", b"", b"\x06"] {
        assert!(matches!(decode(TEMP, data).expect("read").value, Payload::Raw(_)), "{data:?}");
    }
    assert!(decode(NETLOGON, b"\x12\0").is_err());
    assert!(matches!(
        decode(br"\MAILSLOT\NET\OTHER", b"\x06\0A\0\xff\xff").expect("read").value,
        Payload::Raw(_)
    ));
    let unicode: Vec<u8> =
        r"\MAILSLOT\net\getdc1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let slot = mailslot::wire::smb::SlotName::utf16(&unicode).expect("a name");
    let decoded = Payload::decode(slot, b"\x06\0A\0\xff\xff").expect("read");
    assert_eq!(decoded.value.kind(), "logon_response2");
}
