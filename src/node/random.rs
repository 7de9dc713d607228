//! Numbers that a stranger cannot foresee when live, and that repeat under a seed in tests.

use super::names::Claim;
use crate::time::Instant;

/// Sebastiano Vigna's `SplitMix64`.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A name's first claim, at once.
    pub(super) fn claim(&mut self, now: Instant) -> Claim {
        Claim::Claiming { trn_id: self.u16(), sent: 0, due: now }
    }

    pub(super) fn u16(&mut self) -> u16 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [high, low, ..] = (z ^ z >> 31).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}
