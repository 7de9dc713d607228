//! Mailslot writes that are damaged, or cut by the snap length of a capture.

use super::header::Header;
use super::mailslot::{SlotName, name};
use super::transaction::Transaction;
use crate::wire::notes::Notes;
use crate::wire::reader::Reader;

/// The fields of a write up to the one that could not be read, for those who look at captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial<'a> {
    /// The SMB header.
    pub header: Header,
    /// The transaction's words.
    pub transaction: Option<Transaction<'a>>,
    /// `DataCount`.
    pub data_count: Option<u16>,
    /// Whom it is for.
    pub mailslot_name: Option<SlotName<'a>>,
    /// What is there of a message whose end is not, and at which octet of the payload it begins.
    pub data: Option<(usize, &'a [u8])>,
    /// What was noted on the way.
    pub notes: Notes,
}

impl<'a> Partial<'a> {
    /// Reads as far as it goes; none without the header of a transaction. For what
    /// [`MailslotWrite::decode_at`](super::MailslotWrite::decode_at) refuses.
    pub fn decode_at(payload: &'a [u8], offset: usize) -> Option<Self> {
        let mut notes = Notes::NONE;
        let mut reader = Reader::new(payload);
        reader.skip(offset);
        let head = Header::check(&mut reader, &mut notes).ok()?;
        let mut partial = Self {
            header: Header::read(head),
            transaction: None,
            data_count: None,
            mailslot_name: None,
            data: None,
            notes,
        };
        partial.read(head, reader, offset);
        Some(partial)
    }

    /// What follows the header; none where it ends too soon.
    fn read(
        &mut self,
        head: &[u8; Header::LEN - 5],
        mut reader: Reader<'a>,
        offset: usize,
    ) -> Option<()> {
        let words = Transaction::check(&mut reader, &mut self.notes).ok()?;
        let extra_setup = reader.take(Transaction::extra_setup_len(words), "setup").ok()?;
        let byte_count = reader.le_u16("byte_count").ok()?;
        let (data_count, data_offset) = Transaction::data(words);
        self.transaction = Some(Transaction::read(words, extra_setup, byte_count));
        self.data_count = Some(data_count);
        self.mailslot_name = Some(name(head, &mut reader, offset, &mut self.notes).ok()?);
        let at = offset + usize::from(data_offset);
        let there_is = reader.whole().get(at..).filter(|_| at >= reader.offset())?;
        self.data = (there_is.len() < usize::from(data_count)).then_some((at, there_is));
        Some(())
    }
}
