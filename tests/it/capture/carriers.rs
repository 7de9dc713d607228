//! Datagrams that no UDP of the frame itself carries: IPX, NetBEUI, quotations of ICMP; PPPoE.

use mailslot::capture::{
    Address, Carrier, Dissector, Frame, LinkType, MAX_NETBIOS_LEN, NetBios, Other, Packet, Scope,
    Udp,
};

use super::build::{Ip, UDP, ethernet, len32, udp};
use super::frames::{expected, frame};

const FROM: [u8; 16] = *b"WINBOX         \0";
const TO: [u8; 16] = *b"OFFICE         \x1e";
const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const SMB: &[u8] = b"\xffSMB and so on";

/// An IPX packet from network 10 to all hosts of the same.
fn ipx(packet_type: u8, socket: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(30 + payload.len()).unwrap();
    let mut out = vec![0xff, 0xff];
    out.extend(len.to_be_bytes());
    out.extend([0, packet_type]);
    out.extend([&[0, 0, 0, 10][..], &[0xff; 6], &socket.to_be_bytes()].concat());
    out.extend([&[0, 0, 0, 10][..], &MAC, &socket.to_be_bytes()].concat());
    out.extend(payload);
    out
}

/// A mailslot write of NMPI: 8 networks, opcode, type of the name, number, names.
fn nmpi(name_type: u8) -> Vec<u8> {
    let head = [&[0; 32][..], &[0xfc, name_type, 0, 0], &TO, &FROM].concat();
    ipx(20, 0x0553, &[&head, SMB].concat())
}

/// A datagram of NetBIOS over IPX: the sender's name is first.
fn nbipx() -> Vec<u8> {
    ipx(4, 0x0455, &[&[0, 0x0b][..], &FROM, &TO, SMB].concat())
}

/// A NetBIOS frame behind its LLC header.
fn nbf(command: u8) -> Vec<u8> {
    let head = [0xf0, 0xf0, 3, 44, 0, 0xff, 0xef, command, 0, 0, 0, 0, 0, 0, 0];
    [&head[..], &TO, &FROM, SMB].concat()
}

/// An 802.3 frame: its length counts no trailer.
fn ieee(payload: &[u8]) -> Vec<u8> {
    ethernet(u16::try_from(payload.len()).unwrap(), payload)
}

fn over_ipx(socket: u16) -> NetBios<'static> {
    let at = |node| Some(Address::Ipx { network: 10, node, socket });
    NetBios {
        carrier: Carrier::Ipx,
        scope: Scope::Group,
        source: at(MAC),
        destination: at([0xff; 6]),
        source_name: FROM,
        destination_name: TO,
        payload: SMB,
        missing: 0,
    }
}

fn netbeui() -> NetBios<'static> {
    NetBios {
        carrier: Carrier::NetBeui,
        source: Some(Address::Mac(MAC)),
        destination: Some(Address::Mac([0xff; 6])),
        ..over_ipx(0)
    }
}

/// The framings, each with what is to be found.
fn framings() -> Vec<(LinkType, Vec<u8>, NetBios<'static>)> {
    let sll = |protocol| [&[0, 1, 0, 1, 0, 6][..], &MAC, &[0, 0, 0, protocol]].concat();
    let sll2 = [&[0, 4, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6][..], &MAC, &[0, 0]].concat();
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37];
    let llc = |packet: &[u8]| [&[0xe0, 0xe0, 3], packet].concat();
    let unknown = NetBios { destination: None, ..netbeui() };
    vec![
        (LinkType::ETHERNET, ethernet(0x8137, &nmpi(2)), over_ipx(0x0553)),
        (LinkType::ETHERNET, ieee(&nmpi(2)), over_ipx(0x0553)),
        (LinkType::ETHERNET, ieee(&llc(&nmpi(3))), over_ipx(0x0553)),
        (LinkType::ETHERNET, ieee(&[&snap, &nmpi(2)[..]].concat()), over_ipx(0x0553)),
        (LinkType::ETHERNET, ieee(&llc(&nbipx())), over_ipx(0x0455)),
        (LinkType::ETHERNET, ieee(&nbf(8)), netbeui()),
        (LinkType::ETHERNET, ieee(&nbf(9)), NetBios { scope: Scope::Broadcast, ..netbeui() }),
        (LinkType::LINUX_SLL, [sll(1), nmpi(2)].concat(), over_ipx(0x0553)),
        (LinkType::LINUX_SLL, [sll(4), llc(&nbipx())].concat(), over_ipx(0x0455)),
        (LinkType::LINUX_SLL, [sll(4), nbf(8)].concat(), unknown),
        (LinkType::LINUX_SLL2, [sll2, nbf(8)].concat(), unknown),
    ]
}

