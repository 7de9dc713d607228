//! NetBIOS datagrams that no UDP carries: over IPX, and NetBEUI.
//!
//! Sources: IPX Router Specification (Novell 107-000029-001) for its header; "SMB File Sharing
//! Protocol Extensions" (smbpub), connectionless IPX transport, for NMPI and its sockets; IBM "LAN
//! Technical Reference: IEEE 802.2 and NetBIOS APIs" (SC30-3587), chapter 5, for NetBIOS frames.

use std::fmt;

use super::dissect::{Other, Packet};
use super::link::{Link, array_at};
use super::{Frame, MAX_NETBIOS_LEN};

/// A NetBIOS name as frames have it: 15 octets and the suffix.
type Name = [u8; 16];

/// A NetBIOS datagram over IPX or NetBEUI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetBios<'a> {
    /// What carries it.
    pub carrier: Carrier,
    /// Who it is for.
    pub scope: Scope,
    /// Where it came from; `None` where the link layer does not have it.
    pub source: Option<Address>,
    /// Where it was sent to; `None` where the link layer does not have it.
    pub destination: Option<Address>,
    /// The sender's NetBIOS name.
    pub source_name: [u8; 16],
    /// The receiver's NetBIOS name; what a broadcast has there means nothing.
    pub destination_name: [u8; 16],
    /// The user data, a mailslot's SMB, as far as it was captured; at most
    /// [`MAX_NETBIOS_LEN`] octets with those that are missing.
    pub payload: &'a [u8],
    /// Octets of the payload that the snap length cut off; 0 = whole.
    pub missing: usize,
}

/// What carries NetBIOS besides UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Carrier {
    /// IPX: NetBIOS over IPX, socket 0x0455, or direct hosting (NMPI), 0x0551 and 0x0553.
    Ipx,
    /// NetBIOS frames right over 802.2, also called NBF.
    NetBeui,
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipx => "IPX",
            Self::NetBeui => "NetBEUI",
        })
    }
}

/// Who a datagram is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One host: the frame says so, or is sent to one.
    Unique,
    /// All that have the name.
    Group,
    /// Everybody, whatever their names.
    Broadcast,
}

/// An address that is not IP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of the link layer.
    Mac([u8; 6]),
    /// Of IPX.
    Ipx {
        /// The network's number.
        network: u32,
        /// The host, by its link-layer address.
        node: [u8; 6],
        /// The socket, which is IPX's port.
        socket: u16,
    },
}

/// `02:00:00:00:00:01`, or `0000000a.020000000001:0553`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Mac([first, rest @ ..]) => {
                write!(f, "{first:02x}")?;
                rest.iter().try_for_each(|octet| write!(f, ":{octet:02x}"))
            }
            Self::Ipx { network, node, socket } => {
                write!(f, "{network:08x}.")?;
                node.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
                write!(f, ":{socket:04x}")
            }
        }
    }
}

mod ipx {
    pub(super) const HEADER_LEN: usize = 30;
    /// Where an address is: its network, node and socket take 12 octets.
    pub(super) const DESTINATION: usize = 6;
    pub(super) const SOURCE: usize = 18;
    /// Packet type of what routers pass on to all networks.
    pub(super) const PROPAGATED: u8 = 20;
    /// The networks such a packet came through, 8 of them.
    pub(super) const ROUTE_LEN: usize = 32;
    pub(super) const NETBIOS: u16 = 0x0455;
    /// Its data stream type of a datagram.
    pub(super) const DATAGRAM: u8 = 0x0b;
    /// Those of names.
    pub(super) const NAME_STREAMS: [(u8, &str); 7] = [
        (0x01, "find name"),
        (0x02, "name recognized"),
        (0x03, "check name"),
        (0x04, "name in use"),
        (0x05, "deregister name"),
        (0x09, "status query"),
        (0x0a, "status response"),
    ];
    /// Sockets that NMPI goes to, for names and for mailslots.
    pub(super) const NMPI: [u16; 2] = [0x0551, 0x0553];
    /// Where its answers about names come from; they go to whatever socket asked.
    pub(super) const NMPI_NAMES: u16 = 0x0551;
    pub(super) const MAILSLOT_WRITE: u8 = 0xfc;
    pub(super) const NAME_OPCODES: [(u8, &str); 6] = [
        (0xf1, "name claim"),
        (0xf2, "name delete"),
        (0xf3, "name query"),
        (0xf4, "name found"),
        (0xfd, "mailslot find"),
        (0xfe, "mailslot name found"),
    ];
    /// NMPI's type of a name of one computer.
    pub(super) const MACHINE: u8 = 1;
}

