//! Every link layer and tunnel of testdata: what its twin says, whole, cut and damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mailslot::capture::{Dissector, Frame, Other, Packet};

use super::{Kept, read_whole};

/// The frames, and by their numbers what those say that complete a message.
fn testdata() -> (Vec<Kept>, BTreeMap<u64, String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/carriers.pcapng");
    let twin = fs::read_to_string(path.with_extension("txt")).unwrap();
    let said = twin.lines().filter_map(|line| {
        let (number, text) = line.trim_start().split_once("  ")?;
        Some((number.parse().ok()?, text.to_owned()))
    });
    (read_whole(fs::File::open(path).unwrap()), said.collect())
}

/// Frames that have a message of their own.
fn alone() -> Vec<(Kept, String)> {
    let (frames, said) = testdata();
    let text = |frame: &Kept| said.get(&frame.number).filter(|text| !text.contains("fragments"));
    frames.iter().filter_map(|frame| Some((frame.clone(), text(frame)?.clone()))).collect()
}

/// What the SMB says and what of it is missing; none of a tunnel's own datagram.
fn message<'a>(packet: &Packet<'a>) -> Option<(&'a [u8], usize)> {
    match *packet {
        Packet::Udp(udp) if udp.destination.port() == 138 => Some((udp.payload, udp.missing)),
        Packet::NetBios(netbios) => Some((netbios.payload, netbios.missing)),
        _ => None,
    }
}

#[test]
fn the_twin_is_right() {
    let (frames, said) = testdata();
    let mut dissector = Dissector::new();
    for kept in &frames {
        let packet = dissector.udp(&kept.frame());
        let Some(text) = said.get(&kept.number) else {
            assert_eq!(packet, Packet::Held, "frame {}", kept.number);
            continue;
        };
        let (payload, missing) = message(&packet).unwrap_or_else(|| panic!("{text}: {packet:?}"));
        assert!(payload.ends_with(text.as_bytes()) && missing == 0, "{text}: {payload:x?}");
        if let Packet::Udp(udp) = packet {
            let ends = [udp.source, udp.destination].map(|end| end.to_string());
            assert_eq!(ends, ["192.168.1.20:138", "192.168.1.5:138"], "{text}");
            let fragments = if text.contains("fragments") { 2 } else { 0 };
            assert_eq!(udp.ip_fragments.len(), fragments, "{text}");
        }
    }
    assert_eq!(dissector.incomplete().total(), 0);
    assert!(said.len() >= 74, "{}", said.len());
}

/// The snap length at every octet; then the same octets as the whole frame.
#[test]
fn frames_cut_at_every_octet() {
    for (kept, text) in alone() {
        let mut dissector = Dissector::new();
        let whole = dissector.udp(&kept.frame());
        let (payload, _) = message(&whole).unwrap();
        let start = kept.data.windows(payload.len()).position(|part| part == payload).unwrap();
        let end = start + payload.len();
        for len in 0..kept.data.len() {
            let cut = Frame { data: &kept.data[..len], ..kept.frame() };
            let mut dissector = Dissector::new();
            let packet = dissector.udp(&cut);
            match (message(&packet), packet) {
                (Some((part, missing)), _) => {
                    assert!(len >= start, "{text}: {len}");
                    assert_eq!(part, &kept.data[start..len.min(end)], "{text}");
                    assert_eq!(part.len() + missing, payload.len(), "{text}");
                }
                (None, Packet::Other(Other::Cut { offset, .. })) => {
                    assert!(offset <= len && len < start, "{text}: {offset} of {len}");
                }
                // The tunnel's own, whose beginning is not there.
                (None, Packet::Udp(udp)) => assert!(udp.missing > 0 && len < start, "{text}"),
                (None, packet) => panic!("{text}: {packet:?} of {len}"),
            }
            let short = Frame { original_len: len.try_into().unwrap(), ..cut };
            let mut dissector = Dissector::new();
            let packet = dissector.udp(&short);
            match (message(&packet), packet) {
                (None, Packet::Other(Other::Malformed { offset, .. })) => {
                    assert!(offset <= len, "{text}: {offset} of {len}");
                }
                // Only a check sequence or padding is not there, or no length tells.
                (Some((part, 0)), packet) => {
                    let netbeui = matches!(packet, Packet::NetBios(_)) && text.contains("NetBEUI");
                    assert!(part.len() == payload.len() || netbeui, "{text}: {len}");
                }
                (_, packet) => panic!("{text}: {packet:?} of {len}"),
            }
        }
    }
}

/// Each octet with other values: something comes of it, and places are within the frame.
#[test]
fn frames_damaged_at_every_octet() {
    let mut packets = 0;
    for (kept, text) in alone() {
        let mut data = kept.data.clone();
        for at in 0..data.len() {
            let octet = data[at];
            for other in [0, 0xff, 0x7f, 0x80, 1, !octet, octet ^ 1, octet ^ 0x40, octet ^ 8] {
                data[at] = other;
                let frame = Frame { data: &data, ..kept.frame() };
                match Dissector::new().udp(&frame) {
                    Packet::Other(Other::Malformed { offset, .. } | Other::Cut { offset, .. }) => {
                        assert!(offset <= data.len(), "{text}: {offset}, {other:#x} at {at}");
                    }
                    Packet::Udp(udp) => assert!(udp.payload.len() <= data.len()),
                    Packet::NetBios(netbios) => assert!(netbios.payload.len() <= data.len()),
                    _ => {}
                }
                packets += 1;
            }
            data[at] = octet;
        }
    }
    assert!(packets > 100_000, "{packets}");
}