#[test]
fn every_framing() {
    for (link_type, data, expected) in framings() {
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(link_type, &data));
        assert_eq!(packet, Packet::NetBios(expected), "{link_type} {data:x?}");
        // A cooked header has no length that would tell the trailer of a NetBIOS frame.
        if link_type == LinkType::ETHERNET {
            let trailer = [&data[..], &[0xee; 13]].concat();
            let mut dissector = Dissector::new();
            assert_eq!(dissector.udp(&frame(link_type, &trailer)), Packet::NetBios(expected));
        }
    }
}

/// The snap length at every octet; then the same octets as the whole frame.
#[test]
fn cut_at_every_octet() {
    for (link_type, data, expected) in framings() {
        let start = data.len() - SMB.len();
        for len in 0..data.len() {
            let cut = Frame { data: &data[..len], ..frame(link_type, &data) };
            match Dissector::new().udp(&cut) {
                Packet::NetBios(netbios) => {
                    let payload = &SMB[..len - start];
                    let missing = data.len() - len;
                    assert_eq!(netbios, NetBios { payload, missing, ..expected });
                }
                Packet::Other(Other::Cut { offset, .. }) => assert!(offset <= start && len < start),
                packet => panic!("{packet:?} of {len}"),
            }
            match Dissector::new().udp(&frame(link_type, &data[..len])) {
                Packet::Other(Other::Malformed { .. }) => {}
                // Nothing says how long it was.
                Packet::NetBios(NetBios {
                    carrier: Carrier::NetBeui, payload, missing: 0, ..
                }) if link_type != LinkType::ETHERNET => {
                    assert_eq!(payload, &SMB[..len - start]);
                }
                packet => panic!("{packet:?} of {len}"),
            }
        }
    }
}

/// Who it is for, where the frame does not say: whether it was sent to one host.
#[test]
fn scopes() {
    let scope = |data: &[u8]| match Dissector::new().udp(&frame(LinkType::ETHERNET, data)) {
        Packet::NetBios(netbios) => netbios.scope,
        packet => panic!("{packet:?}"),
    };
    assert_eq!(scope(&ethernet(0x8137, &nmpi(1))), Scope::Unique);
    let mut directed = nbipx();
    directed[10] = 2;
    assert_eq!(scope(&ethernet(0x8137, &directed)), Scope::Unique);
    let mut directed = ieee(&nbf(8));
    directed[0] = 2;
    assert_eq!(scope(&directed), Scope::Unique);
    directed[0] = 3;
    assert_eq!(scope(&directed), Scope::Group);
}

/// Routers pass on such packets, and write into them the networks that they came through.
#[test]
fn a_propagated_datagram() {
    let head = [&[0; 32][..], &[0, 0x0b], &FROM, &TO].concat();
    let data = ethernet(0x8137, &ipx(20, 0x0455, &[&head, SMB].concat()));
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(LinkType::ETHERNET, &data));
    assert_eq!(packet, Packet::NetBios(over_ipx(0x0455)));
}

