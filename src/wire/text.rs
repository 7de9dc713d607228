//! Text of messages: octets of an OEM code page or of UTF-16LE, and how they end.

use core::fmt;

use alloc::vec::Vec;

use super::netbios::Name;
use super::oem::CodePage;

/// Text in an OEM code page, ended by a NUL.
///
/// Nothing in a message says which page it is, so that these are octets; [`CodePage::encode`] makes
/// them of a text, [`Name::trimmed`] has those of a NetBIOS name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Oem<'a> {
    /// What is before the NUL.
    pub octets: &'a [u8],
    /// Where the NUL is missing, since the message ends with the text, or before it.
    pub open: bool,
}

impl<'a> Oem<'a> {
    /// A text as it should be: ended by a NUL, which is not among `octets`. Where one is, a reader
    /// takes what is behind it for the next field: [`Payload::reads_back`](super::Payload::reads_back).
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, open: false }
    }

    /// Octets that it takes.
    pub const fn encoded_len(self) -> usize {
        self.octets.len() + if self.open { 0 } else { 1 }
    }

    /// The text, control characters escaped as `\x1b`.
    pub const fn printable(self, page: CodePage) -> impl fmt::Display + 'a {
        page.printable(self.octets)
    }
}

/// A name in an OEM code page, in a field of 16 octets: ended by a NUL where it is shorter.
///
/// That of a machine or a workgroup is its NetBIOS name, which has 15 octets at most:
///
/// ```
/// use mailslot::wire::Name16;
/// use mailslot::wire::netbios::{Name, Suffix};
///
/// let name: Name16 = Name::new("linuxbox", Suffix::WORKSTATION)?.into();
/// assert_eq!(name.octets(), b"LINUXBOX");
/// # Ok::<(), mailslot::wire::netbios::NameError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name16(pub [u8; 16]);

impl Name16 {
    /// The name as it is, and NULs behind it; none of more than 16 octets. Of 16 it has no NUL,
    /// which readers note ([`NameFull`](super::Note::NameFull)).
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut field = [0; 16];
        field.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(Self(field))
    }

    /// What is before the first NUL. Octets behind it are no part of the name.
    pub fn octets(&self) -> &[u8] {
        self.split().0
    }

    /// What is behind the first NUL, where it is anything but more NULs: memory of the sender that
    /// has nothing to do with the name.
    pub fn residue(&self) -> &[u8] {
        let (_, behind) = self.split();
        if behind.iter().all(|&octet| octet == 0) { &[] } else { behind }
    }

    fn split(&self) -> (&[u8], &[u8]) {
        let end = self.0.iter().position(|&octet| octet == 0).unwrap_or(16);
        let (name, behind) = self.0.split_at(end);
        (name, behind.get(1..).unwrap_or_default())
    }
}

/// The name without its padding and its suffix, and NULs behind it.
impl From<Name> for Name16 {
    fn from(name: Name) -> Self {
        Self::new(name.trimmed()).unwrap_or_default()
    }
}

/// Text in UTF-16LE, ended by a NUL of two octets.
///
/// These are octets as they stand on the wire: half a surrogate pair and, where the message ends
/// with the text, half a character are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Utf16<'a> {
    /// What is before the NUL.
    pub octets: &'a [u8],
    /// Where the NUL is missing, since the message ends with the text, or before it.
    pub open: bool,
}

impl<'a> Utf16<'a> {
    /// A text as it should be: ended by a NUL, which is not among `octets`.
    ///
    /// ```
    /// use mailslot::wire::Utf16;
    ///
    /// let octets = Utf16::encode("DC1");
    /// assert_eq!(Utf16::new(&octets).to_string(), "DC1");
    /// ```
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, open: false }
    }

    /// The octets of a text, without a NUL at its end.
    pub fn encode(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Octets that it takes.
    pub const fn encoded_len(self) -> usize {
        self.octets.len() + if self.open { 0 } else { 2 }
    }

    /// Its code units. Half of one at the end is left out.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        self.octets.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
    }

    /// Its characters; an unpaired surrogate is U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        char::decode_utf16(self.units())
            .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Whether its characters are all there is to it: none was replaced or left out.
    pub fn is_sound(self) -> bool {
        self.octets.len() % 2 == 0
            && char::decode_utf16(self.units()).all(|decoded| decoded.is_ok())
    }
}

/// The text, control characters escaped as `\x1b`.
impl fmt::Display for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.chars().try_for_each(|c| match c {
            c if c.is_control() => write!(f, "\\x{:02x}", u32::from(c)),
            c => f.write_char(c),
        })
    }
}

/// Text in UTF-16LE, in a field of `N` octets, which are half as many code units: ended by a NUL
/// where it is shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Utf16Field<const N: usize>(pub [u8; N]);

impl<const N: usize> Utf16Field<N> {
    /// The text, and NULs behind it; none of more than `N / 2` code units. Of just as many it has
    /// no NUL, which readers note ([`NameFull`](super::Note::NameFull)).
    pub fn new(text: &str) -> Option<Self> {
        let mut field = [0; N];
        let mut room = field.chunks_exact_mut(2);
        for unit in text.encode_utf16() {
            room.next()?.copy_from_slice(&unit.to_le_bytes());
        }
        Some(Self(field))
    }

    /// What is before the first NUL.
    pub fn text(&self) -> Utf16<'_> {
        split_utf16(&self.0).0
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.text().units().eq(text.encode_utf16())
    }
}

impl<const N: usize> Default for Utf16Field<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// The text, control characters escaped as `\x1b`.
impl<const N: usize> fmt::Display for Utf16Field<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

/// So many octets, in words: `1 octet`, `2 octets`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OctetCount(pub(crate) usize);

impl fmt::Display for OctetCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octet{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// What is before the first NUL of a field, and behind it; nothing behind it where that is NULs.
pub(crate) fn split_utf16(field: &[u8]) -> (Utf16<'_>, &[u8]) {
    let nul = field.chunks_exact(2).position(|unit| unit == [0, 0]);
    let (octets, behind) = field.split_at(nul.map_or(field.len(), |units| 2 * units));
    let text = Utf16 { octets, open: nul.is_none() };
    (text, if behind.iter().all(|&octet| octet == 0) { &[] } else { behind })
}

/// Octets between two fields, so that the second begins at a multiple of 2 or 4, counted from the
/// first octet of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Padding<'a> {
    /// As many as that takes, all 0.
    #[default]
    Zeros,
    /// Others, or another number of them.
    Octets(&'a [u8]),
}
