//! The pcapng format (draft-ietf-opsawg-pcapng).

use std::io::Read;

use pcap_parser::{
    OptionCode, PcapNGOption, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le, parse_sectionheaderblock,
};

use super::limits::{MAX_BLOCK_LEN, MAX_CAPTURED_LEN, MAX_INTERFACES};
use super::reader::Record;
use super::window::{Window, to_u64};
use super::{Error, ErrorKind, LinkType, Timestamp};

/// What a file starts with: the type of a section header, the same in both byte orders.
pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Block types (section 11.1 of the draft).
mod block_type {
    pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
    /// Obsolete.
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
}

/// Type, length, and the length again at the end.
const BLOCK_OVERHEAD: usize = 12;

/// The first three words of a block.
#[inline]
fn split_head(head: [u8; BLOCK_OVERHEAD]) -> ([u8; 4], [u8; 4], [u8; 4]) {
    let word = |at: usize| std::array::from_fn(|i| head[at + i]);
    (word(0), word(4), word(8))
}

/// The section that is being read.
#[derive(Debug, Default)]
pub(super) struct PcapNg {
    order: ByteOrder,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum ByteOrder {
    Big,
    #[default]
    Little,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: LinkType,
    /// 0 = no limit.
    snap_len: u32,
    clock: Clock,
}

impl PcapNg {
    #[inline]
    pub(super) fn next<R: Read>(
        &mut self,
        window: &mut Window<R>,
    ) -> Result<Option<Record>, Error> {
        loop {
            let offset = window.offset();
            let found = window.fill(BLOCK_OVERHEAD)?;
            if found == 0 {
                return Ok(None);
            }
            let Some(head) = window.bytes().first_chunk::<BLOCK_OVERHEAD>() else {
                let (expected, found) = (to_u64(BLOCK_OVERHEAD), to_u64(found));
                return Err(Error::truncated("block header", expected, found, offset));
            };
            let (kind, length, body) = split_head(*head);
            if kind == MAGIC {
                self.order = match u32::from_be_bytes(body) {
                    0x1a2b_3c4d => ByteOrder::Big,
                    0x4d3c_2b1a => ByteOrder::Little,
                    _ => return Err(Error::malformed("byte-order magic of a section", offset)),
                };
            }
            let (kind, claimed) = (self.order.u32(kind), self.order.u32(length));
            let len = usize::try_from(claimed).unwrap_or(usize::MAX);
            if len < BLOCK_OVERHEAD {
                return Err(Error::malformed("block length below 12", offset));
            }
            if !matches!(
                kind,
                block_type::SECTION_HEADER
                    | block_type::INTERFACE_DESCRIPTION
                    | block_type::PACKET
                    | block_type::SIMPLE_PACKET
                    | block_type::ENHANCED_PACKET
            ) {
                self.skip(window, claimed)?;
                continue;
            }
            if len > MAX_BLOCK_LEN {
                return Err(Error::too_large("block", claimed.into(), MAX_BLOCK_LEN, offset));
            }
            let found = window.fill(len)?;
            if found < len {
                return Err(Error::truncated("block", claimed.into(), to_u64(found), offset));
            }
            let range = window.take(len);
            let block = window.taken(range.clone());
            if block.last_chunk() != Some(&length) {
                return Err(Error::malformed("the two lengths of a block differ", offset));
            }
            let packet = match kind {
                block_type::SECTION_HEADER => {
                    self.section(block, offset)?;
                    continue;
                }
                block_type::INTERFACE_DESCRIPTION => {
                    self.interface(block, offset)?;
                    continue;
                }
                block_type::SIMPLE_PACKET => self.simple_packet(block),
                _ => self.packet(kind, block),
            };
            let mut record = packet.map_err(|what| Error::malformed(what, offset))?;
            if record.data.len() > MAX_CAPTURED_LEN {
                let captured = to_u64(record.data.len());
                return Err(Error::too_large("packet", captured, MAX_CAPTURED_LEN, offset));
            }
            record.data.start += range.start;
            record.data.end += range.start;
            return Ok(Some(record));
        }
    }

