//! What is particular of 802.11, rings and serial lines.

use mailslot::capture::{Address, Dissector, LinkType, Other, Packet, Scope};

use super::build::{UDP, ethernet, udp};
use super::frames::frame;

const ONE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const TWO: [u8; 6] = [2, 0, 0, 0, 0, 2];
const THREE: [u8; 6] = [2, 0, 0, 0, 0, 3];
const FOUR: [u8; 6] = [2, 0, 0, 0, 0, 4];

/// A NetBIOS frame behind its LLC header.
fn nbf() -> Vec<u8> {
    let head = [0xf0, 0xf0, 3, 44, 0, 0xff, 0xef, 8, 0, 0, 0, 0, 0, 0, 0];
    [&head[..], b"OFFICE         \x1eWINBOX         \0\xffSMB"].concat()
}

/// A data frame of 802.11 with the flags, and a fourth address where they say so.
fn data(flags: u8, payload: &[u8]) -> Vec<u8> {
    let fourth = if flags & 3 == 3 { &FOUR[..] } else { &[] };
    [&[8, flags, 0, 0][..], &ONE, &TWO, &THREE, &[0, 0], fourth, payload].concat()
}

fn other(link_type: LinkType, octets: &[u8]) -> Other {
    match Dissector::new().udp(&frame(link_type, octets)) {
        Packet::Other(other) => other,
        packet => panic!("{packet:?}"),
    }
}

/// Source, destination, and who it is for.
fn ends(link_type: LinkType, octets: &[u8]) -> ([Option<Address>; 2], Scope) {
    match Dissector::new().udp(&frame(link_type, octets)) {
        Packet::NetBios(netbios) => ([netbios.source, netbios.destination], netbios.scope),
        packet => panic!("{packet:?}"),
    }
}

fn macs(source: [u8; 6], destination: [u8; 6]) -> [Option<Address>; 2] {
    [source, destination].map(|address| Some(Address::Mac(address)))
}

/// Which address is whose depends on the way through access points.
#[test]
fn addresses_of_wireless_frames() {
    for (flags, source, destination) in
        [(0, TWO, ONE), (1, TWO, THREE), (2, THREE, ONE), (3, FOUR, THREE)]
    {
        let found = ends(LinkType::IEEE802_11, &data(flags, &nbf()));
        assert_eq!(found, (macs(source, destination), Scope::Unique), "{flags}");
        let tapped = [&[0, 0, 8, 0, 0, 0, 0, 0][..], &data(flags, &nbf())].concat();
        let found = ends(LinkType::IEEE802_11_RADIOTAP, &tapped);
        assert_eq!(found, (macs(source, destination), Scope::Unique), "{flags}");
    }
}

/// A source address of Token Ring has a bit that is not the station's, and its octets begin with
/// the bit that others have last.
#[test]
fn addresses_of_rings() {
    let routed = [0x82, 0, 0, 0, 0, 1];
    let functional = [0xc0, 0, 0, 0, 0, 0x80];
    let ring = |to: &[u8], from: &[u8], route: &[u8]| {
        [&[0x10, 0x40][..], to, from, route, &nbf()].concat()
    };
    let found = ends(LinkType::IEEE802_5, &ring(&TWO, &routed, &[4, 0, 0, 0x10]));
    assert_eq!(found, (macs(ONE, TWO), Scope::Unique));
    let found = ends(LinkType::IEEE802_5, &ring(&functional, &ONE, &[]));
    assert_eq!(found, (macs(ONE, functional), Scope::Group));
    let fddi = [&[0x50][..], &[3, 0, 0, 0, 0, 1], &ONE, &nbf()].concat();
    let found = ends(LinkType::FDDI, &fddi);
    assert_eq!(found, (macs(ONE, [3, 0, 0, 0, 0, 1]), Scope::Group));
}

/// The addresses of the frame inside, not of the one outside.
#[test]
fn addresses_of_frames_in_frames() {
    let length = u16::try_from(nbf().len()).unwrap().to_be_bytes();
    let inner = [&TWO[..], &FOUR, &length, &nbf()].concat();
    let backbone = ethernet(0x88e7, &[&[0, 0, 0, 77][..], &inner].concat());
    assert_eq!(ends(LinkType::ETHERNET, &backbone), (macs(FOUR, TWO), Scope::Unique));
}

