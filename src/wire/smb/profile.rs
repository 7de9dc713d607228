//! What real senders write into the fields that nobody reads.

use core::fmt;

use super::header::{Flags2, Header};
use super::mailslot::{MailslotWrite, PREFIX, SlotName};
use super::transaction::Transaction;
use super::{MAX_DATA, MAX_SMB};

/// Where the name stands in a write of three setup words.
const NAME_AT: usize = 69;

/// A sender whose frames ours are to equal, octet by octet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Windows' user mode, `CreateFile` and `WriteFile` ([MS-MAIL] 4): data aligned to 4 as
    /// [MS-MAIL] 2.2.1 demands of everyone.
    #[default]
    Api,
    /// Windows' kernel, for the browser and netlogon ([MS-BRWS] 4.1): no ids, a timeout of 1 s, no
    /// alignment.
    Browser,
    /// Samba's nmbd: no ids, no timeout, no alignment, priority 1.
    Samba,
}

impl Profile {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Api, Self::Browser, Self::Samba];

    /// The [`Api`](Self::Api) values and alignment whatever the slot: what [MS-MAIL] asks for,
    /// where [`for_slot`](Self::for_slot) does what Windows does.
    pub const STRICT: Self = Self::Api;

    /// Its name in text and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Browser => "browser",
            Self::Samba => "samba",
        }
    }

    /// The profile of that [name](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|profile| profile.name() == name)
    }

    /// The one that Windows uses for a slot: its kernel writes to `BROWSE`, `LANMAN` and below
    /// `NET\`, user mode to all others.
    pub fn for_slot(name: SlotName<'_>) -> Self {
        let leaf = name.leaf();
        let system = leaf.eq_ignore_ascii_case(b"BROWSE")
            || leaf.eq_ignore_ascii_case(b"LANMAN")
            || leaf.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(br"NET\"));
        if system { Self::Browser } else { Self::Api }
    }

    /// Octets between the name's NUL and the data, of a name that takes `name_len` octets with its
    /// NUL, and in Unicode with the octet before it.
    pub const fn padding_len(self, name_len: usize) -> usize {
        match self {
            Self::Api => (4 - (NAME_AT + name_len) % 4) % 4,
            Self::Browser | Self::Samba => 0,
        }
    }

    /// The most octets of data that a write to that slot carries: 424, less where the name is so
    /// long that the SMB would exceed 512 octets ([MS-MAIL] 2.1 note 2).
    pub fn max_data(self, name: SlotName<'_>) -> usize {
        MAX_SMB.saturating_sub(self.data_offset(name)).min(MAX_DATA)
    }

    /// Where in the SMB the data of a write to that slot begins.
    pub fn data_offset(self, name: SlotName<'_>) -> usize {
        let name_len = name.field_len(NAME_AT);
        NAME_AT + name_len + self.padding_len(name_len)
    }

    /// A write as this sender makes it. Nothing is refused here: see [`max_data`](Self::max_data).
    pub fn write<'a>(self, mailslot_name: SlotName<'a>, data: &'a [u8]) -> MailslotWrite<'a> {
        let header = self.header(mailslot_name);
        let mut write = MailslotWrite {
            header,
            transaction: Transaction::default(),
            mailslot_name,
            padding: &[],
            data,
            trailing: &[],
        };
        let name_len = write.name_len();
        write.padding = &[0; 4][..self.padding_len(name_len)];
        write.transaction = self.transaction(name_len, write.padding.len(), data.len());
        write
    }

    fn header(self, name: SlotName<'_>) -> Header {
        let mut header = match self {
            Self::Api => Header {
                flags: 0x18,
                flags2: Flags2::SMB_SECURITY_SIGNATURE,
                pid_low: 0xfeff,
                ..Header::default()
            },
            Self::Browser | Self::Samba => Header::default(),
        };
        header.flags2.set(Flags2::UNICODE, name.is_unicode());
        header
    }

    fn transaction(self, name_len: usize, padding: usize, data: usize) -> Transaction<'static> {
        let word = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let data_offset = word(NAME_AT + name_len + padding);
        let counted = Transaction {
            total_data_count: word(data),
            data_offset,
            byte_count: word(name_len + padding + data),
            ..Transaction::default()
        };
        match self {
            Self::Api => Transaction {
                max_parameter_count: 2,
                flags: 2,
                parameter_offset: data_offset,
                ..counted
            },
            Self::Browser => Transaction { timeout: 1000, ..counted },
            Self::Samba => Transaction { priority: 1, ..counted },
        }
    }

    /// The profile whose values a frame has, or comes nearest to: compared are the fields that
    /// receivers ignore, priority left out, since each browser message has its own.
    pub fn of(write: &MailslotWrite<'_>) -> Self {
        let header = &write.header;
        let words = &write.transaction;
        let api = u8::from(header.flags == 0x18)
            + u8::from(header.pid_low == 0xfeff)
            + u8::from(words.max_parameter_count == 2)
            + u8::from(words.flags == 2);
        if api >= 2 {
            Self::Api
        } else if words.timeout == 1000 {
            Self::Browser
        } else {
            Self::Samba
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

// The shortest name is `\MAILSLOT\x`; the constants above stand for the 12 octets of that and NUL.
const _: () = assert!(PREFIX.len() == 10 && Header::LEN + 37 == NAME_AT);
