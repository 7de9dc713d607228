//! The accounts of a domain changed ([MS-NRPC] 2.2.1.5.1, 3.6).

use alloc::vec::Vec;
use core::fmt;

use super::Tail;
use crate::wire::error::Reason;
use crate::wire::oem::CodePage;
use crate::wire::sid::Sid;
use crate::wire::structure::{Describe, Entry, Form, Opcode, Visitor};
use crate::wire::text::{Oem, Padding, Utf16};

/// The most databases of a message. Windows has three.
pub const MAX_DB_CHANGES: usize = 32;

/// `NETLOGON_DB_CHANGE` or `ANNOUNCE_UAS` (10): from the primary domain controller to its backups,
/// which then ask for the changes. A hint and no more: nothing proves where it comes from.
#[doc(alias = "NETLOGON_DB_CHANGE")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnnounceUas<'a> {
    /// The low half of the serial number of the accounts' database.
    pub low_serial_number: u32,
    /// When it changed, in seconds since 1970.
    pub date_and_time: u32,
    /// Seconds between two of these.
    pub pulse: u32,
    /// Seconds in which a backup is to ask, at random.
    pub random: u32,
    /// The primary domain controller.
    pub primary_dc_name: Oem<'a>,
    /// Its domain.
    pub domain_name: Oem<'a>,
    /// Before the names in UTF-16.
    pub padding: Padding<'a>,
    /// LAN Manager ends here.
    pub tail: Tail<UasChange<'a>>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

/// What Windows NT adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UasChange<'a> {
    /// The primary domain controller.
    pub unicode_primary_dc_name: Utf16<'a>,
    /// Its domain.
    pub unicode_domain_name: Utf16<'a>,
    /// A database each; at most [`MAX_DB_CHANGES`].
    pub db_changes: Vec<DbChange>,
    /// Before the identifier. The specification has none; others align it to 4.
    pub sid_padding: Padding<'a>,
    /// The domain's.
    pub domain_sid: Sid<'a>,
    /// 1.
    pub message_format_version: u32,
    /// 0xFFFFFFFF.
    pub message_token: u32,
}

/// What became of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DbChange {
    /// Which one: 0 accounts, 1 built-in accounts, 2 policies.
    pub db_index: u32,
    /// The number of its last change.
    pub large_serial_number: u64,
    /// When it was made, in 100 ns since 1601.
    pub date_and_time: u64,
}

impl DbChange {
    const NAMES: &'static [(u32, &'static str)] = &[(0, "sam"), (1, "builtin"), (2, "lsa")];
}

impl<'a> Entry<'a> for DbChange {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.le_u32("db_index", Form::Named(Self::NAMES), &mut self.db_index)?;
        visitor.le_u64("large_serial_number", Form::Decimal, &mut self.large_serial_number)?;
        visitor.le_u64("date_and_time", Form::FileTime, &mut self.date_and_time)
    }
}

impl Default for AnnounceUas<'_> {
    fn default() -> Self {
        Self {
            low_serial_number: 0,
            date_and_time: 0,
            pulse: 300,
            random: 1,
            primary_dc_name: Oem::default(),
            domain_name: Oem::default(),
            padding: Padding::default(),
            tail: Tail::default(),
            surplus: &[],
        }
    }
}

impl Default for UasChange<'_> {
    fn default() -> Self {
        Self {
            unicode_primary_dc_name: Utf16::default(),
            unicode_domain_name: Utf16::default(),
            db_changes: Vec::new(),
            sid_padding: Padding::default(),
            domain_sid: Sid::default(),
            message_format_version: 1,
            message_token: u32::MAX,
        }
    }
}

/// How much padding there is before an identifier of `size` octets at octet `at`.
fn padding_found(rest: &[u8], at: usize, size: usize) -> usize {
    let aligned = at.next_multiple_of(4) - at;
    let is_sid = |from: usize| {
        let octets = rest.get(from..).and_then(|rest| rest.get(..size));
        octets.is_some_and(|octets| Sid(octets).is_valid())
    };
    // Where both could be, the one that the version and the token follow, and nothing else.
    let is_whole = |from: usize| rest.len() == from + size + 8;
    if size > 0 && is_sid(aligned) && (is_whole(aligned) || !is_sid(0)) { aligned } else { 0 }
}

impl<'a> UasChange<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.utf16("unicode_primary_dc_name", &mut self.unicode_primary_dc_name)?;
        visitor.utf16("unicode_domain_name", &mut self.unicode_domain_name)?;
        let at = visitor.offset();
        let count = visitor.le_length("db_count", self.db_changes.len())?;
        if visitor.ahead().is_some() && count > MAX_DB_CHANGES {
            visitor.refuse(at, "db_count", Reason::TooManyEntries)?;
        }
        visitor.list("db_changes", count, &mut self.db_changes)?;
        let size = visitor.le_length("domain_sid_size", self.domain_sid.0.len())?;
        let found = visitor.ahead().map(|rest| padding_found(rest, visitor.offset(), size));
        visitor.padding("sid_padding", 1, found, &mut self.sid_padding)?;
        visitor.sid("domain_sid", size, &mut self.domain_sid)?;
        let version = &mut self.message_format_version;
        visitor.le_u32("message_format_version", Form::Decimal, version)?;
        visitor.le_u32("message_token", Form::Hex, &mut self.message_token)
    }
}

impl<'a> Describe<'a> for AnnounceUas<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(10))?;
        visitor.le_u32("low_serial_number", Form::Decimal, &mut self.low_serial_number)?;
        visitor.le_u32("date_and_time", Form::UnixTime, &mut self.date_and_time)?;
        visitor.le_u32("pulse", Form::Seconds, &mut self.pulse)?;
        visitor.le_u32("random", Form::Seconds, &mut self.random)?;
        visitor.oem("primary_dc_name", &mut self.primary_dc_name)?;
        visitor.oem("domain_name", &mut self.domain_name)?;
        let first = "unicode_primary_dc_name";
        self.tail.visit(visitor, &mut self.padding, first, UasChange::visit)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `DC1, PDC of OFFICE: sam 4660, builtin 17, lsa 9, every 300 s`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let (dc, domain) = (self.primary_dc_name.printable(page), self.domain_name.printable(page));
        write!(f, "{dc}, PDC of {domain}: ")?;
        match &self.tail {
            Tail::LanManager { .. } => write!(f, "serial {}, LAN Manager", self.low_serial_number)?,
            Tail::Nt(change) => {
                for (i, entry) in change.db_changes.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    let name = DbChange::NAMES.iter().find(|(index, _)| *index == entry.db_index);
                    match name {
                        Some((_, name)) => write!(f, "{comma}{name}")?,
                        None => write!(f, "{comma}database {}", entry.db_index)?,
                    }
                    write!(f, " {}", entry.large_serial_number)?;
                }
                if change.db_changes.is_empty() {
                    f.write_str("nothing changed")?;
                }
            }
        }
        write!(f, ", every {} s", self.pulse)
    }
}
