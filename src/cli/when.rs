//! Moments for people and JSON: RFC 3339 in UTC.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(pub(crate) u64);

impl When {
    fn timestamp(self) -> Timestamp {
        // A capture's 64 bits of nanoseconds end in 2554, jiff's time in 9999.
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or_default()
    }

    /// The time of day: `09:14:02.118`.
    pub(crate) fn clock(self) -> impl fmt::Display {
        struct Clock(u64);
        impl fmt::Display for Clock {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let millis = self.0 / 1_000_000 % 86_400_000;
                let (seconds, millis) = (millis / 1000, millis % 1000);
                let (minutes, seconds) = (seconds / 60, seconds % 60);
                write!(f, "{:02}:{:02}:{seconds:02}.{millis:03}", minutes / 60, minutes % 60)
            }
        }
        Clock(self.0)
    }

    /// The day: `2026-11-20`.
    pub(crate) fn day(self) -> impl fmt::Display {
        self.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

/// `2026-11-20T09:14:02.118000Z`, µs, or ns where there are any.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0 % 1000 == 0 { 6 } else { 9 };
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
        let timestamp: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        let nanoseconds = u64::try_from(timestamp.as_nanosecond());
        nanoseconds.map(Self).map_err(|_| serde::de::Error::custom("time before 1970"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let when = When(1_795_166_042_118_000_000);
        assert_eq!(when.to_string(), "2026-11-20T09:14:02.118000Z");
        assert_eq!(When(1).to_string(), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(
            (when.day().to_string(), when.clock().to_string()),
            ("2026-11-20".into(), "09:14:02.118".into())
        );
        assert_eq!(serde_json::from_str::<When>("\"2026-11-20T09:14:02.118000Z\"").unwrap(), when);
        assert!(serde_json::from_str::<When>("\"1969-01-01T00:00:00Z\"").is_err());
    }
}