mod nbf {
    pub(super) const HEADER_LEN: usize = 44;
    /// Its length, little-endian, then a constant.
    pub(super) const START: [u8; 4] = [44, 0, 0xff, 0xef];
    pub(super) const DATAGRAM: u8 = 0x08;
    pub(super) const DATAGRAM_BROADCAST: u8 = 0x09;
    pub(super) const NAME_COMMANDS: [(u8, &str); 10] = [
        (0x00, "add group name query"),
        (0x01, "add name query"),
        (0x02, "name in conflict"),
        (0x03, "status query"),
        (0x07, "terminate trace"),
        (0x0a, "name query"),
        (0x0d, "add name response"),
        (0x0e, "name recognized"),
        (0x0f, "status response"),
        (0x13, "terminate trace"),
    ];
}

/// The bit of a node's address that makes it one of several hosts.
const GROUP_BIT: u8 = 1;

/// Reads the IPX header at `at`; the IPX length ends the payload.
pub(super) fn over_ipx<'a>(frame: &Frame<'a>, at: usize) -> Result<Packet<'a>, Other> {
    let header: [u8; ipx::HEADER_LEN] = array_at(frame, at, "IPX header")?;
    let [_, _, high, low, _, packet_type, ..] = header;
    let end = at + usize::from(u16::from_be_bytes([high, low]));
    if end < at + ipx::HEADER_LEN {
        return Err(Other::Malformed { what: "IPX length below 30", offset: at + 2 });
    }
    if end - at > frame.data.len() - at + frame.cut() {
        return Err(Other::Malformed { what: "IPX length beyond the frame", offset: at + 2 });
    }
    let (to, to_node) = address(frame, at + ipx::DESTINATION)?;
    let (from, _) = address(frame, at + ipx::SOURCE)?;
    let from_socket = u16::from_be_bytes(array_at(frame, at + ipx::SOURCE + 10, "IPX header")?);
    let at = at + ipx::HEADER_LEN;
    let group = |group| if group { Scope::Group } else { Scope::Unique };
    let route = if packet_type == ipx::PROPAGATED { ipx::ROUTE_LEN } else { 0 };
    let (destination_at, source_at, scope) = match to {
        Address::Ipx { socket: ipx::NETBIOS, .. } => {
            let at = at + route;
            let [_, stream] = within(frame, at, end, "NetBIOS over IPX header")?;
            if stream != ipx::DATAGRAM {
                return Err(no_datagram(Carrier::Ipx, stream, &ipx::NAME_STREAMS));
            }
            // The sender's name is first, which Wireshark takes for the receiver's.
            (at + 18, at + 2, group(to_node[0] & GROUP_BIT != 0))
        }
        // The networks are there whatever the packet type.
        Address::Ipx { socket, .. }
            if ipx::NMPI.contains(&socket) || from_socket == ipx::NMPI_NAMES =>
        {
            let at = at + ipx::ROUTE_LEN;
            let [opcode, name_type, _, _] = within(frame, at, end, "NMPI header")?;
            if opcode != ipx::MAILSLOT_WRITE {
                return Err(no_datagram(Carrier::Ipx, opcode, &ipx::NAME_OPCODES));
            }
            (at + 4, at + 20, group(name_type != ipx::MACHINE))
        }
        _ => return Err(Other::NotDatagram),
    };
    let what = "names of a datagram over IPX";
    let destination_name: Name = within(frame, destination_at, end, what)?;
    let source_name: Name = within(frame, source_at, end, what)?;
    let (payload, missing) = user_data(frame, destination_at.max(source_at) + 16, end);
    Ok(Packet::NetBios(NetBios {
        carrier: Carrier::Ipx,
        scope,
        source: Some(from),
        destination: Some(to),
        source_name,
        destination_name,
        payload,
        missing,
    }))
}

