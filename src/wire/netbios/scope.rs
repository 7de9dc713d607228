//! Scope identifiers: the labels behind a name ([RFC 1002] 4.1).

use alloc::vec::Vec;
use core::fmt;

/// A scope identifier as labels, borrowed. Nearly always [empty](Self::EMPTY).
///
/// Labels may be pointed to rather than present (see [`ScopedName`](super::ScopedName)), so this
/// is a place in a packet; it was checked when it was made.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> Scope<'a> {
    /// No scope.
    pub const EMPTY: Self = Self { packet: &[], at: 0 };

    /// The labels that begin at `at`, to a zero length or to the packet's end. The caller has seen
    /// that pointers among them go strictly backwards.
    pub(super) const fn checked(packet: &'a [u8], at: usize) -> Self {
        Self { packet, at }
    }

    /// Whether there is no label.
    pub fn is_empty(self) -> bool {
        self.labels().next().is_none()
    }

    /// The labels, in order.
    pub fn labels(self) -> impl Iterator<Item = &'a [u8]> {
        let mut at = self.at;
        core::iter::from_fn(move || {
            loop {
                let (&length, rest) = self.packet.get(at..)?.split_first()?;
                if length & 0xc0 == 0xc0 {
                    let to = usize::from(length & 0x3f) << 8 | usize::from(*rest.first()?);
                    if to >= at {
                        return None;
                    }
                    at = to;
                } else if length == 0 {
                    return None;
                } else {
                    let label = rest.get(..usize::from(length))?;
                    at = at + 1 + label.len();
                    return Some(label);
                }
            }
        })
    }

    /// Octets of the labels with their length octets, without the terminating zero.
    pub fn encoded_len(self) -> usize {
        self.labels().map(|label| label.len() + 1).sum()
    }

    /// Whether both are the same labels, ASCII letters of either case being equal.
    pub fn matches(self, other: Scope<'_>) -> bool {
        let mut theirs = other.labels();
        self.labels()
            .all(|ours| theirs.next().is_some_and(|label| ours.eq_ignore_ascii_case(label)))
            && theirs.next().is_none()
    }
}

impl PartialEq for Scope<'_> {
    /// The same labels, octet by octet, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.labels().eq(other.labels())
    }
}

impl Eq for Scope<'_> {}

/// The labels with dots between them; a dot or control character inside a label is escaped.
impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, label) in self.labels().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            for &octet in label {
                match octet {
                    b'.' | b'\\' | 0x00..=0x20 | 0x7f.. => write!(f, "\\x{octet:02x}")?,
                    _ => write!(f, "{}", char::from(octet))?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({self})")
    }
}

/// A scope identifier of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeBuf(Vec<u8>);

impl ScopeBuf {
    /// The scope of a dotted text, `netbios.com`; the empty text is no scope. `\x2e` stands for an
    /// octet by its hex digits, as [`Scope`] prints it.
    ///
    /// # Errors
    ///
    /// [`ScopeError`] where a label is empty or longer than 63 octets, the whole is longer than
    /// 237, or an escape is not one.
    pub fn new(text: &str) -> Result<Self, ScopeError> {
        let mut octets = Vec::new();
        if text.is_empty() {
            return Ok(Self(octets));
        }
        for label in text.split('.') {
            let length_at = octets.len();
            octets.push(0);
            let mut rest = label.as_bytes();
            while let Some((&octet, after)) = rest.split_first() {
                rest = after;
                if octet != b'\\' {
                    octets.push(octet);
                    continue;
                }
                let hex = after.strip_prefix(b"x").and_then(|digits| digits.get(..2));
                let hex = hex.and_then(|digits| core::str::from_utf8(digits).ok());
                let octet = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                octets.push(octet.ok_or(ScopeError::Escape)?);
                rest = &after[3..];
            }
            let length = octets.len() - length_at - 1;
            match u8::try_from(length) {
                Ok(0) => return Err(ScopeError::EmptyLabel),
                Ok(length @ 1..=63) => octets[length_at] = length,
                _ => return Err(ScopeError::LongLabel),
            }
        }
        // Windows counts the 16 octets of the name rather than its 32 letters, so that this much
        // is heard of; [RFC 1002] 4.1 allows 221.
        if octets.len() > 238 { Err(ScopeError::TooLong) } else { Ok(Self(octets)) }
    }

    /// A copy of a borrowed scope.
    pub fn from_scope(scope: Scope<'_>) -> Self {
        let mut octets = Vec::with_capacity(scope.encoded_len());
        for label in scope.labels() {
            // A label's length came from the top-bit-free half of an octet.
            octets.push(u8::try_from(label.len()).unwrap_or(63));
            octets.extend_from_slice(label);
        }
        Self(octets)
    }

    /// A view.
    pub fn as_scope(&self) -> Scope<'_> {
        Scope::checked(&self.0, 0)
    }
}

/// Why a text is no scope identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeError {
    /// Two dots in a row, or one at either end.
    EmptyLabel,
    /// A label of more than 63 octets.
    LongLabel,
    /// More than 237 characters.
    TooLong,
    /// A backslash that does not begin `\x` and two hex digits.
    Escape,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLabel => "a scope has no empty label",
            Self::LongLabel => "a label of a scope has at most 63 octets",
            Self::TooLong => "a scope has at most 237 characters",
            Self::Escape => r"a backslash in a scope begins \x and two hex digits",
        })
    }
}

impl core::error::Error for ScopeError {}
