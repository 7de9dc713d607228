//! Packets of the NetBIOS name service, UDP port 137 ([RFC 1002] 4.2).
//!
//! ```text
//! 0 NAME_TRN_ID  2 R OPCODE NM_FLAGS RCODE  4 QDCOUNT  6 ANCOUNT  8 NSCOUNT  10 ARCOUNT
//! 12 questions, answers, authority, additional
//! ```
//!
//! Integers are big-endian. A packet owns its lists: they are as long as the payload justifies.

mod build;
mod header;
mod record;
mod status;

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::error::DecodeError;
use super::netbios::{Form, ScopedName};
use super::notes::{Decoded, Note, Notes};
use super::reader::{Reader, be_u16_at};

pub use build::Claim;
pub use header::{Header, Kind, NmFlags, Opcode, Rcode};
pub use record::{NbEntry, NbFlags, Rdata, Record, RrType};
pub use status::{NameFlags, NodeName, NodeStatus, Statistics, workstation};

/// Octets before the first question or record.
pub const HEADER_LEN: usize = 12;

/// Where the first question's name stands: what the pointers of records point to.
pub const QUESTION_NAME_AT: u16 = 12;
const _: () = assert!(QUESTION_NAME_AT as usize == HEADER_LEN);

/// `RR_CLASS` and `QUESTION_CLASS`: 1, Internet.
pub const CLASS_IN: u16 = 1;

/// One packet of the name service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The transaction, what it is, and how it went.
    pub header: Header,
    /// What is asked.
    pub questions: Vec<Question<'a>>,
    /// What is answered.
    pub answers: Vec<Record<'a>>,
    /// Who would know: [RFC 1002] 4.2.15 only.
    pub authority: Vec<Record<'a>>,
    /// The record to register, refresh or release.
    pub additional: Vec<Record<'a>>,
    /// A record behind them that no count counts: Windows' negative answers have one.
    pub uncounted: Option<Record<'a>>,
    /// Octets behind all of them; Windows NT adds stale ones to a node status.
    pub trailing: &'a [u8],
}

/// A question ([RFC 1002] 4.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// `QUESTION_NAME`.
    pub name: ScopedName<'a>,
    /// `QUESTION_TYPE`: [`RrType::NB`] or [`RrType::NBSTAT`].
    pub question_type: RrType,
    /// `QUESTION_CLASS`: [`CLASS_IN`].
    pub question_class: u16,
}

impl<'a> Packet<'a> {
    /// Reads one UDP payload of port 137.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with offset, field and reason.
    pub fn decode(payload: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        let mut notes = Notes::NONE;
        let (mut packet, counts, mut reader) = Self::begin(payload)?;
        packet.read(&mut reader, counts, &mut notes)?;
        Ok(Decoded { value: packet, notes })
    }

    /// What can be read of a packet that [`decode`](Self::decode) refuses: all before the question
    /// or record at fault. `None` where the header is not whole.
    pub fn partial(payload: &'a [u8]) -> Option<Decoded<Self>> {
        let mut notes = Notes::NONE;
        let (mut packet, counts, mut reader) = Self::begin(payload).ok()?;
        let _ = packet.read(&mut reader, counts, &mut notes);
        Some(Decoded { value: packet, notes })
    }

    /// A packet of the header alone, its four counts, and what is behind it.
    fn begin(payload: &'a [u8]) -> Result<(Self, [u16; 4], Reader<'a>), DecodeError> {
        let mut reader = Reader::new(payload);
        let block: &[u8; HEADER_LEN] = reader.block(&[
            (0, "name_trn_id"),
            (2, "opcode"),
            (4, "qdcount"),
            (6, "ancount"),
            (8, "nscount"),
            (10, "arcount"),
        ])?;
        let header = Header::from_words(be_u16_at(block, 0), be_u16_at(block, 2));
        let counts = [4, 6, 8, 10].map(|at| be_u16_at(block, at));
        Ok((Self::empty(header), counts, reader))
    }

    fn read(
        &mut self,
        reader: &mut Reader<'a>,
        [questions, answers, authority, additional]: [u16; 4],
        notes: &mut Notes,
    ) -> Result<(), DecodeError> {
        for _ in 0..questions {
            self.questions.push(Question::decode(reader, notes)?);
        }
        for (records, count) in [
            (&mut self.answers, answers),
            (&mut self.authority, authority),
            (&mut self.additional, additional),
        ] {
            for _ in 0..count {
                records.push(Record::decode(reader, notes, self.header)?);
            }
        }
        let counted = self.records().next().is_some();
        if self.header.response && !counted && !reader.rest().is_empty() {
            let (mut ahead, mut ahead_notes) = (*reader, Notes::NONE);
            if let Ok(record) = Record::decode(&mut ahead, &mut ahead_notes, self.header) {
                notes.add(Note::UncountedRecord, reader.offset());
                notes.merge(ahead_notes);
                *reader = ahead;
                self.uncounted = Some(record);
            }
        }
        self.trailing = reader.rest();
        if !self.trailing.is_empty() {
            let note = match self.kind() {
                Kind::NodeStatusResponse => Note::StaleBytes,
                _ => Note::TrailingBytes,
            };
            notes.add(note, reader.offset());
        }
        Ok(())
    }

