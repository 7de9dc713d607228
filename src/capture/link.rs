//! Link layers: what in a frame is carried, and where it starts.

use super::dissect::{Other, short};
use super::{Frame, LinkType};

/// Ethernet types (IEEE 802 numbers).
mod ether_type {
    pub(super) const IPV4: u16 = 0x0800;
    /// 802.1Q, 802.1ad and what came before it.
    pub(super) const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
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

/// IPv4 as PPP numbers it, 0x0021.
const PPP_IPV4: u8 = 0x21;

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
    /// length of 802.3 says, else with the frame.
    NetBeui { at: usize, end: Option<usize> },
}

#[inline]
pub(super) fn carried(frame: &Frame<'_>) -> Result<Carried, Other> {
    match frame.link_type {
        LinkType::ETHERNET => payload(frame, u16_at(frame, 12, "Ethernet header")?, 14),
        LinkType::LINUX_SLL => cooked(frame, u16_at(frame, 14, "Linux cooked header")?, 16),
        LinkType::LINUX_SLL2 => cooked(frame, u16_at(frame, 0, "Linux cooked header")?, 20),
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
        other => Err(Other::LinkType(other)),
    }
}

/// The source and the destination of a frame, where its link layer has them.
pub(super) fn addresses(frame: &Frame<'_>) -> (Option<[u8; 6]>, Option<[u8; 6]>) {
    let at = |at: usize| frame.data.get(at..).and_then(<[u8]>::first_chunk).copied();
    match frame.link_type {
        LinkType::ETHERNET => (at(6), at(0)),
        // The length of the address, then 8 octets for it.
        LinkType::LINUX_SLL if frame.data.get(4..6) == Some(&[0, 6]) => (at(6), None),
        LinkType::LINUX_SLL2 if frame.data.get(11) == Some(&6) => (at(12), None),
        _ => (None, None),
    }
}

/// Follows 802.1Q tags and 802.3 lengths from the Ethernet type `kind` of what starts at `at`.
#[inline]
fn payload(frame: &Frame<'_>, mut kind: u16, mut at: usize) -> Result<Carried, Other> {
    while ether_type::VLAN.contains(&kind) {
        kind = u16_at(frame, at + 2, "802.1Q tag")?;
        at += 4;
    }
    match kind {
        ether_type::IPV4 => Ok(Carried::Ipv4(at)),
        0..=ether_type::MAX_LENGTH => llc(frame, at, Some(at + usize::from(kind))),
        ether_type::PPPOE_SESSION => pppoe(frame, at),
        ether_type::IPX => Ok(Carried::Ipx(at)),
        _ => Err(Other::NotIpv4),
    }
}

/// As [`payload`], but small numbers are Linux's own (`ETH_P_...`), not lengths.
fn cooked(frame: &Frame<'_>, kind: u16, at: usize) -> Result<Carried, Other> {
    match kind {
        SLL_RAW => match array_at(frame, at, "IPX header")? {
            [0xff, 0xff] => Ok(Carried::Ipx(at)),
            _ => Err(Other::NotIpv4),
        },
        SLL_LLC => llc(frame, at, None),
        0..=ether_type::MAX_LENGTH => Err(Other::NotIpv4),
        _ => payload(frame, kind, at),
    }
}

/// 802.2 LLC: by its own service access points, or by SNAP (RFC 1042, or 802.1H's variant). An IPX
/// header without LLC is told by its checksum, which nobody used: 0xffff is no pair of them.
fn llc(frame: &Frame<'_>, at: usize, end: Option<usize>) -> Result<Carried, Other> {
    match array_at(frame, at, "LLC header")? {
        [0x06, 0x06, 0x03] => Ok(Carried::Ipv4(at + 3)),
        [0xe0, 0xe0, 0x03] => Ok(Carried::Ipx(at + 3)),
        [0xff, 0xff, _] => Ok(Carried::Ipx(at)),
        [0xf0, 0xf0, 0x03] => Ok(Carried::NetBeui { at: at + 3, end }),
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

/// A PPP session over Ethernet: version and type 1, code 0, session, length; then PPP's protocol,
/// whose first octet may be left out (RFC 1661, 6.5).
fn pppoe(frame: &Frame<'_>, at: usize) -> Result<Carried, Other> {
    let [0x11, 0, ..] = array_at::<6>(frame, at, "PPPoE header")? else {
        return Err(Other::NotIpv4);
    };
    match array_at(frame, at + 6, "PPP header")? {
        [PPP_IPV4] => Ok(Carried::Ipv4(at + 7)),
        [0] => match array_at(frame, at + 7, "PPP header")? {
            [PPP_IPV4] => Ok(Carried::Ipv4(at + 8)),
            _ => Err(Other::NotIpv4),
        },
        _ => Err(Other::NotIpv4),
    }
}

#[inline]
fn u16_at(frame: &Frame<'_>, at: usize, what: &'static str) -> Result<u16, Other> {
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
