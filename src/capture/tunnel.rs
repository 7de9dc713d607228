//! Tunnels: GRE and what it carries, L2TP, VXLAN.
//!
//! What is in one and cannot be read is [`Other::NotIpv4`].

use super::Frame;
use super::dissect::{Other, Udp};
use super::link::{self, Carried, array_at, u16_at};

/// What is inside of a tunnel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inner<'a> {
    /// The frame, up to where the tunnel's packet ends.
    pub(super) frame: Frame<'a>,
    pub(super) carried: Carried,
    /// What the tunnel calls itself, among those between the same hosts.
    pub(super) id: u32,
}

/// UDP ports of tunnels: RFC 2661 and RFC 7348.
const L2TP: u16 = 1701;
const VXLAN: u16 = 4789;

/// Whether a datagram may be a tunnel's.
#[inline]
pub(super) fn has_port(udp: &Udp<'_>) -> bool {
    matches!(udp.destination.port(), L2TP | VXLAN) || udp.source.port() == L2TP
}

/// What is in the payload of `udp`, which starts at `at`. An error says no more than that it is not
/// the tunnel's: the ports may be anybody's.
pub(super) fn over_udp<'a>(
    frame: &Frame<'a>,
    udp: &Udp<'_>,
    at: usize,
) -> Result<Inner<'a>, Other> {
    let frame = frame.up_to(at + udp.payload.len() + udp.missing);
    if udp.destination.port() == VXLAN { vxlan(frame, at) } else { l2tp(frame, at) }
}

/// GRE (RFC 2784, with the fields of RFC 2890), or that of PPTP (RFC 2637), which is version 1.
pub(super) fn gre<'a>(frame: &Frame<'a>, at: usize) -> Result<Inner<'a>, Other> {
    const WHAT: &str = "GRE header";
    /// Which fields are there.
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const ACKNOWLEDGMENT: u16 = 0x0080;
    const VERSION: u16 = 0x0007;
    /// Protocols that are no Ethernet types.
    const BRIDGED: u16 = 0x6558;
    const ERSPAN_2: u16 = 0x88be;
    const ERSPAN_3: u16 = 0x22eb;
    const PPP: u16 = 0x880b;
    let flags = u16_at(frame, at, WHAT)?;
    let protocol = u16_at(frame, at + 2, WHAT)?;
    let field = |flag| if flags & flag != 0 { 4 } else { 0 };
    let key_at = at + 4 + field(CHECKSUM);
    let at = key_at + field(KEY) + field(SEQUENCE);
    let key: [u8; 4] = match field(KEY) {
        0 => [0; 4],
        _ => array_at(frame, key_at, WHAT)?,
    };
    let id = u32::from_be_bytes(key);
    match (flags & VERSION, protocol) {
        _ if flags & ROUTING != 0 => Err(Other::NotIpv4),
        // Its first type has no header of its own, and no sequence.
        (0, ERSPAN_2) if flags & SEQUENCE != 0 => erspan(*frame, at, 8),
        (0, ERSPAN_3) => erspan(*frame, at, 12),
        (0, BRIDGED | ERSPAN_2) => {
            Ok(Inner { frame: *frame, carried: link::ethernet(frame, at)?, id })
        }
        (0, kind) => Ok(Inner { frame: *frame, carried: link::typed(frame, kind, at)?, id }),
        // The key is the length of what follows, and the call. Without a sequence nothing follows.
        (1, PPP) if flags & KEY != 0 && flags & SEQUENCE != 0 => {
            let at = at + field(ACKNOWLEDGMENT);
            let [high, low, call @ ..] = key;
            let end = at + usize::from(u16::from_be_bytes([high, low]));
            let frame = within(*frame, end, "PPTP payload length", key_at)?;
            let id = u16::from_be_bytes(call).into();
            Ok(Inner { frame, carried: link::ppp(&frame, at)?, id })
        }
        _ => Err(Other::NotIpv4),
    }
}

/// A frame as a switch mirrored it (draft-foschiano-erspan), behind a header of `len` octets, or
/// more of the third type.
fn erspan(frame: Frame<'_>, at: usize, len: usize) -> Result<Inner<'_>, Other> {
    const WHAT: &str = "ERSPAN header";
    const SESSION: u16 = 0x03ff;
    const TRUNCATED: u16 = 0x0400;
    const TYPE_3: usize = 12;
    /// Of the third type, in its last octets: what kind of frame, and 8 octets more.
    const KIND: u8 = 0x7c;
    const MORE: u8 = 1;
    let word = u16_at(&frame, at + 2, WHAT)?;
    let mut inner = at + len;
    if len == TYPE_3 {
        let [kind, more] = array_at(&frame, at + 10, WHAT)?;
        if kind & KIND != 0 {
            return Err(Other::NotIpv4);
        }
        if more & MORE != 0 {
            inner += 8;
        }
    }
    // As with a snap length, but how much the switch left out nothing tells.
    let frame = match word & TRUNCATED {
        0 => frame,
        _ => Frame { original_len: u32::MAX, ..frame },
    };
    let id = u32::from(word & SESSION);
    Ok(Inner { frame, carried: link::ethernet(&frame, inner)?, id })
}

/// A data message of L2TP, version 2.
fn l2tp(frame: Frame<'_>, at: usize) -> Result<Inner<'_>, Other> {
    const WHAT: &str = "L2TP header";
    /// Which fields are there; control messages, and what must be 0 or is another version.
    const LENGTH: u16 = 0x4000;
    const SEQUENCE: u16 = 0x0800;
    const OFFSET: u16 = 0x0200;
    const PRIORITY: u16 = 0x0100;
    const VERSION: u16 = 2;
    let flags = u16_at(&frame, at, WHAT)?;
    if flags & !(LENGTH | SEQUENCE | OFFSET | PRIORITY) != VERSION {
        return Err(Other::NotIpv4);
    }
    let mut inner = at + 2;
    let mut end = frame.wire_len();
    if flags & LENGTH != 0 {
        end = at + usize::from(u16_at(&frame, inner, WHAT)?);
        inner += 2;
    }
    let id = u32::from_be_bytes(array_at(&frame, inner, WHAT)?);
    inner += 4;
    if flags & SEQUENCE != 0 {
        inner += 4;
    }
    if flags & OFFSET != 0 {
        inner += 2 + usize::from(u16_at(&frame, inner, WHAT)?);
    }
    let frame = within(frame, end, "L2TP length", at + 2)?;
    Ok(Inner { frame, carried: link::ppp(&frame, inner)?, id })
}

/// An Ethernet frame behind a flag that says that the network's number is there, and that number.
fn vxlan(frame: Frame<'_>, at: usize) -> Result<Inner<'_>, Other> {
    const WHAT: &str = "VXLAN header";
    let [0x08, 0, 0, 0, network @ ..] = array_at::<8>(&frame, at, WHAT)? else {
        return Err(Other::NotIpv4);
    };
    let id = u32::from_be_bytes(network);
    Ok(Inner { frame, carried: link::ethernet(&frame, at + 8)?, id })
}

/// The frame up to `end`, which a length at `offset` says.
fn within<'a>(
    frame: Frame<'a>,
    end: usize,
    what: &'static str,
    offset: usize,
) -> Result<Frame<'a>, Other> {
    if end > frame.wire_len() {
        return Err(Other::Malformed { what, offset });
    }
    Ok(frame.up_to(end))
}
