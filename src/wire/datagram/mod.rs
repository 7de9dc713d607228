//! Packets of the NetBIOS datagram service, UDP port 138 ([RFC 1002] 4.4).
//!
//! ```text
//!  0 MSG_TYPE   1 FLAGS   2 DGM_ID   4 SOURCE_IP   8 SOURCE_PORT
//! 10 DGM_LENGTH  12 PACKET_OFFSET  14 SOURCE_NAME  .. DESTINATION_NAME  .. USER_DATA
//! ```
//!
//! Integers are big-endian. `DGM_LENGTH` counts names and user data of the whole datagram, not the
//! 14 octets of header.

mod header;
mod partial;

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::error::DecodeError;
use super::netbios::ScopedName;
use super::notes::{Decoded, Note, Notes};
use super::reader::{Reader, be_u16_at};
use super::text::OctetCount;

pub use header::{ErrorCode, Flags, Header, MsgType, NodeType};
pub use partial::Partial;

/// Octets before `SOURCE_NAME`.
pub const HEADER_LEN: usize = 14;

/// The most octets of names and user data that a reassembled datagram has: an IP packet of at most
/// 1064 octets ([RFC 1001] 17.1.2: names of 255 octets each and 512 of data) less 28 for IP and
/// UDP and 14 for the header.
pub const MAX_REASSEMBLED: usize = 1064 - 28 - HEADER_LEN;

/// Where the user data begins behind two names without scope.
const USUAL_NAMES_END: usize = HEADER_LEN + 2 * 34;

/// One packet of the datagram service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// The ten octets that every type begins with.
    pub header: Header,
    /// What follows, by type.
    pub body: Body<'a>,
}

/// What follows the first ten octets of a [`Datagram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Types 0x10 to 0x12, whole or a first fragment: [RFC 1002] 4.4.2.
    Data(Data<'a>),
    /// Types 0x10 to 0x12, a fragment without names.
    Fragment(Fragment<'a>),
    /// Type 0x13, DATAGRAM ERROR: [RFC 1002] 4.4.3.
    Error {
        /// Why a datagram was refused.
        error_code: ErrorCode,
        /// Octets behind it, which do not belong there.
        trailing: &'a [u8],
    },
    /// Types 0x14 to 0x16, DATAGRAM QUERY and its responses: [RFC 1002] 4.4.4, 4.4.5.
    Query {
        /// The name asked about.
        destination_name: ScopedName<'a>,
        /// Octets behind it, which do not belong there.
        trailing: &'a [u8],
    },
}

/// Names and user data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// Octets of names and user data of the whole datagram, as the sender counts.
    pub dgm_length: u16,
    /// Octets of the datagram before these; 0 but for broken senders.
    pub packet_offset: u16,
    /// Whom it comes from.
    pub source_name: ScopedName<'a>,
    /// Whom it is for.
    pub destination_name: ScopedName<'a>,
    /// The rest; of a mailslot write, an SMB.
    pub user_data: &'a [u8],
}

