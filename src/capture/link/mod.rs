//! Link layers: what in a frame is carried, and where it starts.

mod ppp;
mod ring;
mod wireless;

use super::dissect::{Other, short};
use super::{Frame, LinkType};

pub(super) use ppp::ppp;

/// Ethernet types (IEEE 802 numbers).
mod ether_type {
    pub(super) const IPV4: u16 = 0x0800;
    /// 802.1Q, 802.1ad and what came before it.
    pub(super) const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
    /// 802.1ah: a service tag, then the customer's frame.
    pub(super) const BACKBONE: u16 = 0x88e7;
    /// RFC 3032; the second was that of multicast.
    pub(super) const MPLS: [u16; 2] = [0x8847, 0x8848];
    /// RFC 2516.
    pub(super) const PPPOE_SESSION: u16 = 0x8864;
    pub(super) const IPX: u16 = 0x8137;
    /// Up to here the field is the length of an 802.3 frame.
    pub(super) const MAX_LENGTH: u16 = 1500;
}

/// Protocols of a Linux cooked header that stand for IPX without an 802.2 header (`ETH_P_802_3`)
/// and for an 802.2 LLC header (`ETH_P_802_2`).
const SLL_RAW: u16 = 1;
const SLL_LLC: u16 = 4;

/// `AF_INET`, the same on every system that writes loopback captures.
const AF_INET: u32 = 2;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// The IPv4 header starts here.
    Ipv4(usize),
    /// The IPX header starts here.
    Ipx(usize),
    /// A NetBIOS frame of an unnumbered information frame of 802.2 starts here, and ends where the
    /// length of 802.3 says, else with the frame. `link` has its addresses.
    NetBeui { at: usize, end: Option<usize>, link: Link },
}

/// A link-layer header: of which kind it is, and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) kind: LinkType,
    pub(super) at: usize,
}

#[inline]
pub(super) fn carried(frame: &Frame<'_>) -> Result<Carried, Other> {
    match frame.link_type {
        LinkType::ETHERNET => ethernet(frame, 0),
        _ => other(frame),
    }
}

fn other(frame: &Frame<'_>) -> Result<Carried, Other> {
    let link = Link { kind: frame.link_type, at: 0 };
    match frame.link_type {
        LinkType::LINUX_SLL => cooked(frame, u16_at(frame, 14, "Linux cooked header")?, 16, link),
        LinkType::LINUX_SLL2 => cooked(frame, u16_at(frame, 0, "Linux cooked header")?, 20, link),
        LinkType::NULL | LinkType::LOOP => {
            let family: [u8; 4] = array_at(frame, 0, "loopback header")?;
            // A capture of type NULL may come from a host of either byte order.
            if [u32::from_be_bytes(family), u32::from_le_bytes(family)].contains(&AF_INET) {
                Ok(Carried::Ipv4(4))
            } else {
                Err(Other::NotIpv4)
            }
        }
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 | LinkType::IPV4 => {
            match array_at(frame, 0, "IP header")? {
                [first] if first >> 4 == 6 => Err(Other::NotIpv4),
                [_] => Ok(Carried::Ipv4(0)),
            }
        }
        LinkType::PPP | LinkType::PPP_HDLC | LinkType::C_HDLC => ppp::serial(frame),
        LinkType::PPP_ETHER => ppp::pppoe(frame, 0),
        LinkType::IEEE802_5 => ring::token_ring(frame),
        LinkType::FDDI => ring::fddi(frame),
        LinkType::IEEE802_11 => wireless::bare(frame),
        LinkType::IEEE802_11_PRISM => wireless::prism(frame),
        LinkType::IEEE802_11_AVS => wireless::avs(frame),
        LinkType::IEEE802_11_RADIOTAP => wireless::radiotap(frame),
        LinkType::PPI => wireless::ppi(frame),
        other => Err(Other::LinkType(other)),
    }
}

/// The Ethernet frame that starts at `at`.
#[inline]
pub(super) fn ethernet(frame: &Frame<'_>, at: usize) -> Result<Carried, Other> {
    let link = Link { kind: LinkType::ETHERNET, at };
    payload(frame, u16_at(frame, at + 12, "Ethernet header")?, at + 14, link)
}

/// What the Ethernet type `kind` says starts at `at`, as behind a header that has no length of 802.3
/// in its place.
pub(super) fn typed(frame: &Frame<'_>, kind: u16, at: usize) -> Result<Carried, Other> {
    match kind {
        0..=ether_type::MAX_LENGTH => Err(Other::NotIpv4),
        _ => payload(frame, kind, at, Link { kind: LinkType::RAW, at }),
    }
}