#[test]
fn no_datagrams() {
    let other = |data: &[u8]| match Dissector::new().udp(&frame(LinkType::ETHERNET, data)) {
        Packet::Other(other) => other,
        packet => panic!("{packet:?}"),
    };
    let hangup = [&[0; 32][..], &[0xf5, 1, 0, 0], &TO, &FROM].concat();
    let session = [&[0; 32][..], &[0, 6], &TO].concat();
    for data in [
        ethernet(0x8137, &ipx(20, 0x0551, &hangup)),
        ethernet(0x8137, &ipx(20, 0x0455, &session)),
        ethernet(0x8137, &ipx(4, 0x0550, SMB)),
        ieee(&nbf(0x19)),
        ieee(&[&[0xf0, 0xf0, 3][..], &[0; 44]].concat()),
    ] {
        assert_eq!(other(&data), Other::NotDatagram, "{data:x?}");
    }
    // A connection of 802.2, and an answer.
    assert_eq!(other(&ieee(&[0xf0, 0xf0, 0x7f, 0, 0])), Other::NotIpv4);
    let mut short = nmpi(2);
    short[3] = 29;
    let what = "IPX length below 30";
    assert_eq!(other(&ethernet(0x8137, &short)), Other::Malformed { what, offset: 16 });
    short[2] = 1;
    let what = "IPX length beyond the frame";
    assert_eq!(other(&ethernet(0x8137, &short)), Other::Malformed { what, offset: 16 });
}

#[test]
fn packets_about_names() {
    let nmpi = |opcode| {
        let body = [&[0; 32][..], &[opcode, 1, 0, 0], &TO, &FROM].concat();
        ethernet(0x8137, &ipx(20, 0x0551, &body))
    };
    let netbios =
        |stream| ethernet(0x8137, &ipx(20, 0x0455, &[&[0; 32][..], &[0, stream], &TO].concat()));
    for (data, carrier, kind) in [
        (nmpi(0xf1), Carrier::Ipx, "name claim"),
        (nmpi(0xf4), Carrier::Ipx, "name found"),
        (netbios(1), Carrier::Ipx, "find name"),
        (netbios(10), Carrier::Ipx, "status response"),
        (ieee(&nbf(0)), Carrier::NetBeui, "add group name query"),
        (ieee(&nbf(0x0a)), Carrier::NetBeui, "name query"),
        (ieee(&nbf(0x0f)), Carrier::NetBeui, "status response"),
    ] {
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::ETHERNET, &data));
        assert_eq!(packet, Packet::Other(Other::NamePacket { carrier, kind }), "{data:x?}");
    }
    // An answer goes to the socket that asked.
    let mut answer = nmpi(0xf4);
    answer[14 + 16..14 + 18].copy_from_slice(&[5, 0x52]);
    let found = Other::NamePacket { carrier: Carrier::Ipx, kind: "name found" };
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(LinkType::ETHERNET, &answer));
    assert_eq!(packet, Packet::Other(found));
    let packet = Other::NamePacket { carrier: Carrier::NetBeui, kind: "name query" };
    assert_eq!(packet.to_string(), "name query of NetBEUI");
}

/// A cooked header has no length, a NetBIOS frame has none either.
#[test]
fn the_bound_of_a_netbios_frame() {
    let head = [&[0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4][..], &nbf(8)].concat();
    for (payload_len, fits) in [(MAX_NETBIOS_LEN, true), (MAX_NETBIOS_LEN + 1, false)] {
        let mut data = head.clone();
        data.resize(head.len() - SMB.len() + payload_len, 0);
        // However much of it was captured.
        for captured in [data.len(), head.len()] {
            let cut = Frame { data: &data[..captured], ..frame(LinkType::LINUX_SLL, &data) };
            match Dissector::new().udp(&cut) {
                Packet::NetBios(netbios) if fits => {
                    assert_eq!(netbios.payload.len() + netbios.missing, payload_len);
                }
                Packet::Other(Other::Malformed { offset: 19, .. }) if !fits => {}
                packet => panic!("{packet:?} of {payload_len}"),
            }
        }
    }
}

#[test]
fn addresses_print() {
    assert_eq!(Address::Mac(MAC).to_string(), "02:00:00:00:00:01");
    let address = Address::Ipx { network: 10, node: MAC, socket: 0x0553 };
    assert_eq!(address.to_string(), "0000000a.020000000001:0553");
}

/// Destination unreachable, with `words` as the length of RFC 4884.
fn icmp(kind: u8, words: u8, quotation: &[u8]) -> Vec<u8> {
    Ip { protocol: 1, ..UDP }.packet(&[&[kind, 3, 0, 0, 0, words, 0, 0], quotation].concat())
}

