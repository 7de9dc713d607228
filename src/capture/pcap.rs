//! The classic pcap format (draft-ietf-opsawg-pcap).

use std::fmt;
use std::io::Read;

use pcap_parser::nom::{Err as Stop, IResult, Needed};
use pcap_parser::{
    LegacyPcapBlock, PcapError, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};

use super::limits::MAX_CAPTURED_LEN;
use super::reader::Record;
use super::window::{Window, to_u64};
use super::{Error, ErrorKind, LinkType, Timestamp};

const FILE_HEADER_LEN: usize = 24;

type ParseRecord = fn(&[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, PcapError<&[u8]>>;

/// What the file header says of every record.
pub(super) struct Pcap {
    parse: ParseRecord,
    /// Octets of a record before its data.
    header_len: usize,
    /// ns a unit of the sub-second field.
    unit: i64,
    link_type: LinkType,
}

impl Pcap {
    pub(super) fn open<R: Read>(window: &mut Window<R>, magic: [u8; 4]) -> Result<Self, Error> {
        let found = window.fill(FILE_HEADER_LEN)?;
        let header = match parse_pcap_header(window.bytes()) {
            Ok((_, header)) => header,
            Err(Stop::Incomplete(_)) => {
                let (expected, found) = (to_u64(FILE_HEADER_LEN), to_u64(found));
                return Err(Error::truncated("file header", expected, found, 0));
            }
            Err(_) => return Err(Error::new(ErrorKind::UnknownFormat { magic }, 0)),
        };
        if header.version_major != 2 {
            let (major, minor) = (header.version_major, header.version_minor);
            return Err(Error::new(ErrorKind::UnsupportedVersion { major, minor }, 0));
        }
        window.take(FILE_HEADER_LEN);
        let (parse, header_len): (ParseRecord, usize) = if header.is_modified_format() {
            (parse_pcap_frame_modified, 24)
        } else if header.is_bigendian() {
            (parse_pcap_frame_be, 16)
        } else {
            (parse_pcap_frame, 16)
        };
        let unit = if header.is_nanosecond_precision() { 1 } else { 1_000 };
        // The upper half tells of frame check sequences, which the IP length leaves out anyway.
        let [_, _, high, low] = header.network.0.to_be_bytes();
        let link_type = LinkType(u16::from_be_bytes([high, low]));
        Ok(Self { parse, header_len, unit, link_type })
    }

    #[inline]
    pub(super) fn next<R: Read>(
        &mut self,
        window: &mut Window<R>,
    ) -> Result<Option<Record>, Error> {
        loop {
            let missing = match (self.parse)(window.bytes()) {
                Ok((_, record)) => {
                    let time = i64::from(record.ts_sec) * 1_000_000_000
                        + i64::from(record.ts_usec) * self.unit;
                    let (len, original_len) = (record.data.len(), record.origlen);
                    window.take(self.header_len);
                    return Ok(Some(Record {
                        time: Some(Timestamp::from_nanos(time)),
                        interface: 0,
                        link_type: self.link_type,
                        original_len,
                        data: window.take(len),
                    }));
                }
                Err(Stop::Incomplete(Needed::Size(missing))) => missing.get(),
                Err(_) => return Err(Error::malformed("a packet record", window.offset())),
            };
            let before = window.bytes().len();
            let offset = window.offset();
            let expected = before.saturating_add(missing);
            if expected > MAX_CAPTURED_LEN + self.header_len {
                let claimed = to_u64(expected - self.header_len);
                return Err(Error::too_large("packet", claimed, MAX_CAPTURED_LEN, offset));
            }
            let found = window.fill(expected)?;
            if found == 0 {
                return Ok(None);
            }
            if found < expected {
                let (expected, found) = (to_u64(expected), to_u64(found));
                return Err(Error::truncated("packet record", expected, found, offset));
            }
        }
    }
}

impl fmt::Debug for Pcap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pcap")
            .field("header_len", &self.header_len)
            .field("unit", &self.unit)
            .field("link_type", &self.link_type)
            .finish_non_exhaustive()
    }
}
