//! Bytes to values and back; pure, borrowing, never panicking.
//!
//! One protocol structure a file. Every structure has `decode`, `encode`, `encoded_len` and
//! `Display`, and keeps what it does not understand. Decoding is tolerant: what deviates from the
//! specification and can be read all the same becomes a [`Note`]; [`Decoded::strict`] refuses the
//! [faults](Class::Fault) among them. Offsets in errors count from the start of the UDP payload.
//!
//! What a mailslot write says to a mailslot that is known is a [`Payload`]; offsets in its errors
//! count from the first octet of the data.

pub mod alerter;
pub mod browse;
pub mod datagram;
mod dns_name;
mod error;
mod flags;
mod guid;
pub mod lanman;
pub mod messenger;
pub mod nbns;
pub mod netbios;
pub mod netlogon;
mod notes;
pub mod oem;
mod payload;
mod reader;
mod sid;
pub mod smb;
mod structure;
mod text;
pub mod waitfor;

pub use dns_name::{DnsName, MAX_DNS_NAME, MAX_LABEL};
pub use error::{DecodeError, Reason};
pub use guid::{Guid, NoGuid};
pub use notes::{Class, Decoded, Note, Notes};
pub use payload::Payload;
pub use sid::{MAX_SUB_AUTHORITIES, Sid};
pub use structure::Structure;
#[cfg(feature = "cli")]
pub(crate) use structure::{ByteOrder, Entry, Form, Opcode, Visitor, write_flags};
pub(crate) use text::OctetCount;
#[cfg(feature = "cli")]
pub(crate) use text::split_utf16;
pub use text::{Name16, Oem, Padding, Utf16, Utf16Field};
