//! A cursor over one UDP payload that knows where it is: nom reads the numbers, errors get offsets.

use nom::IResult;
use nom::bytes::complete::take;
use nom::number::complete::{be_u16, be_u32, le_u16, le_u32, u8 as octet};

use super::error::{DecodeError, Reason};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

impl<'a> Reader<'a> {
    pub(crate) const fn new(whole: &'a [u8]) -> Self {
        Self { whole, rest: whole }
    }

    /// All of the payload, for label pointers.
    pub(crate) const fn whole(&self) -> &'a [u8] {
        self.whole
    }

    pub(crate) const fn offset(&self) -> usize {
        self.whole.len() - self.rest.len()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    fn step<T>(&mut self, parsed: Parsed<'a, T>, field: &'static str) -> Result<T, DecodeError> {
        match parsed {
            Ok((rest, value)) => {
                self.rest = rest;
                Ok(value)
            }
            // Every parser used here fails for one reason only.
            Err(_) => Err(DecodeError::new(self.offset(), field, Reason::Truncated)),
        }
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.step(octet(self.rest), field)
    }

    #[inline]
    pub(crate) fn be_u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.step(be_u16(self.rest), field)
    }

    #[inline]
    pub(crate) fn be_u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.step(be_u32(self.rest), field)
    }

    #[inline]
    pub(crate) fn le_u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.step(le_u16(self.rest), field)
    }

    #[inline]
    pub(crate) fn le_u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.step(le_u32(self.rest), field)
    }

    #[inline]
    pub(crate) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        self.step(take(n)(self.rest), field)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<&'a [u8; N], DecodeError> {
        let (head, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| DecodeError::new(self.offset(), field, Reason::Truncated))?;
        self.rest = rest;
        Ok(head)
    }
}
