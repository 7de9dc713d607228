//! The duplicate filter: an equal datagram within 250 ms is delivered once.
//!
//! Multi-homed hosts send one copy through each interface, with the same `DGM_ID`; a repetition that
//! is meant has another.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::limits::{DUPLICATE_WINDOW, MAX_REMEMBERED};
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

/// 64 bits of all that makes a datagram equal, under a secret of this filter: nobody can make
/// another datagram look like one of these, and chance would need centuries at line rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest(u64);

#[expect(clippy::cast_possible_truncation, reason = "a quarter of a second")]
const WINDOW_MICROS: u64 = DUPLICATE_WINDOW.as_micros() as u64;

const FEWEST: usize = 64;

/// Entries that are looked at together: they fill one line of a processor's cache.
const WAYS: usize = 16;

/// Lines have room for this many times what is remembered, so that chance hardly ever fills one.
const SPARE: usize = 4;

/// Datagrams of the last 250 ms, in the order of their delivery. It grows only where more come
/// than it holds.
#[derive(Debug)]
pub(super) struct Duplicates {
    secret: [u64; 4],
    /// A ring, a power of two where it is full.
    delivered: Vec<Delivered>,
    /// Where the next one goes: into the place of the oldest, once the ring is full.
    next: usize,
    /// Where in the ring a digest is, by some of its bits.
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Delivered {
    digest: Digest,
    at: Instant,
}

#[derive(Clone, Debug)]
#[repr(align(64))]
struct Line([Entry; WAYS]);

/// A place in the ring, and 16 bits more of the digest that is there, so that others are seldom
/// looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry(u32);

const PLACE_BITS: u32 = MAX_REMEMBERED.trailing_zeros();

impl Entry {
    const EMPTY: Self = Self(u32::MAX);

    #[expect(clippy::cast_possible_truncation, reason = "places have 15 bits")]
    fn new(place: usize, digest: Digest) -> Self {
        Self(Self::mark(digest) | place as u32)
    }

    fn mark(Digest(digest): Digest) -> u32 {
        u32::from((digest >> 48) as u16) << PLACE_BITS
    }

    fn has(self, mark: u32) -> bool {
        self.0 >> PLACE_BITS << PLACE_BITS == mark
    }

    fn place(self) -> usize {
        self.0 as usize & (MAX_REMEMBERED - 1)
    }

    /// How many were delivered since, up to `next`; where there is none, it is the oldest.
    #[expect(clippy::cast_possible_truncation, reason = "places have 15 bits")]
    fn age(self, next: usize, capacity: usize) -> u32 {
        let age = (next as u32).wrapping_sub(self.0) & (capacity as u32 - 1);
        age | if self == Self::EMPTY { u32::MAX } else { 0 }
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        Self {
            secret: [0, 1, 2, 3].map(|n: u64| RandomState::new().hash_one(n)),
            delivered: Vec::new(),
            next: 0,
            lines: Vec::new(),
        }
    }
}

impl Duplicates {
    /// What a datagram is remembered by.
    pub(super) fn digest(&self, key: &Key, data: &[u8]) -> Digest {
        let [a, b, c, d] = self.secret;
        let mut state = [a, b];
        let mut mix = |low: u64, high: u64| {
            let [first, second] = state;
            state = [folded_product(first ^ low, c ^ high), folded_product(second ^ high, d ^ low)];
        };
        mix(key.slot, (data.len() as u64) << 16 | u64::from(key.dgm_id));
        for name in [key.source_name, key.destination_name] {
            let (low, high) = words(name.as_bytes());
            mix(low, high);
        }
        let mut rest = data;
        while let Some((chunk, after)) = rest.split_first_chunk() {
            let (low, high) = words(chunk);
            mix(low, high);
            rest = after;
        }
        let mut last = [0; 16];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let (low, high) = words(&last);
        mix(low, high);
        let [first, second] = state;
        Digest(folded_product(first ^ d, second ^ c))
    }

    /// Whether an equal datagram was [remembered](Self::remember) within the window.
    pub(super) fn contains(&self, now: Instant, digest: Digest) -> bool {
        let Some(Line(entries)) = self.lines.get(self.line(digest)) else { return false };
        let mark = Entry::mark(digest);
        // All of them, without a branch: seldom is there one.
        entries.iter().fold(false, |any, entry| any | entry.has(mark)) && {
            let mut places = entries.iter().filter(|entry| entry.has(mark));
            places.any(|entry| {
                let delivered = self.delivered.get(entry.place());
                delivered.is_some_and(|known| known.digest == digest && is_recent(now, known.at))
            })
        }
    }

    /// Remembers what was delivered.
    pub(super) fn remember(&mut self, now: Instant, digest: Digest) {
        let oldest = self.delivered.get(self.next);
        let full = self.delivered.len() == self.capacity()
            && oldest.is_none_or(|oldest| is_recent(now, oldest.at));
        if full || self.is_crowded(now, digest) {
            self.grow();
        }
        let delivered = Delivered { digest, at: now };
        match self.delivered.get_mut(self.next) {
            Some(place) => {
                let oldest = std::mem::replace(place, delivered);
                self.leave(self.next, oldest.digest);
            }
            None => self.delivered.push(delivered),
        }
        self.enter(self.next, digest);
        self.next = (self.next + 1) & (self.capacity() - 1);
    }

    fn capacity(&self) -> usize {
        self.lines.len() * WAYS / SPARE
    }

