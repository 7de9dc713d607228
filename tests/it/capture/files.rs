//! Whole files of every format.

use std::io::{self, Read};

use mailslot::capture::{Format, LinkType, MAX_CAPTURED_LEN, Reader, Timestamp};

use super::build::{
    MICROS, MODIFIED, NANOS, OPTION_END, OPTION_TSOFFSET, OPTION_TSRESOL, ORDERS, Order, Pcap,
    PcapNg, len32,
};
use super::{Kept, read_whole};

const SECOND: i64 = 1_000_000_000;

fn times(frames: &[Kept]) -> Vec<Option<i64>> {
    frames.iter().map(|frame| frame.time.map(Timestamp::as_nanos)).collect()
}

#[test]
fn pcap_of_every_magic() {
    let kinds = [
        (Order::Little, MICROS, 5_000),
        (Order::Big, MICROS, 5_000),
        (Order::Little, NANOS, 5),
        (Order::Big, NANOS, 5),
        (Order::Little, MODIFIED, 5_000),
    ];
    for (order, magic, fraction) in kinds {
        let mut file = Pcap::new(order, magic, LinkType::LINUX_SLL2);
        file.packet(1, 5, b"one").snapped(u32::MAX, 0, b"two", 0x0102_0304).packet(3, 0, b"");
        let frames = read_whole(&file.bytes[..]);
        let last = i64::from(u32::MAX) * SECOND;
        let expected = [Some(SECOND + fraction), Some(last), Some(3 * SECOND)];
        assert_eq!(times(&frames), expected, "{order:?} {magic:x}");
        assert_eq!(
            frames[1],
            Kept {
                number: 2,
                time: Some(Timestamp::from_nanos(last)),
                interface: 0,
                link_type: LinkType::LINUX_SLL2,
                original_len: 0x0102_0304,
                data: b"two".to_vec(),
            }
        );
        assert_eq!(frames[1].frame().cut(), 0x0102_0301);
        assert_eq!((&frames[0].data[..], &frames[2].data[..]), (&b"one"[..], &b""[..]));
        assert_eq!(Reader::new(&file.bytes[..]).unwrap().format(), Format::Pcap);
    }
}

#[test]
fn pcap_link_type_leaves_out_the_check_sequence_bits() {
    let mut file = Pcap::new(Order::Little, MICROS, LinkType::ETHERNET);
    file.bytes[23] = 0x24; // frame check sequences of 4 octets
    file.packet(0, 0, b"x");
    assert_eq!(read_whole(&file.bytes[..])[0].link_type, LinkType::ETHERNET);
}

#[test]
fn pcapng_in_both_byte_orders() {
    for order in ORDERS {
        let mut file = PcapNg::new(order);
        file.interface(LinkType::ETHERNET, 0, &[]).enhanced(
            0,
            0x0001_0000_0002,
            b"12345",
            9,
            &[(1, b"a comment"), (OPTION_END, b"")],
        );
        let frames = read_whole(&file.bytes[..]);
        assert_eq!(
            frames,
            [Kept {
                number: 1,
                time: Some(Timestamp::from_nanos(0x0001_0000_0002 * 1_000)),
                interface: 0,
                link_type: LinkType::ETHERNET,
                original_len: 9,
                data: b"12345".to_vec(),
            }]
        );
        assert_eq!(Reader::new(&file.bytes[..]).unwrap().format(), Format::PcapNg);
    }
}

