//! IPv4 fragments.

use mailslot::capture::{
    Dissector, Frame, Incomplete, LinkType, MAX_REASSEMBLIES, MAX_REASSEMBLY_BYTES, Other, Packet,
    REASSEMBLY_TIME, Timestamp, Udp,
};

use super::build::{Ip, UDP, len32, udp};
use super::frames::expected;

/// A dissector that is fed raw IP packets.
#[derive(Default)]
struct Feed {
    dissector: Dissector,
    frames: u64,
    interface: u32,
    /// In ns.
    time: i64,
}

impl Feed {
    fn ip<'a>(&'a mut self, data: &'a [u8]) -> Packet<'a> {
        self.frames += 1;
        self.dissector.udp(&Frame {
            number: self.frames,
            time: Some(Timestamp::from_nanos(self.time)),
            interface: self.interface,
            link_type: LinkType::RAW,
            original_len: len32(data),
            data,
        })
    }

    fn held(&mut self, data: &[u8]) {
        assert_eq!(self.ip(data), Packet::Held);
    }

    fn other(&mut self, data: &[u8]) -> Other {
        match self.ip(data) {
            Packet::Other(other) => other,
            packet => panic!("{packet:?}"),
        }
    }

    fn incomplete(&self) -> Incomplete {
        self.dissector.incomplete()
    }
}

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 256) as u8).collect()
}

/// The fragment of `whole` from `start` to `end`.
fn part(whole: &[u8], identification: u16, start: usize, end: usize) -> Vec<u8> {
    let more = end < whole.len();
    Ip { identification, offset: start, more, ..UDP }.packet(&whole[start..end])
}

#[test]
fn any_order_gives_the_datagram() {
    let payload = payload(100);
    let whole = udp(&payload);
    let bounds = [(0, 8), (8, 48), (48, 104), (104, 108)];
    let parts = bounds.map(|(start, end)| part(&whole, 9, start, end));
    let mut orders = 0;
    for order in 0..256_usize {
        let order = [order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6];
        if (0..4).any(|i| !order.contains(&i)) {
            continue;
        }
        orders += 1;
        let mut feed = Feed::default();
        for i in &order[..3] {
            feed.held(&parts[*i]);
        }
        let ip_fragments = &[1, 2, 3, 4][..];
        let datagram = Udp { ip_fragments, ..expected(&payload) };
        assert_eq!(feed.ip(&parts[order[3]]), Packet::Udp(datagram));
        assert_eq!(feed.incomplete().total(), 0);
    }
    assert_eq!(orders, 24);
}

#[test]
fn the_largest_datagram() {
    let payload = payload(65_507);
    let whole = udp(&payload);
    let mut feed = Feed::default();
    let mut at = 0;
    while at + 1_480 < whole.len() {
        feed.held(&part(&whole, 9, at, at + 1_480));
        at += 1_480;
    }
    match feed.ip(&part(&whole, 9, at, whole.len())) {
        Packet::Udp(datagram) => {
            assert_eq!((datagram.payload, datagram.ip_fragments.len()), (&payload[..], 45));
        }
        packet => panic!("{packet:?}"),
    }
}

#[test]
fn datagrams_are_told_apart() {
    let whole = udp(&payload(40));
    let (first, last) = (part(&whole, 1, 0, 24), part(&whole, 1, 24, 48));
    let mut others = vec![part(&whole, 2, 24, 48)];
    for address in [12, 16] {
        let mut other = last.clone();
        other[address] ^= 1;
        others.push(other);
    }
    let mut feed = Feed::default();
    feed.held(&first);
    for other in &others {
        feed.held(other);
    }
    feed.interface = 1;
    feed.held(&last);
    feed.interface = 0;
    assert_eq!(feed.incomplete(), Incomplete { waiting: 5, ..Incomplete::default() });
    assert!(matches!(feed.ip(&last), Packet::Udp(_)));
    assert_eq!(feed.incomplete().waiting, 4);
    // An identifier that comes again is another datagram.
    feed.held(&last);
    assert!(matches!(feed.ip(&first), Packet::Udp(Udp { ip_fragments: [7, 8], .. })));
}

