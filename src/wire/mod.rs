//! Bytes to values and back; pure, borrowing, never panicking.
//!
//! One protocol structure a file. Every structure has `decode`, `encode`, `encoded_len` and
//! `Display`, and keeps what it does not understand. Decoding is tolerant: what deviates from the
//! specification and can be read all the same becomes a [`Note`]; [`Decoded::strict`] refuses the
//! [faults](Class::Fault) among them. Offsets in errors count from the start of the UDP payload.

pub mod browse;
pub mod datagram;
mod error;
pub mod nbns;
pub mod netbios;
mod notes;
pub mod oem;
mod payload;
mod reader;
pub mod smb;
mod structure;
mod text;

pub use error::{DecodeError, Reason};
pub use notes::{Class, Decoded, Note, Notes};
pub use payload::Payload;
pub use structure::Structure;
#[cfg(feature = "cli")]
pub(crate) use structure::{Form, Opcode, Visitor, write_flags};
pub use text::{Name16, Oem};
