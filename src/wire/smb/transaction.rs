//! The words of an `SMB_COM_TRANSACTION` request that writes to a mailslot ([MS-MAIL] 2.2.1,
//! [MS-CIFS] 2.2.4.33.1 and 2.2.5.12).

use bytes::BufMut;

use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::{Layout, Reader, le_u16_at, le_u32_at};

/// From `WordCount` to `ByteCount`. `DataCount` is the length of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transaction<'a> {
    /// 0; not looked at on receipt, as all fields below but `data_offset` and the setup words.
    pub total_parameter_count: u16,
    /// `DataCount` again.
    pub total_data_count: u16,
    /// 2 from Windows' user mode, else 0.
    pub max_parameter_count: u16,
    /// 0.
    pub max_data_count: u16,
    /// 0.
    pub max_setup_count: u8,
    /// 0.
    pub reserved1: u8,
    /// Bit 0 disconnects the tree, bit 1 wants no response. There is never one.
    pub flags: u16,
    /// Milliseconds; 1000 from Windows' kernel.
    pub timeout: u32,
    /// 0.
    pub reserved2: u16,
    /// 0.
    pub parameter_count: u16,
    /// Octets from the `FF` to the parameters, of which there are none.
    pub parameter_offset: u16,
    /// Octets from the `FF` to the data; ignored where there is no data.
    pub data_offset: u16,
    /// 0.
    pub reserved3: u8,
    /// 0 to 9, larger being more urgent; Windows ignores it.
    pub priority: u16,
    /// 2, unreliable; 1, reliable, means the same in a datagram.
    pub class: u16,
    /// Setup words beyond the three, little-endian octets. None from any known sender.
    pub extra_setup: &'a [u8],
    /// Octets from the name to the end of the data, as the sender counts.
    pub byte_count: u16,
}

/// Octets from `WordCount` to the third setup word.
const BLOCK: usize = 35;

const LAYOUT: &Layout = &[
    (0, "word_count"),
    (1, "total_parameter_count"),
    (3, "total_data_count"),
    (5, "max_parameter_count"),
    (7, "max_data_count"),
    (9, "max_setup_count"),
    (10, "reserved1"),
    (11, "flags"),
    (13, "timeout"),
    (17, "reserved2"),
    (19, "parameter_count"),
    (21, "parameter_offset"),
    (23, "data_count"),
    (25, "data_offset"),
    (27, "setup_count"),
    (28, "reserved3"),
    (29, "opcode"),
    (31, "priority"),
    (33, "class"),
];

impl<'a> Transaction<'a> {
    /// Words before the setup words.
    const FIXED_WORDS: u8 = 14;

    const OPCODE: u16 = 1;

    /// Octets from `WordCount` to `ByteCount`: 37 without extra setup words.
    pub fn encoded_len(&self) -> usize {
        37 + self.extra_setup.len()
    }

