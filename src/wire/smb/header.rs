//! The SMB header ([MS-CIFS] 2.2.3.1).

use bitflags::bitflags;
use bytes::BufMut;

use crate::wire::error::{DecodeError, Reason};
use crate::wire::notes::{Note, Notes};
use crate::wire::reader::{Layout, Reader, le_u16_at, le_u32_at, octets_at};

bitflags! {
    /// `Flags2`. Unknown bits are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Flags2: u16 {
        /// Paths may be long.
        const LONG_NAMES = 0x0001;
        /// Signatures; what [MS-MAIL] 2.2.1 asks for, though nothing is signed.
        const SMB_SECURITY_SIGNATURE = 0x0004;
        /// Strings are UTF-16LE.
        const UNICODE = 0x8000;
    }
}

/// The 32 octets before `WordCount`, less protocol and command, which are fixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Header {
    /// 0 in requests.
    pub status: u32,
    /// 0x18 from Windows' user mode, 0 from its kernel. Never with the reply bit, 0x80.
    pub flags: u8,
    /// String format among others.
    pub flags2: Flags2,
    /// High half of the process id.
    pub pid_high: u16,
    /// No use in a mailslot write.
    pub security_features: [u8; 8],
    /// No use.
    pub reserved: u16,
    /// Tree id; no use in a mailslot write.
    pub tid: u16,
    /// Low half of the process id: 0xFEFF from Windows' user mode.
    pub pid_low: u16,
    /// User id; no use in a mailslot write.
    pub uid: u16,
    /// Multiplex id; no use in a mailslot write.
    pub mid: u16,
}

/// Behind protocol and command.
const LAYOUT: &Layout = &[
    (0, "status"),
    (4, "flags"),
    (5, "flags2"),
    (7, "pid_high"),
    (9, "security_features"),
    (17, "reserved"),
    (19, "tid"),
    (21, "pid_low"),
    (23, "uid"),
    (25, "mid"),
];

impl Header {
    /// Its length in octets.
    pub const LEN: usize = 32;

    pub(super) const PROTOCOL: [u8; 4] = *b"\xffSMB";
    pub(super) const COMMAND: u8 = 0x25;
    const REPLY: u8 = 0x80;

    /// Its octets behind protocol and command, where they are one.
    #[inline]
    pub(super) fn check<'a>(
        reader: &mut Reader<'a>,
        notes: &mut Notes,
    ) -> Result<&'a [u8; Self::LEN - 5], DecodeError> {
        let start = reader.offset();
        let block: &[u8; 5] = reader.block(&[(0, "protocol"), (4, "command")])?;
        let protocol = octets_at(block, 0);
        if protocol != Self::PROTOCOL {
            return Err(DecodeError::new(start, "protocol", Reason::NotSmb(protocol)));
        }
        if block[4] != Self::COMMAND {
            return Err(DecodeError::new(start + 4, "command", Reason::NotTransaction(block[4])));
        }
        let block: &[u8; Self::LEN - 5] = reader.block(LAYOUT)?;
        if block[4] & Self::REPLY != 0 {
            return Err(DecodeError::new(start + 9, "flags", Reason::Reply));
        }
        if le_u16_at(block, 19) == 0xffff || le_u16_at(block, 23) == 0xffff {
            notes.add(Note::TidUidFfff, start + 24);
        }
        if le_u32_at(block, 0) != 0 || le_u16_at(block, 17) != 0 {
            notes.add(Note::ReservedFields, start + 5);
        }
        Ok(block)
    }

    /// `Flags2` of octets that were checked.
    #[inline]
    pub(super) fn flags2(block: &[u8; Self::LEN - 5]) -> Flags2 {
        Flags2::from_bits_retain(le_u16_at(block, 5))
    }

    /// The fields of octets that were checked.
    #[inline]
    pub(super) fn read(block: &[u8; Self::LEN - 5]) -> Self {
        Self {
            status: le_u32_at(block, 0),
            flags: block[4],
            flags2: Self::flags2(block),
            pid_high: le_u16_at(block, 7),
            security_features: octets_at(block, 9),
            reserved: le_u16_at(block, 17),
            tid: le_u16_at(block, 19),
            pid_low: le_u16_at(block, 21),
            uid: le_u16_at(block, 23),
            mid: le_u16_at(block, 25),
        }
    }

    pub(super) fn encode(&self, to: &mut impl BufMut) {
        to.put_slice(&Self::PROTOCOL);
        to.put_u8(Self::COMMAND);
        to.put_u32_le(self.status);
        to.put_u8(self.flags);
        to.put_u16_le(self.flags2.bits());
        to.put_u16_le(self.pid_high);
        to.put_slice(&self.security_features);
        to.put_u16_le(self.reserved);
        to.put_u16_le(self.tid);
        to.put_u16_le(self.pid_low);
        to.put_u16_le(self.uid);
        to.put_u16_le(self.mid);
    }
}
