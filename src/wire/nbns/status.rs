//! The names of a node and its statistics: the data of a NODE STATUS RESPONSE
//! ([RFC 1002] 4.2.18).

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use bitflags::bitflags;
use bytes::BufMut;

use super::record::NbFlags;
use crate::wire::datagram::NodeType;
use crate::wire::error::DecodeError;
use crate::wire::netbios::{Name, Suffix};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::{Reader, be_u16_at, octets_at};

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus<'a> {
    /// `NUM_NAMES`, as the sender counts.
    pub num_names: u8,
    /// Its names.
    pub names: Vec<NodeName>,
    /// The octets of [`Statistics`], of which some senders leave out the end.
    pub statistics: Cow<'a, [u8]>,
}

/// One name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeName {
    /// The name.
    pub name: Name,
    /// `NAME_FLAGS`.
    pub name_flags: NameFlags,
}

bitflags! {
    /// `NAME_FLAGS` ([RFC 1002] 4.2.18).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct NameFlags: u16 {
        /// `G`: a group name.
        const GROUP = 0x8000;
        /// Bits of `ONT`, the node type, as in [`NbFlags`].
        const NODE_TYPE = 0x6000;
        /// `DRG`: about to be released.
        const DEREGISTER = 0x1000;
        /// `CNF`: in conflict.
        const CONFLICT = 0x0800;
        /// `ACT`: active.
        const ACTIVE = 0x0400;
        /// `PRM`: permanent.
        const PERMANENT = 0x0200;
        /// Reserved bits.
        const RESERVED = 0x01ff;
    }
}

impl NameFlags {
    /// `ONT`.
    pub const fn node_type(self) -> NodeType {
        NbFlags::from_bits_retain(self.bits()).node_type()
    }
}

impl NodeName {
    const LEN: usize = 18;

    /// Whether the name is a group's.
    pub const fn is_group(&self) -> bool {
        self.name_flags.contains(NameFlags::GROUP)
    }
}

/// The computer's name and its workgroup's among the names of a node: the first unique one of its
/// workstation, and the first that is shared.
pub fn workstation(names: &[NodeName]) -> (Option<Name>, Option<Name>) {
    let first = |group: bool| {
        let mut workstation = names.iter().filter(|name| name.name.suffix() == Suffix::WORKSTATION);
        workstation.find(|name| name.is_group() == group).map(|name| name.name)
    };
    (first(false), first(true))
}

impl<'a> NodeStatus<'a> {
    /// The status of a node that counts nothing, as most do.
    pub fn new(names: Vec<NodeName>, statistics: &Statistics) -> NodeStatus<'static> {
        NodeStatus {
            num_names: u8::try_from(names.len()).unwrap_or(u8::MAX),
            names,
            statistics: Cow::Owned(statistics.0.to_vec()),
        }
    }

    pub(super) fn decode(reader: &mut Reader<'a>, notes: &mut Notes) -> Result<Self, DecodeError> {
        let at = reader.offset();
        let num_names = reader.u8("num_names")?;
        let mut names = Vec::new();
        for _ in 0..num_names {
            let Some(octets) = reader.peek::<{ NodeName::LEN }>() else {
                // Cut by a sender or on the way: what there is can be shown.
                notes.add(Note::NumNamesMismatch, at);
                break;
            };
            reader.skip(NodeName::LEN);
            names.push(NodeName {
                name: Name::from_bytes(octets_at(octets, 0)),
                name_flags: NameFlags::from_bits_retain(be_u16_at(octets, 16)),
            });
        }
        Ok(Self { num_names, names, statistics: Cow::Borrowed(reader.rest()) })
    }

    pub(super) fn encoded_len(&self) -> usize {
        1 + NodeName::LEN * self.names.len() + self.statistics.len()
    }

    pub(super) fn encode(&self, to: &mut impl BufMut) {
        to.put_u8(self.num_names);
        for NodeName { name, name_flags } in &self.names {
            to.put_slice(name.as_bytes());
            to.put_u16(name_flags.bits());
        }
        to.put_slice(&self.statistics);
    }

    /// `UNIT_ID`, the node's hardware address; zeros from Samba.
    pub fn unit_id(&self) -> Option<[u8; 6]> {
        self.statistics.first_chunk().copied()
    }

    /// The statistics, where all of them are there.
    pub fn statistics(&self) -> Option<Statistics> {
        self.statistics.first_chunk().copied().map(Statistics)
    }
}

/// `LINUXBOX<00>, WORKGROUP<00> (group)`.
impl fmt::Display for NodeStatus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.names.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}{}", name.name, if name.is_group() { " (group)" } else { "" })?;
        }
        Ok(())
    }
}

/// `STATISTICS`, 46 octets: what adapters of the time counted. Nodes of today send zeros but for
/// `UNIT_ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics(pub [u8; Self::LEN]);

impl Statistics {
    /// Their octets.
    pub const LEN: usize = 46;

    /// Their fields: name, offset and octets ([RFC 1002] 4.2.18).
    pub const FIELDS: &'static [(&'static str, usize, usize)] = &[
        ("unit_id", 0, 6),
        ("jumpers", 6, 1),
        ("test_result", 7, 1),
        ("version_number", 8, 2),
        ("period_of_statistics", 10, 2),
        ("number_of_crcs", 12, 2),
        ("number_alignment_errors", 14, 2),
        ("number_of_collisions", 16, 2),
        ("number_send_aborts", 18, 2),
        ("number_good_sends", 20, 4),
        ("number_good_receives", 24, 4),
        ("number_retransmits", 28, 2),
        ("number_no_resource_conditions", 30, 2),
        ("number_free_command_blocks", 32, 2),
        ("total_number_command_blocks", 34, 2),
        ("max_total_number_command_blocks", 36, 2),
        ("number_pending_sessions", 38, 2),
        ("max_number_pending_sessions", 40, 2),
        ("max_total_sessions_possible", 42, 2),
        ("session_data_packet_size", 44, 2),
    ];

    /// Zeros but for the hardware address.
    pub fn new(unit_id: [u8; 6]) -> Self {
        let mut octets = [0; Self::LEN];
        octets[..6].copy_from_slice(&unit_id);
        Self(octets)
    }

    /// The number in one of [`FIELDS`](Self::FIELDS).
    pub fn get(&self, field: &str) -> Option<u64> {
        let &(_, at, length) = Self::FIELDS.iter().find(|(name, ..)| *name == field)?;
        let octets = self.0.get(at..at + length)?;
        Some(octets.iter().fold(0, |number, &octet| number << 8 | u64::from(octet)))
    }
}
