//! Reading and writing the fields of a body.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use bytes::{Buf as _, BufMut as _, BytesMut};

use crate::wire::netbios::Name;

/// A body that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Octets of the body before the field.
    pub offset: usize,
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, field, reason } = self;
        write!(f, "{field} at octet {offset} of the body: {reason}")
    }
}

impl std::error::Error for Malformed {}

/// A body, and how far it is read.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    octets: usize,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { octets: body.len(), rest: body }
    }

    pub(super) fn error(&self, field: &'static str, reason: &'static str) -> Malformed {
        Malformed { offset: self.octets - self.rest.len(), field, reason }
    }

    fn short(&self, field: &'static str) -> Malformed {
        self.error(field, "the body ends here")
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, Malformed> {
        let short = self.short(field);
        self.rest.try_get_u8().map_err(|_| short)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, Malformed> {
        let short = self.short(field);
        self.rest.try_get_u16_le().map_err(|_| short)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, Malformed> {
        let short = self.short(field);
        self.rest.try_get_u32_le().map_err(|_| short)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, Malformed> {
        let short = self.short(field);
        self.rest.try_get_u64_le().map_err(|_| short)
    }

    pub(super) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], Malformed> {
        let (first, rest) = self.rest.split_first_chunk().ok_or_else(|| self.short(field))?;
        self.rest = rest;
        Ok(*first)
    }

    /// A length of 4 octets, and so many octets.
    pub(super) fn octets(&mut self, field: &'static str) -> Result<&'a [u8], Malformed> {
        let length = self.u32(field)?;
        let split = usize::try_from(length).ok().and_then(|n| self.rest.split_at_checked(n));
        let (octets, rest) = split.ok_or_else(|| self.short(field))?;
        self.rest = rest;
        Ok(octets)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<&'a str, Malformed> {
        let at = self.error(field, "not UTF-8");
        std::str::from_utf8(self.octets(field)?).map_err(|_| at)
    }

    pub(super) fn name(&mut self, field: &'static str) -> Result<Name, Malformed> {
        self.array(field).map(Name::from_bytes)
    }

    pub(super) fn ipv4(&mut self, field: &'static str) -> Result<Ipv4Addr, Malformed> {
        self.array::<4>(field).map(Ipv4Addr::from)
    }

    pub(super) fn address(&mut self, field: &'static str) -> Result<SocketAddrV4, Malformed> {
        Ok(SocketAddrV4::new(self.ipv4(field)?, self.u16(field)?))
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Octets that are left: no list has more entries.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error("body", "octets are left over")) }
    }
}

pub(super) fn put_octets(out: &mut BytesMut, octets: &[u8]) {
    // A frame has no more than 32 bits of octets.
    out.put_u32_le(u32::try_from(octets.len()).unwrap_or(u32::MAX));
    out.put_slice(octets);
}

pub(super) fn put_text(out: &mut BytesMut, text: &str) {
    put_octets(out, text.as_bytes());
}

pub(super) fn put_address(out: &mut BytesMut, address: SocketAddrV4) {
    out.put_slice(&address.ip().octets());
    out.put_u16_le(address.port());
}
