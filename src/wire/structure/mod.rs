//! One description of a message, for all that is done with it.
//!
//! Each message says once which fields it has, in their order: to a [`Visitor`], which reads them,
//! writes them, measures them, or shows them. So what is read, written and shown is the same.

mod decoder;
mod encoder;

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::error::DecodeError;
use super::notes::{Decoded, Note};
use super::oem::CodePage;
use super::text::{Name16, Oem};
use decoder::Decoder;
use encoder::{Encoder, Length};

#[cfg(feature = "cli")]
pub(crate) use decoder::trace;

/// What a number means, for whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Decimal,
    Hex,
    Milliseconds,
    /// Bits, by their names; others have none.
    Flags(&'static [(u32, &'static str)]),
    /// A number that stands for something.
    Named(&'static [(u32, &'static str)]),
}

/// What a message begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Octet(u8),
    Word(u16),
}

impl Opcode {
    fn octets(self) -> ([u8; 2], usize) {
        match self {
            Self::Octet(opcode) => ([opcode, 0], 1),
            Self::Word(opcode) => (opcode.to_le_bytes(), 2),
        }
    }
}

/// What is done with the fields of a message, one after the other.
pub(crate) trait Visitor<'a> {
    /// Why it does not go on.
    type Error;

    /// Where octets are read: those that are left. What a message looks like can depend on them.
    fn ahead(&self) -> Option<&'a [u8]>;

    /// Where octets are read: a deviation of the field that begins here.
    fn note(&mut self, note: Note);

    /// What tells the message from others.
    fn opcode(&mut self, value: Opcode) -> Result<(), Self::Error>;

    fn octet(&mut self, name: &'static str, form: Form, value: &mut u8) -> Result<(), Self::Error>;

    fn le_u16(
        &mut self,
        name: &'static str,
        form: Form,
        value: &mut u16,
    ) -> Result<(), Self::Error>;

    fn le_u32(
        &mut self,
        name: &'static str,
        form: Form,
        value: &mut u32,
    ) -> Result<(), Self::Error>;

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), Self::Error>;

    /// Text up to a NUL or the end.
    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), Self::Error>;

    /// All that is left: of no meaning.
    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), Self::Error>;
}

/// What describes itself.
pub(crate) trait Describe<'a>: Clone + Default {
    /// Its fields, in their order.
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error>;

    /// It in one line, its text through a code page.
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result;
}

/// A message as a line of text.
#[derive(Clone, Debug)]
pub(crate) struct Line<T>(pub(crate) T, pub(crate) CodePage);

impl<'a, T: Describe<'a>> fmt::Display for Line<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f, self.1)
    }
}

/// A message of a well-known mailslot: octets to a value and back.
///
/// Whatever was decoded encodes to the same octets. The default is what Windows sends, as far as
/// that is the same for all machines.
#[expect(private_bounds, reason = "the description is not for others")]
pub trait Structure<'a>: Describe<'a> {
    /// Reads it; offsets count from the first octet of `data`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where a field is missing or not whole. What only deviates is a note.
    fn decode(data: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        let mut decoder = Decoder::new(data);
        let mut value = Self::default();
        value.visit(&mut decoder)?;
        Ok(Decoded { value, notes: decoder.notes() })
    }

    /// Writes it.
    fn encode(&self, to: &mut impl BufMut) {
        let Ok(()) = self.clone().visit(&mut Encoder(to));
    }

    /// Octets that [`encode`](Self::encode) writes.
    fn encoded_len(&self) -> usize {
        let mut length = Length(0);
        let Ok(()) = self.clone().visit(&mut length);
        length.0
    }

    /// One line of text, through a code page; control characters are escaped.
    fn text(&self, page: CodePage) -> impl fmt::Display {
        Line(self.clone(), page)
    }

    /// Its octets.
    fn to_vec(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.encoded_len());
        self.encode(&mut octets);
        octets
    }
}

impl<'a, T: Describe<'a>> Structure<'a> for T {}

/// The names of the bits that are set, and the rest as a number.
pub(crate) fn write_flags(
    f: &mut impl fmt::Write,
    names: &[(u32, &str)],
    bits: u32,
) -> fmt::Result {
    let mut rest = bits;
    let mut separator = "";
    for (bit, name) in names {
        if bits & bit != 0 {
            write!(f, "{separator}{name}")?;
            separator = ", ";
            rest &= !bit;
        }
    }
    if rest != 0 || bits == 0 {
        write!(f, "{separator}{rest:#x}")?;
    }
    Ok(())
}