    /// Passes over a block of any length.
    fn skip<R: Read>(&self, window: &mut Window<R>, claimed: u32) -> Result<(), Error> {
        let offset = window.offset();
        let truncated = |found| Error::truncated("block", claimed.into(), found, offset);
        let body = u64::from(claimed) - 4;
        let skipped = window.skip(body)?;
        if skipped < body {
            return Err(truncated(skipped));
        }
        let found = window.fill(4)?;
        match window.bytes().first_chunk() {
            None => Err(truncated(body + to_u64(found))),
            Some(end) if self.order.u32(*end) != claimed => {
                Err(Error::malformed("the two lengths of a block differ", offset))
            }
            Some(_) => {
                window.take(4);
                Ok(())
            }
        }
    }

    /// Section header (4.1): interfaces count anew.
    fn section(&mut self, block: &[u8], offset: u64) -> Result<(), Error> {
        let Ok((_, header)) = parse_sectionheaderblock(block) else {
            return Err(Error::malformed("section header", offset));
        };
        // 1.2 is 1.0 by another name; later minor versions stay readable.
        if header.major_version != 1 {
            let (major, minor) = (header.major_version, header.minor_version);
            return Err(Error::new(ErrorKind::UnsupportedVersion { major, minor }, offset));
        }
        self.interfaces.clear();
        Ok(())
    }

    /// Interface description (4.2).
    fn interface(&mut self, block: &[u8], offset: u64) -> Result<(), Error> {
        let parsed = match self.order {
            ByteOrder::Big => parse_interfacedescriptionblock_be(block),
            ByteOrder::Little => parse_interfacedescriptionblock_le(block),
        };
        let Ok((_, description)) = parsed else {
            return Err(Error::malformed("interface description", offset));
        };
        if self.interfaces.len() == MAX_INTERFACES {
            let claimed = to_u64(MAX_INTERFACES) + 1;
            return Err(Error::too_large("list of interfaces", claimed, MAX_INTERFACES, offset));
        }
        self.interfaces.push(Interface {
            link_type: LinkType(u16::try_from(description.linktype.0).unwrap_or(u16::MAX)),
            snap_len: description.snaplen,
            clock: Clock::new(&description.options, self.order),
        });
        Ok(())
    }

    /// Enhanced packet (4.3) and, the same but for two halves in place of the interface, the
    /// obsolete packet (appendix A). The record's data is a range of `block`.
    #[inline]
    fn packet(&self, kind: u32, block: &[u8]) -> Result<Record, &'static str> {
        const HEADER_LEN: usize = 28;
        let Some([_, interface, high, low, captured, original]) = self.fields(block) else {
            return Err("packet block too short for its header");
        };
        let interface = match (kind, self.order) {
            (block_type::ENHANCED_PACKET, _) => interface,
            (_, ByteOrder::Big) => interface >> 16,
            (_, ByteOrder::Little) => interface & 0xffff,
        };
        let Some(description) = self.described(interface) else {
            return Err("packet of an interface that was not described");
        };
        let captured = usize::try_from(captured).unwrap_or(usize::MAX);
        if captured > block.len() - HEADER_LEN - 4 {
            return Err("packet longer than its block");
        }
        Ok(Record {
            time: Some(description.clock.time(u64::from(high) << 32 | u64::from(low))),
            interface,
            link_type: description.link_type,
            original_len: original,
            data: HEADER_LEN..HEADER_LEN + captured,
        })
    }