/// A middle or last fragment ([RFC 1001] 17.1.2): names are not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Octets of names and user data of the whole datagram.
    pub dgm_length: u16,
    /// Octets of names and user data in the fragments before this one.
    pub packet_offset: u16,
    /// Its part of the user data.
    pub data: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// Reads one UDP payload of port 138.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with offset, field and reason.
    #[inline]
    pub fn decode(payload: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        match Self::decode_usual(payload) {
            Some(decoded) => Ok(decoded),
            None => Self::decode_any(payload),
        }
    }

    /// The shape that all but every datagram has: names letter by letter and without a scope, and
    /// nothing to note but the length. [`decode_any`](Self::decode_any) says the same of it, only
    /// slower; the tests compare the two.
    #[inline]
    fn decode_usual(payload: &'a [u8]) -> Option<Decoded<Self>> {
        let (block, user_data) = payload.split_first_chunk::<USUAL_NAMES_END>()?;
        let header = Header::read(block.first_chunk()?);
        let usual = matches!(block[0], 0x10..=0x12)
            && header.flags.intersection(Flags::FIRST | Flags::RESERVED) == Flags::FIRST
            && be_u16_at(block, 12) == 0;
        let (source_name, source_valid) = ScopedName::usual(block[14..].first_chunk()?);
        let (destination_name, destination_valid) = ScopedName::usual(block[48..].first_chunk()?);
        if !(usual && source_valid && destination_valid) {
            return None;
        }
        let mut notes = Notes::NONE;
        let data = Data {
            dgm_length: be_u16_at(block, 10),
            packet_offset: 0,
            source_name: source_name.into(),
            destination_name: destination_name.into(),
            user_data,
        };
        data.note(header.flags, payload.len(), &mut notes);
        Some(Decoded { value: Self { header, body: Body::Data(data) }, notes })
    }

    #[cold]
    fn decode_any(payload: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        let mut notes = Notes::NONE;
        let mut reader = Reader::new(payload);
        let header = Header::read(Header::check(&mut reader, &mut notes)?);
        let body = match header.msg_type {
            MsgType::DIRECT_UNIQUE | MsgType::DIRECT_GROUP | MsgType::BROADCAST => {
                let block: &[u8; 4] = reader.block(&[(0, "dgm_length"), (2, "packet_offset")])?;
                let (dgm_length, packet_offset) = (be_u16_at(block, 0), be_u16_at(block, 2));
                if !header.flags.contains(Flags::FIRST) && packet_offset != 0 {
                    Body::Fragment(Fragment { dgm_length, packet_offset, data: reader.rest() })
                } else {
                    let source_name = ScopedName::decode(&mut reader, &mut notes, "source_name")?;
                    let destination_name =
                        ScopedName::decode(&mut reader, &mut notes, "destination_name")?;
                    let user_data = reader.rest();
                    let data = Data {
                        dgm_length,
                        packet_offset,
                        source_name,
                        destination_name,
                        user_data,
                    };
                    data.note(header.flags, payload.len(), &mut notes);
                    Body::Data(data)
                }
            }
            MsgType::ERROR => Body::Error {
                error_code: ErrorCode(reader.u8("error_code")?),
                trailing: trailing(&reader, &mut notes),
            },
            _ => Body::Query {
                destination_name: ScopedName::decode(&mut reader, &mut notes, "destination_name")?,
                trailing: trailing(&reader, &mut notes),
            },
        };
        Ok(Decoded { value: Self { header, body }, notes })
    }

    /// Octets that [`encode`](Self::encode) writes.
    pub fn encoded_len(&self) -> usize {
        Header::LEN
            + match &self.body {
                Body::Data(data) => {
                    4 + data.source_name.encoded_len()
                        + data.destination_name.encoded_len()
                        + data.user_data.len()
                }
                Body::Fragment(fragment) => 4 + fragment.data.len(),
                Body::Error { trailing, .. } => 1 + trailing.len(),
                Body::Query { destination_name, trailing } => {
                    destination_name.encoded_len() + trailing.len()
                }
            }
    }

    /// Writes the packet as it stands: lengths and flags are the fields' own.
    ///
    /// # Panics
    ///
    /// Where `to` has less room than [`encoded_len`](Self::encoded_len); a `Vec` or `BytesMut`
    /// grows.
    pub fn encode(&self, to: &mut impl BufMut) {
        self.header.encode(to);
        match &self.body {
            Body::Data(data) => {
                to.put_u16(data.dgm_length);
                to.put_u16(data.packet_offset);
                data.source_name.encode(to);
                data.destination_name.encode(to);
                to.put_slice(data.user_data);
            }
            Body::Fragment(fragment) => {
                to.put_u16(fragment.dgm_length);
                to.put_u16(fragment.packet_offset);
                to.put_slice(fragment.data);
            }
            Body::Error { error_code, trailing } => {
                to.put_u8(error_code.0);
                to.put_slice(trailing);
            }
            Body::Query { destination_name, trailing } => {
                destination_name.encode(to);
                to.put_slice(trailing);
            }
        }
    }

    /// The packet in a buffer of its own.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.encoded_len());
        self.encode(&mut octets);
        octets
    }

    /// Whether this is a part of a datagram: its first fragment or a later one.
    pub fn is_fragment(&self) -> bool {
        match &self.body {
            Body::Fragment(_) => true,
            Body::Data(_) => self.header.flags.contains(Flags::MORE),
            Body::Error { .. } | Body::Query { .. } => false,
        }
    }

    /// The same datagram as fragments ([RFC 1001] 17.1.2): none is longer than `size` octets of
    /// UDP payload, unless `size` has no room for the names. Yields the datagram itself where it
    /// fits or is no data.
    pub fn fragments(self, size: usize) -> Vec<Self> {
        let mut fragments = Vec::new();
        let Body::Data(whole) = self.body else { return Vec::from([self]) };
        let names = whole.source_name.encoded_len() + whole.destination_name.encoded_len();
        let room = size.saturating_sub(HEADER_LEN).max(1);
        let (data, mut rest) =
            whole.user_data.split_at(room.saturating_sub(names).min(whole.user_data.len()));
        let mut flags = self.header.flags;
        flags.set(Flags::MORE, !rest.is_empty());
        fragments.push(Self {
            header: Header { flags, ..self.header },
            body: Body::Data(Data { user_data: data, ..whole }),
        });
        let mut before = names + data.len();
        while !rest.is_empty() {
            let (data, after) = rest.split_at(room.min(rest.len()));
            rest = after;
            let mut flags = self.header.flags.difference(Flags::FIRST);
            flags.set(Flags::MORE, !rest.is_empty());
            fragments.push(Self {
                header: Header { flags, ..self.header },
                body: Body::Fragment(Fragment {
                    dgm_length: whole.dgm_length,
                    packet_offset: u16::try_from(before).unwrap_or(u16::MAX),
                    data,
                }),
            });
            before += data.len();
        }
        fragments
    }
}

