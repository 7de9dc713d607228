//! [RFC 1001] 17.1.2, [RFC 1002] 5.3.3.

use std::net::{Ipv4Addr, SocketAddrV4};

use mailslot::node::{Disposition, DropReason, Event, limits};

use super::{Draft, Host, SENDER};

fn long() -> Draft {
    Draft { data: (0..=u8::MAX).cycle().take(400).collect(), ..Draft::default() }
}

fn host() -> Host {
    Host::new(|config| config.reassemble = true)
}

fn is_held(disposition: &Disposition) -> bool {
    matches!(disposition, Disposition::Held)
}

#[test]
fn a_live_host_drops_them() {
    let mut host = Host::new(|_| {});
    for fragment in long().fragments(300) {
        host.drops(&fragment, DropReason::Fragment);
    }
}

#[test]
fn parts_become_a_datagram_in_any_order() {
    let parts = long().fragments(180);
    assert_eq!(parts.len(), 4);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let mut host = host();
        for &part in &order[..3] {
            assert!(is_held(&host.input(&parts[part])));
        }
        assert_eq!(host.node.counters().held, 3);
        host.delivers(&parts[order[3]]);
        assert_eq!(*host.read().expect("a message").data, long().data);
        let counters = host.node.counters();
        assert_eq!((counters.delivered, counters.merged, counters.held), (1, 3, 0));
    }
}

/// [RFC 1002] 5.3.1 has the second of two fragments say how much remains.
#[test]
fn the_pseudocodes_second_offset_is_taken() {
    let mut parts = long().fragments(300);
    assert_eq!(parts.len(), 2);
    let remaining = u16::try_from(parts[1].len() - 14).unwrap();
    parts[1][12..14].copy_from_slice(&remaining.to_be_bytes());
    let mut host = host();
    assert!(is_held(&host.input(&parts[0])));
    host.delivers(&parts[1]);
    assert_eq!(*host.read().expect("a message").data, long().data);
}

#[test]
fn two_seconds_are_waited() {
    let parts = long().fragments(300);
    let mut host = host();
    assert!(is_held(&host.input(&parts[0])));
    assert_eq!(host.node.deadline(), Some(host.now + limits::FRAGMENT_TIMEOUT));
    host.wait(1999);
    host.node.timeout(host.now);
    assert_eq!(host.node.counters().held, 1);
    host.wait(1);
    host.node.timeout(host.now);
    assert_eq!(host.node.counters().held, 0);
    assert_eq!(host.node.counters().dropped(DropReason::FragmentTimeout), 1);
    let events = host.events();
    assert!(matches!(events[..], [Event::FragmentsDropped { fragments: 1, .. }]), "{events:?}");
    assert!(is_held(&host.input(&parts[1])), "the first one is forgotten");
    host.node.finish();
    assert_eq!(host.node.counters().dropped(DropReason::FragmentTimeout), 2);
}

#[test]
fn a_part_again_is_a_duplicate() {
    let parts = long().fragments(300);
    let mut host = host();
    assert!(is_held(&host.input(&parts[0])));
    host.drops(&parts[0], DropReason::Duplicate);
    host.delivers(&parts[1]);
}

#[test]
fn parts_that_contradict_each_other_are_dropped_together() {
    let parts = long().fragments(180);
    let mut other_length = parts[1].clone();
    other_length[11] ^= 1;
    let mut other_type = parts[1].clone();
    other_type[0] = 0x11;
    let mut other_octets = parts[1].clone();
    other_octets[20] ^= 1;
    let mut too_long = parts[1].clone();
    too_long.extend([0; 500]);
    for bad in [other_length, other_type, other_octets, too_long] {
        let mut host = host();
        assert!(is_held(&host.input(&parts[0])));
        assert!(is_held(&host.input(&parts[1])));
        assert!(matches!(host.input(&bad), Disposition::Dropped { .. }));
        assert_eq!(host.node.counters().dropped(DropReason::FragmentConflict), 3);
        assert_eq!(host.node.counters().held, 0);
    }
}