#[test]
fn quotations() {
    let quotation = UDP.packet(&udp(b"hello"));
    for kind in [3, 4, 5, 11, 12] {
        let data = icmp(kind, 0, &quotation);
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::RAW, &data));
        assert_eq!(packet, Packet::Quoted(expected(b"hello")), "{kind}");
    }
    // As much as RFC 792 asks for, and every length up to all.
    for len in 28..quotation.len() {
        let data = icmp(3, 0, &quotation[..len]);
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::RAW, &data));
        let part = &b"hello"[..len - 28];
        let missing = 5 - part.len();
        assert_eq!(packet, Packet::Quoted(Udp { missing, ..expected(part) }));
    }
    // A total length that the stack of the host has changed.
    let mut changed = quotation.clone();
    changed[2..4].copy_from_slice(&[13, 0]);
    let packet = icmp(3, 0, &changed);
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(LinkType::RAW, &packet));
    assert_eq!(packet, Packet::Quoted(expected(b"hello")));
}

/// What stands behind the length of a quotation is an extension (RFC 4884), where there is one.
#[test]
fn an_extension_is_no_payload() {
    let long = UDP.packet(&udp(&[7; 200]));
    let data = icmp(3, 32, &[&long[..128], &[0x20, 0, 0, 0, 0, 0, 0, 0]].concat());
    let quoted = Udp { missing: 100, ..expected(&[7; 100]) };
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(LinkType::RAW, &data));
    assert_eq!(packet, Packet::Quoted(quoted));
    // A redirect has an address there.
    let data = icmp(5, 1, &long);
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(LinkType::RAW, &data));
    assert_eq!(packet, Packet::Quoted(expected(&[7; 200])));
}

#[test]
fn no_quotations() {
    let quotation = UDP.packet(&udp(b"hello"));
    let tcp = Ip { protocol: 6, ..UDP }.packet(&udp(b"hello"));
    let later = Ip { offset: 8, ..UDP }.packet(&udp(b"hello"));
    for data in [
        icmp(0, 0, &quotation),
        icmp(8, 0, &quotation),
        icmp(3, 0, &tcp),
        icmp(3, 0, &later),
        icmp(3, 0, &quotation[..27]),
        icmp(3, 6, &quotation),
        icmp(3, 0, &[]),
        Ip { protocol: 1, ..UDP }.packet(&[3, 3, 0]),
        Ip { protocol: 1, more: true, ..UDP }
            .packet(&[&[3, 3, 0, 0, 0, 0, 0, 0], &quotation[..]].concat()),
    ] {
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::RAW, &data));
        assert_eq!(packet, Packet::Other(Other::NotUdp(1)), "{data:x?}");
    }
}

#[test]
fn pppoe() {
    let ip = UDP.packet(&udp(b"hello"));
    let session = |head: &[u8]| ethernet(0x8864, &[head, &ip].concat());
    let (long, short) = ([0x11, 0, 0, 1, 0, 35, 0, 0x21], [0x11, 0, 0, 1, 0, 34, 0x21]);
    let tagged = [&[0, 1, 0x81, 0, 0, 2, 0x88, 0x64][..], &long, &ip].concat();
    for data in [session(&long), session(&short), ethernet(0x88a8, &tagged)] {
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::ETHERNET, &data));
        assert_eq!(packet, Packet::Udp(expected(b"hello")));
        let cut = Frame { original_len: len32(&data), ..frame(LinkType::ETHERNET, &data[..19]) };
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&cut);
        assert!(matches!(packet, Packet::Other(Other::Cut { .. })), "{packet:?}");
    }
    for head in [
        &[0x11, 9, 0, 1, 0, 35, 0, 0x21][..],
        &[0x21, 0, 0, 1, 0, 35, 0, 0x21],
        &[0x11, 0, 0, 1, 0, 35, 0, 0x57],
        &[0x11, 0, 0, 1, 0, 35, 0xc0, 0x21],
    ] {
        let data = session(head);
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(LinkType::ETHERNET, &data));
        assert_eq!(packet, Packet::Other(Other::NotIpv4), "{head:x?}");
    }
}
