//! What is in tunnels, and what is not.

use mailslot::capture::{Dissector, Frame, LinkType, MAX_TUNNELS, Other, Packet, Udp};

use super::build::{Ip, UDP, datagram, len32, udp};
use super::frames::{expected, frame};

const GRE: Ip = Ip { protocol: 47, ..UDP };
const IP_IN_IP: Ip = Ip { protocol: 4, ..UDP };

fn dissected(packet: &[u8], check: impl FnOnce(Packet<'_>)) {
    check(Dissector::new().udp(&frame(LinkType::RAW, packet)));
}

fn other(packet: &[u8]) -> Other {
    match Dissector::new().udp(&frame(LinkType::RAW, packet)) {
        Packet::Other(other) => other,
        packet => panic!("{packet:?}"),
    }
}

fn hello() -> Vec<u8> {
    UDP.packet(&udp(b"hello"))
}

/// GRE with a key.
fn keyed(key: u8, packet: &[u8]) -> Vec<u8> {
    GRE.packet(&[&[0x20, 0, 8, 0, 0, 0, 0, key], packet].concat())
}

/// A UDP datagram between these ports.
fn between(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = udp(payload);
    datagram[..4].copy_from_slice(&[source.to_be_bytes(), destination.to_be_bytes()].concat());
    UDP.packet(&datagram)
}

#[test]
fn no_more_tunnels_than_the_bound() {
    let mut packet = hello();
    for depth in 0..=MAX_TUNNELS + 1 {
        dissected(&packet, |found| match found {
            Packet::Udp(udp) if depth <= MAX_TUNNELS => assert_eq!(udp, expected(b"hello")),
            Packet::Other(Other::Unsupported(_)) if depth > MAX_TUNNELS => {}
            packet => panic!("{packet:?} in {depth}"),
        });
        packet = if depth % 2 == 0 { IP_IN_IP.packet(&packet) } else { keyed(1, &packet) };
    }
}

/// As many as there may be, the packet of each in two fragments.
#[test]
fn fragments_of_every_tunnel() {
    let mut packets = vec![hello()];
    for i in 0..MAX_TUNNELS {
        let identification = |n: usize| u16::try_from(10 * i + n).unwrap();
        let parts = packets.iter().enumerate().flat_map(|(n, packet)| {
            let first = Ip { identification: identification(n), more: true, ..IP_IN_IP };
            let last = Ip { offset: 16, more: false, ..first };
            [first.packet(&packet[..16]), last.packet(&packet[16..])]
        });
        packets = parts.collect();
    }
    assert_eq!(packets.len(), 1 << MAX_TUNNELS);
    let mut dissector = Dissector::new();
    let (last, before) = packets.split_last().unwrap();
    for packet in before {
        assert_eq!(dissector.udp(&frame(LinkType::RAW, packet)), Packet::Held);
    }
    let packet = dissector.udp(&frame(LinkType::RAW, last));
    assert_eq!(packet, Packet::Udp(Udp { ip_fragments: &[1, 1], ..expected(b"hello") }));
    assert_eq!(dissector.incomplete().total(), 0);
}

/// The same addresses and identification in two tunnels, and outside of both.
#[test]
fn fragments_of_different_tunnels_do_not_mix() {
    let part = |text: &[u8; 8], last: bool| {
        let datagram = udp(text);
        let (start, end) = if last { (8, 16) } else { (0, 8) };
        Ip { offset: start, more: !last, ..UDP }.packet(&datagram[start..end])
    };
    let tunnelled = |text: &[u8; 8], last: bool| {
        let packet = part(text, last);
        match text {
            b"key one." => keyed(1, &packet),
            b"key two." => keyed(2, &packet),
            b"ip in ip" => IP_IN_IP.packet(&packet),
            _ => packet,
        }
    };
    let ways = [b"key one.", b"key two.", b"ip in ip", b"outside."];
    let mut dissector = Dissector::new();
    for text in ways {
        let first = tunnelled(text, false);
        assert_eq!(dissector.udp(&frame(LinkType::RAW, &first)), Packet::Held);
    }
    for text in ways {
        let last = tunnelled(text, true);
        let packet = dissector.udp(&frame(LinkType::RAW, &last));
        assert_eq!(packet, Packet::Udp(Udp { ip_fragments: &[1, 1], ..expected(text) }));
    }
}

/// A tunnel's packet and a datagram may have the same identification at the same time.
#[test]
fn fragments_of_different_protocols_do_not_mix() {
    let tunnel = [&[0, 0, 8, 0][..], &hello()].concat();
    let datagram = udp(b"a datagram of its own");
    let mut dissector = Dissector::new();
    let first = |ip: Ip, octets: &[u8]| Ip { more: true, ..ip }.packet(&octets[..16]);
    let last = |ip: Ip, octets: &[u8]| Ip { offset: 16, ..ip }.packet(&octets[16..]);
    for packet in [first(GRE, &tunnel), first(UDP, &datagram)] {
        assert_eq!(dissector.udp(&frame(LinkType::RAW, &packet)), Packet::Held);
    }
    let ip_fragments = &[1, 1][..];
    for (packet, payload) in
        [(last(GRE, &tunnel), &b"hello"[..]), (last(UDP, &datagram), b"a datagram of its own")]
    {
        let found = dissector.udp(&frame(LinkType::RAW, &packet));
        assert_eq!(found, Packet::Udp(Udp { ip_fragments, ..expected(payload) }));
    }
}

/// What follows the tunnel's packet in the frame is not of what is inside.
#[test]
fn a_tunnel_ends_what_is_inside() {
    let mut inner = hello();
    inner[3] += 1;
    for packet in [IP_IN_IP.packet(&inner), keyed(0, &inner)] {
        let offset = packet.len() - inner.len() + 2;
        let packet = [&packet[..], b"trailer"].concat();
        let what = "IPv4 total length beyond the frame";
        assert_eq!(other(&packet), Other::Malformed { what, offset });
    }
    let payload = [&[0x40, 2, 0, 42, 0, 1, 0, 1, 0, 0x21][..], &inner, b"trailer"].concat();
    let Other::Malformed { offset: 40, .. } = other(&between(1701, 1701, &payload)) else {
        panic!("an L2TP message that ends before the packet in it")
    };
}

#[test]
fn gre_with_nothing_to_read() {
    let ppp = [&[0, 0x21][..], &hello()].concat();
    let len = u8::try_from(ppp.len()).unwrap();
    for header in [
        // IPv6, a length of 802.3, source routes, another version; ERSPAN with an IP packet in it.
        &[0, 0, 0x86, 0xdd][..],
        &[0, 0, 0, 60],
        &[0x40, 0, 8, 0],
        &[0, 2, 8, 0],
        &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0],
        // PPTP without a sequence has no payload; PPP that is not of IP.
        &[0x20, 0x01, 0x88, 0x0b, 0, len, 0, 1],
        &[0x30, 0x01, 0x88, 0x0b, 0, len + 2, 0, 1, 0, 0, 0, 1, 0xc0, 0x21],
    ] {
        let packet = GRE.packet(&[header, &ppp].concat());
        assert_eq!(other(&packet), Other::NotUdp(47), "{header:x?}");
    }
    for (protocol, what) in [(0xfd, "compressed or encrypted PPP"), (0x3d, "PPP multilink")] {
        let header = [0x30, 0x01, 0x88, 0x0b, 0, 22, 0, 1, 0, 0, 0, 1, 0, protocol];
        let packet = GRE.packet(&[&header[..], &[0; 20]].concat());
        assert_eq!(other(&packet), Other::Unsupported(what));
    }
    let long = [0x30, 0x01, 0x88, 0x0b, 1, 0, 0, 1, 0, 0, 0, 1];
    let what = "PPTP payload length";
    let malformed = Other::Malformed { what, offset: 24 };
    assert_eq!(other(&GRE.packet(&[&long[..], &ppp].concat())), malformed);
}

