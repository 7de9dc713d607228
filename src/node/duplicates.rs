//! The duplicate filter: an equal datagram within 250 ms is delivered once.
//!
//! Multi-homed hosts send one copy through each interface, with the same `DGM_ID`; a repetition that
//! is meant has another.

use std::collections::{HashMap, VecDeque};

use super::limits::{DUPLICATE_WINDOW, MAX_REMEMBERED, MAX_REMEMBERED_OCTETS};
use crate::time::Instant;
use crate::wire::netbios::Name;

/// What equal datagrams have in common, besides their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    source_name: Name,
    destination_name: Name,
    dgm_id: u16,
    slot: u64,
    /// Finds the data; whether it is equal is looked at all the same.
    digest: u64,
}

impl Key {
    pub(super) fn new(
        source_name: Name,
        destination_name: Name,
        dgm_id: u16,
        slot: u64,
        data: &[u8],
    ) -> Self {
        Self { source_name, destination_name, dgm_id, slot, digest: digest(data) }
    }
}

/// Tells different data apart, quickly. Not against an enemy: whoever can make two messages collide
/// here could as well send the one he wants to be delivered.
fn digest(data: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let (words, rest) = data.split_at(data.len() & !7);
    let mut hash = data.len() as u64;
    for word in words.chunks_exact(8) {
        hash = mix(hash, word.iter().fold(0, |word, &octet| word << 8 | u64::from(octet)));
    }
    mix(hash, rest.iter().fold(0, |word, &octet| word << 8 | u64::from(octet)))
}

/// Datagrams of the last 250 ms. Rings, so that a datagram costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// Which of those delivered, counted from the first of all, was the last of that key.
    last: HashMap<Key, u64>,
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
    key: Key,
    /// Where its data begins, counted from the first octet of all.
    start: u64,
    size: usize,
}

impl Duplicates {
    /// Whether an equal datagram was [remembered](Self::remember) within the window.
    pub(super) fn contains(&self, now: Instant, key: &Key, data: &[u8]) -> bool {
        let Some(number) = self.last.get(key) else { return false };
        let Some(delivered) = self.delivered.get(index(number - self.first)) else { return false };
        is_recent(now, delivered.at) && delivered.size == data.len() && {
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
        self.last.insert(key, self.first + self.delivered.len() as u64);
        let start = self.gone + self.data.len() as u64;
        self.delivered.push_back(Delivered { at: now, key, start, size: data.len() });
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
        // The same key may have been remembered again since.
        if self.last.get(&oldest.key) == Some(&self.first) {
            self.last.remove(&oldest.key);
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
