//! Why octets could not be read.

use core::fmt;

use super::notes::Note;
use super::text::OctetCount;

/// What could not be read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeError {
    /// Octets from the start of what was given to be read to the first octet of the field at
    /// fault; never more than its length. Of datagrams, name service packets and mailslot writes
    /// it is the UDP payload, of a [`Payload`](super::Payload) and its structures the data of the
    /// write: [`behind`](Self::behind) makes one of the other.
    pub offset: usize,
    /// The field, by its name in the specification.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The octets end before the field does.
    Truncated,
    /// A datagram type outside 0x10 to 0x16 ([RFC 1002] 4.4.1).
    UnknownMsgType(u8),
    /// The first label of an encoded name is not 32 octets long ([RFC 1002] 4.1).
    NameLength(u8),
    /// An octet outside `A` to `P` in a half-ASCII name ([RFC 1001] 14.1).
    NameCharacter(u8),
    /// A label length with the reserved top bits 01 or 10 ([RFC 1002] 4.1).
    ReservedLabel(u8),
    /// A label pointer that does not point strictly backwards.
    ForwardPointer(u16),
    /// More than [`MAX_POINTER_HOPS`](super::netbios::MAX_POINTER_HOPS) label pointers in a row.
    TooManyPointers,
    /// A name of more than [`MAX_ENCODED_NAME`](super::netbios::MAX_ENCODED_NAME) octets.
    NameTooLong,
    /// The user data does not begin with `FF 53 4D 42`.
    NotSmb([u8; 4]),
    /// An SMB command other than `SMB_COM_TRANSACTION` (0x25).
    NotTransaction(u8),
    /// The reply bit (0x80) of the SMB flags is set: mailslot writes are never answered.
    Reply,
    /// A `SetupCount` outside 3 to 20.
    SetupCount(u8),
    /// A `WordCount` that is not 14 + `SetupCount`.
    WordCount(u8),
    /// A setup opcode other than `TRANS_MAILSLOT_WRITE` (1).
    Opcode(u16),
    /// A mailslot's name, or another text that more should follow, without its terminating NUL.
    Unterminated,
    /// A mailslot name of more than [`MAX_SLOT_NAME`](super::smb::MAX_SLOT_NAME) octets.
    SlotNameTooLong,
    /// A name that does not begin with `\MAILSLOT\`.
    NotMailslot,
    /// Nothing after `\MAILSLOT\`.
    EmptySlotName,
    /// `DataOffset` lies inside the fields before the data.
    DataOffset(u16),
    /// `DataOffset` + `DataCount` lies beyond the end of the datagram.
    DataCount(u16),
    /// Another message than the one that is read.
    MessageOpcode(u16),
    /// An answer that does not end with a version and two tokens 0xFFFF ([MS-ADTS] 6.3.1).
    NoTrailer,
    /// More entries than a list may have.
    TooManyEntries,
    /// Refused only by strict reading.
    Strict(Note),
}

impl DecodeError {
    #[cold]
    #[inline(never)]
    pub(crate) const fn new(offset: usize, field: &'static str, reason: Reason) -> Self {
        Self { offset, field, reason }
    }

    /// The same error, its offset counted from so many octets earlier: with
    /// [`MailslotWrite::data_at`](super::smb::MailslotWrite::data_at), an error of a message
    /// becomes one of its packet.
    #[must_use]
    pub const fn behind(self, octets: usize) -> Self {
        Self { offset: self.offset + octets, ..self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.field, self.offset, self.reason)
    }
}

impl core::error::Error for DecodeError {}

impl core::error::Error for Reason {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated => f.write_str("the datagram ends here"),
            Self::UnknownMsgType(found) => write!(f, "0x{found:02x} is no datagram type"),
            Self::NameLength(found) => {
                write!(f, "first label is {} long, not 32", OctetCount(found.into()))
            }
            Self::NameCharacter(found) => write!(f, "0x{found:02x} is not a letter from A to P"),
            Self::ReservedLabel(found) => write!(f, "reserved label length 0x{found:02x}"),
            Self::ForwardPointer(to) => write!(f, "label pointer to {to} does not point backwards"),
            Self::TooManyPointers => f.write_str("too many label pointers"),
            Self::NotSmb(found) => write!(f, "{found:02x?} is not an SMB header"),
            Self::NotTransaction(found) => {
                write!(f, "command 0x{found:02x} is not SMB_COM_TRANSACTION")
            }
            Self::Reply => f.write_str("reply bit set"),
            Self::SetupCount(found) => write!(f, "{found} setup words, not 3 to 20"),
            Self::WordCount(found) => write!(f, "{found} words, not 14 + SetupCount"),
            Self::Opcode(found) => write!(f, "{found} is not TRANS_MAILSLOT_WRITE (1)"),
            Self::Unterminated => f.write_str("no terminating NUL"),
            Self::NameTooLong | Self::SlotNameTooLong => f.write_str("name too long"),
            Self::NotMailslot => f.write_str(r"does not begin with \MAILSLOT\"),
            Self::EmptySlotName => f.write_str(r"nothing after \MAILSLOT\"),
            Self::DataOffset(found) => write!(f, "{found} lies before the end of the name"),
            Self::DataCount(found) => {
                write!(f, "data of {} reach beyond the end", OctetCount(found.into()))
            }
            Self::MessageOpcode(found) => write!(f, "opcode {found} is another message's"),
            Self::NoTrailer => f.write_str("no version and no tokens 0xFFFF at the end"),
            Self::TooManyEntries => f.write_str("too many entries"),
            Self::Strict(note) => write!(f, "refused by strict reading: {}", note.meaning()),
        }
    }
}