    /// Octets that [`encode`](Self::encode) writes.
    pub fn encoded_len(&self) -> usize {
        HEADER_LEN
            + self.questions.iter().map(Question::encoded_len).sum::<usize>()
            + self.records().map(Record::encoded_len).sum::<usize>()
            + self.trailing.len()
    }

    /// Writes the packet; the counts are those of the lists.
    ///
    /// # Panics
    ///
    /// Where `to` has less room than [`encoded_len`](Self::encoded_len); a `Vec` or `BytesMut`
    /// grows.
    pub fn encode(&self, to: &mut impl BufMut) {
        let (name_trn_id, word) = self.header.to_words();
        to.put_u16(name_trn_id);
        to.put_u16(word);
        to.put_u16(count(self.questions.len()));
        for records in [&self.answers, &self.authority, &self.additional] {
            to.put_u16(count(records.len()));
        }
        for question in &self.questions {
            question.encode(to);
        }
        for record in self.records() {
            record.encode(to);
        }
        to.put_slice(self.trailing);
    }

    /// The packet in a buffer of its own.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.encoded_len());
        self.encode(&mut octets);
        octets
    }

    /// Which of [RFC 1002] 4.2's packets this is.
    pub fn kind(&self) -> Kind {
        let asked = self.questions.first().map(|question| question.question_type);
        let answered = self.records().next();
        Kind::of(self.header, asked, answered)
    }

    /// The name that it is about: that of the question, else of the first record.
    pub fn name(&self) -> Option<ScopedName<'a>> {
        let asked = self.questions.first().map(|question| question.name);
        asked.or_else(|| self.records().find_map(|record| record.name))
    }

    /// The addresses in its records that are about names, in order.
    pub fn entries(&self) -> impl Iterator<Item = NbEntry> + '_ {
        self.records()
            .flat_map(|record| match &record.rdata {
                Rdata::Nb(entries) => &entries[..],
                _ => &[],
            })
            .copied()
    }

    /// All its records, in their order on the wire, whether counted or not.
    pub fn records(&self) -> impl Iterator<Item = &Record<'a>> {
        let counted = self.answers.iter().chain(&self.authority).chain(&self.additional);
        counted.chain(&self.uncounted)
    }
}

impl<'a> Question<'a> {
    fn decode(reader: &mut Reader<'a>, notes: &mut Notes) -> Result<Self, DecodeError> {
        let name = name(reader, notes, "question_name")?;
        let block: &[u8; 4] = reader.block(&[(0, "question_type"), (2, "question_class")])?;
        let question_type = RrType(be_u16_at(block, 0));
        Ok(Self { name, question_type, question_class: be_u16_at(block, 2) })
    }

    fn encoded_len(&self) -> usize {
        self.name.encoded_len() + 4
    }

    fn encode(&self, to: &mut impl BufMut) {
        self.name.encode(to);
        to.put_u16(self.question_type.0);
        to.put_u16(self.question_class);
    }
}

/// A name, which may be a pointer to that of the question: [RFC 1002] 4.2.1.3 asks for it.
fn name<'a>(
    reader: &mut Reader<'a>,
    notes: &mut Notes,
    field: &'static str,
) -> Result<ScopedName<'a>, DecodeError> {
    let mut made = Notes::NONE;
    let name = ScopedName::decode(reader, &mut made, field)?;
    if name.form == Form::Pointer(QUESTION_NAME_AT) {
        made = made.without(Note::NamePointer);
    }
    notes.merge(made);
    Ok(name)
}

/// Lists come from packets, whose counts have 16 bits, or have one element.
fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// One line: what it is, about which name, with which addresses.
impl fmt::Display for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind())?;
        if let Some(name) = self.name() {
            write!(f, " {name}")?;
        }
        if self.header.rcode != Rcode::OK {
            write!(f, ": {}", self.header.rcode)?;
        }
        for (i, entry) in self.entries().enumerate() {
            write!(f, "{}{entry}", if i > 0 { ", " } else { " = " })?;
        }
        for record in self.records() {
            match &record.rdata {
                Rdata::NodeStatus(status) => write!(f, ", {status}")?,
                Rdata::A(address) => write!(f, " at {address}")?,
                _ => {}
            }
        }
        write!(f, ", id {:#06x}", self.header.name_trn_id)
    }
}
