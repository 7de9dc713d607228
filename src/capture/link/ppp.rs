//! PPP: on serial lines (RFC 1662), over Ethernet (RFC 2516), in tunnels.

use super::super::Frame;
use super::super::dissect::Other;
use super::{Carried, array_at, typed, u16_at};

/// Numbers of protocols below 0x100, whose first octet, 0, may be left out (RFC 1661, 6.5).
mod protocol {
    pub(super) const IPV4: u8 = 0x21;
    pub(super) const IPX: u8 = 0x2b;
    pub(super) const MULTILINK: u8 = 0x3d;
    /// Compressed, or encrypted as Microsoft does it.
    pub(super) const COMPRESSED: u8 = 0xfd;
}

const WHAT: &str = "PPP header";

/// What stands before PPP in HDLC-like framing: all stations, unnumbered information.
const FRAMING: [u8; 2] = [0xff, 3];

/// Addresses of Cisco's HDLC: one host, all of them. Then 0, and an Ethernet type.
const CISCO: [u8; 2] = [0x0f, 0x8f];

/// A frame of a serial line: PPP, or Cisco's HDLC.
pub(super) fn serial(frame: &Frame<'_>) -> Result<Carried, Other> {
    match array_at(frame, 0, WHAT)? {
        [first, 0] if CISCO.contains(&first) => {
            typed(frame, u16_at(frame, 2, "Cisco HDLC header")?, 4)
        }
        _ => ppp(frame, 0),
    }
}

/// A session over Ethernet: version and type 1, code 0, session, length.
pub(super) fn pppoe(frame: &Frame<'_>, at: usize) -> Result<Carried, Other> {
    match array_at::<6>(frame, at, "PPPoE header")? {
        [0x11, 0, ..] => ppp(frame, at + 6),
        _ => Err(Other::NotIpv4),
    }
}

/// The framing, where it was not left out, then the number of a protocol.
pub(in super::super) fn ppp(frame: &Frame<'_>, at: usize) -> Result<Carried, Other> {
    let at = if array_at(frame, at, WHAT)? == FRAMING { at + 2 } else { at };
    let (number, at) = match array_at(frame, at, WHAT)? {
        [0] => (array_at(frame, at + 1, WHAT)?, at + 2),
        number => (number, at + 1),
    };
    match number {
        [protocol::IPV4] => Ok(Carried::Ipv4(at)),
        [protocol::IPX] => Ok(Carried::Ipx(at)),
        [protocol::MULTILINK] => Err(Other::Unsupported("PPP multilink")),
        [protocol::COMPRESSED] => Err(Other::Unsupported("compressed or encrypted PPP")),
        _ => Err(Other::NotIpv4),
    }
}
