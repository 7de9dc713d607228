//! Fields to octets.

use alloc::vec::Vec;
use core::convert::Infallible;
use core::net::Ipv4Addr;

use bytes::BufMut;

use super::{ByteOrder, Entry, Form, Opcode, Visitor};
use crate::wire::dns_name::{DnsName, Suffixes};
use crate::wire::guid::Guid;
use crate::wire::notes::Note;
use crate::wire::sid::Sid;
use crate::wire::text::{Name16, Oem, Padding, Utf16};

/// Writes fields, or measures them.
#[derive(Debug)]
pub(super) struct Encoder<S> {
    sink: S,
    written: usize,
    names: Suffixes,
}

/// Where the octets of fields go.
pub(super) trait Sink {
    fn put(&mut self, octets: &[u8]);
}

#[derive(Debug)]
pub(super) struct To<'b, B>(pub(super) &'b mut B);

impl<B: BufMut> Sink for To<'_, B> {
    fn put(&mut self, octets: &[u8]) {
        self.0.put_slice(octets);
    }
}

/// Nowhere: they are only counted.
#[derive(Debug)]
pub(super) struct Measure;

impl Sink for Measure {
    fn put(&mut self, _: &[u8]) {}
}

impl<S: Sink> Encoder<S> {
    pub(super) fn new(sink: S) -> Self {
        Self { sink, written: 0, names: Suffixes::default() }
    }

    /// Octets that were written.
    pub(super) const fn written(&self) -> usize {
        self.written
    }

    fn put(&mut self, octets: &[u8]) {
        self.sink.put(octets);
        self.written += octets.len();
    }
}

impl<'a, S: Sink> Visitor<'a> for Encoder<S> {
    type Error = Infallible;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn offset(&self) -> usize {
        self.written
    }

    fn note(&mut self, _: Note) {}

    fn variant(
        &mut self,
        _: &'static str,
        _: &'static [&'static str],
        _: &mut usize,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn opcode(&mut self, value: Opcode) -> Result<(), Infallible> {
        let (octets, len) = value.octets();
        let (octets, _) = octets.split_at(len);
        self.put(octets);
        Ok(())
    }

    fn octet(&mut self, _: &'static str, _: Form, value: &mut u8) -> Result<(), Infallible> {
        self.put(&[*value]);
        Ok(())
    }

    fn le_u16(&mut self, _: &'static str, _: Form, value: &mut u16) -> Result<(), Infallible> {
        self.put(&value.to_le_bytes());
        Ok(())
    }

    fn le_u32(&mut self, _: &'static str, _: Form, value: &mut u32) -> Result<(), Infallible> {
        self.put(&value.to_le_bytes());
        Ok(())
    }

    fn le_u64(&mut self, _: &'static str, _: Form, value: &mut u64) -> Result<(), Infallible> {
        self.put(&value.to_le_bytes());
        Ok(())
    }

    fn le_length(&mut self, _: &'static str, there_is: usize) -> Result<usize, Infallible> {
        self.put(&u32::try_from(there_is).unwrap_or(u32::MAX).to_le_bytes());
        Ok(there_is)
    }

    fn array(&mut self, _: &'static str, value: &mut [u8]) -> Result<(), Infallible> {
        self.put(value);
        Ok(())
    }

    fn octets(
        &mut self,
        _: &'static str,
        _: usize,
        value: &mut &'a [u8],
    ) -> Result<(), Infallible> {
        self.put(value);
        Ok(())
    }

    fn padding(
        &mut self,
        _: &'static str,
        align: usize,
        _: Option<usize>,
        value: &mut Padding<'a>,
    ) -> Result<(), Infallible> {
        match value {
            Padding::Zeros => {
                let end = self.written.next_multiple_of(align);
                (self.written..end).for_each(|_| self.put(&[0]));
            }
            Padding::Octets(octets) => self.put(octets),
        }
        Ok(())
    }

    fn name16(&mut self, _: &'static str, value: &mut Name16) -> Result<(), Infallible> {
        self.put(&value.0);
        Ok(())
    }

    fn oem(&mut self, _: &'static str, value: &mut Oem<'a>) -> Result<(), Infallible> {
        self.put(value.octets);
        if !value.open {
            self.put(&[0]);
        }
        Ok(())
    }

    fn utf16(&mut self, _: &'static str, value: &mut Utf16<'a>) -> Result<(), Infallible> {
        self.put(value.octets);
        if !value.open {
            self.put(&[0, 0]);
        }
        Ok(())
    }

    fn dns_name(&mut self, _: &'static str, value: &mut DnsName<'a>) -> Result<(), Infallible> {
        let octets = value.encode(self.written, &mut self.names);
        self.put(&octets);
        Ok(())
    }

    fn ipv4(
        &mut self,
        _: &'static str,
        order: ByteOrder,
        value: &mut Ipv4Addr,
    ) -> Result<(), Infallible> {
        self.put(&order.of(value.octets()));
        Ok(())
    }

    fn guid(&mut self, _: &'static str, value: &mut Guid) -> Result<(), Infallible> {
        self.put(&value.0);
        Ok(())
    }

    fn sid(&mut self, _: &'static str, _: usize, value: &mut Sid<'a>) -> Result<(), Infallible> {
        self.put(value.0);
        Ok(())
    }

    fn list<T: Entry<'a>>(
        &mut self,
        _: &'static str,
        _: usize,
        value: &mut Vec<T>,
    ) -> Result<(), Infallible> {
        value.iter_mut().try_for_each(|entry| entry.visit(self))
    }

    fn beside(&mut self, _: &'static str, _: &mut &'a [u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn oems(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Oem<'a>>,
    ) -> Result<(), Infallible> {
        value.iter_mut().try_for_each(|text| self.oem(name, text))
    }

    fn utf16s(
        &mut self,
        name: &'static str,
        _: usize,
        value: &mut Vec<Utf16<'a>>,
    ) -> Result<(), Infallible> {
        value.iter_mut().try_for_each(|text| self.utf16(name, text))
    }

    fn utf16_field(&mut self, name: &'static str, value: &mut [u8]) -> Result<(), Infallible> {
        self.array(name, value)
    }

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), Infallible> {
        self.put(value);
        Ok(())
    }
}