/// The ports of tunnels may be anybody's: what is none of theirs is a datagram as any.
#[test]
fn datagrams_on_the_ports_of_tunnels() {
    let inner = [&[0, 2, 0, 1, 0, 1, 0, 0x21][..], &hello()].concat();
    let frame_inside = datagram(b"hello");
    let vxlan = [&[8, 0, 0, 0, 0, 0, 9, 0][..], &frame_inside].concat();
    for (from, to, payload) in
        [(1701, 1701, &inner), (50000, 1701, &inner), (1701, 50000, &inner), (50000, 4789, &vxlan)]
    {
        dissected(&between(from, to, payload), |packet| {
            assert_eq!(packet, Packet::Udp(expected(b"hello")));
        });
    }
    for (from, to, payload) in [
        (1701, 138, &b"a datagram of NetBIOS"[..]),
        (138, 4789, b"an answer"),
        (1701, 1701, b""),
        (1701, 1701, &inner[..7]),
        // A control message, another version, another protocol in PPP.
        (1701, 1701, &[0xc8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0]),
        (1701, 1701, &[&[0, 3, 0, 0, 0, 0, 0, 1][..], &hello()].concat()),
        (1701, 1701, &[0, 2, 0, 1, 0, 1, 0xc0, 0x21, 1, 2, 3, 4]),
        (50000, 4789, &[&[0][..], &vxlan[1..]].concat()),
        (50000, 1702, &inner),
    ] {
        dissected(&between(from, to, payload), |packet| match packet {
            Packet::Udp(udp) => {
                assert_eq!((udp.source.port(), udp.destination.port()), (from, to));
                assert_eq!((udp.payload, udp.missing), (payload, 0));
            }
            packet => panic!("{packet:?}"),
        });
    }
}

/// A switch may leave out the end of what it mirrors, and says so.
#[test]
fn a_mirrored_frame_that_is_truncated() {
    let mirrored = datagram(b"hello");
    let of = |truncated: u8| {
        let header = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, truncated, 9, 0, 0, 0, 0];
        GRE.packet(&[&header[..], &mirrored[..mirrored.len() - 3]].concat())
    };
    dissected(&of(4), |packet| {
        assert_eq!(packet, Packet::Udp(Udp { missing: 3, ..expected(b"he") }));
    });
    assert!(matches!(other(&of(0)), Other::Malformed { .. }));
}

/// A fragment of a tunnel that the snap length cut.
#[test]
fn a_cut_fragment() {
    let packet = Ip { more: true, ..IP_IN_IP }.packet(&hello()[..32]);
    let cut = Frame { original_len: len32(&packet), ..frame(LinkType::RAW, &packet[..50]) };
    let packet = Packet::Other(Other::CutFragment { missing: 2 });
    assert_eq!(Dissector::new().udp(&cut), packet);
}