#[test]
fn a_gap_is_never_delivered() {
    let parts = long().fragments(180);
    let mut moved = parts[1].clone();
    let offset = u16::from_be_bytes([moved[12], moved[13]]) + 1;
    moved[12..14].copy_from_slice(&offset.to_be_bytes());
    let mut host = host();
    for part in [&parts[0], &moved, &parts[2]] {
        assert!(is_held(&host.input(part)));
    }
    // The last one makes up the octets, but not the whole.
    assert!(matches!(host.input(&parts[3]), Disposition::Dropped { .. }));
    assert_eq!(host.node.counters().dropped(DropReason::FragmentConflict), 4);

    let mut parts = long().fragments(300);
    parts[1][13] ^= 1;
    let mut host = self::host();
    assert!(is_held(&host.input(&parts[0])));
    assert!(matches!(host.input(&parts[1]), Disposition::Dropped { .. }));
}

#[test]
fn senders_are_told_apart() {
    let parts = long().fragments(300);
    let mut host = host();
    assert!(is_held(&host.input(&parts[0])));
    let other = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 138);
    assert!(is_held(&host.input_from(other, &parts[1])));
    let mut claimed = parts[1].clone();
    claimed[4] ^= 1;
    assert!(is_held(&host.input(&claimed)), "another SOURCE_IP is another datagram");
    host.delivers(&parts[1]);
    host.node.finish();
}

#[test]
fn what_is_kept_is_bounded() {
    let mut host = host();
    let first = |dgm_id| Draft { dgm_id, ..long() }.fragments(300).swap_remove(0);
    let mut dgm_id = 0;
    for _ in 0..limits::MAX_REASSEMBLIES_PER_SOURCE {
        dgm_id += 1;
        assert!(is_held(&host.input(&first(dgm_id))));
    }
    host.drops(&first(99), DropReason::FragmentLimit);
    'sources: for source in 1..=255 {
        let from = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, source), 138);
        for _ in 0..limits::MAX_REASSEMBLIES_PER_SOURCE {
            dgm_id += 1;
            if !is_held(&host.input_from(from, &first(dgm_id))) {
                break 'sources;
            }
        }
    }
    assert_eq!(host.node.counters().held, limits::MAX_REASSEMBLIES as u64);
    // One octet a fragment: too many parts.
    host.wait(2000);
    host.node.timeout(host.now);
    let tiny = Draft { data: vec![0; 20], ..Draft::default() }.fragments(15);
    let dispositions: Vec<_> = tiny.iter().map(|part| host.input_from(SENDER, part)).collect();
    let held = dispositions.iter().take_while(|disposition| is_held(disposition)).count();
    assert_eq!(held, limits::MAX_FRAGMENTS);
    host.node.finish();
}

#[test]
fn a_length_that_cannot_be_is_refused_at_once() {
    let mut parts = long().fragments(300);
    parts[0][10..12].copy_from_slice(&u16::MAX.to_be_bytes());
    let mut host = host();
    host.drops(&parts[0], DropReason::FragmentConflict);
}

/// Each part is within what the datagram says it has, and together they are not.
#[test]
fn parts_that_reach_beyond_the_datagram() {
    let parts = long().fragments(300);
    let part = |offset: u16, more: bool, size: usize| {
        let mut part = parts[0][..14].to_vec();
        part[1] = part[1] & !3 | u8::from(more) | u8::from(offset == 0) << 1;
        part[10..12].copy_from_slice(&100_u16.to_be_bytes());
        part[12..14].copy_from_slice(&offset.to_be_bytes());
        part.extend(parts[0][14..].iter().cycle().take(size));
        part
    };
    for (first, second) in
        [(part(50, false, 20), part(0, true, 268)), (part(0, true, 268), part(50, false, 20))]
    {
        let mut host = host();
        host.input(&first);
        let disposition = host.input(&second);
        assert!(!matches!(disposition, Disposition::Delivered(_)), "{disposition:?}");
        while host.node.poll_event().is_some() {}
    }
}
