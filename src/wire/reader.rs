//! A cursor over one UDP payload that knows where it is: nom reads what varies, blocks of fixed
//! layout are checked once, errors get offsets.

use nom::IResult;
use nom::bytes::complete::{take, take_until};
use nom::number::complete::{le_u16, u8 as octet};

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
    pub(crate) fn le_u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.step(le_u16(self.rest), field)
    }

    #[inline]
    pub(crate) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        if n == 0 {
            return Ok(&[]);
        }
        self.step(take(n)(self.rest), field)
    }

    /// The next `N` octets, where there are so many.
    #[inline]
    pub(crate) fn peek<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.rest.first_chunk()
    }

    /// Goes past `n` octets, or to the end.
    #[inline]
    pub(crate) fn skip(&mut self, n: usize) {
        self.rest = self.rest.get(n..).unwrap_or_default();
    }

    /// A reader that ends `n` octets further on, with the same offsets.
    pub(crate) fn up_to(&self, n: usize) -> Self {
        let end = (self.offset() + n).min(self.whole.len());
        let (whole, _) = self.whole.split_at(end);
        Self { whole, rest: whole.get(self.offset()..).unwrap_or_default() }
    }

    /// The octets before the next zero, and past it; `None` where there is no zero.
    #[inline]
    pub(crate) fn take_until_nul(&mut self) -> Option<&'a [u8]> {
        let found: Parsed<'a, &'a [u8]> = take_until(&[0_u8][..])(self.rest);
        let (rest, before) = found.ok()?;
        self.rest = rest.get(1..)?;
        Some(before)
    }

    /// A block of fields that stand at fixed places: `N` octets, one length check. Where they end
    /// too soon, the error is about the first field that is not whole.
    #[inline]
    pub(crate) fn block<const N: usize>(
        &mut self,
        layout: &Layout,
    ) -> Result<&'a [u8; N], DecodeError> {
        let Some((block, rest)) = self.rest.split_first_chunk() else {
            return Err(self.truncated(layout));
        };
        self.rest = rest;
        Ok(block)
    }

    #[cold]
    fn truncated(&self, layout: &Layout) -> DecodeError {
        let have = self.rest.len();
        let partial = layout.iter().rev().find(|&&(at, _)| at <= have);
        let (at, field) = partial.copied().unwrap_or((0, "header"));
        DecodeError::new(self.offset() + at, field, Reason::Truncated)
    }
}

/// Where the fields of a block begin, and what they are called.
pub(crate) type Layout = [(usize, &'static str)];

/// The big-endian number at a place of a block.
#[inline]
pub(crate) fn be_u16_at<const N: usize>(block: &[u8; N], at: usize) -> u16 {
    u16::from_be_bytes(octets_at(block, at))
}

/// The little-endian number at a place of a block.
#[inline]
pub(crate) fn le_u16_at<const N: usize>(block: &[u8; N], at: usize) -> u16 {
    u16::from_le_bytes(octets_at(block, at))
}

/// The little-endian number at a place of a block.
#[inline]
pub(crate) fn le_u32_at<const N: usize>(block: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes(octets_at(block, at))
}

/// `M` octets at a place of a block. Places are constants: the check is gone once compiled, and a
/// wrong one would be zeros in every test.
#[inline]
pub(crate) fn octets_at<const N: usize, const M: usize>(block: &[u8; N], at: usize) -> [u8; M] {
    block.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; M])
}
