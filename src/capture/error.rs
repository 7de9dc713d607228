//! Why a capture file could not be read, or not to its end.

use std::fmt;
use std::io;

/// A capture file ended otherwise than it should: where and why.
///
/// Every packet before [`offset`](Self::offset) has been given. The source of an I/O error is kept
/// ([`std::error::Error::source`]).
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    offset: u64,
    source: Option<io::Error>,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source could not be read.
    Io,
    /// There is not one byte.
    Empty,
    /// The file is compressed.
    Compressed {
        /// Name of the compression.
        format: &'static str,
        /// The command that undoes it.
        command: &'static str,
    },
    /// The file starts with nothing that a capture starts with.
    UnknownFormat {
        /// Its first four bytes.
        magic: [u8; 4],
    },
    /// A version of the format that is not known.
    UnsupportedVersion {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// The file ends within something.
    Truncated {
        /// Within what.
        what: &'static str,
        /// Bytes it should have, from the error's offset on.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A length that cannot be meant.
    TooLarge {
        /// Of what.
        what: &'static str,
        /// What the file claims.
        claimed: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// Content that contradicts the format.
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
}

impl Error {
    pub(super) fn new(kind: ErrorKind, offset: u64) -> Self {
        Self { kind, offset, source: None }
    }

    pub(super) fn io(source: io::Error, offset: u64) -> Self {
        Self { kind: ErrorKind::Io, offset, source: Some(source) }
    }

    pub(super) fn malformed(what: &'static str, offset: u64) -> Self {
        Self::new(ErrorKind::Malformed { what }, offset)
    }

    pub(super) fn truncated(what: &'static str, expected: u64, found: u64, offset: u64) -> Self {
        Self::new(ErrorKind::Truncated { what, expected, found }, offset)
    }

    pub(super) fn too_large(what: &'static str, claimed: u64, limit: usize, offset: u64) -> Self {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        Self::new(ErrorKind::TooLarge { what, claimed, limit }, offset)
    }

    /// What was wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the file: the start of the record or block that could not
    /// be read, or how far the source could be read at all.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset;
        match self.kind {
            ErrorKind::Io => write!(f, "cannot read the capture beyond byte {offset}"),
            ErrorKind::Empty => f.write_str("the capture is empty: not even a file header"),
            ErrorKind::Compressed { format, command } => {
                write!(f, "the capture is compressed with {format}: unpack it with `{command}`")
            }
            ErrorKind::UnknownFormat { magic } => {
                write!(f, "not a pcap or pcapng file: it starts with the bytes {magic:02x?}")
            }
            ErrorKind::UnsupportedVersion { major, minor } => {
                write!(f, "byte {offset}: version {major}.{minor} of the format is not known")
            }
            ErrorKind::Truncated { what, expected, found } => write!(
                f,
                "byte {offset}: the file ends within a {what}: {expected} bytes expected, {found} \
                 there"
            ),
            ErrorKind::TooLarge { what, claimed, limit } => write!(
                f,
                "byte {offset}: damaged: a {what} claims {claimed}, more than the {limit} that are \
                 taken"
            ),
            ErrorKind::Malformed { what } => write!(f, "byte {offset}: damaged: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
