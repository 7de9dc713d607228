//! First- and second-level encoding of names ([RFC 1001] 14.1 and 14.2, [RFC 1002] 4.1).

use core::fmt;

use bytes::BufMut;

use super::{Name, Scope};
use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::Reader;

/// The most octets of an encoded name that are read. [RFC 1002] 4.1 allows 255; Windows counts a
/// scope otherwise and reaches 272.
pub const MAX_ENCODED_NAME: usize = 272;

/// The most label pointers that are followed for one name. Each goes strictly backwards, so this
/// bounds the work a hostile packet can ask for, not the termination.
pub const MAX_POINTER_HOPS: usize = 5;

/// How a name was, or is to be, written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// Letter by letter.
    #[default]
    Literal,
    /// As a label pointer to this offset of the UDP payload, where the same name stands.
    /// [RFC 1002] 4.2.1.3 has it for the name service only; Samba's libndr writes it in datagrams.
    Pointer(u16),
}

/// A name, its scope, and the form of both on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedName<'a> {
    /// The 16 octets.
    pub name: Name,
    /// The labels behind it.
    pub scope: Scope<'a>,
    /// Literal, or a pointer to an earlier copy.
    pub form: Form,
}

impl From<Name> for ScopedName<'static> {
    fn from(name: Name) -> Self {
        Self { name, scope: Scope::EMPTY, form: Form::Literal }
    }
}

impl<'a> ScopedName<'a> {
    /// Reads a name where `reader` stands; its field is called `field` in errors.
    #[inline]
    pub(crate) fn decode(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        match reader.peek().map(Self::usual) {
            Some((name, true)) => {
                reader.skip(34);
                Ok(name.into())
            }
            _ => Self::decode_any(reader, notes, field),
        }
    }

    /// The usual shape: 32 letters and the root label. The name, and whether one stands there.
    #[inline]
    pub(crate) fn usual(octets: &[u8; 34]) -> (Name, bool) {
        let [length, letters @ .., root] = octets;
        let (name, valid) = half_ascii(letters);
        (name, valid && *length == 0x20 && *root == 0)
    }

    #[cold]
    fn decode_any(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let start = reader.offset();
        let packet = reader.whole();
        let mut walk = Walk { packet, at: start, hops: 0, first: None, field };
        walk.follow()?;
        // Where the letters themselves stand elsewhere, two octets are all there is here.
        let form = walk.first.map_or(Form::Literal, |(_, to)| Form::Pointer(to));
        let literal = walk.octet(walk.at)?;
        if literal != 0x20 {
            let reason = match literal & 0xc0 {
                0 => Reason::NameLength(literal),
                _ => Reason::ReservedLabel(literal),
            };
            return Err(DecodeError::new(walk.at, field, reason));
        }
        let letters = packet
            .get(walk.at + 1..)
            .and_then(|rest| rest.first_chunk::<32>())
            .ok_or_else(|| DecodeError::new(packet.len(), field, Reason::Truncated))?;
        let (mut name, valid) = half_ascii(letters);
        if !valid {
            name = folded_half_ascii(letters, walk.at + 1, field, notes)?;
        }
        walk.at += 33;
        let scope = Scope::checked(packet, walk.at);
        let mut length = 33;
        loop {
            walk.follow()?;
            let label = walk.octet(walk.at)?;
            length += 1;
            match label {
                0 => break,
                1..=63 => {
                    let next = walk.at + 1 + usize::from(label);
                    if next > packet.len() {
                        return Err(DecodeError::new(packet.len(), field, Reason::Truncated));
                    }
                    length += usize::from(label);
                    walk.at = next;
                }
                _ => return Err(DecodeError::new(walk.at, field, Reason::ReservedLabel(label))),
            }
            // At least the terminating zero is to come.
            if length >= MAX_ENCODED_NAME {
                return Err(DecodeError::new(start, field, Reason::NameTooLong));
            }
        }
        if length > 255 {
            notes.add(Note::LongName, start);
        }
        if walk.first.is_some() {
            notes.add(Note::NamePointer, start);
        }
        let end = walk.first.map_or(walk.at + 1, |(after, _)| after);
        reader.take(end - start, field)?;
        Ok(Self { name, scope, form })
    }

