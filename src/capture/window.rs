//! A sliding window over a source.

use std::fmt;
use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::Error;

/// Enough for several hundred packets a read, little enough to stay in the processor's cache.
const INITIAL_LEN: usize = 128 * 1024;

/// The part of a source that is in memory: what was read and not yet taken.
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// What was read and not yet taken, as indexes into `buffer`.
    start: usize,
    end: usize,
    /// Where `start` lies in the source.
    offset: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; INITIAL_LEN], start: 0, end: 0, offset: 0 }
    }

    /// Where the next byte to take lies in the source.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What was read and not yet taken.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until `want` bytes are there or the source has ended; how many are there.
    ///
    /// The buffer grows only when it is full of bytes that were read, so a length that is merely
    /// claimed costs nothing. The caller bounds `want`.
    #[inline]
    pub(super) fn fill(&mut self, want: usize) -> Result<usize, Error> {
        if self.end - self.start < want {
            self.read_until(want)?;
        }
        Ok(self.end - self.start)
    }

    fn read_until(&mut self, want: usize) -> Result<(), Error> {
        while self.end - self.start < want {
            if self.end == self.buffer.len() {
                self.make_room();
            }
            let space = self.buffer.get_mut(self.end..).unwrap_or_default();
            let len = space.len();
            match self.source.read(space) {
                Ok(0) => break,
                Ok(read) => self.end += read.min(len),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(error, self.offset + self.unread())),
            }
        }
        Ok(())
    }

    fn make_room(&mut self) {
        if self.start == 0 {
            self.buffer.resize(2 * self.buffer.len(), 0);
        } else {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    fn unread(&self) -> u64 {
        to_u64(self.end - self.start)
    }

    /// Takes `len` bytes; they stay in place, to be looked at with [`taken`](Self::taken), until
    /// the next [`fill`](Self::fill) or [`skip`](Self::skip).
    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Range<usize> {
        let start = self.start;
        self.start = self.end.min(start + len);
        self.offset += to_u64(self.start - start);
        start..self.start
    }

    /// Bytes that were taken last.
    #[inline]
    pub(super) fn taken(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Takes `len` bytes without keeping them; how many there were.
    pub(super) fn skip(&mut self, len: u64) -> Result<u64, Error> {
        let mut left = len;
        while left > 0 && self.fill(1)? > 0 {
            let step = left.min(self.unread());
            self.take(usize::try_from(step).unwrap_or(usize::MAX));
            left -= step;
        }
        Ok(len - left)
    }
}

pub(super) fn to_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

impl<R> fmt::Debug for Window<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("offset", &self.offset)
            .field("buffered", &(self.end - self.start))
            .finish_non_exhaustive()
    }
}
