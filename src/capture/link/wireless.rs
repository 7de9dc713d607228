//! Data frames of IEEE 802.11, behind what receivers put before them.
//!
//! Sources: IEEE 802.11-2016, 9.2 and 9.3.2; radiotap.org; "PPI Packet Header format" 1.0.7
//! (`CACE` Technologies); the pages of `LINKTYPE_IEEE802_11_PRISM` and `_AVS` at tcpdump.org.

use super::super::dissect::Other;
use super::super::{Frame, LinkType};
use super::{Carried, Link, array_at, llc};

const WHAT: &str = "802.11 header";

/// First octet of frame control.
mod control {
    /// Version, type and the bit of subtypes without data.
    pub(super) const KIND: u8 = 0x4f;
    pub(super) const DATA: u8 = 0x08;
    pub(super) const QOS: u8 = 0x80;
}

/// Its second octet.
mod flags {
    pub(super) const TO_DS: u8 = 0x01;
    pub(super) const FROM_DS: u8 = 0x02;
    /// A part of a frame, not its last.
    pub(super) const MORE: u8 = 0x04;
    pub(super) const PROTECTED: u8 = 0x40;
    /// Of a frame with quality of service: HT control is there.
    pub(super) const ORDER: u8 = 0x80;
}

/// What a receiver says of the frame.
#[derive(Clone, Copy, Default)]
struct Radio {
    /// The frame check sequence is there.
    fcs: bool,
    /// Zeros end the header at a multiple of 4 octets.
    padded: bool,
}

pub(super) fn bare(frame: &Frame<'_>) -> Result<Carried, Other> {
    data(frame, 0, Radio::default())
}

/// Version 0, its length, fields of which bits tell whether they are there: the first is the time,
/// the second says what of the frame is there.
pub(super) fn radiotap(frame: &Frame<'_>) -> Result<Carried, Other> {
    const WHAT: &str = "radiotap header";
    const TIME: u32 = 1;
    const FLAGS: u32 = 1 << 1;
    const MORE_BITS: u32 = 1 << 31;
    const FCS: u8 = 0x10;
    const PADDED: u8 = 0x20;
    let [version, _, low, high] = array_at(frame, 0, WHAT)?;
    let len = usize::from(u16::from_le_bytes([low, high]));
    let present = u32::from_le_bytes(array_at(frame, 4, WHAT)?);
    let (mut at, mut word) = (8, present);
    while word & MORE_BITS != 0 && at < len {
        word = u32::from_le_bytes(array_at(frame, at, WHAT)?);
        at += 4;
    }
    let mut radio = Radio::default();
    if present & FLAGS != 0 {
        if present & TIME != 0 {
            at = at.next_multiple_of(8) + 8;
        }
        let [flags] = array_at(frame, at, WHAT)?;
        at += 1;
        radio = Radio { fcs: flags & FCS != 0, padded: flags & PADDED != 0 };
    }
    if version != 0 || len < at {
        return Err(Other::Malformed { what: WHAT, offset: 0 });
    }
    data(frame, len, radio)
}

/// What the drivers of Prism cards gave, or AVS: both are found under the one number.
pub(super) fn prism(frame: &Frame<'_>) -> Result<Carried, Other> {
    const WHAT: &str = "Prism header";
    if array_at(frame, 0, WHAT)? == AVS {
        return avs(frame);
    }
    // The code of the message, then its length, as the capturing host has numbers.
    let (code, len): ([u8; 4], [u8; 4]) = (array_at(frame, 0, WHAT)?, array_at(frame, 4, WHAT)?);
    let len = match code {
        [0x41 | 0x44, 0, 0, 0] => u32::from_le_bytes(len),
        [0, 0, 0, 0x41 | 0x44] => u32::from_be_bytes(len),
        _ => return Err(Other::Malformed { what: WHAT, offset: 0 }),
    };
    behind(frame, len, WHAT)
}

/// What every version of AVS's magic number starts with.
const AVS: [u8; 2] = [0x80, 0x21];

/// AVS: a magic number, the length.
pub(super) fn avs(frame: &Frame<'_>) -> Result<Carried, Other> {
    const WHAT: &str = "AVS header";
    if array_at(frame, 0, WHAT)? != AVS {
        return Err(Other::Malformed { what: WHAT, offset: 0 });
    }
    behind(frame, u32::from_be_bytes(array_at(frame, 4, WHAT)?), WHAT)
}

