//! The duplicate filter: an equal datagram within 250 ms is delivered once.
//!
//! Multi-homed hosts send one copy through each interface, with the same `DGM_ID`; a repetition that
//! is meant has another.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::limits::{DUPLICATE_WINDOW, MAX_REMEMBERED};
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

/// Datagrams of the last 250 ms.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    delivered: HashMap<Key, (Instant, Bytes)>,
    /// In the order of delivery; a key that was delivered again stands here twice.
    order: VecDeque<(Instant, Key)>,
}

impl Duplicates {
    /// Whether an equal datagram was [remembered](Self::remember) within the window.
    pub(super) fn contains(&self, now: Instant, key: &Key, data: &[u8]) -> bool {
        let delivered = self.delivered.get(key);
        delivered.is_some_and(|(at, equal)| is_recent(now, *at) && equal == data)
    }

    /// Remembers what was delivered. `data` is shared with the queue, not copied.
    pub(super) fn remember(&mut self, now: Instant, key: Key, data: Bytes) {
        self.expire(now);
        if self.order.len() >= MAX_REMEMBERED {
            self.forget_oldest();
        }
        self.delivered.insert(key, (now, data));
        self.order.push_back((now, key));
    }

    /// Forgets what is older than the window.
    pub(super) fn expire(&mut self, now: Instant) {
        while self.order.front().is_some_and(|&(at, _)| !is_recent(now, at)) {
            self.forget_oldest();
        }
    }

    /// When the last one remembered can be forgotten.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.order.back().map(|&(at, _)| at + DUPLICATE_WINDOW)
    }

    fn forget_oldest(&mut self) {
        let Some((at, key)) = self.order.pop_front() else { return };
        // The same key may have been remembered again since.
        if self.delivered.get(&key).is_some_and(|delivered| delivered.0 == at) {
            self.delivered.remove(&key);
        }
    }
}

/// Within the window, before or after: the clock may have been set back.
fn is_recent(now: Instant, at: Instant) -> bool {
    let apart = now.saturating_since(at).max(at.saturating_since(now));
    apart < DUPLICATE_WINDOW
}
