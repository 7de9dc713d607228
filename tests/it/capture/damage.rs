//! Damaged files: read as far as they go, then a clear word about the rest.

use std::error::Error as _;
use std::io::{self, Read};

use mailslot::capture::{
    Dissector, ErrorKind, LinkType, MAX_BLOCK_LEN, MAX_CAPTURED_LEN, MAX_INTERFACES,
};

use super::build::{
    MICROS, MODIFIED, NANOS, ORDERS, Order, Pcap, PcapNg, UDP, datagram, ethernet, udp,
};
use super::{Kept, read, read_whole};

#[test]
fn what_is_no_capture() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "the capture is empty: not even a file header"),
        (b"\x1f\x8b\x08\x00", "the capture is compressed with gzip: unpack it with `gunzip`"),
        (b"\x28\xb5\x2f\xfd...", "the capture is compressed with zstd: unpack it with `unzstd`"),
        (b"BZh9", "the capture is compressed with bzip2: unpack it with `bunzip2`"),
        (
            b"%PDF-1.4 and on and on and on",
            "not a pcap or pcapng file: it starts with the bytes [25, 50, 44, 46]",
        ),
        (b"\xa1\xb2", "byte 0: the file ends within a file header: 4 bytes expected, 2 there"),
        (
            b"\xa1\xb2\xc3\xd4\x00\x02",
            "byte 0: the file ends within a file header: 24 bytes expected, 6 there",
        ),
        (
            b"\xa1\xb2\xc3\xd4\x02\x1f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
            "byte 0: version 543.0 of the format is not known",
        ),
        (
            b"\x0a\x0d\x0d\x0a\0\0\0\x1c1234\0\x01\0\0",
            "byte 0: damaged: byte-order magic of a section",
        ),
    ];
    for (bytes, expected) in cases {
        let (frames, error) = read(bytes);
        assert_eq!((frames, error.unwrap().to_string()), (vec![], expected.to_owned()));
    }
}

/// Whole files of every kind, with the number of bytes at which each of their frames is whole.
fn samples() -> Vec<(Vec<u8>, Vec<usize>)> {
    let payloads: [&[u8]; 4] = [&datagram(b"hello"), b"", b"123", &[7; 100]];
    let mut samples = Vec::new();
    for (order, magic) in [
        (Order::Little, MICROS),
        (Order::Big, MICROS),
        (Order::Big, NANOS),
        (Order::Little, MODIFIED),
    ] {
        let mut file = Pcap::new(order, magic, LinkType::ETHERNET);
        let ends = payloads.map(|payload| file.packet(1, 2, payload).bytes.len());
        samples.push((file.bytes, ends.to_vec()));
    }
    for order in ORDERS {
        let mut file = PcapNg::new(order);
        file.interface(LinkType::ETHERNET, 0, &[(9, &[9])]).block(5, &[1; 20]);
        let mut ends = payloads.map(|payload| file.packet(0, 2, payload).bytes.len()).to_vec();
        file.section(Order::Big).interface(LinkType::RAW, 0, &[]);
        ends.push(file.simple(payloads[3], 100).bytes.len());
        ends.push(file.obsolete(0, 9, payloads[0]).bytes.len());
        samples.push((file.bytes, ends));
    }
    samples
}

#[test]
fn files_cut_off_at_every_byte() {
    for (bytes, ends) in samples() {
        let whole = read_whole(&bytes[..]);
        assert_eq!(whole.len(), ends.len());
        for len in 0..bytes.len() {
            let (frames, error) = read(&bytes[..len]);
            let expected = ends.iter().filter(|&&end| end <= len).count();
            assert_eq!(frames, whole[..expected], "cut at {len}");
            match error.as_ref().map(|error| (error.kind(), error.offset())) {
                // Between two records nothing shows that more was there.
                None => assert!(boundaries(&bytes).contains(&len), "silent at {len}"),
                Some((ErrorKind::Empty, 0)) => assert_eq!(len, 0),
                Some((ErrorKind::Truncated { expected, found, .. }, offset)) => {
                    assert_eq!(offset + found, len as u64);
                    assert!(expected > found);
                }
                Some(other) => panic!("cut at {len}: {other:?}"),
            }
        }
    }
}

/// Where a record or block of a whole file starts, found by their lengths alone.
fn boundaries(bytes: &[u8]) -> Vec<usize> {
    let pcapng = bytes.starts_with(b"\n\r\r\n");
    let modified = bytes.starts_with(&MODIFIED.to_le_bytes());
    let mut big = bytes[0] == 0xa1;
    let mut at = if pcapng { 0 } else { 24 };
    let mut found = vec![];
    while at < bytes.len() {
        if at > 0 {
            found.push(at);
        }
        if pcapng && bytes[at..].starts_with(b"\n\r\r\n") {
            big = bytes[at + 8] == 0x1a;
        }
        let length = bytes[if pcapng { at + 4 } else { at + 8 }..].first_chunk().unwrap();
        let length = if big { u32::from_be_bytes(*length) } else { u32::from_le_bytes(*length) };
        let header = if pcapng { 0 } else { 16 + 8 * usize::from(modified) };
        at += header + length as usize;
    }
    found
}