/// The 802.11 frame behind a header of `len` octets, that says nothing of it.
fn behind(frame: &Frame<'_>, len: u32, what: &'static str) -> Result<Carried, Other> {
    match usize::try_from(len) {
        Ok(len) if len >= 8 && len <= frame.wire_len() => data(frame, len, Radio::default()),
        _ => Err(Other::Malformed { what, offset: 4 }),
    }
}

/// Per-packet information: version 0, flags, length, link type of the frame; then fields, a type, a
/// length and as many octets each.
pub(super) fn ppi(frame: &Frame<'_>) -> Result<Carried, Other> {
    const WHAT: &str = "PPI header";
    /// A flag: each field starts at a multiple of 4.
    const ALIGNED: u8 = 1;
    const COMMON: u16 = 2;
    /// Where in the common field of 802.11 the flags are, and that of the frame check sequence.
    const FLAGS_AT: usize = 4 + 8;
    const FCS: u8 = 1;
    let [version, flags, low, high] = array_at(frame, 0, WHAT)?;
    let link_type = u32::from_le_bytes(array_at(frame, 4, WHAT)?);
    let len = usize::from(u16::from_le_bytes([low, high]));
    if version != 0 || len < 8 {
        return Err(Other::Malformed { what: WHAT, offset: 0 });
    }
    if link_type != u32::from(LinkType::IEEE802_11.0) {
        return Err(
            u16::try_from(link_type).map_or(Other::NotIpv4, |n| Other::LinkType(LinkType(n)))
        );
    }
    let (mut at, mut radio) = (8, Radio::default());
    while at + 4 <= len {
        let [kind, high, length @ ..]: [u8; 4] = array_at(frame, at, WHAT)?;
        if u16::from_le_bytes([kind, high]) == COMMON {
            let [flags] = array_at(frame, at + FLAGS_AT, WHAT)?;
            radio.fcs = flags & FCS != 0;
        }
        at += 4 + usize::from(u16::from_le_bytes(length));
        if flags & ALIGNED != 0 {
            at = at.next_multiple_of(4);
        }
    }
    data(frame, len, radio)
}

/// The data frame at `at`.
fn data(frame: &Frame<'_>, at: usize, radio: Radio) -> Result<Carried, Other> {
    const FCS_LEN: usize = 4;
    let [control, flags] = array_at(frame, at, WHAT)?;
    if control & control::KIND != control::DATA {
        return Err(Other::NotIpv4);
    }
    if flags & flags::PROTECTED != 0 {
        return Err(Other::Unsupported("encrypted 802.11"));
    }
    let [fragment] = array_at(frame, at + 22, WHAT)?;
    if flags & flags::MORE != 0 || fragment & 0x0f != 0 {
        return Err(Other::Unsupported("802.11 fragments"));
    }
    let four = flags & (flags::TO_DS | flags::FROM_DS) == flags::TO_DS | flags::FROM_DS;
    let mut len = if four { 30 } else { 24 };
    if control & control::QOS != 0 {
        const AGGREGATE: u8 = 0x80;
        let [qos] = array_at(frame, at + len, WHAT)?;
        if qos & AGGREGATE != 0 {
            return Err(Other::Unsupported("802.11 A-MSDU"));
        }
        len += 2;
        if flags & flags::ORDER != 0 {
            len += 4;
        }
    }
    if radio.padded {
        len = len.next_multiple_of(4);
    }
    let end = radio.fcs.then(|| frame.wire_len().saturating_sub(FCS_LEN));
    llc(frame, at + len, end, Link { kind: LinkType::IEEE802_11, at })
}

/// Where in a header the source's address is and the destination's: which of three or four they are
/// depends on whether a distribution system is between them.
pub(super) fn addresses(header: &[u8]) -> (usize, usize) {
    const AT: [usize; 4] = [4, 10, 16, 24];
    let flags = header.get(1).copied().unwrap_or_default();
    match (flags & flags::TO_DS != 0, flags & flags::FROM_DS != 0) {
        (false, false) => (AT[1], AT[0]),
        (true, false) => (AT[1], AT[2]),
        (false, true) => (AT[2], AT[0]),
        (true, true) => (AT[3], AT[2]),
    }
}