    /// Simple packet (4.4): of the first interface, without time; its captured length is to be
    /// concluded.
    fn simple_packet(&self, block: &[u8]) -> Result<Record, &'static str> {
        const HEADER_LEN: usize = 12;
        let Some([_, original]) = self.fields(block) else {
            return Err("simple packet block too short for its header");
        };
        let Some(description) = self.described(0) else {
            return Err("packet of an interface that was not described");
        };
        let limit = if description.snap_len == 0 { u32::MAX } else { description.snap_len };
        let captured = usize::try_from(original.min(limit)).unwrap_or(usize::MAX);
        if captured > block.len() - HEADER_LEN - 4 {
            return Err("packet longer than its block");
        }
        Ok(Record {
            time: None,
            interface: 0,
            link_type: description.link_type,
            original_len: original,
            data: HEADER_LEN..HEADER_LEN + captured,
        })
    }

    /// The first `N` fields of a block after its type, if there is room for them before the length
    /// at its end.
    #[inline]
    fn fields<const N: usize>(&self, block: &[u8]) -> Option<[u32; N]> {
        let fields = block.get(4..block.len().checked_sub(4)?)?;
        let mut fields = fields.chunks_exact(4);
        let mut values = [0; N];
        for value in &mut values {
            *value = self.order.u32(*fields.next()?.first_chunk()?);
        }
        Some(values)
    }

    fn described(&self, interface: u32) -> Option<&Interface> {
        self.interfaces.get(usize::try_from(interface).ok()?)
    }
}

impl ByteOrder {
    #[inline]
    fn u32(self, octets: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(octets),
            Self::Little => u32::from_le_bytes(octets),
        }
    }

    fn i64(self, octets: [u8; 8]) -> i64 {
        match self {
            Self::Big => i64::from_be_bytes(octets),
            Self::Little => i64::from_le_bytes(octets),
        }
    }
}

/// How an interface counts time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    unit: Unit,
    /// ns to add.
    offset: i64,
}

/// What one unit of a timestamp is.
#[derive(Clone, Copy, Debug)]
enum Unit {
    /// So many ns.
    Nanos(u64),
    /// This fraction of a ns.
    PerNano(u64),
    /// 2 to the power of minus this, in s.
    Binary(u32),
    /// Too small for any timestamp to reach a ns.
    Nothing,
}

impl Clock {
    /// From the options `if_tsresol` (default: µs) and `if_tsoffset` (in s).
    fn new(options: &[PcapNGOption<'_>], order: ByteOrder) -> Self {
        let option = |code| {
            let option = options.iter().find(|option| option.code == code)?;
            option.as_bytes().ok()
        };
        let resolution = option(OptionCode::IfTsresol).and_then(<[u8]>::first);
        let offset = option(OptionCode::IfTsoffset).and_then(<[u8]>::first_chunk);
        Self {
            unit: Unit::new(resolution.copied().unwrap_or(6)),
            offset: offset.map_or(0, |octets| order.i64(*octets).saturating_mul(1_000_000_000)),
        }
    }

    #[inline]
    fn time(self, stamp: u64) -> Timestamp {
        let nanos = match self.unit {
            Unit::Nanos(unit) => stamp.saturating_mul(unit),
            Unit::PerNano(units) => stamp / units,
            Unit::Binary(power) => {
                let nanos = (u128::from(stamp) * 1_000_000_000) >> power;
                u64::try_from(nanos).unwrap_or(u64::MAX)
            }
            Unit::Nothing => 0,
        };
        let nanos = i128::from(nanos) + i128::from(self.offset);
        let nearest = if nanos < 0 { i64::MIN } else { i64::MAX };
        Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(nearest))
    }
}

impl Unit {
    fn new(resolution: u8) -> Self {
        let power = u32::from(resolution & 0x7f);
        if resolution & 0x80 != 0 {
            return Self::Binary(power);
        }
        match power {
            0..=9 => Self::Nanos(10_u64.pow(9 - power)),
            _ => 10_u64.checked_pow(power - 9).map_or(Self::Nothing, Self::PerNano),
        }
    }
}
