//! The frames that a stream consists of.

use std::fmt;

use bytes::{BufMut as _, BytesMut};

/// Octets before a body: the length, the kind, the id.
pub const HEADER_OCTETS: usize = 9;

/// Octets of the kind and the id, which the length counts.
const COUNTED: usize = 5;

/// One frame of a stream: these three parts, in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the body is.
    pub kind: u8,
    /// Which request it is, or answers.
    pub id: u32,
    /// The rest.
    pub body: &'a [u8],
}

/// A stream that cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A length that leaves no room for kind and id.
    TooShort(u32),
    /// A length beyond what the reader takes.
    TooLong(u32),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(length) => write!(f, "a frame of {length} octets has no kind and id"),
            Self::TooLong(length) => write!(f, "a frame of {length} octets is too long"),
        }
    }
}

impl std::error::Error for FrameError {}

/// The first frame of what came so far, and the octets that it takes with its header; none where
/// more has to come.
///
/// # Errors
///
/// [`FrameError`] where its length cannot be, or is more than `max`.
pub fn next_frame(stream: &[u8], max: usize) -> Result<Option<(Frame<'_>, usize)>, FrameError> {
    let Some((&length, counted)) = stream.split_first_chunk() else { return Ok(None) };
    let length = u32::from_le_bytes(length);
    let octets = usize::try_from(length).unwrap_or(usize::MAX);
    if octets < COUNTED {
        return Err(FrameError::TooShort(length));
    }
    if octets > max {
        return Err(FrameError::TooLong(length));
    }
    let Some([kind, rest @ ..]) = counted.get(..octets) else { return Ok(None) };
    let Some((&id, body)) = rest.split_first_chunk() else { return Ok(None) };
    Ok(Some((Frame { kind: *kind, id: u32::from_le_bytes(id), body }, 4 + octets)))
}

/// Appends a frame whose body is what `write` appends.
pub(super) fn put_frame(out: &mut BytesMut, kind: u8, id: u32, write: impl FnOnce(&mut BytesMut)) {
    let at = out.len();
    out.put_u32_le(0);
    out.put_u8(kind);
    out.put_u32_le(id);
    write(out);
    let length = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}