    /// Their octets to the third setup word, where they are those of a mailslot write.
    #[inline]
    pub(super) fn check(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
    ) -> Result<&'a [u8; BLOCK], DecodeError> {
        let start = reader.offset();
        let block: &[u8; BLOCK] = reader.block(LAYOUT)?;
        let (word_count, setup_count) = (block[0], block[27]);
        if !(3..=20).contains(&setup_count) {
            let reason = Reason::SetupCount(setup_count);
            return Err(DecodeError::new(start + 27, "setup_count", reason));
        }
        if word_count != Self::FIXED_WORDS + setup_count {
            return Err(DecodeError::new(start, "word_count", Reason::WordCount(word_count)));
        }
        let opcode = le_u16_at(block, 29);
        if opcode != Self::OPCODE {
            return Err(DecodeError::new(start + 29, "opcode", Reason::Opcode(opcode)));
        }
        Self::note(block, start, notes);
        Ok(block)
    }

    #[inline]
    fn note(block: &[u8; BLOCK], start: usize, notes: &mut Notes) {
        match le_u32_at(block, 13) {
            0 => {}
            1000 => notes.add(Note::Timeout1000, start + 13),
            _ => notes.add(Note::TimeoutOther, start + 13),
        }
        if le_u16_at(block, 3) != Self::data(block).0 {
            notes.add(Note::TotalDataCountMismatch, start + 3);
        }
        if block[10] | block[28] != 0 || le_u16_at(block, 17) != 0 {
            notes.add(Note::ReservedFields, start + 10);
        }
        if block[27] > 3 {
            notes.add(Note::ExtraSetupWords, start + 27);
        }
        if le_u16_at(block, 31) > 9 {
            notes.add(Note::PriorityOver9, start + 31);
        }
        match le_u16_at(block, 33) {
            2 => {}
            1 => notes.add(Note::Class1, start + 33),
            _ => notes.add(Note::ClassUnknown, start + 33),
        }
    }

    /// Setup words beyond the three, in octets.
    #[inline]
    pub(super) fn extra_setup_len(block: &[u8; BLOCK]) -> usize {
        2 * usize::from(block[27].saturating_sub(3))
    }

    /// `DataCount` and `DataOffset`.
    #[inline]
    pub(super) fn data(block: &[u8; BLOCK]) -> (u16, u16) {
        (le_u16_at(block, 23), le_u16_at(block, 25))
    }

    /// The fields of octets that were checked, and of those behind them.
    #[inline]
    pub(super) fn read(block: &[u8; BLOCK], extra_setup: &'a [u8], byte_count: u16) -> Self {
        Self {
            total_parameter_count: le_u16_at(block, 1),
            total_data_count: le_u16_at(block, 3),
            max_parameter_count: le_u16_at(block, 5),
            max_data_count: le_u16_at(block, 7),
            max_setup_count: block[9],
            reserved1: block[10],
            flags: le_u16_at(block, 11),
            timeout: le_u32_at(block, 13),
            reserved2: le_u16_at(block, 17),
            parameter_count: le_u16_at(block, 19),
            parameter_offset: le_u16_at(block, 21),
            data_offset: le_u16_at(block, 25),
            reserved3: block[28],
            priority: le_u16_at(block, 31),
            class: le_u16_at(block, 33),
            extra_setup,
            byte_count,
        }
    }

    pub(super) fn encode(&self, data_count: u16, to: &mut impl BufMut) {
        // Kept below 17 extra words by whoever made the value; a wrong count would be refused by
        // every reader, so it is cut rather than wrapped.
        let extra = u8::try_from(self.extra_setup.len() / 2).unwrap_or(u8::MAX - 17).min(17);
        to.put_u8(Self::FIXED_WORDS + 3 + extra);
        to.put_u16_le(self.total_parameter_count);
        to.put_u16_le(self.total_data_count);
        to.put_u16_le(self.max_parameter_count);
        to.put_u16_le(self.max_data_count);
        to.put_u8(self.max_setup_count);
        to.put_u8(self.reserved1);
        to.put_u16_le(self.flags);
        to.put_u32_le(self.timeout);
        to.put_u16_le(self.reserved2);
        to.put_u16_le(self.parameter_count);
        to.put_u16_le(self.parameter_offset);
        to.put_u16_le(data_count);
        to.put_u16_le(self.data_offset);
        to.put_u8(3 + extra);
        to.put_u8(self.reserved3);
        to.put_u16_le(Self::OPCODE);
        to.put_u16_le(self.priority);
        to.put_u16_le(self.class);
        to.put_slice(self.extra_setup);
        to.put_u16_le(self.byte_count);
    }
}

impl Default for Transaction<'_> {
    /// Class 2, the rest 0.
    fn default() -> Self {
        Self {
            total_parameter_count: 0,
            total_data_count: 0,
            max_parameter_count: 0,
            max_data_count: 0,
            max_setup_count: 0,
            reserved1: 0,
            flags: 0,
            timeout: 0,
            reserved2: 0,
            parameter_count: 0,
            parameter_offset: 0,
            data_offset: 0,
            reserved3: 0,
            priority: 0,
            class: 2,
            extra_setup: &[],
            byte_count: 0,
        }
    }
}