#[test]
fn a_truncated_record_says_how_much_is_missing() {
    let mut file = Pcap::ethernet();
    file.packet(1, 1, b"whole").packet(1, 2, b"0123456789");
    let (frames, error) = read(&file.bytes[..file.bytes.len() - 3]);
    assert_eq!(frames.len(), 1);
    let expected = "byte 45: the file ends within a packet record: 26 bytes expected, 23 there";
    assert_eq!(error.unwrap().to_string(), expected);
}

/// Nothing may be reserved for what a header merely claims.
#[test]
fn claims_beyond_the_limits_are_refused() {
    let limit = u32::try_from(MAX_CAPTURED_LEN).unwrap();
    for claimed in [limit + 1, 0x7fff_ffff, u32::MAX] {
        let mut file = Pcap::ethernet();
        file.packet(1, 1, b"whole").packet(1, 2, b"");
        file.bytes[53..57].copy_from_slice(&claimed.to_le_bytes());
        let (frames, error) = read(file.bytes.chain(io::repeat(0).take(1 << 20)));
        assert_eq!(frames.len(), 1);
        let error = error.unwrap();
        let kind =
            ErrorKind::TooLarge { what: "packet", claimed: claimed.into(), limit: limit.into() };
        assert_eq!((error.kind(), error.offset()), (kind, 45));

        let mut file = PcapNg::new(Order::Big);
        file.interface(LinkType::ETHERNET, 0, &[]).packet(0, 1, b"whole");
        let offset = file.bytes.len();
        file.packet(0, 1, b"claim");
        file.bytes[offset + 20..offset + 24].copy_from_slice(&claimed.to_be_bytes());
        let (frames, error) = read(&file.bytes[..]);
        assert_eq!(frames.len(), 1);
        let error = error.unwrap();
        let kind = ErrorKind::Malformed { what: "packet longer than its block" };
        assert_eq!((error.kind(), error.offset()), (kind, offset as u64));
    }
    for kind in [1, 2, 3, 6] {
        let mut file = PcapNg::new(Order::Little);
        file.interface(LinkType::ETHERNET, 0, &[]).block(kind, &vec![0; MAX_BLOCK_LEN]);
        let kind = read(&file.bytes[..]).1.unwrap().kind();
        assert!(matches!(kind, ErrorKind::TooLarge { what: "block", .. }), "{kind:?}");
    }
    // A block has room for more than a packet may have.
    let mut file = PcapNg::new(Order::Little);
    file.interface(LinkType::ETHERNET, 0, &[]).packet(0, 1, &vec![0; MAX_CAPTURED_LEN]);
    let offset = file.bytes.len() as u64;
    file.packet(0, 2, &vec![0; MAX_CAPTURED_LEN + 1]);
    let (frames, error) = read(&file.bytes[..]);
    let error = error.unwrap();
    let claimed = u64::from(limit) + 1;
    let kind = ErrorKind::TooLarge { what: "packet", claimed, limit: limit.into() };
    assert_eq!((frames.len(), error.kind(), error.offset()), (1, kind, offset));
    // One that is passed over is followed to the end of the file, wherever that is.
    let mut file = PcapNg::new(Order::Little);
    file.bytes.extend([4, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff]);
    let claim = ErrorKind::Truncated { what: "block", expected: 0xffff_fff0, found: 1_000_008 };
    let source = file.bytes.chain(io::repeat(0).take(1_000_000));
    assert_eq!(read(source).1.unwrap().kind(), claim);
}

type Damage = fn(&mut PcapNg);

#[test]
fn damaged_blocks() {
    let start = || {
        let mut file = PcapNg::new(Order::Big);
        file.interface(LinkType::ETHERNET, 0, &[]).packet(0, 1, b"whole");
        file
    };
    let offset = start().bytes.len();
    let cases: [(Damage, &str); 9] = [
        (|file| _ = file.packet(1, 1, b"x"), "packet of an interface that was not described"),
        (|file| _ = file.obsolete(1, 1, b"x"), "packet of an interface that was not described"),
        (|file| _ = file.section(Order::Big).simple(b"x", 1), ""),
        (|file| _ = file.block(6, &[0; 16]), "packet block too short for its header"),
        (|file| _ = file.block(3, &[]), "simple packet block too short for its header"),
        (|file| _ = file.block(1, &[0; 4]), "interface description"),
        (|file| _ = file.simple(b"x", 5), "packet longer than its block"),
        (
            |file| {
                file.packet(0, 1, b"x");
                *file.bytes.last_mut().unwrap() ^= 4;
            },
            "the two lengths of a block differ",
        ),
        (
            |file| {
                file.block(4, b"name");
                *file.bytes.last_mut().unwrap() ^= 4;
            },
            "the two lengths of a block differ",
        ),
    ];
    for (damage, expected) in cases {
        let mut file = start();
        damage(&mut file);
        let (frames, error) = read(&file.bytes[..]);
        assert_eq!(frames.len(), 1);
        let error = error.unwrap();
        if expected.is_empty() {
            assert!(error.offset() > offset as u64);
        } else {
            let what = format!("byte {offset}: damaged: {expected}");
            assert_eq!(error.to_string(), what);
        }
    }
    for claimed in 0..12_u8 {
        let mut file = start();
        file.bytes.extend([0, 0, 0, 4, 0, 0, 0, claimed, 0, 0, 0, claimed]);
        let error = read(&file.bytes[..]).1.unwrap();
        assert_eq!(error.kind(), ErrorKind::Malformed { what: "block length below 12" });
    }
    let mut file = start();
    file.section(Order::Big);
    file.bytes[offset + 13] = 2;
    let kind = read(&file.bytes[..]).1.unwrap().kind();
    assert_eq!(kind, ErrorKind::UnsupportedVersion { major: 2, minor: 0 });
}

