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

/// Datagrams that are looked at together. With fewer, chance would fill some place long before all
/// are full.
const WAYS: usize = 16;

#[expect(clippy::cast_possible_truncation, reason = "a quarter of a second")]
const WINDOW_MICROS: u64 = DUPLICATE_WINDOW.as_micros() as u64;

const FEWEST_BUCKETS: usize = 8;
const MOST_BUCKETS: usize = MAX_REMEMBERED / WAYS;

/// Datagrams of the last 250 ms, by their digests. It grows only where more come than it holds,
/// and each is found, or replaced when it is old, in one place.
#[derive(Debug)]
pub(super) struct Duplicates {
    secret: [u64; 4],
    /// A power of two of them, none before the first datagram.
    buckets: Vec<Bucket>,
}

/// The last so many of one place.
#[derive(Clone, Debug)]
struct Bucket {
    digests: [Digest; WAYS],
    delivered_at: [Instant; WAYS],
    /// The oldest: the next to go.
    oldest: usize,
}

impl Default for Duplicates {
    fn default() -> Self {
        Self {
            secret: [0, 1, 2, 3].map(|n: u64| RandomState::new().hash_one(n)),
            buckets: Vec::new(),
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
        self.bucket(digest).is_some_and(|bucket| bucket.contains(now, digest))
    }

    /// Remembers what was delivered.
    pub(super) fn remember(&mut self, now: Instant, digest: Digest) {
        if self.buckets.is_empty() {
            self.buckets = vec![Bucket::EMPTY; FEWEST_BUCKETS];
        }
        while self.buckets.len() < MOST_BUCKETS
            && self.bucket(digest).is_some_and(|bucket| bucket.is_full(now))
        {
            self.grow(now);
        }
        self.push(now, digest);
    }

    fn grow(&mut self, now: Instant) {
        let size = self.buckets.len() * 2;
        for bucket in std::mem::replace(&mut self.buckets, vec![Bucket::EMPTY; size]) {
            let entries = bucket.digests.into_iter().zip(bucket.delivered_at);
            let (newer, older) = (entries.clone().take(bucket.oldest), entries.skip(bucket.oldest));
            for (digest, at) in older.chain(newer).filter(|(_, at)| is_recent(now, *at)) {
                self.push(at, digest);
            }
        }
    }

    fn push(&mut self, at: Instant, digest: Digest) {
        let index = self.index(digest);
        if let Some(bucket) = self.buckets.get_mut(index) {
            bucket.push(at, digest);
        }
    }

    fn bucket(&self, digest: Digest) -> Option<&Bucket> {
        self.buckets.get(self.index(digest))
    }

    #[expect(clippy::cast_possible_truncation, reason = "some bits are wanted")]
    fn index(&self, digest: Digest) -> usize {
        digest.0 as usize & self.buckets.len().wrapping_sub(1)
    }
}

impl Bucket {
    const EMPTY: Self =
        Self { digests: [Digest(0); WAYS], delivered_at: [Instant::FAR_FUTURE; WAYS], oldest: 0 };

    fn contains(&self, now: Instant, digest: Digest) -> bool {
        self.digests.contains(&digest) && {
            let mut entries = self.digests.iter().zip(&self.delivered_at);
            entries.any(|(known, &at)| *known == digest && is_recent(now, at))
        }
    }

    fn is_full(&self, now: Instant) -> bool {
        self.delivered_at.get(self.oldest).is_some_and(|&at| is_recent(now, at))
    }

    fn push(&mut self, now: Instant, new: Digest) {
        let oldest = self.oldest;
        if let (Some(digest), Some(at)) =
            (self.digests.get_mut(oldest), self.delivered_at.get_mut(oldest))
        {
            (*digest, *at) = (new, now);
        }
        self.oldest = (oldest + 1) % WAYS;
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
        assert!(filter.buckets.len() <= MOST_BUCKETS);
        for i in 0..400_000_u32 {
            let digest = filter.digest(&key(1), &i.to_be_bytes());
            filter.remember(NOW, digest);
            assert!(filter.contains(NOW, digest), "the newest is always there");
        }
        assert_eq!(filter.buckets.len(), MOST_BUCKETS);
        assert!(filter.buckets.len() * size_of::<Bucket>() < 5 << 19);
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
        assert!(filter.buckets.len() <= 2 * FEWEST_BUCKETS, "{}", filter.buckets.len());
    }
}