/// Reads the NetBIOS frame at `at`, which ends at `end`, or with the frame. `link` is the header
/// that has its addresses.
pub(super) fn netbeui<'a>(
    frame: &Frame<'a>,
    at: usize,
    end: Option<usize>,
    link: Link,
) -> Result<Packet<'a>, Other> {
    let whole = frame.data.len() + frame.cut();
    let end = end.unwrap_or(whole);
    if end > whole {
        return Err(Other::Malformed { what: "802.3 length beyond the frame", offset: at });
    }
    let what = "NetBIOS frame header";
    let start: [u8; 5] = within(frame, at, end, what)?;
    let broadcast = match start {
        [rest @ .., nbf::DATAGRAM] if rest == nbf::START => false,
        [rest @ .., nbf::DATAGRAM_BROADCAST] if rest == nbf::START => true,
        [rest @ .., command] if rest == nbf::START => {
            return Err(no_datagram(Carrier::NetBeui, command, &nbf::NAME_COMMANDS));
        }
        _ => return Err(Other::NotDatagram),
    };
    let destination_name: Name = within(frame, at + 12, end, what)?;
    let source_name: Name = within(frame, at + 28, end, what)?;
    let (payload, missing) = user_data(frame, at + nbf::HEADER_LEN, end);
    if payload.len() + missing > MAX_NETBIOS_LEN {
        return Err(Other::Malformed { what: "NetBIOS frame above 65,535 octets", offset: at });
    }
    let (source, destination) = link.addresses(frame);
    let scope = match destination {
        _ if broadcast => Scope::Broadcast,
        Some(destination) if !link.is_group(destination) => Scope::Unique,
        _ => Scope::Group,
    };
    Ok(Packet::NetBios(NetBios {
        carrier: Carrier::NetBeui,
        scope,
        source: source.map(Address::Mac),
        destination: destination.map(Address::Mac),
        source_name,
        destination_name,
        payload,
        missing,
    }))
}

/// What is no datagram: a packet of names, where its number is among theirs.
fn no_datagram(carrier: Carrier, number: u8, names: &[(u8, &'static str)]) -> Other {
    match names.iter().find(|(known, _)| *known == number) {
        Some((_, kind)) => Other::NamePacket { carrier, kind },
        None => Other::NotDatagram,
    }
}

/// The IPX address at `at`, and its node.
fn address(frame: &Frame<'_>, at: usize) -> Result<(Address, [u8; 6]), Other> {
    let what = "IPX header";
    let node = array_at(frame, at + 4, what)?;
    let network = u32::from_be_bytes(array_at(frame, at, what)?);
    let socket = u16::from_be_bytes(array_at(frame, at + 10, what)?);
    Ok((Address::Ipx { network, node, socket }, node))
}

/// As [`array_at`], of a packet that ends at `end`.
fn within<const N: usize>(
    frame: &Frame<'_>,
    at: usize,
    end: usize,
    what: &'static str,
) -> Result<[u8; N], Other> {
    if at + N > end {
        return Err(Other::Malformed { what, offset: at.min(frame.data.len()) });
    }
    array_at(frame, at, what)
}

/// What of `at..end` was captured, and how many octets of it were not.
fn user_data<'a>(frame: &Frame<'a>, at: usize, end: usize) -> (&'a [u8], usize) {
    let payload = frame.data.get(at..end.min(frame.data.len())).unwrap_or_default();
    (payload, end.saturating_sub(at + payload.len()))
}
