//! Fields out of octets.

use super::{Describe, Form, Opcode, Visitor};
use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::Reader;
use crate::wire::text::{Name16, Oem};

/// Reads fields; `Seen` is told of each.
#[derive(Debug)]
pub(super) struct Decoder<'a, S> {
    reader: Reader<'a>,
    notes: Notes,
    seen: S,
}

/// Where fields are, for who wants to know.
pub(super) trait Seen {
    fn field(&mut self, name: &'static str, from: usize, to: usize);
}

impl Seen for () {
    fn field(&mut self, _: &'static str, _: usize, _: usize) {}
}

#[cfg(feature = "cli")]
/// The octets of each field of a message: its name, and where it begins and ends. It is what can be
/// read of it.
pub(crate) fn trace<'a, T: Describe<'a>>(
    data: &'a [u8],
    field: impl FnMut(&'static str, usize, usize),
) {
    struct Told<F>(F);

    impl<F: FnMut(&'static str, usize, usize)> Seen for Told<F> {
        fn field(&mut self, name: &'static str, from: usize, to: usize) {
            (self.0)(name, from, to);
        }
    }

    let mut decoder = Decoder { reader: Reader::new(data), notes: Notes::NONE, seen: Told(field) };
    // Where it ends too soon, there is nothing more to tell.
    let _ = T::default().visit(&mut decoder);
}

impl<'a> Decoder<'a, ()> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { reader: Reader::new(data), notes: Notes::NONE, seen: () }
    }
}

impl<S> Decoder<'_, S> {
    pub(super) const fn notes(&self) -> Notes {
        self.notes
    }
}

impl<'a, S: Seen> Decoder<'a, S> {
    #[inline]
    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let from = self.reader.offset();
        let value = read(&mut self.reader)?;
        self.seen.field(name, from, self.reader.offset());
        Ok(value)
    }

    #[inline]
    fn array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], DecodeError> {
        self.read(name, |reader| {
            let truncated = DecodeError::new(reader.offset(), name, Reason::Truncated);
            let octets = *reader.peek().ok_or(truncated)?;
            reader.skip(N);
            Ok(octets)
        })
    }
}

impl<'a, S: Seen> Visitor<'a> for Decoder<'a, S> {
    type Error = DecodeError;

    fn ahead(&self) -> Option<&'a [u8]> {
        Some(self.reader.rest())
    }

    fn note(&mut self, note: Note) {
        self.notes.add(note, self.reader.offset());
    }

    #[inline]
    fn opcode(&mut self, value: Opcode) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        let found = match value {
            Opcode::Octet(_) => self.array("opcode").map(|[octet]| u16::from(octet))?,
            Opcode::Word(_) => self.array("opcode").map(u16::from_le_bytes)?,
        };
        let (octets, _) = value.octets();
        if found != u16::from_le_bytes(octets) {
            return Err(DecodeError::new(at, "opcode", Reason::MessageOpcode(found)));
        }
        Ok(())
    }

    #[inline]
    fn octet(&mut self, name: &'static str, _: Form, value: &mut u8) -> Result<(), DecodeError> {
        [*value] = self.array(name)?;
        Ok(())
    }

    #[inline]
    fn le_u16(&mut self, name: &'static str, _: Form, value: &mut u16) -> Result<(), DecodeError> {
        *value = u16::from_le_bytes(self.array(name)?);
        Ok(())
    }

    #[inline]
    fn le_u32(&mut self, name: &'static str, _: Form, value: &mut u32) -> Result<(), DecodeError> {
        *value = u32::from_le_bytes(self.array(name)?);
        Ok(())
    }

    #[inline]
    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        *value = Name16(self.array(name)?);
        if value.octets().len() == 16 {
            self.notes.add(Note::NameFull, at);
        } else if !value.residue().is_empty() {
            self.notes.add(Note::NameResidue, at);
        }
        Ok(())
    }

    #[inline]
    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        *value = self.read(name, |reader| {
            if let Some(octets) = reader.take_until_nul() {
                return Ok(Oem::new(octets));
            }
            let octets = reader.rest();
            reader.skip(octets.len());
            Ok(Oem { octets, open: true })
        })?;
        if value.open {
            let missing = value.octets.is_empty();
            self.notes.add(if missing { Note::TextMissing } else { Note::Unterminated }, at);
        }
        Ok(())
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), DecodeError> {
        *value = self.reader.rest();
        if !value.is_empty() {
            self.notes.add(Note::Surplus, self.reader.offset());
            self.read("surplus", |reader| {
                reader.skip(value.len());
                Ok(())
            })?;
        }
        Ok(())
    }
}
