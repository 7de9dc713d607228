//! Messages of LAN Manager that nobody has seen: the laws, and how far they are read.

use mailslot::wire::netlogon::{
    AccountUpdate, Initialization, InitializationOpcode, InterrogateResponse, LmVersion,
    LogonPauseResponse, NoUser, NtResponse, NtVersion, PdcFailure, PdcStartup, RelogonResponse,
    SamInterrogateResponse, ShortTrailer, Tail, Trailer, UserUnknown,
};
use mailslot::wire::{Note, Oem, Payload, Structure as _, Utf16};
use proptest::prelude::*;

use super::payload::{check, check_any, decode, text};

const NETLOGON: &[u8] = br"\MAILSLOT\NET\NETLOGON";

proptest! {
    #[test]
    fn messages_come_back(
        names in [text(), text()],
        octets in any::<[u8; 3]>(),
        numbers in any::<([u8; 8], u32, u32, u16, u16)>(),
        opcode in 2..=5_u16,
        short in any::<bool>(),
        surplus in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let [computer_name, user_name] = names.each_ref().map(|name| Oem::new(name));
        let (signature, date_time, nt_version, update_type, token) = numbers;
        let nt_version = NtVersion::from_bits_retain(nt_version);
        let trailer = (!short).then_some(ShortTrailer { nt_version, token });
        let [major_version, minor_version, os_version] = octets;
        let version = LmVersion { lm_version: update_type, lm20_token: token };
        let initialization = Initialization {
            opcode: InitializationOpcode(opcode),
            computer_name,
            mailslot_name: user_name,
            version: (!short).then_some(version),
            surplus: &[],
        };
        let update = AccountUpdate {
            signature,
            date_time,
            computer_name,
            user_name,
            update_type,
            trailer,
            surplus: &[],
        };
        for payload in [
            Payload::Initialization(initialization),
            Payload::PdcFailure(PdcFailure { trailer, surplus: &[] }),
            Payload::LogonPauseResponse(LogonPauseResponse { trailer, surplus: &[] }),
            Payload::UserUnknown(UserUnknown { trailer, surplus: &[] }),
            Payload::NoUser(NoUser { computer_name, surplus: &[] }),
            Payload::RelogonResponse(RelogonResponse {
                major_version, minor_version, os_version, trailer, surplus: &[],
            }),
            Payload::InterrogateResponse(InterrogateResponse {
                major_version, minor_version, os_version, trailer, surplus: &[],
            }),
            Payload::AccountUpdate(update),
        ] {
            check(NETLOGON, &payload);
        }
        check_any(NETLOGON, &AccountUpdate { surplus: &surplus, ..update }.to_vec());
        check_any(NETLOGON, &Initialization { surplus: &surplus, ..initialization }.to_vec());
        check_any(NETLOGON, &SamInterrogateResponse { octets: &surplus }.to_vec());
    }

    #[test]
    fn controllers_start(name in text(), unicode in any::<[u8; 8]>(), token in any::<Option<u16>>()) {
        let unicode = unicode.map(|octet| octet | 1);
        let primary_dc_name = Oem::new(&name);
        let tail = Tail::Nt(NtResponse {
            unicode_primary_dc_name: Utf16::new(&unicode),
            unicode_domain_name: Utf16::new(&unicode[..4]),
            trailer: Trailer::new(NtVersion::V1),
        });
        for tail in [tail, Tail::LanManager { lm20_token: token }] {
            let startup = PdcStartup { primary_dc_name, tail, ..Default::default() };
            check(NETLOGON, &Payload::PdcStartup(startup));
        }
    }
}

/// What is too short for version and token is kept, and noted.
#[test]
fn what_does_not_fit_is_kept() {
    for (opcode, fields) in
        [(2_u8, &b"A\0B\0"[..]), (9, b""), (13, b"\x02\x01\x03"), (15, b""), (16, b"")]
    {
        let data = [&[opcode, 0], fields, b"\x01"].concat();
        let decoded = decode(NETLOGON, &data).expect("read as far as it goes");
        let notes: Vec<_> = decoded.notes.iter().collect();
        assert_eq!(notes, [Note::VersionMissing, Note::Surplus], "{opcode}");
        let mut again = Vec::new();
        decoded.value.encode(&mut again);
        assert_eq!(again, data);
    }
}

/// Every opcode up to 25 is a message's, and no other; to a mailslot for any answer these are none.
#[test]
fn every_opcode_is_known() {
    for opcode in 0..=27_u8 {
        let data = [opcode, 0];
        let kind = match decode(NETLOGON, &data) {
            // Too short, but it is one.
            Err(error) => error.field != "opcode",
            Ok(decoded) => decoded.value.is_known(),
        };
        assert_eq!(kind, opcode <= 25, "{opcode}");
        if matches!(opcode, 2..=5 | 8 | 9 | 11 | 13..=17 | 22) {
            let elsewhere = decode(br"\MAILSLOT\TEMP\X1", &data).expect("anything");
            assert_eq!(elsewhere.value, Payload::Raw(&data));
        }
    }
}
