//! The service's socket protocol: frames and what is in them, without sockets.
//!
//! `docs/protocol.md` of the repository describes it for other languages. Each side sends frames:
//! a length, a kind, an id, a body; numbers are little-endian. A client sends [`Request`]s, each
//! with an id of its choice, as many at a time as it likes; the service answers each with one
//! [`Reply`] that has the id, in the order in which they end. Id 0 asks for no reply.

mod cursor;
mod failure;
mod frame;
pub mod limits;
mod reply;
mod request;

pub use cursor::Malformed;
pub use failure::{Code, Failure};
pub use frame::{Frame, FrameError, HEADER_OCTETS, next_frame};
pub use reply::{HandleEntry, Node, Numbered, Reply, Route, SlotEntry, Welcome};
pub use request::{CreateFlags, Request, Wait};

/// The version of the protocol that this crate speaks: the first. A service refuses others.
pub const VERSION: u16 = 1;

/// What a connection begins with, in the first request.
pub const MAGIC: [u8; 4] = *b"MSLT";
