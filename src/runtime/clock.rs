//! The one place that asks what time it is.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::time::Instant;

/// Now, in µs since 1970, as the system's clock said when this was first asked, and steadily since:
/// a clock that is set does not move deadlines.
pub fn now() -> Instant {
    static START: OnceLock<(Duration, std::time::Instant)> = OnceLock::new();
    let (since_1970, start) = START.get_or_init(|| {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (since_1970, std::time::Instant::now())
    });
    Instant::ZERO + (*since_1970 + start.elapsed())
}

/// A moment of this clock as people know it.
pub fn system_time(at: Instant) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(at.as_micros())
}

/// A time of people's as a moment of this clock; 1970 where it is before that.
pub fn instant(at: SystemTime) -> Instant {
    Instant::ZERO + at.duration_since(UNIX_EPOCH).unwrap_or_default()
}
