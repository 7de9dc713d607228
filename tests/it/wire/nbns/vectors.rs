//! Packets that Windows, Samba, printers and scapy sent: one of each kind.

use std::net::Ipv4Addr;

use mailslot::wire::Note;
use mailslot::wire::datagram::NodeType;
use mailslot::wire::nbns::{
    Claim, Kind, NameFlags, NbEntry, NbFlags, Packet, Rcode, Rdata, RrType,
};
use mailslot::wire::netbios::{Form, Name, ScopedName, Suffix};

use crate::wire::hex;

/// A packet as somebody sent it, and what is to be read in it.
struct Vector {
    octets: &'static str,
    /// The word at octet 2.
    word: u16,
    kind: Kind,
    shown: &'static str,
    /// `TTL` and `RDLENGTH` of its record.
    record: Option<(u32, u16)>,
    notes: &'static [Note],
}

const VECTORS: [Vector; 20] = [
    Vector {
        // Windows.
        octets: "45b60110000100000000000020464845504643454c4548464345504646464143414341434143
         4143414341424e0000200001",
        word: 0x0110,
        kind: Kind::NameQueryRequest,
        shown: "name query WORKGROUP<1d>, id 0x45b6",
        record: None,
        notes: &[],
    },
    Vector {
        // Windows.
        octets: "9786850000000001000000002045454543454d454a45444546454f4644454646444546464346
         474546464343410000200001000493e000060000c0a80a69",
        word: 0x8500,
        kind: Kind::PositiveNameQueryResponse,
        shown: "positive name query response DBLICENSESERVER<20> = 192.168.10.105, id 0x9786",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // Windows, three addresses.
        octets: "80dc85000000000100000000204644464a454f45464643454a4645464a434143414341434143
         4143414341424e0000200001000493e000120000c0a888010000c0a8a4010000c0a87b02",
        word: 0x8500,
        kind: Kind::PositiveNameQueryResponse,
        shown: "positive name query response SYNERITY<1d> = 192.168.136.1, 192.168.164.1, 192.168.123.2, id 0x80dc",
        record: Some((300_000, 18)),
        notes: &[],
    },
    Vector {
        // Windows, the master browsers.
        octets: "dcc829100001000000000001204142414346504650454e464445434643455046484644454646
         504650414341420000200001c00c00200001000493e000068000c0a86443",
        word: 0x2910,
        kind: Kind::NameRegistrationRequest,
        shown: "name registration \\x01\\x02__MSBROWSE__\\x02<01> = 192.168.100.67 (group), id 0xdcc8",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // Windows, the end of a claim.
        octets: "dcc72810000100000000000120464845504643454c4548464345504646464143414341434143
         4143414341424e0000200001c00c00200001000493e000060000c0a86443",
        word: 0x2810,
        kind: Kind::NameOverwriteRequest,
        shown: "name overwrite WORKGROUP<1d> = 192.168.100.67, id 0xdcc7",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // Windows, who owns the name.
        octets: "a324ad86000000010000000020464445444549454d454646414641454a434143414341434143
         4143414341414100002000010000000000060000c0a80265",
        word: 0xad86,
        kind: Kind::NegativeNameRegistrationResponse,
        shown: "negative name registration response SCHLEPPI<00>: owned by another node = 192.168.2.101, id 0xa324",
        record: Some((0, 6)),
        notes: &[],
    },
    Vector {
        // Windows as a name server: its record is uncounted.
        octets: "bff7858300000000000000002046484641454245454341434143414341434143414341434143
         4143414341414100000a0001000000000000",
        word: 0x8583,
        kind: Kind::NegativeNameQueryResponse,
        shown: "negative name query response WPAD<00>: no such name, id 0xbff7",
        record: Some((0, 0)),
        notes: &[Note::UncountedRecord],
    },
    Vector {
        // Samba: its record is counted.
        octets: "627a8583000000010000000020454f45504644464645444549454f4542454e45464341434143
         4143414341414100000a0001000000000000",
        word: 0x8583,
        kind: Kind::NegativeNameQueryResponse,
        shown: "negative name query response NOSUCHNAME<00>: no such name, id 0x627a",
        record: Some((0, 0)),
        notes: &[],
    },
    Vector {
        // Windows.
        octets: "b16840000001000000000001204648454a454f44424441434143414341434143414341434143
         414341434143410000200001c00c00200001000493e000066000c0a83868",
        word: 0x4000,
        kind: Kind::NameRefreshRequest,
        shown: "name refresh WIN10<20> = 192.168.56.104, id 0xb168",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // Windows.
        octets: "d3a179000001000000000001204648454a454f434e464345494444454d454e44414647464445
         474545454841410000200001c00c00200001000493e000066000c0a8068d",
        word: 0x7900,
        kind: Kind::MultihomedNameRegistrationRequest,
        shown: "multi-homed name registration WIN-RH3LM0VSFDG<00> = 192.168.6.141, id 0xd3a1",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // a printer.
        octets: "00c4301000010000000000012045504645454a454d454a454243414341434143414341434143
         414341434141440000200001c00c002000010000000000060000c001016c",
        word: 0x3010,
        kind: Kind::NameReleaseRequest,
        shown: "name release OTILIA<03> = 192.1.1.108, id 0x00c4",
        record: Some((0, 6)),
        notes: &[],
    },
    Vector {
        // Samba as a name server.
        octets: "392bb40000000001000000002045434546464545424341434143414341434143414341434143
         41434143414141000020000100000000000660000a4d0002",
        word: 0xb400,
        kind: Kind::PositiveNameReleaseResponse,
        shown: "positive name release response BETA<00> = 10.77.0.2, id 0x392b",
        record: Some((0, 6)),
        notes: &[],
    },
    Vector {
        // Samba as a name server.
        octets: "391fad8000000001000000002045434546464545424341434143414341434143414341434143
         4143414341434100002000010003f480000660000a4d0002",
        word: 0xad80,
        kind: Kind::PositiveNameRegistrationResponse,
        shown: "positive name registration response BETA<20> = 10.77.0.2, id 0x391f",
        record: Some((259_200, 6)),
        notes: &[],
    },
    Vector {
        // Samba, with an address and a TTL.
        octets: "bc02ad870000000100000000204542454d464145494542434143414341434143414341434143
         414341434143410000200001000493e0000600000a4d000a",
        word: 0xad87,
        kind: Kind::NameConflictDemand,
        shown: "name conflict demand ALPHA<20>: name in conflict = 10.77.0.10, id 0xbc02",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // Windows.
        octets: "b2400000000100000000000020434b4141414141414141414141414141414141414141414141
         414141414141410000210001",
        word: 0x0000,
        kind: Kind::NodeStatusRequest,
        shown: "node status request *<00>, id 0xb240",
        record: None,
        notes: &[],
    },
    Vector {
        // Windows 2000, with stale octets.
        octets: "80db84000000000100000000204644464a454f45464643454a4645464a434143414341434143
         4143414341424e000021000100000000009b0654554d424c4557454544202020202000040053
         594e45524954592020202020202000840054554d424c4557454544202020202020040053594e
         4552495459202020202020201e840053594e4552495459202020202020201d040001025f5f4d
         5342524f5753455f5f02018400000c6e7473f000000000000000000000000000000000000000
         0000000000000000000000000000000000000000000000000000000000000000000000000000
         00000000000000000000000000000000000000000000000000000000000000000000000000",
        word: 0x8400,
        kind: Kind::NodeStatusResponse,
        shown: "node status SYNERITY<1d>, TUMBLEWEED<00>, SYNERITY<00> (group), TUMBLEWEED<20>, SYNERITY<1e> (group), SYNERITY<1d>, \\x01\\x02__MSBROWSE__\\x02<01> (group), id 0x80db",
        record: Some((0, 155)),
        notes: &[Note::StaleBytes],
    },
    Vector {
        // a printer: the name spelled out, a reserved flag.
        octets: "455d29100001000000000001204550454c454a434e4442444645464447454345444341434143
         414341434143410000200001204550454c454a434e4442444645464447454345444341434143
         414341434143410000200001000493e000060400ac1f1349",
        word: 0x2910,
        kind: Kind::NameRegistrationRequest,
        shown: "name registration OKI-15E6BC<20> = 172.31.19.73, id 0x455d",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // scapy: type NB.
        octets: "0000bc0000000001000000002046444542464345424549434143414341434143414341434143
         4143414341414100002000010000000200022910",
        word: 0xbc00,
        kind: Kind::Wack,
        shown: "wait for acknowledgement SARAH<00>, id 0x0000",
        record: Some((2, 2)),
        notes: &[],
    },
    Vector {
        // scapy.
        octets: "0000850000000001000000002045474643454645454341434143414341434143414341434143
         414341434141410000200001000493e000060000c0a8000d",
        word: 0x8500,
        kind: Kind::PositiveNameQueryResponse,
        shown: "positive name query response FRED<00> = 192.168.0.13, id 0x0000",
        record: Some((300_000, 6)),
        notes: &[],
    },
    Vector {
        // scapy.
        octets: "00008400000000010000000020434b4141414141414141414141414141414141414141414141
         41414141414141000021000100000000008905444f4d41494e20202020202020202000840053
         5256312020202020202020202020000400444f4d41494e2020202020202020201c8400535256
         312020202020202020202020200400444f4d41494e2020202020202020201b04005254006958
         1300000000000000000000000000000000000000000000000000000000000000000000000000
         000000",
        word: 0x8400,
        kind: Kind::NodeStatusResponse,
        shown: "node status *<00>, DOMAIN<00> (group), SRV1<00>, DOMAIN<1c> (group), SRV1<20>, DOMAIN<1b>, id 0x0000",
        record: Some((0, 137)),
        notes: &[],
    },
];