impl<'a> Data<'a> {
    /// A whole datagram, its `DGM_LENGTH` counted; saturates at 65,535 octets.
    pub fn whole(
        source_name: ScopedName<'a>,
        destination_name: ScopedName<'a>,
        user_data: &'a [u8],
    ) -> Self {
        let length = source_name.encoded_len() + destination_name.encoded_len() + user_data.len();
        Self {
            dgm_length: u16::try_from(length).unwrap_or(u16::MAX),
            packet_offset: 0,
            source_name,
            destination_name,
            user_data,
        }
    }

    #[inline]
    fn note(&self, flags: Flags, payload_len: usize, notes: &mut Notes) {
        if !flags.contains(Flags::FIRST) {
            notes.add(Note::FirstFlagClear, 1);
        }
        if self.packet_offset != 0 {
            notes.add(Note::FirstFlagWithOffset, 12);
        }
        let length = usize::from(self.dgm_length);
        // A first fragment tells the length of the whole.
        let whole = !flags.contains(Flags::MORE) || length < payload_len - HEADER_LEN;
        if whole && length != payload_len - HEADER_LEN {
            let note = if length == payload_len {
                Note::DgmLengthCountsHeader
            } else {
                Note::DgmLengthMismatch
            };
            notes.add(note, 10);
        }
    }
}

fn trailing<'a>(reader: &Reader<'a>, notes: &mut Notes) -> &'a [u8] {
    if !reader.rest().is_empty() {
        notes.add(Note::TrailingBytes, reader.offset());
    }
    reader.rest()
}

/// One line: type, names or code, id and sizes.
impl fmt::Display for Datagram<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.msg_type)?;
        match &self.body {
            Body::Data(data) => {
                write!(f, " {} -> {}", data.source_name, data.destination_name)?;
                write!(f, ", {}", OctetCount(data.user_data.len()))?;
            }
            Body::Fragment(fragment) => {
                write!(f, ", {} at {}", OctetCount(fragment.data.len()), fragment.packet_offset)?;
            }
            Body::Error { error_code, .. } => write!(f, ": {error_code}")?,
            Body::Query { destination_name, .. } => write!(f, " for {destination_name}")?,
        }
        write!(f, ", id {:#06x}", self.header.dgm_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::netbios::{Name, Suffix};

    /// Every octet of a usual datagram changed, and every length: both ways say the same.
    #[test]
    fn the_usual_shape_is_read_as_any() {
        let name = |text| Name::new(text, Suffix::WORKSTATION).unwrap();
        let header = Header {
            msg_type: MsgType::DIRECT_GROUP,
            flags: Flags::FIRST,
            dgm_id: 7,
            source_ip: [10, 0, 0, 1].into(),
            source_port: 138,
        };
        let data = Data::whole(name("A").into(), name("B").into(), b"data");
        let usual = Datagram { header, body: Body::Data(data) }.to_vec();
        assert!(Datagram::decode_usual(&usual).is_some());
        let mut compared = 0;
        for at in 0..usual.len() {
            for octet in 0..=u8::MAX {
                let mut octets = usual.clone();
                octets[at] = octet;
                if let Some(decoded) = Datagram::decode_usual(&octets) {
                    assert_eq!(Datagram::decode_any(&octets), Ok(decoded), "{octet} at {at}");
                    compared += 1;
                }
            }
            let cut = &usual[..at];
            if let Some(decoded) = Datagram::decode_usual(cut) {
                assert_eq!(Datagram::decode_any(cut), Ok(decoded));
            }
        }
        assert!(compared > 1000);
    }
}