/// Follows tags and 802.3 lengths from the Ethernet type `kind` of what starts at `at`.
#[inline]
fn payload(
    frame: &Frame<'_>,
    mut kind: u16,
    mut at: usize,
    mut link: Link,
) -> Result<Carried, Other> {
    while kind != ether_type::IPV4 {
        match kind {
            0..=ether_type::MAX_LENGTH => {
                return llc(frame, at, Some(at + usize::from(kind)), link);
            }
            ether_type::IPX => return Ok(Carried::Ipx(at)),
            ether_type::PPPOE_SESSION => return ppp::pppoe(frame, at),
            ether_type::BACKBONE => {
                kind = u16_at(frame, at + 16, "802.1ah tag")?;
                link = Link { kind: LinkType::ETHERNET, at: at + 4 };
                at += 18;
            }
            _ if ether_type::VLAN.contains(&kind) => {
                kind = u16_at(frame, at + 2, "802.1Q tag")?;
                at += 4;
            }
            _ if ether_type::MPLS.contains(&kind) => return mpls(frame, at),
            _ => return Err(Other::NotIpv4),
        }
    }
    Ok(Carried::Ipv4(at))
}

/// As [`payload`], but small numbers are Linux's own (`ETH_P_...`), not lengths.
fn cooked(frame: &Frame<'_>, kind: u16, at: usize, link: Link) -> Result<Carried, Other> {
    match kind {
        SLL_RAW => match array_at(frame, at, "IPX header")? {
            [0xff, 0xff] => Ok(Carried::Ipx(at)),
            _ => Err(Other::NotIpv4),
        },
        SLL_LLC => llc(frame, at, None, link),
        0..=ether_type::MAX_LENGTH => Err(Other::NotIpv4),
        _ => payload(frame, kind, at, link),
    }
}

/// 802.2 LLC: by its own service access points, or by SNAP (RFC 1042, or 802.1H's variant). An IPX
/// header without LLC is told by its checksum, which nobody used: 0xffff is no pair of them.
fn llc(frame: &Frame<'_>, at: usize, end: Option<usize>, link: Link) -> Result<Carried, Other> {
    match array_at(frame, at, "LLC header")? {
        [0x06, 0x06, 0x03] => Ok(Carried::Ipv4(at + 3)),
        [0xe0, 0xe0, 0x03] => Ok(Carried::Ipx(at + 3)),
        [0xff, 0xff, _] => Ok(Carried::Ipx(at)),
        [0xf0, 0xf0, 0x03] => Ok(Carried::NetBeui { at: at + 3, end, link }),
        [0xaa, 0xaa, 0x03] => match array_at(frame, at + 3, "SNAP header")? {
            [0, 0, 0 | 0xf8] => match u16_at(frame, at + 6, "SNAP header")? {
                ether_type::IPV4 => Ok(Carried::Ipv4(at + 8)),
                ether_type::IPX => Ok(Carried::Ipx(at + 8)),
                _ => Err(Other::NotIpv4),
            },
            _ => Err(Other::NotIpv4),
        },
        _ => Err(Other::NotIpv4),
    }
}

/// Labels of MPLS up to the bottom of the stack. What is below them nothing says, but that IP starts
/// with its version, and other things do not (RFC 4928).
fn mpls(frame: &Frame<'_>, mut at: usize) -> Result<Carried, Other> {
    const BOTTOM: u8 = 1;
    loop {
        let [_, _, stack, _] = array_at(frame, at, "MPLS label")?;
        at += 4;
        if stack & BOTTOM != 0 {
            break;
        }
    }
    match array_at(frame, at, "IP header")? {
        [first] if first >> 4 == 4 => Ok(Carried::Ipv4(at)),
        _ => Err(Other::NotIpv4),
    }
}

impl Link {
    /// The source and the destination of a frame, where its link layer has them.
    pub(super) fn addresses(self, frame: &Frame<'_>) -> (Option<[u8; 6]>, Option<[u8; 6]>) {
        let header = frame.data.get(self.at..).unwrap_or_default();
        let at = |at: usize| header.get(at..).and_then(<[u8]>::first_chunk).copied();
        match self.kind {
            LinkType::ETHERNET => (at(6), at(0)),
            // The length of the address, then 8 octets for it.
            LinkType::LINUX_SLL if header.get(4..6) == Some(&[0, 6]) => (at(6), None),
            LinkType::LINUX_SLL2 if header.get(11) == Some(&6) => (at(12), None),
            LinkType::IEEE802_5 => (at(8).map(ring::without_routing), at(2)),
            LinkType::FDDI => (at(7), at(1)),
            LinkType::IEEE802_11 => {
                let (source, destination) = wireless::addresses(header);
                (at(source), at(destination))
            }
            _ => (None, None),
        }
    }

    /// Whether an address of it means several hosts. Token Ring sends the highest bit of an octet
    /// first, the others the lowest.
    pub(super) fn is_group(self, [first, ..]: [u8; 6]) -> bool {
        let bit = if self.kind == LinkType::IEEE802_5 { 0x80 } else { 1 };
        first & bit != 0
    }
}

#[inline]
pub(super) fn u16_at(frame: &Frame<'_>, at: usize, what: &'static str) -> Result<u16, Other> {
    array_at(frame, at, what).map(u16::from_be_bytes)
}

#[inline]
pub(super) fn array_at<const N: usize>(
    frame: &Frame<'_>,
    at: usize,
    what: &'static str,
) -> Result<[u8; N], Other> {
    match frame.data.get(at..).and_then(<[u8]>::first_chunk) {
        Some(octets) => Ok(*octets),
        None => Err(short(frame, what, at, N)),
    }
}
