//! The duplicate filter: an equal datagram within 250 ms is delivered once.
//!
//! Multi-homed hosts send one copy through each interface, with the same `DGM_ID`; a repetition that
//! is meant has another.

use std::collections::{HashMap, VecDeque};

use super::limits::{DUPLICATE_WINDOW, MAX_REMEMBERED, MAX_REMEMBERED_OCTETS};
use crate::time::Instant;
use crate::wire::netbios::Name;

/// What equal datagrams have in common, besides their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) source_name: Name,
    pub(super) destination_name: Name,
    pub(super) dgm_id: u16,
    pub(super) slot: u64,
}

impl Key {
    /// Tells datagrams apart, quickly. Not against an enemy: whoever can make two of them collide
    /// here gains that the first one's duplicate is delivered, and could as well send it anew.
    fn digest(&self, data: &[u8]) -> u64 {
        let mut hash = mix(self.slot << 16 | u64::from(self.dgm_id), data.len() as u64);
        for octets in [self.source_name.as_bytes(), self.destination_name.as_bytes(), data] {
            let mut rest = octets;
            while let Some((word, after)) = rest.split_first_chunk() {
                hash = mix(hash, u64::from_be_bytes(*word));
                rest = after;
            }
            hash = mix(hash, rest.iter().fold(0, |word, &octet| word << 8 | u64::from(octet)));
        }
        hash
    }
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Datagrams of the last 250 ms. Rings, so that a datagram costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// Which of those delivered, counted from the first of all, was the last of that digest.
    last: HashMap<u64, u64>,
    /// In the order of delivery.
    delivered: VecDeque<Delivered>,
    /// The number of the first in `delivered`.
    first: u64,
    /// The data of all in `delivered`.
    data: VecDeque<u8>,
    /// The octets that went through `data` before its first.
    gone: u64,
}

#[derive(Debug)]
struct Delivered {
    at: Instant,
    digest: u64,
    key: Key,
    /// Where its data begins, counted from the first octet of all.
    start: u64,
    size: usize,
}

impl Duplicates {
    /// Whether an equal datagram was [remembered](Self::remember) within the window.
    pub(super) fn contains(&self, now: Instant, key: &Key, data: &[u8]) -> bool {
        let Some(number) = self.last.get(&key.digest(data)) else { return false };
        let Some(delivered) = self.delivered.get(index(number - self.first)) else { return false };
        is_recent(now, delivered.at) && delivered.key == *key && delivered.size == data.len() && {
            let start = index(delivered.start - self.gone);
            self.data.range(start..start + delivered.size).eq(data)
        }
    }

    /// Remembers what was delivered.
    pub(super) fn remember(&mut self, now: Instant, key: Key, data: &[u8]) {
        self.expire(now);
        while !self.delivered.is_empty()
            && (self.delivered.len() >= MAX_REMEMBERED
                || self.data.len() + data.len() > MAX_REMEMBERED_OCTETS)
        {
            self.forget_oldest();
        }
        let digest = key.digest(data);
        self.last.insert(digest, self.first + self.delivered.len() as u64);
        let start = self.gone + self.data.len() as u64;
        self.delivered.push_back(Delivered { at: now, digest, key, start, size: data.len() });
        self.data.extend(data);
    }

    /// Forgets what is older than the window.
    pub(super) fn expire(&mut self, now: Instant) {
        while self.delivered.front().is_some_and(|oldest| !is_recent(now, oldest.at)) {
            self.forget_oldest();
        }
        // What a burst took is given back.
        if self.delivered.is_empty() && self.delivered.capacity() > 1024 {
            *self = Self { first: self.first, gone: self.gone, ..Self::default() };
        }
    }

    /// When the last one remembered can be forgotten.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.delivered.back().map(|newest| newest.at + DUPLICATE_WINDOW)
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.delivered.pop_front() else { return };
        self.data.drain(..oldest.size);
        self.gone += oldest.size as u64;
        // The same digest may have been remembered again since.
        if self.last.get(&oldest.digest) == Some(&self.first) {
            self.last.remove(&oldest.digest);
        }
        self.first += 1;
    }
}

/// A place in a ring, which is smaller than memory.
fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Within the window, before or after: the clock may have been set back.
fn is_recent(now: Instant, at: Instant) -> bool {
    let apart = now.saturating_since(at).max(at.saturating_since(now));
    apart < DUPLICATE_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::netbios::{Name, Suffix};

    /// A digest is no proof: with the names before them, these data have the same one.
    #[test]
    fn equal_digests_are_looked_into() {
        let name = Name::new("A", Suffix::WORKSTATION).unwrap();
        let key = Key { source_name: name, destination_name: name, dgm_id: 1, slot: 1 };
        let words = [*name.as_bytes(), *name.as_bytes()].concat();
        let words = words.chunks(8).map(|word| u64::from_be_bytes(word.try_into().unwrap()));
        let mut before = mix(1 << 16 | 1, 16);
        for (i, word) in words.enumerate() {
            before = mix(before, word);
            // Behind each name, the octets that make no word.
            before = if i % 2 == 1 { mix(before, 0) } else { before };
        }
        let (first, second) = ([1_u64, 2], [3_u64, 2 ^ mix(before, 1) ^ mix(before, 3)]);
        let octets = |words: [u64; 2]| words.map(u64::to_be_bytes).concat();
        assert_eq!(key.digest(&octets(first)), key.digest(&octets(second)));
        let now = Instant::from_millis(1000);
        let mut filter = Duplicates::default();
        filter.remember(now, key, &octets(first));
        assert!(filter.contains(now, &key, &octets(first)));
        assert!(!filter.contains(now, &key, &octets(second)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_found() {
        let name = Name::new("A", Suffix::WORKSTATION).unwrap();
        let key = |dgm_id| Key { source_name: name, destination_name: name, dgm_id, slot: 1 };
        let mut filter = Duplicates::default();
        let now = Instant::from_millis(1000);
        for (size, count) in [(0, 40_000), (424, 40_000), (60_000, 400_u16)] {
            for i in 0..count {
                let data = vec![i.to_be_bytes()[1]; size];
                filter.remember(now, key(i), &data);
                assert!(filter.data.len() <= MAX_REMEMBERED_OCTETS);
                assert!(filter.last.len() <= filter.delivered.len());
                assert!(filter.delivered.len() <= MAX_REMEMBERED);
                if i % 100 == 0 {
                    assert!(filter.contains(now, &key(i), &data));
                    assert!(!filter.contains(now, &key(i + 1), &data));
                    assert!(!filter.contains(now + DUPLICATE_WINDOW, &key(i), &data));
                }
            }
        }
        filter.expire(now + DUPLICATE_WINDOW);
        assert_eq!((filter.last.len(), filter.delivered.len(), filter.data.len()), (0, 0, 0));
        assert_eq!(filter.data.capacity(), 0, "a burst's memory is given back");
    }
}
