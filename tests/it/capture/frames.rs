//! From frames to UDP datagrams.

use std::net::SocketAddrV4;

use mailslot::capture::{Dissector, Frame, LinkType, Other, Packet, Timestamp, Udp};

use super::build::{DESTINATION, Ip, SOURCE, UDP, datagram, ethernet, len32, udp};

pub(super) fn frame(link_type: LinkType, data: &[u8]) -> Frame<'_> {
    Frame {
        number: 1,
        time: Some(Timestamp::from_nanos(1)),
        interface: 0,
        link_type,
        original_len: len32(data),
        data,
    }
}

pub(super) fn expected(payload: &[u8]) -> Udp<'_> {
    Udp {
        source: SocketAddrV4::new(SOURCE.into(), 138),
        destination: SocketAddrV4::new(DESTINATION.into(), 138),
        payload,
        missing: 0,
        ip_fragments: &[],
    }
}

fn assert_udp(link_type: LinkType, data: &[u8], payload: &[u8]) {
    let mut dissector = Dissector::new();
    let packet = dissector.udp(&frame(link_type, data));
    assert_eq!(packet, Packet::Udp(expected(payload)), "{link_type}");
}

fn other(link_type: LinkType, data: &[u8]) -> Other {
    match Dissector::new().udp(&frame(link_type, data)) {
        Packet::Other(other) => other,
        packet => panic!("{packet:?}"),
    }
}

