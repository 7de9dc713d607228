//! Globally unique identifiers, as Microsoft writes them ([MS-DTYP] 2.3.4).

use core::fmt;
use core::str::FromStr;

/// A GUID: 16 octets as they stand on the wire, the first three groups little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

/// Where the octets of the text stand in the field.
const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/// Octets of the text that a hyphen stands before.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

/// `95432206-f3d5-4543-ba99-2ce0f3bc5602`
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, at) in ORDER.into_iter().enumerate() {
            let hyphen = if HYPHENS.contains(&i) { "-" } else { "" };
            write!(f, "{hyphen}{:02x}", self.0[at])?;
        }
        Ok(())
    }
}

/// Text that is no GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoGuid;

impl fmt::Display for NoGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no GUID: 8, 4, 4, 4 and 12 hex digits with hyphens between")
    }
}

impl core::error::Error for NoGuid {}

/// As it is displayed, in either case.
impl FromStr for Guid {
    type Err = NoGuid;

    fn from_str(text: &str) -> Result<Self, NoGuid> {
        let mut guid = Self::default();
        let mut rest = text.as_bytes();
        for (i, at) in ORDER.into_iter().enumerate() {
            if HYPHENS.contains(&i) {
                rest = rest.strip_prefix(b"-").ok_or(NoGuid)?;
            }
            let (digits, behind) = rest.split_first_chunk::<2>().ok_or(NoGuid)?;
            let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
            let octet = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(NoGuid)?;
            guid.0[at] = u8::try_from(octet).map_err(|_| NoGuid)?;
            rest = behind;
        }
        if rest.is_empty() { Ok(guid) } else { Err(NoGuid) }
    }
}