/// Time resolution and offset (options 9 and 14 of an interface description).
#[test]
fn pcapng_time_resolutions() {
    let cases: [(Option<u8>, Option<i64>, u64, i64); 20] = [
        (None, None, 7, 7_000),
        (Some(0), None, 7, 7 * SECOND),
        (Some(3), None, 7, 7_000_000),
        (Some(6), None, 1_700_000_000_000_001, 1_700_000_000_000_001_000),
        (Some(9), None, 1_700_000_000_000_000_001, 1_700_000_000_000_000_001),
        (Some(10), None, 79, 7),
        (Some(12), None, 1_234_567, 1_234),
        (Some(28), None, u64::MAX, 1),
        (Some(29), None, u64::MAX, 0),
        (Some(127), None, u64::MAX, 0),
        (Some(0x80), None, 7, 7 * SECOND),
        (Some(0x81), None, 7, 3_500_000_000),
        (Some(0x8a), None, 1_025, SECOND + 976_562),
        (Some(0xa0), None, (1_700_000_000 << 32) | (1 << 31), 1_700_000_000_500_000_000),
        (Some(0xbf), None, 1 << 62, 500_000_000),
        (Some(0xc0), None, 1 << 63, 500_000_000),
        (Some(0xff), None, u64::MAX, 0),
        (None, Some(10), 7, 10 * SECOND + 7_000),
        (Some(9), Some(-10), 7, -10 * SECOND + 7),
        (Some(0), Some(i64::MIN), u64::MAX, i64::MAX),
    ];
    for order in ORDERS {
        for (resolution, offset, stamp, nanos) in cases {
            let resolution = resolution.map(|value| [value]);
            let offset_octets = offset.map(|value| order.i64(value));
            let mut options: Vec<(u16, &[u8])> = vec![(2, b"eth0")];
            options.extend(resolution.iter().map(|value| (OPTION_TSRESOL, &value[..])));
            options.extend(offset_octets.iter().map(|value| (OPTION_TSOFFSET, &value[..])));
            let mut file = PcapNg::new(order);
            file.interface(LinkType::ETHERNET, 0, &options).packet(0, stamp, b"x");
            let frames = read_whole(&file.bytes[..]);
            assert_eq!(times(&frames), [Some(nanos)], "{order:?} {resolution:?} {offset:?}");
        }
    }
}

#[test]
fn pcapng_sections_and_interfaces() {
    let mut file = PcapNg::new(Order::Little);
    file.interface(LinkType::ETHERNET, 0, &[])
        .interface(LinkType::RAW, 0, &[(OPTION_TSRESOL, &[9]), (OPTION_END, b"")])
        .packet(1, 5, b"a")
        .packet(0, 5, b"b")
        .interface(LinkType::NULL, 0, &[(OPTION_TSRESOL, &[3])])
        .packet(2, 5, b"c")
        .section(Order::Big)
        .interface(LinkType::LINUX_SLL, 0, &[(OPTION_TSRESOL, &[0])])
        .packet(0, 5, b"d")
        .section(Order::Little)
        .interface(LinkType::IPV4, 0, &[])
        .packet(0, 5, b"e");
    let frames = read_whole(&file.bytes[..]);
    let seen: Vec<_> = frames
        .iter()
        .map(|f| (f.number, f.interface, f.link_type, f.time.unwrap().as_nanos(), f.data[0]))
        .collect();
    assert_eq!(
        seen,
        [
            (1, 1, LinkType::RAW, 5, b'a'),
            (2, 0, LinkType::ETHERNET, 5_000, b'b'),
            (3, 2, LinkType::NULL, 5_000_000, b'c'),
            (4, 0, LinkType::LINUX_SLL, 5 * SECOND, b'd'),
            (5, 0, LinkType::IPV4, 5_000, b'e'),
        ]
    );
}

#[test]
fn pcapng_simple_and_obsolete_packets() {
    for order in ORDERS {
        let mut file = PcapNg::new(order);
        file.interface(LinkType::RAW, 6, &[])
            .interface(LinkType::ETHERNET, 0, &[(OPTION_TSRESOL, &[9])])
            .simple(b"12345", 5)
            .simple(b"123456", 60)
            .obsolete(1, 77, b"123");
        let kept = |number, time: Option<i64>, link_type, original_len, data: &[u8]| Kept {
            number,
            time: time.map(Timestamp::from_nanos),
            interface: u32::from(link_type == LinkType::ETHERNET),
            link_type,
            original_len,
            data: data.to_vec(),
        };
        assert_eq!(
            read_whole(&file.bytes[..]),
            [
                kept(1, None, LinkType::RAW, 5, b"12345"),
                kept(2, None, LinkType::RAW, 60, b"123456"),
                kept(3, Some(77), LinkType::ETHERNET, 4, b"123"),
            ]
        );
    }
}

