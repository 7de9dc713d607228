//! Link layers: where in a frame the IPv4 header starts.

use super::dissect::{Other, short};
use super::{Frame, LinkType};

/// Ethernet types (IEEE 802 numbers).
mod ether_type {
    pub(super) const IPV4: u16 = 0x0800;
    /// 802.1Q, 802.1ad and what came before it.
    pub(super) const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
    /// Up to here the field is the length of an 802.3 frame.
    pub(super) const MAX_LENGTH: u16 = 1500;
}

/// Protocol of a Linux cooked header that stands for an 802.2 LLC header (`ETH_P_802_2`).
const SLL_LLC: u16 = 4;

/// `AF_INET`, the same on every system that writes loopback captures.
const AF_INET: u32 = 2;

/// Offset of the IPv4 header.
#[inline]
pub(super) fn ipv4(frame: &Frame<'_>) -> Result<usize, Other> {
    match frame.link_type {
        LinkType::ETHERNET => payload(frame, u16_at(frame, 12, "Ethernet header")?, 14),
        LinkType::LINUX_SLL => cooked(frame, u16_at(frame, 14, "Linux cooked header")?, 16),
        LinkType::LINUX_SLL2 => cooked(frame, u16_at(frame, 0, "Linux cooked header")?, 20),
        LinkType::NULL | LinkType::LOOP => {
            let family: [u8; 4] = array_at(frame, 0, "loopback header")?;
            // A capture of type NULL may come from a host of either byte order.
            if [u32::from_be_bytes(family), u32::from_le_bytes(family)].contains(&AF_INET) {
                Ok(4)
            } else {
                Err(Other::NotIpv4)
            }
        }
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 | LinkType::IPV4 => {
            match array_at(frame, 0, "IP header")? {
                [first] if first >> 4 == 6 => Err(Other::NotIpv4),
                [_] => Ok(0),
            }
        }
        other => Err(Other::LinkType(other)),
    }
}

/// Follows 802.1Q tags and 802.3 lengths from the Ethernet type `kind` of what starts at `at`.
#[inline]
fn payload(frame: &Frame<'_>, mut kind: u16, mut at: usize) -> Result<usize, Other> {
    while ether_type::VLAN.contains(&kind) {
        kind = u16_at(frame, at + 2, "802.1Q tag")?;
        at += 4;
    }
    match kind {
        ether_type::IPV4 => Ok(at),
        0..=ether_type::MAX_LENGTH => llc(frame, at),
        _ => Err(Other::NotIpv4),
    }
}

/// As [`payload`], but small numbers are Linux's own (`ETH_P_...`), not lengths.
fn cooked(frame: &Frame<'_>, kind: u16, at: usize) -> Result<usize, Other> {
    match kind {
        SLL_LLC => llc(frame, at),
        0..=ether_type::MAX_LENGTH => Err(Other::NotIpv4),
        _ => payload(frame, kind, at),
    }
}

/// 802.2 LLC: IP by its own service access point, or by SNAP (RFC 1042, or 802.1H's variant).
fn llc(frame: &Frame<'_>, at: usize) -> Result<usize, Other> {
    match array_at(frame, at, "LLC header")? {
        [0x06, 0x06, 0x03] => Ok(at + 3),
        [0xaa, 0xaa, 0x03] => match array_at(frame, at + 3, "SNAP header")? {
            [0, 0, 0 | 0xf8] if u16_at(frame, at + 6, "SNAP header")? == ether_type::IPV4 => {
                Ok(at + 8)
            }
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
fn array_at<const N: usize>(
    frame: &Frame<'_>,
    at: usize,
    what: &'static str,
) -> Result<[u8; N], Other> {
    match frame.data.get(at..).and_then(<[u8]>::first_chunk) {
        Some(octets) => Ok(*octets),
        None => Err(short(frame, what, at, N)),
    }
}