#[test]
fn interfaces_are_bounded() {
    let mut file = PcapNg::new(Order::Little);
    for _ in 0..MAX_INTERFACES {
        file.interface(LinkType::ETHERNET, 0, &[]);
    }
    file.packet(65_535, 1, b"x");
    assert_eq!(read_whole(&file.bytes[..]).len(), 1);
    file.interface(LinkType::ETHERNET, 0, &[]);
    let (frames, error) = read(&file.bytes[..]);
    assert_eq!(frames.len(), 1);
    assert!(matches!(error.unwrap().kind(), ErrorKind::TooLarge { .. }));
}

#[test]
fn the_cause_of_an_input_error_is_kept() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let mut file = Pcap::ethernet();
    file.packet(1, 1, b"whole").packet(1, 2, b"0123456789");
    let (frames, error) = read(file.bytes[..50].chain(Broken));
    assert_eq!(frames.len(), 1);
    let error = error.unwrap();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Io, 50));
    assert_eq!(error.source().unwrap().to_string(), "the disk is on fire");
}

/// xorshift64*, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(value).unwrap() % bound
    }
}

/// No bytes make the reader or the dissector panic or read for ever, and what a file held before
/// its first changed byte is given.
#[test]
fn random_changes() {
    let mut random = Random(0x6d61_696c_736c_6f74);
    let mut samples = samples();
    let fragment = |offset, more| super::build::Ip { offset, more, ..UDP }.packet(&udp(&[1; 8]));
    let mut file = PcapNg::new(Order::Little);
    for link_type in [0, 1, 12, 101, 108, 113, 228, 276] {
        file.interface(LinkType(link_type), 0, &[(9, &[0x8a])]);
    }
    for interface in 0..8 {
        file.packet(interface, 1, &fragment(0, true));
        file.packet(interface, 2, &ethernet(0x8100, &[0, 1, 8, 0, 0x45]));
    }
    file.packet(1, 3, &ethernet(0x0800, &fragment(0, true)));
    file.packet(1, 3, &ethernet(0x0800, &fragment(16, false)));
    samples.push((file.bytes, vec![]));
    let wholes: Vec<Vec<Kept>> = samples.iter().map(|(bytes, _)| read_whole(&bytes[..])).collect();

    for _ in 0..6_000 {
        let pick = random.below(samples.len());
        let (bytes, ends) = &samples[pick];
        let mut bytes = bytes.clone();
        let mut first = bytes.len();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            first = first.min(at);
            match random.below(4) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
                2 => drop(bytes.drain(at..(at + 1 + random.below(8)).min(bytes.len()))),
                _ => bytes.insert(at, random.below(256) as u8),
            }
            if bytes.is_empty() {
                break;
            }
        }
        let (frames, _) = read(&bytes[..]);
        let before = ends.iter().filter(|&&end| end <= first).count();
        assert_eq!(frames[..before], wholes[pick][..before]);
        let mut dissector = Dissector::new();
        for frame in &frames {
            dissector.udp(&frame.frame());
        }
    }
}

#[test]
fn random_bytes() {
    let mut random = Random(1);
    let mut pcapng = PcapNg::new(Order::Little);
    pcapng.interface(LinkType::RAW, 0, &[]);
    let starts: [&[u8]; 4] = [
        b"",
        &Pcap::ethernet().bytes,
        &Pcap::new(Order::Big, NANOS, LinkType::LINUX_SLL).bytes,
        &pcapng.bytes,
    ];
    for _ in 0..2_000 {
        let mut bytes = starts[random.below(4)].to_vec();
        let small = random.below(2) == 0;
        for _ in 0..random.below(400) {
            bytes.push(if small { random.below(8) as u8 } else { random.below(256) as u8 });
        }
        let mut dissector = Dissector::new();
        for frame in &read(&bytes[..]).0 {
            dissector.udp(&frame.frame());
        }
    }
}
