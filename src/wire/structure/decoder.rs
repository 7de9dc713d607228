//! Fields out of octets.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

#[cfg(feature = "cli")]
use super::Describe;
use super::{ByteOrder, Entry, Form, Opcode, Visitor};
use crate::wire::dns_name::{DnsName, Suffixes};
use crate::wire::error::{DecodeError, Reason};
use crate::wire::guid::Guid;
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::Reader;
use crate::wire::sid::Sid;
use crate::wire::text::{Name16, Oem, Padding, Utf16, split_utf16};

/// Reads fields; `Seen` is told of each.
#[derive(Debug)]
pub(crate) struct Decoder<'a, S> {
    reader: Reader<'a>,
    notes: Notes,
    names: Suffixes,
    seen: S,
}

/// Where fields are, for who wants to know.
pub(crate) trait Seen {
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

    let mut decoder = Decoder::telling(data, Told(field));
    // Where it ends too soon, there is nothing more to tell.
    let _ = T::default().visit(&mut decoder);
}

impl<'a> Decoder<'a, ()> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self::telling(data, ())
    }
}

impl<'a, S> Decoder<'a, S> {
    fn telling(data: &'a [u8], seen: S) -> Self {
        let reader = Reader::new(data);
        Self { reader, notes: Notes::NONE, names: Suffixes::default(), seen }
    }

    pub(crate) const fn notes(&self) -> Notes {
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

    /// As many as there are: a count alone takes no memory.
    fn texts<T: Default>(
        &mut self,
        count: usize,
        value: &mut Vec<T>,
        mut read: impl FnMut(&mut Self, &mut T) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        value.clear();
        for _ in 0..count {
            if self.reader.rest().is_empty() {
                self.notes.add(Note::TextMissing, self.reader.offset());
                break;
            }
            let mut text = T::default();
            read(self, &mut text)?;
            value.push(text);
        }
        Ok(())
    }

    #[inline]
    fn fixed<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], DecodeError> {
        self.read(name, |reader| {
            let Some(octets) = reader.peek() else {
                return Err(DecodeError::new(reader.offset(), name, Reason::Truncated));
            };
            reader.skip(N);
            Ok(*octets)
        })
    }
}

