//! One description of a message, for all that is done with it.
//!
//! Each message says once which fields it has, in their order: to a [`Visitor`], which reads them,
//! writes them, measures them, or shows them. So what is read, written and shown is the same.

mod decoder;
mod encoder;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use core::net::Ipv4Addr;

use super::dns_name::DnsName;
use super::error::{DecodeError, Reason};
use super::guid::Guid;
use super::notes::{Decoded, Note};
use super::oem::CodePage;
use super::sid::Sid;
use super::text::{Name16, Oem, Padding, Utf16};
use encoder::{Encoder, Measure, To};

pub(crate) use decoder::Decoder;
#[cfg(feature = "cli")]
pub(crate) use decoder::trace;

/// What a number means, for whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Decimal,
    Hex,
    Milliseconds,
    Seconds,
    Octets,
    /// Seconds since 1970, UTC; 0 is none.
    UnixTime,
    /// 100 ns since 1601, UTC; 0 is none.
    FileTime,
    /// Bits, by their names; others have none.
    Flags(&'static [(u32, &'static str)]),
    /// A number that stands for something.
    Named(&'static [(u32, &'static str)]),
}

/// Of the octets of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Big,
    Little,
}

impl ByteOrder {
    /// From or to the order in which people write them.
    const fn of(self, octets: [u8; 4]) -> [u8; 4] {
        let [a, b, c, d] = octets;
        match self {
            Self::Big => octets,
            Self::Little => [d, c, b, a],
        }
    }
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

    /// Octets before the next field, where octets are read or written.
    fn offset(&self) -> usize {
        0
    }

    /// Where octets are read: a deviation of the field that begins here.
    fn note(&mut self, note: Note);

    /// Where octets are read: the field at octet `at` is not as it must be.
    fn refuse(
        &mut self,
        _at: usize,
        _field: &'static str,
        _reason: Reason,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Whether fields are there that need not be: what the message says of itself, or, where it
    /// comes by the names of fields, whether this one is named.
    fn has(&self, _field: &'static str, otherwise: bool) -> bool {
        otherwise
    }

    /// Which of several forms a message has, by its place in `names`; no octets.
    fn variant(
        &mut self,
        name: &'static str,
        names: &'static [&'static str],
        value: &mut usize,
    ) -> Result<(), Self::Error>;

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

    fn le_u64(
        &mut self,
        name: &'static str,
        form: Form,
        value: &mut u64,
    ) -> Result<(), Self::Error>;

    /// In 32 bits, how much of something follows: where octets are read, what they say, else what
    /// there is. Only octets have it, since it follows from the rest.
    fn le_length(&mut self, name: &'static str, there_is: usize) -> Result<usize, Self::Error>;

    /// Octets, as many as there are in `value`.
    fn array(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), Self::Error>;

    /// Octets of no meaning: where octets are read, `len`. Of none nothing is shown.
    fn octets(
        &mut self,
        name: &'static str,
        len: usize,
        value: &mut &'a [u8],
    ) -> Result<(), Self::Error>;

    /// Up to a multiple of `align`; where octets are read, `found` of them if that is known.
    fn padding(
        &mut self,
        name: &'static str,
        align: usize,
        found: Option<usize>,
        value: &mut Padding<'a>,
    ) -> Result<(), Self::Error>;

    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), Self::Error>;

    /// Text up to a NUL or the end.
    fn oem(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), Self::Error>;

    /// Text up to a NUL, which must be there, since more follows.
    fn terminated(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), Self::Error> {
        self.oem(name, value)
    }

    /// Text that is not among the octets, but in the name of their mailslot.
    fn beside(&mut self, name: &'static str, value: &mut &'a [u8]) -> Result<(), Self::Error>;

    /// Text up to a NUL or the end.
    fn utf16(&mut self, name: &'static str, value: &mut Utf16<'a>) -> Result<(), Self::Error>;

    /// A name with label pointers, which count from the first octet of the message.
    fn dns_name(&mut self, name: &'static str, value: &mut DnsName<'a>) -> Result<(), Self::Error>;

    fn ipv4(
        &mut self,
        name: &'static str,
        order: ByteOrder,
        value: &mut Ipv4Addr,
    ) -> Result<(), Self::Error>;

    fn guid(&mut self, name: &'static str, value: &mut Guid) -> Result<(), Self::Error>;

    /// An identifier, or none: where octets are read, of `len` octets.
    fn sid(
        &mut self,
        name: &'static str,
        len: usize,
        value: &mut Sid<'a>,
    ) -> Result<(), Self::Error>;

    /// Entries of the same fields: where octets are read, `count`. Each takes some octets.
    fn list<T: Entry<'a>>(
        &mut self,
        name: &'static str,
        count: usize,
        value: &mut Vec<T>,
    ) -> Result<(), Self::Error>;

    /// Text in a field of so many octets, NULs behind it.
    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), Self::Error>;

    /// Texts, each up to a NUL or the end: where octets are read, `count` or those that are there.
    fn oems(
        &mut self,
        name: &'static str,
        count: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), Self::Error>;

    /// The same in UTF-16.
    fn utf16s(
        &mut self,
        name: &'static str,
        count: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> Result<(), Self::Error>;

    /// All that is left: of no meaning.
    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), Self::Error>;
}

/// An entry of a list.
pub(crate) trait Entry<'a>: Clone + Default {
    /// Its fields, in their order.
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error>;
}

/// What describes itself.
pub(crate) trait Describe<'a>: Clone + Default {
    /// Its fields, in their order.
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error>;

    /// It in one line, its text through a code page.
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result;
}

/// A message that is large and rare need not make others so.
impl<'a, T: Describe<'a>> Describe<'a> for Box<T> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        (**self).visit(visitor)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        (**self).show(f, page)
    }
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
/// that is the same for all machines: so `..Default::default()` fills in the fields that do not
/// matter.
///
/// What was made by hand is written as it is, sensible or not: a NUL within a text, or a count that
/// is not that of a list, is read as something else. [`Payload::reads_back`](super::Payload::reads_back) tells.
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
    ///
    /// # Panics
    ///
    /// Where `to` has less room than [`encoded_len`](Self::encoded_len); a `Vec` or `BytesMut`
    /// grows.
    fn encode(&self, to: &mut impl BufMut) {
        let Ok(()) = self.clone().visit(&mut Encoder::new(To(to)));
    }

    /// Octets that [`encode`](Self::encode) writes.
    fn encoded_len(&self) -> usize {
        let mut length = Encoder::new(Measure);
        let Ok(()) = self.clone().visit(&mut length);
        length.written()
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

/// The names of the bits that are set, and the rest as a number; `none` where none is.
pub(crate) fn write_flags(
    f: &mut impl fmt::Write,
    names: &[(u32, &str)],
    bits: u32,
) -> fmt::Result {
    if bits == 0 {
        return f.write_str("none");
    }
    let mut rest = bits;
    let mut separator = "";
    for (bit, name) in names {
        if bits & bit != 0 {
            write!(f, "{separator}{name}")?;
            separator = ", ";
            rest &= !bit;
        }
    }
    if rest != 0 {
        write!(f, "{separator}{rest:#x}")?;
    }
    Ok(())
}
