//! Resource records ([RFC 1002] 4.2.1.3).

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use bitflags::bitflags;
use bytes::BufMut;

use super::header::{Header, Opcode};
use super::status::NodeStatus;
use super::{CLASS_IN, name};
use crate::wire::datagram::{Flags, NodeType};
use crate::wire::error::{DecodeError, Reason};
use crate::wire::netbios::ScopedName;
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::{Reader, be_u16_at, octets_at};

/// `RR_TYPE` and `QUESTION_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RrType(pub u16);

impl RrType {
    /// 1: an address of a name server.
    pub const A: Self = Self(0x0001);
    /// 2: the name of a name server.
    pub const NS: Self = Self(0x0002);
    /// 10: nothing.
    pub const NULL: Self = Self(0x000a);
    /// 32: addresses of a NetBIOS name.
    pub const NB: Self = Self(0x0020);
    /// 33: the names of a node.
    pub const NBSTAT: Self = Self(0x0021);

    /// Its name in JSON.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::A => "a",
            Self::NS => "ns",
            Self::NULL => "null",
            Self::NB => "nb",
            Self::NBSTAT => "nbstat",
            _ => return None,
        })
    }
}

/// A resource record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// `RR_NAME`, often a pointer to the question's; none where it is the root, a single zero, as
    /// in some WACKs.
    pub name: Option<ScopedName<'a>>,
    /// What the data is.
    pub rr_type: RrType,
    /// [`CLASS_IN`].
    pub rr_class: u16,
    /// Seconds; 0 in demands, and where it does not end.
    pub ttl: u32,
    /// Octets of the data, as the sender counts.
    pub rdlength: u16,
    /// The data.
    pub rdata: Rdata<'a>,
}

/// The data of a record, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rdata<'a> {
    /// Of [`RrType::NB`]: who has the name.
    Nb(Vec<NbEntry>),
    /// Of [`RrType::NBSTAT`].
    NodeStatus(NodeStatus<'a>),
    /// Of [`RrType::A`].
    A(Ipv4Addr),
    /// Of [`RrType::NS`].
    Ns(ScopedName<'a>),
    /// Of a WACK: the word at octet 2 of the request that it is about ([RFC 1002] 4.2.16).
    Wack(u16),
    /// Any other.
    Opaque(&'a [u8]),
}

/// One owner of a name: `NB_FLAGS` and `NB_ADDRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NbEntry {
    /// Group or unique, and the kind of node.
    pub nb_flags: NbFlags,
    /// Its address.
    pub nb_address: Ipv4Addr,
}

bitflags! {
    /// `NB_FLAGS` ([RFC 1002] 4.2.1.3). Some senders set reserved bits; only these mean something.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct NbFlags: u16 {
        /// `G`: a group name.
        const GROUP = 0x8000;
        /// Bits of `ONT`, the owner's node type.
        const NODE_TYPE = 0x6000;
        /// Reserved bits.
        const RESERVED = 0x1fff;
    }
}

impl NbFlags {
    /// The flags of a name.
    pub fn new(group: bool, node_type: NodeType) -> Self {
        let group = if group { Self::GROUP } else { Self::empty() };
        group | Self::from_bits_retain(u16::from(node_type.flags().bits()) << SNT_TO_ONT)
    }

    /// `ONT`.
    pub const fn node_type(self) -> NodeType {
        let bits = self.bits() & Self::NODE_TYPE.bits();
        Flags::from_bits_retain((bits >> SNT_TO_ONT) as u8).node_type()
    }
}

/// The two bits of a node type mean the same in a datagram, but stand elsewhere.
const SNT_TO_ONT: u32 =
    NbFlags::NODE_TYPE.bits().trailing_zeros() - Flags::SNT.bits().trailing_zeros();

impl NbEntry {
    const LEN: usize = 6;

    fn read(octets: [u8; Self::LEN]) -> Self {
        Self {
            nb_flags: NbFlags::from_bits_retain(be_u16_at(&octets, 0)),
            nb_address: octets_at::<6, 4>(&octets, 2).into(),
        }
    }

    fn encode(self, to: &mut impl BufMut) {
        to.put_u16(self.nb_flags.bits());
        to.put_slice(&self.nb_address.octets());
    }

    /// Whether the name is a group's.
    pub const fn is_group(self) -> bool {
        self.nb_flags.contains(NbFlags::GROUP)
    }
}

/// `192.0.2.1`, `192.0.2.1 (group)`.
impl fmt::Display for NbEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.nb_address, if self.is_group() { " (group)" } else { "" })
    }
}

