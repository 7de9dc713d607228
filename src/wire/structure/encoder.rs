//! Fields to octets.

use core::convert::Infallible;

use bytes::BufMut;

use super::{Form, Opcode, Visitor};
use crate::wire::notes::Note;
use crate::wire::text::{Name16, Oem};

/// Writes fields.
#[derive(Debug)]
pub(super) struct Encoder<'b, B>(pub(super) &'b mut B);

/// Measures them.
#[derive(Debug)]
pub(super) struct Length(pub(super) usize);

/// Where the octets of fields go.
trait Sink {
    fn put(&mut self, octets: &[u8]);
}

impl<B: BufMut> Sink for Encoder<'_, B> {
    fn put(&mut self, octets: &[u8]) {
        self.0.put_slice(octets);
    }
}

impl Sink for Length {
    fn put(&mut self, octets: &[u8]) {
        self.0 += octets.len();
    }
}

impl<'a, S: Sink> Visitor<'a> for S {
    type Error = Infallible;

    fn ahead(&self) -> Option<&'a [u8]> {
        None
    }

    fn note(&mut self, _: Note) {}

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

    fn surplus(&mut self, value: &mut &'a [u8]) -> Result<(), Infallible> {
        self.put(value);
        Ok(())
    }
}
