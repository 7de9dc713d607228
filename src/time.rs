//! Time as a number handed in from outside.
//!
//! The codec, the slots and the node never ask what time it is: a caller tells them. So the same
//! code runs live, under the clock of a capture file and under the virtual clock of a test.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

/// A moment, in microseconds (µs) since an origin that the caller chose.
///
/// Live, the origin is 1970-01-01 00:00 UTC, as it is in replay (the capture's own time); a test
/// may start at zero. Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);
    /// The last moment that can be told; a deadline that is never reached.
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// The moment `micros` µs after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The moment `millis` ms after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// µs since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The moment `by` earlier; the origin where that would be before it.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The time from `earlier` to `self`; zero where `earlier` is later (clocks step).
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Seconds and µs since the origin: `12.000345`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}