impl<'a> Record<'a> {
    /// A record of class 1, its length counted.
    pub fn new(name: Option<ScopedName<'a>>, rr_type: RrType, ttl: u32, rdata: Rdata<'a>) -> Self {
        let rdlength = u16::try_from(rdata.encoded_len()).unwrap_or(u16::MAX);
        Self { name, rr_type, rr_class: CLASS_IN, ttl, rdlength, rdata }
    }

    pub(super) fn decode(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
        header: Header,
    ) -> Result<Self, DecodeError> {
        let name = if reader.peek() == Some(&[0]) {
            reader.skip(1);
            None
        } else {
            Some(name(reader, notes, "rr_name")?)
        };
        let block: &[u8; 10] =
            reader.block(&[(0, "rr_type"), (2, "rr_class"), (4, "ttl"), (8, "rdlength")])?;
        let rr_type = RrType(be_u16_at(block, 0));
        let rr_class = be_u16_at(block, 2);
        let ttl = u32::from_be_bytes(octets_at(block, 4));
        let rdlength = be_u16_at(block, 8);
        let at = reader.offset();
        let present = reader.rest().len();
        let length = if usize::from(rdlength) > present {
            // A node status is read as far as it goes.
            if rr_type != RrType::NBSTAT {
                return Err(DecodeError::new(at + present, "rdata", Reason::Truncated));
            }
            notes.add(Note::RdlengthMismatch, at - 2);
            present
        } else {
            usize::from(rdlength)
        };
        let mut inside = reader.up_to(length);
        let rdata = Rdata::decode(&mut inside, notes, header, rr_type)?;
        reader.skip(length);
        Ok(Self { name, rr_type, rr_class, ttl, rdlength, rdata })
    }

    pub(super) fn encoded_len(&self) -> usize {
        self.name.map_or(1, |name| name.encoded_len()) + 10 + self.rdata.encoded_len()
    }

    pub(super) fn encode(&self, to: &mut impl BufMut) {
        match self.name {
            Some(name) => name.encode(to),
            None => to.put_u8(0),
        }
        to.put_u16(self.rr_type.0);
        to.put_u16(self.rr_class);
        to.put_u32(self.ttl);
        to.put_u16(self.rdlength);
        self.rdata.encode(to);
    }
}

impl<'a> Rdata<'a> {
    /// All that is left of `inside`; offsets and pointers are the payload's.
    fn decode(
        inside: &mut Reader<'a>,
        notes: &mut Notes,
        header: Header,
        rr_type: RrType,
    ) -> Result<Self, DecodeError> {
        let octets = inside.rest();
        if let (Opcode::WACK, &[high, low]) = (header.opcode, octets) {
            return Ok(Self::Wack(u16::from_be_bytes([high, low])));
        }
        Ok(match rr_type {
            RrType::NB if octets.len() % NbEntry::LEN == 0 => {
                let entries = octets.chunks_exact(NbEntry::LEN);
                Self::Nb(
                    entries.filter_map(<[u8]>::first_chunk).copied().map(NbEntry::read).collect(),
                )
            }
            RrType::NBSTAT => Self::NodeStatus(NodeStatus::decode(inside, notes)?),
            RrType::A if octets.len() == 4 => {
                Self::A(octets.first_chunk::<4>().map_or(Ipv4Addr::UNSPECIFIED, |a| (*a).into()))
            }
            RrType::NS => {
                let mut made = Notes::NONE;
                match name(inside, &mut made, "nsd_name") {
                    // A scope that is pointed to would be spelled out, and RDLENGTH be wrong.
                    Ok(name) if inside.rest().is_empty() && name.encoded_len() == octets.len() => {
                        notes.merge(made);
                        Self::Ns(name)
                    }
                    _ => Self::Opaque(octets),
                }
            }
            _ => Self::Opaque(octets),
        })
    }

    fn encoded_len(&self) -> usize {
        match self {
            Self::Nb(entries) => NbEntry::LEN * entries.len(),
            Self::NodeStatus(status) => status.encoded_len(),
            Self::A(_) => 4,
            Self::Ns(name) => name.encoded_len(),
            Self::Wack(_) => 2,
            Self::Opaque(octets) => octets.len(),
        }
    }

    fn encode(&self, to: &mut impl BufMut) {
        match self {
            Self::Nb(entries) => entries.iter().for_each(|entry| entry.encode(to)),
            Self::NodeStatus(status) => status.encode(to),
            Self::A(address) => to.put_slice(&address.octets()),
            Self::Ns(name) => name.encode(to),
            Self::Wack(word) => to.put_u16(*word),
            Self::Opaque(octets) => to.put_slice(octets),
        }
    }
}
