//! How often strangers are answered.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use super::limits::{ANSWERS_PER_SECOND, ANSWERS_PER_SOURCE, MAX_SOURCES};
use crate::time::Instant;

/// A token bucket for all, and one for each source that asked within the last second.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    all: Bucket,
    sources: HashMap<Ipv4Addr, Bucket>,
    /// When those that are idle were last forgotten: once a second, whoever asks.
    swept: Bucket,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Answers given since `since`, a full second's worth of which refills at once.
    given: u32,
    since: Instant,
}

impl Bucket {
    fn take(&mut self, now: Instant, per_second: u32) -> bool {
        if self.is_idle(now) {
            *self = Self { given: 0, since: now };
        }
        let room = self.given < per_second;
        if room {
            self.given += 1;
        }
        room
    }

    /// Whether its second is over; also where the clock was set back.
    fn is_idle(&self, now: Instant) -> bool {
        let apart = now.saturating_since(self.since).max(self.since.saturating_since(now));
        apart.as_micros() >= 1_000_000
    }
}

impl Limiter {
    /// Whether this source may be answered once more.
    pub(super) fn admits(&mut self, now: Instant, source: Ipv4Addr) -> bool {
        if self.swept.take(now, 1) {
            self.sources.retain(|_, bucket| !bucket.is_idle(now));
        }
        if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&source) {
            return false;
        }
        let bucket = self.sources.entry(source).or_default();
        bucket.take(now, ANSWERS_PER_SOURCE) && self.all.take(now, ANSWERS_PER_SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_cannot_take_it_all_and_many_take_no_more() {
        let mut limiter = Limiter::default();
        let now = Instant::from_millis(5000);
        let one = Ipv4Addr::new(10, 0, 0, 1);
        let given = (0..1000).filter(|_| limiter.admits(now, one)).count();
        assert_eq!(given, 20);
        let many = (0..100_000_u32).filter(|i| limiter.admits(now, Ipv4Addr::from(*i))).count();
        assert_eq!(given + many, 200);
        assert!(limiter.sources.len() <= MAX_SOURCES);
        let later = Instant::from_millis(6000);
        assert!(limiter.admits(later, one));
        assert!(limiter.admits(Instant::from_millis(1000), one), "a clock set back");
    }
}
