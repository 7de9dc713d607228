//! Moments for people and JSON: RFC 3339 in UTC.

use std::fmt;
use std::str::FromStr;

use crate::capture::Timestamp as Nanos;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A capture's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(pub(crate) Nanos);

impl When {
    /// So long ago, to the µs, by the system's clock of now, which may have been set since.
    #[cfg(target_os = "linux")]
    pub(crate) fn ago(past: std::time::Duration) -> Option<Self> {
        let at = std::time::SystemTime::now().checked_sub(past)?;
        let micros = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_micros();
        Some(Self(Nanos::from_nanos(i64::try_from(micros).ok()?.checked_mul(1000)?)))
    }

    /// A moment of the live clock; none where no clock has it.
    #[cfg(target_os = "linux")]
    pub(crate) fn at(moment: crate::time::Instant) -> Option<Self> {
        let nanos = i64::try_from(moment.as_micros()).ok()?.checked_mul(1000)?;
        Some(Self(Nanos::from_nanos(nanos)))
    }

    fn timestamp(self) -> Timestamp {
        // A capture's 64 bits of nanoseconds lie within what jiff can tell.
        Timestamp::from_nanosecond(i128::from(self.0.as_nanos())).unwrap_or_default()
    }

    /// The time of day: `09:14:02.118`.
    pub(crate) fn clock(self) -> impl fmt::Display {
        struct Clock(i64);
        impl fmt::Display for Clock {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let millis = self.0.div_euclid(1_000_000).rem_euclid(86_400_000);
                let (seconds, millis) = (millis / 1000, millis % 1000);
                let (minutes, seconds) = (seconds / 60, seconds % 60);
                write!(f, "{:02}:{:02}:{seconds:02}.{millis:03}", minutes / 60, minutes % 60)
            }
        }
        Clock(self.0.as_nanos())
    }

    /// The day: `2026-11-20`.
    pub(crate) fn day(self) -> impl fmt::Display {
        self.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

/// `2026-11-20T09:14:02.118000Z`, µs, or ns where there are any.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0.as_nanos() % 1000 == 0 { 6 } else { 9 };
        let printer = DateTimePrinter::new().precision(Some(digits));
        printer
            .print_timestamp(&self.timestamp(), jiff::fmt::StdFmtWrite(f))
            .map_err(|_| fmt::Error)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let timestamp: Timestamp = text.parse().map_err(|error: jiff::Error| error.to_string())?;
        let nanos = i64::try_from(timestamp.as_nanosecond());
        let nanos = nanos.map_err(|_| "time beyond 1677 to 2262")?;
        Ok(Self(Nanos::from_nanos(nanos)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let when = |nanos| When(Nanos::from_nanos(nanos));
        let morning = when(1_795_166_042_118_000_000);
        assert_eq!(morning.to_string(), "2026-11-20T09:14:02.118000Z");
        assert_eq!(morning.day().to_string(), "2026-11-20");
        assert_eq!(morning.clock().to_string(), "09:14:02.118");
        assert_eq!(when(1).to_string(), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(when(-1).clock().to_string(), "23:59:59.999");
        let json = "\"2026-11-20T09:14:02.118000Z\"";
        assert_eq!(serde_json::from_str::<When>(json).unwrap(), morning);
        assert!(serde_json::from_str::<When>("\"3000-01-01T00:00:00Z\"").is_err());
    }
}
