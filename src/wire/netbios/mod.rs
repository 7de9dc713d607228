//! NetBIOS names: 16 octets, their suffixes, and how they are encoded ([RFC 1001] 14,
//! [RFC 1002] 4.1, [MS-NBTE] 2.2.1).

mod encoded;
mod scope;
mod suffix;

use core::fmt;

use super::oem::{CodePage, NoOctet};

pub use encoded::{Form, MAX_ENCODED_NAME, MAX_POINTER_HOPS, ScopedName};
pub use scope::{Scope, ScopeBuf, ScopeError};
pub use suffix::{Kind, Meaning, Suffix};

/// A NetBIOS name: 15 octets of name, right-padded with spaces, and one of [`Suffix`].
///
/// The octets are arbitrary; text is a view through an OEM [`CodePage`]. `==` compares all 16
/// octets, [`matches`](Self::matches) as hosts do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Aligned, it is moved in one or two pieces wherever it lies in a larger value.
#[repr(align(8))]
pub struct Name([u8; 16]);

impl Name {
    /// `*` and fifteen octets of 0: everyone on the subnet ([RFC 1001] 17.2), and whoever is asked
    /// for its node status.
    pub const WILDCARD: Self = Self(*b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

    /// The group of the master browsers of all workgroups on the subnet ([MS-BRWS] 2.1.1.1).
    pub const MSBROWSE: Self = Self(*b"\x01\x02__MSBROWSE__\x02\x01");

    /// The most characters of a name's text.
    pub const MAX_TEXT: usize = 15;

    /// The name with exactly these octets.
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The name that a host makes of `text`: letters in upper case, the characters in code page
    /// 850, padded with spaces.
    ///
    /// # Errors
    ///
    /// [`NameError`] where `text` is empty, longer than 15 characters, or has a character that
    /// code page 850 lacks.
    pub fn new(text: &str, suffix: Suffix) -> Result<Self, NameError> {
        Self::in_page(text, suffix, CodePage::default())
    }

    /// As [`new`](Self::new), in another code page.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn in_page(text: &str, suffix: Suffix, page: CodePage) -> Result<Self, NameError> {
        let mut octets = [b' '; 16];
        let mut length = 0;
        for c in text.chars() {
            let octet =
                upper(c, page).ok_or(NameError::Character { position: length, found: c })?;
            *octets[..Self::MAX_TEXT].get_mut(length).ok_or(NameError::TooLong)? = octet;
            length += 1;
        }
        if length == 0 {
            return Err(NameError::Empty);
        }
        octets[15] = suffix.0;
        Ok(Self(octets))
    }

    /// The 16 octets.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Octet 15.
    pub const fn suffix(&self) -> Suffix {
        Suffix(self.0[15])
    }

    /// The same name with another suffix.
    #[must_use]
    pub const fn with_suffix(mut self, suffix: Suffix) -> Self {
        self.0[15] = suffix.0;
        self
    }

    /// Octets 0 to 14 without the padding: trailing spaces and zeros.
    pub fn trimmed(&self) -> &[u8] {
        let name = &self.0[..15];
        let padding = name.iter().rev().take_while(|&&octet| octet == b' ' || octet == 0).count();
        &name[..15 - padding]
    }

    /// The text of octets 0 to 14 through a code page: trimmed, control characters escaped.
    pub fn text(&self, page: CodePage) -> impl fmt::Display + '_ {
        page.printable(self.trimmed())
    }

    /// The form that hosts compare: ASCII letters of octets 0 to 14 in upper case, zeros at their
    /// end as spaces, octet 15 as it is. The [wildcard](Self::WILDCARD) stays exact.
    #[must_use]
    pub fn folded(mut self) -> Self {
        if self == Self::WILDCARD {
            return self;
        }
        self.0[..15].make_ascii_uppercase();
        for octet in self.0[..15].iter_mut().rev().take_while(|octet| **octet == 0) {
            *octet = b' ';
        }
        self
    }

    /// Whether a host that owns `self` answers to `other`: equal when [`folded`](Self::folded).
    pub fn matches(&self, other: &Self) -> bool {
        self == other || self.folded() == other.folded()
    }
}

/// The octet of `c` in upper case, where the page has one; else of `c` itself.
fn upper(c: char, page: CodePage) -> Option<u8> {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => page.encode_char(single).or_else(|| page.encode_char(c)),
        _ => page.encode_char(c),
    }
}

/// `WINBOX<00>`: the text through code page 850 and the suffix in hex.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        // Names stand in tables: `{:24}` pads the whole.
        let mut text = Short::default();
        write!(text, "{}<{:02x}>", self.text(CodePage::default()), self.0[15])?;
        f.pad(text.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// Room for the longest printed name: 15 octets as `\x1b` each, and the suffix.
#[derive(Default)]
struct Short {
    octets: [[u8; 16]; 4],
    length: usize,
}

impl Short {
    fn as_str(&self) -> &str {
        let printed = self.octets.as_flattened().get(..self.length);
        printed.and_then(|octets| core::str::from_utf8(octets).ok()).unwrap_or_default()
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = self.octets.as_flattened_mut().get_mut(self.length..).ok_or(fmt::Error)?;
        room.get_mut(..s.len()).ok_or(fmt::Error)?.copy_from_slice(s.as_bytes());
        self.length += s.len();
        Ok(())
    }
}

/// Why a text is no NetBIOS name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// No character at all.
    Empty,
    /// More than 15 characters.
    TooLong,
    /// A character that the code page lacks.
    Character {
        /// Characters before it.
        position: usize,
        /// The character.
        found: char,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a NetBIOS name has at least one character"),
            Self::TooLong => f.write_str("a NetBIOS name has at most 15 characters"),
            &Self::Character { position, found } => NoOctet { position, found }.fmt(f),
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    /// As text: `WINBOX<00>`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
