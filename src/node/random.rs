//! Numbers that a stranger cannot foresee when live, and that repeat under a seed in tests.

use core::time::Duration;

use super::names::Claim;
use crate::time::Instant;

/// Sebastiano Vigna's `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A name's first claim, at once.
    pub(super) fn claim(&mut self, now: Instant) -> Claim {
        Claim::Claiming { trn_id: self.u16(), sent: 0, due: now }
    }

    /// A time up to that one, so that hosts that began together do not go on together.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_micros(
            self.u64() % u64::try_from(most.as_micros()).unwrap_or(u64::MAX).max(1),
        )
    }

    pub(super) fn u16(&mut self) -> u16 {
        let [high, low, ..] = self.u64().to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}
