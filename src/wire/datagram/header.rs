//! The ten octets that every packet of the datagram service begins with ([RFC 1002] 4.4.1).

use core::fmt;
use core::net::Ipv4Addr;

use bitflags::bitflags;
use bytes::BufMut;

use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::{Layout, Reader, be_u16_at, octets_at};

/// `MSG_TYPE`, octet 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MsgType(u8);

impl MsgType {
    /// 0x10, to a unique name.
    pub const DIRECT_UNIQUE: Self = Self(0x10);
    /// 0x11, to a group name.
    pub const DIRECT_GROUP: Self = Self(0x11);
    /// 0x12, to the [wildcard](crate::wire::netbios::Name::WILDCARD).
    pub const BROADCAST: Self = Self(0x12);
    /// 0x13, a datagram was refused.
    pub const ERROR: Self = Self(0x13);
    /// 0x14, asks a distribution server whether it relays.
    pub const QUERY: Self = Self(0x14);
    /// 0x15, it does.
    pub const POSITIVE_QUERY_RESPONSE: Self = Self(0x15);
    /// 0x16, it does not.
    pub const NEGATIVE_QUERY_RESPONSE: Self = Self(0x16);

    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DIRECT_UNIQUE,
        Self::DIRECT_GROUP,
        Self::BROADCAST,
        Self::ERROR,
        Self::QUERY,
        Self::POSITIVE_QUERY_RESPONSE,
        Self::NEGATIVE_QUERY_RESPONSE,
    ];

    /// The type of that octet; none outside 0x10 to 0x16.
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0x10..=0x16 => Some(Self(octet)),
            _ => None,
        }
    }

    /// The octet.
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// Its name in text and JSON: `direct_unique`, ...
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x10 => "direct_unique",
            0x11 => "direct_group",
            0x12 => "broadcast",
            0x13 => "error",
            0x14 => "query",
            0x15 => "positive_query_response",
            _ => "negative_query_response",
        }
    }

    /// The type of that [name](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|msg_type| msg_type.name() == name)
    }
}

impl fmt::Display for MsgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

bitflags! {
    /// `FLAGS`, octet 1. Reserved bits are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Flags: u8 {
        /// More fragments follow.
        const MORE = 0x01;
        /// The first fragment, or the whole.
        const FIRST = 0x02;
        /// The two bits of the source's [`NodeType`].
        const SNT = 0x0c;
        /// Bits that no specification has; some senders set them.
        const RESERVED = 0xf0;
    }
}

impl Flags {
    /// The source's node type.
    pub const fn node_type(self) -> NodeType {
        match self.bits() & Self::SNT.bits() {
            0x00 => NodeType::B,
            0x04 => NodeType::P,
            0x08 => NodeType::M,
            _ => NodeType::H,
        }
    }
}

/// How a host registers and resolves names; the SNT bits of [`Flags`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NodeType {
    /// By broadcast.
    #[default]
    B,
    /// By a name server.
    P,
    /// By broadcast, then by a name server.
    M,
    /// By a name server, then by broadcast. [RFC 1002] has NBDD in its place; Windows and Samba
    /// use it so ([MS-MAIL] note 13).
    H,
}

impl NodeType {
    /// As flags.
    pub const fn flags(self) -> Flags {
        Flags::from_bits_retain(match self {
            Self::B => 0x00,
            Self::P => 0x04,
            Self::M => 0x08,
            Self::H => 0x0c,
        })
    }
}

/// Its letter.
impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::B => "B",
            Self::P => "P",
            Self::M => "M",
            Self::H => "H",
        })
    }
}

/// `ERROR_CODE` of a DATAGRAM ERROR ([RFC 1002] 4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u8);

impl ErrorCode {
    /// 0x82.
    pub const DESTINATION_NAME_NOT_PRESENT: Self = Self(0x82);
    /// 0x83.
    pub const INVALID_SOURCE_NAME_FORMAT: Self = Self(0x83);
    /// 0x84.
    pub const INVALID_DESTINATION_NAME_FORMAT: Self = Self(0x84);
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::DESTINATION_NAME_NOT_PRESENT => "destination name not present",
            Self::INVALID_SOURCE_NAME_FORMAT => "invalid source name format",
            Self::INVALID_DESTINATION_NAME_FORMAT => "invalid destination name format",
            Self(code) => return write!(f, "error code {code:#04x}"),
        })
    }
}

/// Octets 0 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Which packet it is. Type and kind of the name are not related in practice: Windows sends
    /// 0x11 to unique names that it did not resolve.
    pub msg_type: MsgType,
    /// Fragment bits and node type.
    pub flags: Flags,
    /// The sender's number for the datagram; not unique.
    pub dgm_id: u16,
    /// The sender's address as it sees it; a reply goes to the UDP source instead.
    pub source_ip: Ipv4Addr,
    /// The sender's port as it sees it; macOS writes 0.
    pub source_port: u16,
}

const LAYOUT: &Layout =
    &[(0, "msg_type"), (1, "flags"), (2, "dgm_id"), (4, "source_ip"), (8, "source_port")];

impl Header {
    /// Its length in octets.
    pub const LEN: usize = 10;

    /// Its octets, where they are one.
    #[inline]
    pub(super) fn check<'a>(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
    ) -> Result<&'a [u8; Self::LEN], DecodeError> {
        if let Some(&octet) = reader.rest().first() {
            if MsgType::from_octet(octet).is_none() {
                return Err(DecodeError::new(0, "msg_type", Reason::UnknownMsgType(octet)));
            }
        }
        let block: &[u8; Self::LEN] = reader.block(LAYOUT)?;
        if block[1] & Flags::RESERVED.bits() != 0 {
            notes.add(Note::ReservedFlags, 1);
        }
        Ok(block)
    }

    /// The fields of octets that were checked. Apart, so that they are moved once, to where they
    /// stay.
    #[inline]
    pub(super) fn read(block: &[u8; Self::LEN]) -> Self {
        Self {
            msg_type: MsgType(block[0]),
            flags: Flags::from_bits_retain(block[1]),
            dgm_id: be_u16_at(block, 2),
            source_ip: Ipv4Addr::from(octets_at(block, 4)),
            source_port: be_u16_at(block, 8),
        }
    }

    pub(super) fn encode(&self, to: &mut impl BufMut) {
        to.put_u8(self.msg_type.octet());
        to.put_u8(self.flags.bits());
        to.put_u16(self.dgm_id);
        to.put_slice(&self.source_ip.octets());
        to.put_u16(self.source_port);
    }
}