/// Name resolution, statistics, secrets, custom and unknown blocks, of any length.
#[test]
fn pcapng_other_blocks_are_passed_over() {
    let large = vec![0x55; 3 << 20];
    for order in ORDERS {
        let mut file = PcapNg::new(order);
        file.interface(LinkType::ETHERNET, 0, &[]);
        for kind in [4, 5, 9, 10, 0xbad, 0x8000_0001, 0xffff_ffff] {
            file.block(kind, b"").block(kind, &[0xff; 52]);
        }
        file.block(4, &large).packet(0, 1, b"x");
        assert_eq!(read_whole(&file.bytes[..]).len(), 1);
    }
}

#[test]
fn an_empty_capture_is_whole() {
    assert_eq!(read_whole(&Pcap::ethernet().bytes[..]), []);
    assert_eq!(read_whole(&PcapNg::new(Order::Big).bytes[..]), []);
}

/// Gives a few bytes a read, and is interrupted in between.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
    reads: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads % 3 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let step = self.step.min(buffer.len());
        self.bytes.take(step as u64).read(buffer).inspect(|&len| self.bytes = &self.bytes[len..])
    }
}

#[test]
fn the_size_of_reads_does_not_matter() {
    let payload: Vec<u8> = (0..MAX_CAPTURED_LEN).map(|i| i as u8).collect();
    let mut pcap = Pcap::ethernet();
    let mut pcapng = PcapNg::new(Order::Big);
    pcapng.interface(LinkType::ETHERNET, 0, &[]);
    for len in [0, 1, 60, 1_500, MAX_CAPTURED_LEN, 9_000, MAX_CAPTURED_LEN, 60] {
        pcap.packet(1, 1, &payload[..len]);
        pcapng.packet(0, 1_000_001, &payload[..len]).block(5, &payload[..len / 4 * 4]);
    }
    for bytes in [pcap.bytes, pcapng.bytes] {
        let frames = read_whole(&bytes[..]);
        assert_eq!(frames.len(), 8);
        assert_eq!(frames[6].data, payload);
        for step in [1, 7, 4_096, 200_000] {
            assert!(read_whole(Trickle { bytes: &bytes, step, reads: 0 }) == frames, "{step}");
        }
    }
}

struct Never;

impl Read for Never {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("read on without need")
    }
}

/// A capture that is still running: what is there can be read before more comes.
#[test]
fn a_frame_is_given_before_more_is_read() {
    let mut pcap = Pcap::ethernet();
    pcap.packet(1, 1, b"one").packet(1, 2, b"two");
    let mut pcapng = PcapNg::new(Order::Little);
    pcapng.interface(LinkType::ETHERNET, 0, &[]).packet(0, 1, b"one").packet(0, 2, b"two");
    for bytes in [pcap.bytes, pcapng.bytes] {
        let never = io::Cursor::new(&bytes).chain(Never);
        let mut reader = Reader::new(never).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().data, b"one");
        assert_eq!(reader.next().unwrap().unwrap().data, b"two");
    }
}

#[test]
fn bytes_read_ends_at_the_length_of_the_file() {
    let mut pcap = Pcap::ethernet();
    pcap.packet(1, 1, b"one");
    let first = pcap.bytes.len() as u64;
    pcap.packet(1, 2, b"two");
    let mut reader = Reader::new(&pcap.bytes[..]).unwrap();
    assert_eq!(reader.bytes_read(), 24);
    assert!(reader.next().unwrap().is_some());
    assert_eq!(reader.bytes_read(), first);
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.bytes_read(), u64::from(len32(&pcap.bytes)));
}

#[test]
fn times_and_link_types_print() {
    let print = |nanos| Timestamp::from_nanos(nanos).to_string();
    assert_eq!(print(1_200_000_000_000_000_005), "1200000000.000000005");
    assert_eq!(print(-1_500_000_000), "-1.500000000");
    assert_eq!(Timestamp::from_nanos(1_999).as_micros(), 1);
    assert_eq!(Timestamp::from_nanos(-1_999).as_micros(), 0);
    assert_eq!(LinkType::LINUX_SLL2.to_string(), "Linux cooked v2");
    assert_eq!(LinkType(147).to_string(), "link type 147");
}
