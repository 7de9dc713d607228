//! Security identifiers ([MS-DTYP] 2.4.2).

use alloc::vec::Vec;
use core::fmt;

/// The most sub-authorities of an identifier ([MS-DTYP] 2.4.2.2).
pub const MAX_SUB_AUTHORITIES: usize = 15;

/// A security identifier: its octets as they stand on the wire, or none.
///
/// What a message calls one need not be one, see [`is_valid`](Self::is_valid).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sid<'a>(pub &'a [u8]);

impl Sid<'_> {
    /// Whether the octets are those of an identifier: revision 1, as many sub-authorities as it
    /// says, and no more than there may be.
    pub fn is_valid(self) -> bool {
        match self.0 {
            [1, count, ..] => {
                let count = usize::from(*count);
                count <= MAX_SUB_AUTHORITIES && self.0.len() == 8 + 4 * count
            }
            _ => false,
        }
    }

    /// The octets of an identifier as it is displayed; `None` where the text is none.
    pub fn parse(text: &str) -> Option<Vec<u8>> {
        let mut numbers = text.strip_prefix("S-1-")?.split('-');
        let authority = match numbers.next()? {
            hex if hex.starts_with("0x") => u64::from_str_radix(hex.get(2..)?, 16).ok()?,
            decimal => decimal.parse().ok()?,
        };
        let [0, 0, authority @ ..] = authority.to_be_bytes() else { return None };
        let mut octets = [&[1, 0], &authority[..]].concat();
        for number in numbers {
            octets.extend(number.parse::<u32>().ok()?.to_le_bytes());
            octets[1] += 1;
            if usize::from(octets[1]) > MAX_SUB_AUTHORITIES {
                return None;
            }
        }
        Some(octets)
    }
}

/// `S-1-5-21-1966437749-1085031214-1801674531`; hex digits where it is none.
impl fmt::Display for Sid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (true, Some((head, rest))) = (self.is_valid(), self.0.split_first_chunk::<8>()) else {
            return self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"));
        };
        let [_, _, authority @ ..] = *head;
        let authority = authority.iter().fold(0_u64, |value, &octet| value << 8 | u64::from(octet));
        // As Windows writes it: what 32 bits do not hold is hexadecimal.
        match u32::try_from(authority) {
            Ok(small) => write!(f, "S-1-{small}")?,
            Err(_) => write!(f, "S-1-{authority:#014x}")?,
        }
        for number in rest.chunks_exact(4) {
            let number =
                number.iter().rev().fold(0_u32, |value, &octet| value << 8 | u32::from(octet));
            write!(f, "-{number}")?;
        }
        Ok(())
    }
}