/// Only UDP is put together.
#[test]
fn fragments_of_others_are_not_held() {
    let tcp = Ip { protocol: 6, more: true, ..UDP }.packet(&[0; 24]);
    let mut feed = Feed::default();
    assert_eq!(feed.other(&tcp), Other::NotUdp(6));
    assert_eq!(feed.incomplete().total(), 0);
}

#[test]
fn a_repeated_fragment_does_no_harm() {
    let payload = payload(40);
    let whole = udp(&payload);
    let mut feed = Feed::default();
    for _ in 0..3 {
        feed.held(&part(&whole, 1, 24, 48));
    }
    feed.held(&part(&whole, 1, 0, 8));
    feed.held(&part(&whole, 1, 0, 8));
    let ip_fragments = &[1, 4, 6][..];
    let datagram = Udp { ip_fragments, ..expected(&payload) };
    assert_eq!(feed.ip(&part(&whole, 1, 8, 24)), Packet::Udp(datagram));
}

/// A datagram whose fragments overlap is given up whole, and what still comes of it too.
#[test]
fn overlapping_fragments() {
    let whole = udp(&payload(56));
    let first = part(&whole, 1, 8, 24);
    let mut same_place = first.clone();
    same_place[30] ^= 1;
    let longer = [&whole[..], &[0; 16]].concat();
    let cases: [(Vec<u8>, Vec<u8>); 10] = [
        (first.clone(), same_place),
        (first.clone(), part(&whole, 1, 8, 16)),
        (first.clone(), part(&whole, 1, 16, 24)),
        (first.clone(), part(&whole, 1, 0, 16)),
        (first.clone(), part(&whole, 1, 16, 32)),
        (first.clone(), part(&whole, 1, 0, 56)),
        // Ends that contradict each other.
        (part(&whole, 1, 56, 64), part(&longer, 1, 72, 80)),
        (part(&whole, 1, 56, 64), part(&longer, 1, 64, 72)),
        (part(&longer, 1, 64, 72), part(&whole, 1, 56, 64)),
        (part(&longer, 1, 56, 64), part(&whole, 1, 56, 64)),
    ];
    for (one, two) in cases {
        let mut feed = Feed::default();
        feed.held(&one);
        assert_eq!(feed.other(&two), Other::Overlap);
        for (start, end) in [(0, 8), (8, 24), (24, 64)] {
            assert_eq!(feed.other(&part(&whole, 1, start, end)), Other::Overlap);
        }
        let overlapping = Incomplete { overlapping: 1, ..Incomplete::default() };
        assert_eq!(feed.incomplete(), overlapping);
        feed.time += i64::try_from(REASSEMBLY_TIME.as_nanos()).unwrap() + 1;
        feed.held(&first);
        assert_eq!(feed.incomplete(), Incomplete { waiting: 1, ..overlapping });
    }
}

#[test]
fn malformed_fragments() {
    let fragment = |offset, more, len| Ip { offset, more, ..UDP }.packet(&payload(len));
    let mut feed = Feed::default();
    for (data, what) in [
        (fragment(0, true, 12), "IP fragment length not a multiple of 8"),
        (fragment(8, false, 0), "empty IP fragment"),
        (fragment(65_512, false, 4), "IP fragment beyond the largest packet"),
    ] {
        assert_eq!(feed.other(&data), Other::Malformed { what, offset: 0 });
    }
    assert_eq!(feed.incomplete().total(), 0);
    feed.held(&fragment(65_512, false, 3));
}

/// The UDP length is checked against the whole, not against the first fragment.
#[test]
fn the_udp_length_of_a_reassembled_datagram() {
    let payload = payload(40);
    let mut whole = udp(&payload);
    let mut feed = Feed::default();
    whole[5] = 49;
    feed.held(&part(&whole, 1, 0, 24));
    let what = "UDP length beyond the IP packet";
    let malformed = Other::Malformed { what, offset: 4 };
    assert_eq!(feed.other(&part(&whole, 1, 24, 48)), malformed);
    whole[5] = 28;
    feed.held(&part(&whole, 1, 0, 24));
    match feed.ip(&part(&whole, 1, 24, 48)) {
        Packet::Udp(datagram) => assert_eq!(datagram.payload, &payload[..20]),
        packet => panic!("{packet:?}"),
    }
}