#[test]
fn packets_of_others() {
    for vector in VECTORS {
        let octets = hex(vector.octets);
        let packet = Packet::decode(&octets).expect(vector.shown);
        let notes: Vec<Note> = packet.notes.iter().collect();
        let Vector { word, shown, record, .. } = vector;
        assert_eq!(notes, vector.notes, "{shown}");
        let packet = packet.value;
        assert_eq!(packet.to_string(), shown);
        assert_eq!(packet.kind(), vector.kind, "{shown}");
        assert_eq!(octets[2..4], word.to_be_bytes(), "{shown}");
        let found = packet.records().next().map(|record| (record.ttl, record.rdlength));
        assert_eq!(found, record, "{shown}");
        assert_eq!(packet.to_vec(), octets, "{shown}");
        assert_eq!(packet.encoded_len(), octets.len(), "{shown}");
    }
}

/// The octets of the packet that prints so.
fn octets_of(shown: &str) -> Vec<u8> {
    let vector = VECTORS.iter().find(|vector| vector.shown.starts_with(shown));
    hex(vector.expect(shown).octets)
}

/// What the wire has in single octets, where printing would not tell.
#[test]
fn fields_of_packets_of_others() {
    let refresh = octets_of("name refresh");
    let refresh = Packet::decode(&refresh).expect("decodes").value;
    let entry = NbEntry {
        nb_flags: NbFlags::new(false, NodeType::H),
        nb_address: Ipv4Addr::new(192, 168, 56, 104),
    };
    assert_eq!(refresh.entries().collect::<Vec<_>>(), [entry]);
    assert_eq!(refresh.additional[0].name.map(|name| name.form), Some(Form::Pointer(12)));
    assert_eq!(
        refresh.additional[0].name.map(|name| name.name),
        Some(refresh.questions[0].name.name)
    );

    let reserved = octets_of("name registration OKI");
    let reserved = Packet::decode(&reserved).expect("decodes").value;
    let entry = reserved.entries().next().expect("an address");
    assert_eq!((entry.nb_flags.bits(), entry.is_group()), (0x0400, false));
    assert_eq!(entry.nb_flags.node_type(), NodeType::B, "reserved bits are no node type");
    assert_eq!(reserved.additional[0].name.map(|name| name.form), Some(Form::Literal));

    let wack = octets_of("wait");
    let wack = Packet::decode(&wack).expect("decodes").value;
    assert_eq!(wack.answers[0].rr_type, RrType::NB);
    assert_eq!(wack.answers[0].rdata, Rdata::Wack(0x2910));

    let status = octets_of("node status SYNERITY");
    let status = Packet::decode(&status).expect("decodes").value;
    assert_eq!(status.trailing, &[0; 54]);
    let Rdata::NodeStatus(inner) = &status.answers[0].rdata else { panic!("{status}") };
    assert_eq!((inner.num_names, inner.names.len()), (6, 6));
    assert_eq!(inner.unit_id(), Some([0x00, 0x0c, 0x6e, 0x74, 0x73, 0xf0]));
    assert_eq!(inner.statistics().and_then(|all| all.get("unit_id")), Some(0x000c_6e74_73f0));
    assert_eq!(inner.names[5].name, Name::MSBROWSE);
    let flags: Vec<u16> = inner.names.iter().map(|name| name.name_flags.bits()).collect();
    assert_eq!(flags, [0x0400, 0x8400, 0x0400, 0x8400, 0x0400, 0x8400]);
    assert!(inner.names[1].is_group() && inner.names[1].name_flags.contains(NameFlags::ACTIVE));
}