/// Every kind of link layer before the same IPv4 packet.
fn layers() -> Vec<(LinkType, Vec<u8>)> {
    let sll = |protocol: u16| {
        let mut header = vec![0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
        header.extend(protocol.to_be_bytes());
        header
    };
    let sll2 = |protocol: u16| {
        let mut header = protocol.to_be_bytes().to_vec();
        header.extend([0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]);
        header
    };
    let llc_snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    vec![
        (LinkType::ETHERNET, ethernet(0x0800, &[])),
        (LinkType::ETHERNET, ethernet(0x8100, &[0x20, 1, 8, 0])),
        (LinkType::ETHERNET, ethernet(0x88a8, &[0, 1, 0x81, 0, 0, 2, 8, 0])),
        (LinkType::ETHERNET, ethernet(0x9100, &[0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 8, 0])),
        (LinkType::ETHERNET, ethernet(41, &llc_snap)),
        (LinkType::ETHERNET, ethernet(1500, &[0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0])),
        (LinkType::ETHERNET, ethernet(36, &[6, 6, 3])),
        (LinkType::ETHERNET, ethernet(0x8100, &[&[0, 1, 0, 41][..], &llc_snap].concat())),
        (LinkType::LINUX_SLL, sll(0x0800)),
        (LinkType::LINUX_SLL, [sll(0x8100), vec![0, 1, 8, 0]].concat()),
        (LinkType::LINUX_SLL, [sll(4), llc_snap.to_vec()].concat()),
        (LinkType::LINUX_SLL2, sll2(0x0800)),
        (LinkType::LINUX_SLL2, [sll2(0x8100), vec![0, 1, 8, 0]].concat()),
        (LinkType::LINUX_SLL2, [sll2(4), llc_snap.to_vec()].concat()),
        (LinkType::NULL, vec![2, 0, 0, 0]),
        (LinkType::NULL, vec![0, 0, 0, 2]),
        (LinkType::LOOP, vec![0, 0, 0, 2]),
        (LinkType::RAW, vec![]),
        (LinkType::RAW_12, vec![]),
        (LinkType::RAW_14, vec![]),
        (LinkType::IPV4, vec![]),
    ]
}

#[test]
fn every_link_layer() {
    for (link_type, header) in layers() {
        let data = [header, UDP.packet(&udp(b"hello"))].concat();
        assert_udp(link_type, &data, b"hello");
        let trailer = [data, vec![0xee; 13]].concat();
        assert_udp(link_type, &trailer, b"hello");
    }
}

/// The snap length at every octet: whole, then some of the payload missing, then not to be read.
#[test]
fn frames_cut_at_every_octet() {
    for (link_type, header) in layers() {
        let data = [&header[..], &UDP.packet(&udp(b"hello")), b"trailer"].concat();
        let whole = header.len() + 28;
        for len in 0..data.len() {
            let cut = Frame { data: &data[..len], ..frame(link_type, &data) };
            assert_eq!(cut.cut(), data.len() - len);
            match Dissector::new().udp(&cut) {
                Packet::Udp(datagram) => {
                    let payload = &b"hello"[..(len - whole).min(5)];
                    let missing = 5 - payload.len();
                    assert_eq!(datagram, Udp { missing, ..expected(payload) });
                }
                Packet::Other(Other::Cut { offset, .. }) => assert!(offset <= whole && len < whole),
                packet => panic!("{packet:?}"),
            }
            // The same octets, but nothing was cut: then the frame contradicts itself.
            let short = frame(link_type, &data[..len]);
            if len < whole + 5 {
                let mut dissector = Dissector::new();
                let packet = dissector.udp(&short);
                assert!(matches!(packet, Packet::Other(Other::Malformed { .. })), "{packet:?}");
            }
        }
    }
}

/// A cut that explains only part of what is missing is not taken for the whole explanation.
#[test]
fn a_total_length_beyond_a_cut_frame() {
    let data = datagram(b"hello");
    let cut = Frame { original_len: len32(&data) - 1, ..frame(LinkType::ETHERNET, &data[..44]) };
    let what = "IPv4 total length beyond the frame";
    let malformed = Other::Malformed { what, offset: 16 };
    assert_eq!(Dissector::new().udp(&cut), Packet::Other(malformed));
}

/// Some writers leave the original length 0.
#[test]
fn an_original_length_below_the_captured_one() {
    let data = datagram(b"hello");
    let frame = Frame { original_len: 0, ..frame(LinkType::ETHERNET, &data) };
    assert_eq!(frame.cut(), 0);
    assert_eq!(Dissector::new().udp(&frame), Packet::Udp(expected(b"hello")));
}

#[test]
fn what_is_not_udp_over_ipv4() {
    let ip = UDP.packet(&udp(b"hello"));
    let version_6 = [&[0x60][..], &[0; 60]].concat();
    let cases = [
        (LinkType::ETHERNET, ethernet(0x0806, &ip), Other::NotIpv4),
        (LinkType::ETHERNET, ethernet(0x86dd, &version_6), Other::NotIpv4),
        (LinkType::ETHERNET, ethernet(1501, &ip), Other::NotIpv4),
        (LinkType::ETHERNET, ethernet(60, &[0xfe; 40]), Other::NotIpv4),
        (LinkType::ETHERNET, ethernet(60, &[0xf0; 40]), Other::NotIpv4),
        (
            LinkType::ETHERNET,
            ethernet(60, &[&[0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0x9b][..], &ip].concat()),
            Other::NotIpv4,
        ),
        (
            LinkType::ETHERNET,
            ethernet(60, &[&[0xaa, 0xaa, 3, 0, 0, 12, 8, 0][..], &ip].concat()),
            Other::NotIpv4,
        ),
        (LinkType::LINUX_SLL, [&[0; 14][..], &[0, 1], &ip].concat(), Other::NotIpv4),
        // Small numbers in a cooked header are Linux's own, no lengths: this is CAN.
        (
            LinkType::LINUX_SLL,
            [&[0; 14][..], &[0, 12, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &ip].concat(),
            Other::NotIpv4,
        ),
        (LinkType::LINUX_SLL2, [&[0; 20][..], &ip].concat(), Other::NotIpv4),
        (LinkType::NULL, [&[30, 0, 0, 0][..], &version_6].concat(), Other::NotIpv4),
        (LinkType::RAW, version_6.clone(), Other::NotIpv4),
        (LinkType(147), ip, Other::LinkType(LinkType(147))),
        (LinkType::RAW, Ip { protocol: 6, ..UDP }.packet(&[0; 20]), Other::NotUdp(6)),
    ];
    for (link_type, data, expected) in cases {
        assert_eq!(other(link_type, &data), expected, "{link_type} {data:x?}");
    }
}

#[test]
fn malformed_headers() {
    let whole = UDP.packet(&udp(b"hello"));
    let changed = |at: usize, octets: &[u8]| {
        let mut data = whole.clone();
        data[at..at + octets.len()].copy_from_slice(octets);
        data
    };
    let cases = [
        (changed(0, &[0x55]), "IPv4 version or header length", 0),
        (changed(0, &[0x44]), "IPv4 version or header length", 0),
        (changed(0, &[0x4f]), "IPv4 header", 0),
        (changed(2, &[0, 19]), "IPv4 total length below the header's", 2),
        (changed(2, &[0, 34]), "IPv4 total length beyond the frame", 2),
        (changed(2, &[0, 27]), "UDP header", 20),
        (changed(24, &[0, 7]), "UDP length below 8", 24),
        (changed(24, &[0, 14]), "UDP length beyond the IP packet", 24),
        (changed(2, &[0, 32]), "UDP length beyond the IP packet", 24),
    ];
    for (data, what, offset) in cases {
        assert_eq!(other(LinkType::RAW, &data), Other::Malformed { what, offset });
        let framed = ethernet(0x0800, &data);
        let offset = offset + 14;
        assert_eq!(other(LinkType::ETHERNET, &framed), Other::Malformed { what, offset });
    }
}

#[test]
fn the_udp_length_ends_the_payload() {
    let mut datagram = udp(b"hello");
    datagram.extend([0xee; 9]);
    assert_udp(LinkType::RAW, &UDP.packet(&datagram), b"hello");
    assert_udp(LinkType::RAW, &UDP.packet(&udp(b"")), b"");
}

#[test]
fn ip_options_are_passed_over() {
    let mut data = UDP.packet(&[&[0x94, 4, 0, 0, 1, 1, 1, 1][..], &udp(b"hello")].concat());
    data[0] = 0x47;
    assert_udp(LinkType::RAW, &data, b"hello");
}

#[test]
fn reasons_print() {
    let cut = Other::Cut { what: "IPv4 header", offset: 14 };
    assert_eq!(cut.to_string(), "cut by the snap length within the IPv4 header at 14");
    let link_type = Other::LinkType(LinkType(147));
    assert_eq!(link_type.to_string(), "link layer not supported: link type 147");
}