#[test]
fn wireless_frames_that_are_not_read() {
    let ip = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &UDP.packet(&udp(b"hello"))].concat();
    let changed = |at: usize, octet: u8| {
        let mut frame = data(0, &ip);
        frame[at] = octet;
        frame
    };
    let qos = |control: u8| {
        let mut frame = data(0, &[&[control, 0][..], &ip].concat());
        frame[0] = 0x88;
        frame
    };
    for (octets, expected) in [
        (changed(1, 0x40), Other::Unsupported("encrypted 802.11")),
        (changed(1, 0x04), Other::Unsupported("802.11 fragments")),
        (changed(22, 1), Other::Unsupported("802.11 fragments")),
        (qos(0x80), Other::Unsupported("802.11 A-MSDU")),
        // A beacon, an acknowledgment, no data, another version.
        (changed(0, 0x80), Other::NotIpv4),
        (changed(0, 0xd4), Other::NotIpv4),
        (changed(0, 0x48), Other::NotIpv4),
        (changed(0, 0x09), Other::NotIpv4),
    ] {
        assert_eq!(other(LinkType::IEEE802_11, &octets), expected, "{octets:x?}");
    }
    assert!(matches!(Dissector::new().udp(&frame(LinkType::IEEE802_11, &qos(0))), Packet::Udp(_)));
}

#[test]
fn headers_before_wireless_frames_that_are_damaged() {
    let frame = data(0, &nbf());
    let before = |header: &[u8]| [header, &frame].concat();
    let (tap, prism, avs, ppi) = (
        LinkType::IEEE802_11_RADIOTAP,
        LinkType::IEEE802_11_PRISM,
        LinkType::IEEE802_11_AVS,
        LinkType::PPI,
    );
    for (link_type, octets, what, offset) in [
        (tap, before(&[1, 0, 8, 0, 0, 0, 0, 0]), "radiotap header", 0),
        (tap, before(&[0, 0, 7, 0, 0, 0, 0, 0]), "radiotap header", 0),
        // The flags would be behind its end, or the bits are without one.
        (tap, before(&[0, 0, 8, 0, 2, 0, 0, 0]), "radiotap header", 0),
        (tap, before(&[0, 0, 9, 0, 0, 0, 0, 0x80, 0, 0, 0, 0]), "radiotap header", 0),
        (prism, before(&[0; 144]), "Prism header", 0),
        (prism, before(&[0x44, 0, 0, 0, 4, 0, 0, 0]), "Prism header", 4),
        (prism, before(&[0, 0, 0, 0x44, 0, 1, 0, 0]), "Prism header", 4),
        (avs, before(&[0; 64]), "AVS header", 0),
        (avs, before(&[0x80, 0x21, 0x10, 1, 0xff, 0xff, 0xff, 0xff]), "AVS header", 4),
        (ppi, before(&[1, 0, 8, 0, 105, 0, 0, 0]), "PPI header", 0),
        (ppi, before(&[0, 0, 7, 0, 105, 0, 0, 0]), "PPI header", 0),
    ] {
        assert_eq!(other(link_type, &octets), Other::Malformed { what, offset }, "{octets:x?}");
    }
    let unknown = before(&[0, 0, 8, 0, 147, 0, 0, 0]);
    assert_eq!(other(ppi, &unknown), Other::LinkType(LinkType(147)));
}

#[test]
fn rings_and_lines_without_datagrams() {
    let of = |head: &[u8]| [head, &nbf()].concat();
    let ring = |control: u8, first: u8, route: &[u8]| {
        of(&[&[0x10, control][..], &TWO, &[first, 0, 0, 0, 0, 1], route].concat())
    };
    assert_eq!(other(LinkType::IEEE802_5, &ring(0, 2, &[])), Other::NotIpv4);
    for len in [0, 1, 5] {
        let what = "Token Ring routing field";
        let malformed = Other::Malformed { what, offset: 14 };
        assert_eq!(other(LinkType::IEEE802_5, &ring(0x40, 0x82, &[len, 0])), malformed);
    }
    // The ring's own frames.
    let management = [&[0xc3][..], &TWO, &ONE, &nbf()].concat();
    assert_eq!(other(LinkType::FDDI, &management), Other::NotIpv4);
    for (link_type, octets) in [
        (LinkType::PPP, &[0xff, 3, 0xc0, 0x21, 1, 1, 0, 4][..]),
        (LinkType::PPP_HDLC, &[0x0f, 0, 0x80, 0x35, 0, 0]),
        (LinkType::C_HDLC, &[0x0f, 0, 0, 60, 0, 0]),
        (LinkType::PPP_ETHER, &[0x11, 9, 0, 0, 0, 4, 0, 0x21]),
    ] {
        assert_eq!(other(link_type, octets), Other::NotIpv4, "{link_type}");
    }
}