impl<'a, S: Seen> Visitor<'a> for Decoder<'a, S> {
    type Error = DecodeError;

    fn ahead(&self) -> Option<&'a [u8]> {
        Some(self.reader.rest())
    }

    fn offset(&self) -> usize {
        self.reader.offset()
    }

    fn note(&mut self, note: Note) {
        self.notes.add(note, self.reader.offset());
    }

    fn refuse(
        &mut self,
        at: usize,
        field: &'static str,
        reason: Reason,
    ) -> Result<(), DecodeError> {
        Err(DecodeError::new(at, field, reason))
    }

    fn variant(
        &mut self,
        name: &'static str,
        _: &'static [&'static str],
        _: &mut usize,
    ) -> Result<(), DecodeError> {
        self.read(name, |_| Ok(()))
    }

    #[inline]
    fn opcode(&mut self, value: Opcode) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        let found = match value {
            Opcode::Octet(_) => self.fixed("opcode").map(|[octet]| u16::from(octet))?,
            Opcode::Word(_) => self.fixed("opcode").map(u16::from_le_bytes)?,
        };
        let (octets, _) = value.octets();
        if found != u16::from_le_bytes(octets) {
            return Err(DecodeError::new(at, "opcode", Reason::MessageOpcode(found)));
        }
        Ok(())
    }

    #[inline]
    fn octet(&mut self, name: &'static str, _: Form, value: &mut u8) -> Result<(), DecodeError> {
        [*value] = self.fixed(name)?;
        Ok(())
    }

    #[inline]
    fn le_u16(&mut self, name: &'static str, _: Form, value: &mut u16) -> Result<(), DecodeError> {
        *value = u16::from_le_bytes(self.fixed(name)?);
        Ok(())
    }

    #[inline]
    fn le_u32(&mut self, name: &'static str, _: Form, value: &mut u32) -> Result<(), DecodeError> {
        *value = u32::from_le_bytes(self.fixed(name)?);
        Ok(())
    }

    fn le_u64(&mut self, name: &'static str, _: Form, value: &mut u64) -> Result<(), DecodeError> {
        *value = u64::from_le_bytes(self.fixed(name)?);
        Ok(())
    }

    fn le_length(&mut self, name: &'static str, _: usize) -> Result<usize, DecodeError> {
        let length = u32::from_le_bytes(self.fixed(name)?);
        Ok(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn array(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), DecodeError> {
        let octets = self.read(name, |reader| reader.take(value.len(), name))?;
        value.copy_from_slice(octets);
        Ok(())
    }

    fn octets(
        &mut self,
        name: &'static str,
        len: usize,
        value: &mut &'a [u8],
    ) -> Result<(), DecodeError> {
        *value = match len {
            0 => &[],
            _ => self.read(name, |reader| reader.take(len, name))?,
        };
        Ok(())
    }

    fn padding(
        &mut self,
        name: &'static str,
        align: usize,
        found: Option<usize>,
        value: &mut Padding<'a>,
    ) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        let usual = at.next_multiple_of(align) - at;
        let mut octets = &[][..];
        self.octets(name, found.unwrap_or(usual), &mut octets)?;
        let zeros = octets.iter().all(|&octet| octet == 0);
        *value = if zeros && octets.len() == usual {
            Padding::Zeros
        } else {
            let note = if zeros { Note::Alignment } else { Note::NonzeroPadding };
            self.notes.add(note, at);
            Padding::Octets(octets)
        };
        Ok(())
    }

    #[inline]
    fn name16(&mut self, name: &'static str, value: &mut Name16) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        *value = Name16(self.fixed(name)?);
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

    fn utf16(&mut self, name: &'static str, value: &mut Utf16<'a>) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        *value = self.read(name, |reader| {
            let rest = reader.rest();
            let end = rest.chunks_exact(2).position(|unit| unit == [0, 0]).map(|units| 2 * units);
            let (octets, _) = rest.split_at(end.unwrap_or(rest.len()));
            let value = Utf16 { octets, open: end.is_none() };
            reader.skip(value.encoded_len());
            Ok(value)
        })?;
        if value.open {
            let missing = value.octets.is_empty();
            self.notes.add(if missing { Note::TextMissing } else { Note::Unterminated }, at);
        }
        Ok(())
    }

    fn dns_name(&mut self, name: &'static str, value: &mut DnsName<'a>) -> Result<(), DecodeError> {
        let from = self.reader.offset();
        let (found, end) = DnsName::decode(self.reader.whole(), from, &mut self.names, name)?;
        *value = found;
        self.read(name, |reader| {
            reader.skip(end - from);
            Ok(())
        })
    }

    fn ipv4(
        &mut self,
        name: &'static str,
        order: ByteOrder,
        value: &mut Ipv4Addr,
    ) -> Result<(), DecodeError> {
        *value = order.of(self.fixed(name)?).into();
        Ok(())
    }

    fn guid(&mut self, name: &'static str, value: &mut Guid) -> Result<(), DecodeError> {
        *value = Guid(self.fixed(name)?);
        Ok(())
    }

    fn sid(
        &mut self,
        name: &'static str,
        len: usize,
        value: &mut Sid<'a>,
    ) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        self.octets(name, len, &mut value.0)?;
        if len > 0 && !value.is_valid() {
            self.notes.add(Note::SidMalformed, at);
        }
        Ok(())
    }

    fn list<T: Entry<'a>>(
        &mut self,
        _: &'static str,
        count: usize,
        value: &mut Vec<T>,
    ) -> Result<(), DecodeError> {
        value.clear();
        // Each takes some octets, so that there are no more of them than the message has.
        for _ in 0..count {
            let mut entry = T::default();
            entry.visit(self)?;
            value.push(entry);
        }
        Ok(())
    }

    fn terminated(&mut self, name: &'static str, value: &mut Oem<'a>) -> Result<(), DecodeError> {
        let octets = self.read(name, |reader| {
            let at = reader.offset();
            reader.take_until_nul().ok_or_else(|| DecodeError::new(at, name, Reason::Unterminated))
        })?;
        *value = Oem::new(octets);
        Ok(())
    }

    fn beside(&mut self, _: &'static str, _: &mut &'a [u8]) -> Result<(), DecodeError> {
        Ok(())
    }

    fn oems(
        &mut self,
        name: &'static str,
        count: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), DecodeError> {
        self.texts(count, value, |decoder, text| decoder.oem(name, text))
    }

    fn utf16s(
        &mut self,
        name: &'static str,
        count: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> Result<(), DecodeError> {
        self.texts(count, value, |decoder, text| decoder.utf16(name, text))
    }

    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), DecodeError> {
        let at = self.reader.offset();
        self.array(name, value)?;
        let (text, residue) = split_utf16(value);
        if text.open {
            self.notes.add(Note::NameFull, at);
        } else if !residue.is_empty() {
            self.notes.add(Note::NameResidue, at);
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