#[test]
fn a_fragment_that_was_cut() {
    let whole = udp(&payload(40));
    let data = part(&whole, 1, 0, 24);
    let mut dissector = Dissector::new();
    let frame = Frame {
        number: 1,
        time: None,
        interface: 0,
        link_type: LinkType::RAW,
        original_len: len32(&data),
        data: &data[..40],
    };
    assert_eq!(dissector.udp(&frame), Packet::Other(Other::CutFragment { missing: 4 }));
    assert_eq!(dissector.incomplete().total(), 0);
}

#[test]
fn fragments_are_given_up_by_the_clock_of_the_capture() {
    let whole = udp(&payload(40));
    let (first, last) = (part(&whole, 1, 0, 24), part(&whole, 1, 24, 48));
    let limit = i64::try_from(REASSEMBLY_TIME.as_nanos()).unwrap();
    for (time, late) in [(limit, false), (limit + 1, true), (-limit - 1, true)] {
        let mut feed = Feed { time: 5, ..Feed::default() };
        feed.held(&first);
        feed.time += time;
        let packet = feed.ip(&last);
        assert_eq!(packet == Packet::Held, late, "{time} {packet:?}");
        let timed_out = u64::from(late);
        let expected = Incomplete { timed_out, waiting: timed_out, ..Incomplete::default() };
        assert_eq!(feed.incomplete(), expected);
    }
}

#[test]
fn the_number_of_waiting_datagrams_is_bounded() {
    let whole = udp(&payload(40));
    let count = u16::try_from(MAX_REASSEMBLIES).unwrap();
    let mut feed = Feed::default();
    for identification in 0..count {
        feed.held(&part(&whole, identification, 0, 24));
    }
    assert_eq!(feed.incomplete().crowded_out, 0);
    feed.held(&part(&whole, count, 0, 24));
    let waiting = u64::from(count);
    let expected = Incomplete { waiting, crowded_out: 1, ..Incomplete::default() };
    assert_eq!(feed.incomplete(), expected);
    // The oldest went, the second oldest is there.
    assert!(matches!(feed.ip(&part(&whole, 1, 24, 48)), Packet::Udp(_)));
    feed.held(&part(&whole, 0, 24, 48));
}

#[test]
fn the_octets_of_waiting_datagrams_are_bounded() {
    let whole = udp(&payload(65_000));
    let mut feed = Feed::default();
    let count = u16::try_from(MAX_REASSEMBLY_BYTES / 60_000 + 1).unwrap();
    for identification in 0..count {
        feed.held(&part(&whole, identification, 0, 60_000));
    }
    let incomplete = feed.incomplete();
    assert_eq!(incomplete.total(), u64::from(count));
    assert!(incomplete.crowded_out >= 1, "{incomplete:?}");
    assert!(incomplete.waiting * 60_000 <= MAX_REASSEMBLY_BYTES as u64, "{incomplete:?}");
    assert!(matches!(feed.ip(&part(&whole, count - 1, 60_000, 65_008)), Packet::Udp(_)));
    assert_eq!(feed.incomplete().waiting, incomplete.waiting - 1);
}

/// Datagrams that became whole or were given up take no room from those that wait.
#[test]
fn what_is_done_with_frees_its_room() {
    let whole = udp(&payload(65_000));
    let limit = i64::try_from(REASSEMBLY_TIME.as_nanos()).unwrap();
    let mut feed = Feed::default();
    for identification in 0..100 {
        feed.held(&part(&whole, identification, 0, 60_000));
        assert!(matches!(feed.ip(&part(&whole, identification, 60_000, 65_008)), Packet::Udp(_)));
    }
    for identification in 0..100 {
        feed.held(&part(&whole, identification, 0, 60_000));
        assert_eq!(feed.other(&part(&whole, identification, 0, 8)), Other::Overlap);
    }
    for identification in 100..200 {
        feed.held(&part(&whole, identification, 0, 60_000));
        feed.time += limit + 1;
    }
    feed.held(&part(&whole, 0, 0, 60_000));
    feed.held(&part(&whole, 1, 0, 60_000));
    let expected = Incomplete { waiting: 2, timed_out: 100, overlapping: 100, crowded_out: 0 };
    assert_eq!(feed.incomplete(), expected);
}