    /// Whether its line has no room and none that is old, as chance has it.
    fn is_crowded(&self, now: Instant, digest: Digest) -> bool {
        let is_recent = |entry: &Entry| {
            let delivered = self.delivered.get(entry.place());
            *entry != Entry::EMPTY && delivered.is_some_and(|known| is_recent(now, known.at))
        };
        let line = self.lines.get(self.line(digest));
        line.is_some_and(|Line(entries)| {
            !entries.contains(&Entry::EMPTY) && entries.iter().all(is_recent)
        })
    }

    fn grow(&mut self) {
        if self.capacity() >= MAX_REMEMBERED {
            return;
        }
        let capacity = (2 * self.capacity()).max(FEWEST);
        self.lines = vec![Line([Entry::EMPTY; WAYS]); capacity * SPARE / WAYS];
        let len = self.delivered.len();
        self.delivered.rotate_left(self.next % len.max(1));
        self.delivered.reserve_exact(capacity - len);
        for place in 0..len {
            if let Some(&Delivered { digest, .. }) = self.delivered.get(place) {
                self.enter(place, digest);
            }
        }
        self.next = len;
    }

    fn enter(&mut self, place: usize, digest: Digest) {
        let (line, capacity) = (self.line(digest), self.capacity());
        let Some(Line(entries)) = self.lines.get_mut(line) else { return };
        let ages = entries.map(|entry| entry.age(place, capacity));
        let oldest = ages.into_iter().fold(0, u32::max);
        if let Some(way) = ages.iter().position(|age| *age == oldest) {
            if let Some(entry) = entries.get_mut(way) {
                *entry = Entry::new(place, digest);
            }
        }
    }

    fn leave(&mut self, place: usize, digest: Digest) {
        let (line, entry) = (self.line(digest), Entry::new(place, digest));
        let Some(Line(entries)) = self.lines.get_mut(line) else { return };
        for left in entries.iter_mut().filter(|left| **left == entry) {
            *left = Entry::EMPTY;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "some bits are wanted")]
    fn line(&self, Digest(digest): Digest) -> usize {
        digest as usize & self.lines.len().wrapping_sub(1)
    }
}

fn words(octets: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*octets);
    halves(both)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn halves(both: u128) -> (u64, u64) {
    (both as u64, (both >> 64) as u64)
}

/// The two halves of a product, one upon the other: every bit depends on every bit of both.
fn folded_product(a: u64, b: u64) -> u64 {
    let (low, high) = halves(u128::from(a) * u128::from(b));
    low ^ high
}

/// Within the window, before or after: the clock may have been set back.
fn is_recent(now: Instant, at: Instant) -> bool {
    now.as_micros().abs_diff(at.as_micros()) < WINDOW_MICROS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::netbios::{Name, Suffix};

    const NOW: Instant = Instant::from_millis(1000);

    fn key(dgm_id: u16) -> Key {
        let name = Name::new("A", Suffix::WORKSTATION).unwrap();
        Key { source_name: name, destination_name: name, dgm_id, slot: 1 }
    }

    #[test]
    fn one_octet_makes_another_datagram() {
        let mut filter = Duplicates::default();
        for size in 0..70 {
            let data = vec![0; size];
            let digest = filter.digest(&key(1), &data);
            filter.remember(NOW, digest);
            assert!(filter.contains(NOW, filter.digest(&key(1), &data)));
            assert!(!filter.contains(NOW, filter.digest(&key(2), &data)));
            let other_slot = Key { slot: 2, ..key(1) };
            assert!(!filter.contains(NOW, filter.digest(&other_slot, &data)));
            let b = Name::new("B", Suffix::WORKSTATION).unwrap();
            let names = [Key { source_name: b, ..key(1) }, Key { destination_name: b, ..key(1) }];
            assert!(!names.iter().any(|key| filter.contains(NOW, filter.digest(key, &data))));
            for at in 0..size {
                let mut other = data.clone();
                other[at] = 1;
                assert!(!filter.contains(NOW, filter.digest(&key(1), &other)), "{size} {at}");
            }
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_found() {
        let mut filter = Duplicates::default();
        // As many as a burst of 80,000 a second brings within the window.
        let digests: Vec<_> =
            (0..20_000_u16).map(|i| filter.digest(&key(i), &i.to_be_bytes())).collect();
        for digest in &digests {
            assert!(!filter.contains(NOW, *digest));
            filter.remember(NOW, *digest);
        }
        assert!(digests.iter().all(|digest| filter.contains(NOW, *digest)));
        assert!(!digests.iter().any(|digest| filter.contains(NOW + DUPLICATE_WINDOW, *digest)));
        assert!(filter.delivered.len() <= MAX_REMEMBERED);
        for i in 0..400_000_u32 {
            let digest = filter.digest(&key(1), &i.to_be_bytes());
            filter.remember(NOW, digest);
            assert!(filter.contains(NOW, digest), "the newest is always there");
        }
        assert_eq!(filter.delivered.capacity(), MAX_REMEMBERED);
        assert_eq!(filter.delivered.capacity() * size_of::<Delivered>(), 512 << 10);
        assert_eq!(filter.lines.len() * size_of::<Line>(), 512 << 10);
    }

    /// The old are replaced before it grows.
    #[test]
    fn a_steady_rate_needs_no_more_room() {
        let mut filter = Duplicates::default();
        for i in 0..10_000_u32 {
            let now = NOW + core::time::Duration::from_millis(u64::from(i) * 10);
            let digest = filter.digest(&key(1), &i.to_be_bytes());
            filter.remember(now, digest);
        }
        assert_eq!(filter.delivered.len(), FEWEST);
    }
}