/// What Windows and scapy sent is what the builders write.
#[test]
fn builders_write_what_others_do() {
    let entry = |group, node_type, address: [u8; 4]| NbEntry {
        nb_flags: NbFlags::new(group, node_type),
        nb_address: address.into(),
    };
    let scoped = |text, suffix| ScopedName::from(Name::new(text, suffix).expect("a name"));
    let workgroup = scoped("WORKGROUP", Suffix(0x1d));
    assert_eq!(Packet::name_query(0x45b6, workgroup, true).to_vec(), octets_of("name query"));
    let msbrowse = Claim {
        name: Name::MSBROWSE.into(),
        entry: entry(true, NodeType::B, [192, 168, 100, 67]),
        ttl: 300_000,
        broadcast: true,
    };
    let octets = Packet::registration(0xdcc8, msbrowse).to_vec();
    assert_eq!(octets, octets_of(r"name registration \x01"));
    let demand = Claim {
        name: workgroup,
        entry: entry(false, NodeType::B, [192, 168, 100, 67]),
        ..msbrowse
    };
    assert_eq!(Packet::overwrite(0xdcc7, demand).to_vec(), octets_of("name overwrite"));
    let multihomed = Claim {
        name: scoped("WIN-RH3LM0VSFDG", Suffix(0)),
        entry: entry(false, NodeType::H, [192, 168, 6, 141]),
        broadcast: false,
        ..msbrowse
    };
    let octets = Packet::multihomed_registration(0xd3a1, multihomed).to_vec();
    assert_eq!(octets, octets_of("multi-homed"));
    let owner = entry(false, NodeType::B, [192, 168, 2, 101]);
    let name = scoped("SCHLEPPI", Suffix(0));
    let octets = Packet::registration_response(0xa324, name, Rcode::ACTIVE, 0, owner).to_vec();
    assert_eq!(octets, octets_of("negative name registration"));
    let status = Packet::node_status_request(0xb240, Name::WILDCARD.into(), false);
    assert_eq!(status.to_vec(), octets_of("node status request"));
}
