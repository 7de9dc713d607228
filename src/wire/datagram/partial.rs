//! What can still be read of a damaged packet, for those who look at captures.

use super::header::{Header, MsgType};
use crate::wire::netbios::ScopedName;
use crate::wire::notes::Notes;
use crate::wire::reader::{Reader, be_u16_at};

/// The fields of a packet up to the one that could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Partial<'a> {
    /// The first ten octets.
    pub header: Option<Header>,
    /// `DGM_LENGTH`.
    pub dgm_length: Option<u16>,
    /// `PACKET_OFFSET`.
    pub packet_offset: Option<u16>,
    /// `SOURCE_NAME`.
    pub source_name: Option<ScopedName<'a>>,
    /// What was noted on the way.
    pub notes: Notes,
}

impl<'a> Partial<'a> {
    /// Reads as far as it goes. For what [`Datagram::decode`](super::Datagram::decode) refuses.
    pub fn decode(payload: &'a [u8]) -> Self {
        let mut partial = Self::default();
        partial.read(payload);
        partial
    }

    fn read(&mut self, payload: &'a [u8]) -> Option<()> {
        let mut reader = Reader::new(payload);
        let header = Header::read(Header::check(&mut reader, &mut self.notes).ok()?);
        self.header = Some(header);
        if !matches!(
            header.msg_type,
            MsgType::DIRECT_UNIQUE | MsgType::DIRECT_GROUP | MsgType::BROADCAST
        ) {
            return None;
        }
        let layout = [(0, "dgm_length"), (2, "packet_offset")];
        let block: &[u8; 4] = reader.block(&layout).ok()?;
        self.dgm_length = Some(be_u16_at(block, 0));
        self.packet_offset = Some(be_u16_at(block, 2));
        let name = ScopedName::decode(&mut reader, &mut self.notes, "source_name").ok()?;
        self.source_name = Some(name);
        Some(())
    }
}
