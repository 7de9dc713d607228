//! Token Ring (IEEE 802.5) and FDDI (ANSI X3.139).

use super::super::dissect::Other;
use super::super::{Frame, LinkType};
use super::{Carried, Link, array_at, llc};

/// The first bit of a source address: a routing field follows the addresses.
const ROUTED: u8 = 0x80;

/// An address without that bit, which is not part of it.
pub(super) fn without_routing(mut address: [u8; 6]) -> [u8; 6] {
    address[0] &= !ROUTED;
    address
}

/// Access control, frame control, both addresses, the routing field.
pub(super) fn token_ring(frame: &Frame<'_>) -> Result<Carried, Other> {
    const WHAT: &str = "Token Ring header";
    /// Two bits tell LLC from the ring's own frames.
    const KIND: u8 = 0xc0;
    const LLC: u8 = 0x40;
    const HEADER_LEN: usize = 14;
    let [_, control] = array_at(frame, 0, WHAT)?;
    if control & KIND != LLC {
        return Err(Other::NotIpv4);
    }
    let [source] = array_at(frame, 8, WHAT)?;
    let mut at = HEADER_LEN;
    if source & ROUTED != 0 {
        let what = "Token Ring routing field";
        let [control] = array_at(frame, at, what)?;
        // Its length, 2 octets for itself and 2 a ring.
        let len = usize::from(control & 0x1f);
        if len < 2 || len % 2 != 0 {
            return Err(Other::Malformed { what, offset: at });
        }
        at += len;
    }
    llc(frame, at, None, Link { kind: LinkType::IEEE802_5, at: 0 })
}

/// Frame control, both addresses.
pub(super) fn fddi(frame: &Frame<'_>) -> Result<Carried, Other> {
    /// What is left of LLC's frame controls without class, address length and priority.
    const KIND: u8 = 0x30;
    const LLC: u8 = 0x10;
    match array_at(frame, 0, "FDDI header")? {
        [control] if control & KIND == LLC => {
            llc(frame, 13, None, Link { kind: LinkType::FDDI, at: 0 })
        }
        _ => Err(Other::NotIpv4),
    }
}
