//! NetBIOS names.

use core::fmt;

/// A NetBIOS name: 15 octets of name and one of suffix ([RFC 1001] 14, [MS-NBTE] 2.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name([u8; 16]);

impl Name {
    /// The name with exactly these octets.
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(octets)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:02x?})", self.0)
    }
}