    /// Octets of a name that was read at `at`: to its zero, or past its first pointer.
    pub fn len_at(packet: &[u8], at: usize) -> usize {
        let mut end = at;
        loop {
            match packet.get(end) {
                None => return packet.len().saturating_sub(at),
                Some(0) => return end + 1 - at,
                Some(0xc0..) => return end + 2 - at,
                Some(&label) => end += 1 + usize::from(label),
            }
        }
    }

    /// Octets that [`encode`](Self::encode) writes: 34, the scope's, or 2 for a pointer.
    pub fn encoded_len(&self) -> usize {
        match self.form {
            Form::Literal => 34 + self.scope.encoded_len(),
            Form::Pointer(_) => 2,
        }
    }

    /// Writes the name in its form.
    pub fn encode(&self, to: &mut impl BufMut) {
        match self.form {
            Form::Pointer(offset) => to.put_u16(0xc000 | offset),
            Form::Literal => {
                to.put_u8(0x20);
                to.put_slice(&letters(&self.name));
                for label in self.scope.labels() {
                    to.put_u8(u8::try_from(label.len()).unwrap_or(63));
                    to.put_slice(label);
                }
                to.put_u8(0);
            }
        }
    }
}

/// `WINBOX<00>`, with a scope `WINBOX<00>.netbios.com`.
impl fmt::Display for ScopedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if !self.scope.is_empty() {
            write!(f, ".{}", self.scope)?;
        }
        Ok(())
    }
}

/// A walk over labels and pointers.
struct Walk<'a> {
    packet: &'a [u8],
    at: usize,
    hops: usize,
    /// The first pointer: the octet behind it, where the name ends here, and its target.
    first: Option<(usize, u16)>,
    field: &'static str,
}

impl Walk<'_> {
    fn octet(&self, at: usize) -> Result<u8, DecodeError> {
        let octet = self.packet.get(at).copied();
        octet.ok_or_else(|| DecodeError::new(self.packet.len(), self.field, Reason::Truncated))
    }

    /// Follows the pointers that stand here, if any.
    fn follow(&mut self) -> Result<(), DecodeError> {
        loop {
            let high = self.octet(self.at)?;
            if high & 0xc0 != 0xc0 {
                return Ok(());
            }
            let low = self.octet(self.at + 1)?;
            let to = u16::from_be_bytes([high & 0x3f, low]);
            self.first.get_or_insert((self.at + 2, to));
            if usize::from(to) >= self.at {
                return Err(DecodeError::new(self.at, self.field, Reason::ForwardPointer(to)));
            }
            self.hops += 1;
            if self.hops > MAX_POINTER_HOPS {
                return Err(DecodeError::new(self.at, self.field, Reason::TooManyPointers));
            }
            self.at = usize::from(to);
        }
    }
}

/// 32 letters to 16 octets, and whether all were from A to P. Without branches: the loop becomes a
/// few vector instructions.
#[inline]
fn half_ascii(letters: &[u8; 32]) -> (Name, bool) {
    let mut octets = [0; 16];
    let mut high_bits = 0;
    for (octet, pair) in octets.iter_mut().zip(letters.chunks_exact(2)) {
        let high = pair[0].wrapping_sub(b'A');
        let low = pair[1].wrapping_sub(b'A');
        high_bits |= high | low;
        *octet = high << 4 | (low & 0x0f);
    }
    (Name::from_bytes(octets), high_bits & 0xf0 == 0)
}

/// The same for letters in lower case, which nobody is known to send.
#[cold]
fn folded_half_ascii(
    letters: &[u8; 32],
    offset: usize,
    field: &'static str,
    notes: &mut Notes,
) -> Result<Name, DecodeError> {
    let folded = letters.map(|letter| letter.to_ascii_uppercase());
    if let Some(bad) = folded.iter().position(|letter| !(b'A'..=b'P').contains(letter)) {
        return Err(DecodeError::new(offset + bad, field, Reason::NameCharacter(letters[bad])));
    }
    notes.add(Note::LowerCaseName, offset);
    Ok(half_ascii(&folded).0)
}

/// 16 octets to 32 letters.
fn letters(name: &Name) -> [u8; 32] {
    let mut letters = [0; 32];
    for (pair, octet) in letters.chunks_exact_mut(2).zip(name.as_bytes()) {
        pair[0] = b'A' + (octet >> 4);
        pair[1] = b'A' + (octet & 0x0f);
    }
    letters
}
