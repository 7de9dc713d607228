//! The primary domain controller answers ([MS-ADTS] 6.3.1.5), or starts. Of the latter no
//! specification has the fields, and no capture: they are those that Wireshark reads.

use core::fmt;

use super::{NtVersion, Tail, Trailer};
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::{Oem, Padding, Utf16};

/// `LOGON_PRIMARY_RESPONSE` (12): the answer to [`PrimaryQuery`](super::PrimaryQuery).
#[doc(alias = "LOGON_PRIMARY_RESPONSE")]
pub type PrimaryResponse<'a> = PrimaryController<'a, 12>;

/// `Announce Startup of PDC` (8): to all of the domain.
pub type PdcStartup<'a> = PrimaryController<'a, 8>;

/// The fields of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrimaryController<'a, const OPCODE: u16> {
    /// Who it is; no backslashes before it.
    pub primary_dc_name: Oem<'a>,
    /// Before the names in UTF-16.
    pub padding: Padding<'a>,
    /// LAN Manager ends here.
    pub tail: Tail<NtResponse<'a>>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

/// What Windows NT adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NtResponse<'a> {
    /// Who it is.
    pub unicode_primary_dc_name: Utf16<'a>,
    /// Of which domain.
    pub unicode_domain_name: Utf16<'a>,
    /// Version 1.
    pub trailer: Trailer,
}

impl Default for NtResponse<'_> {
    fn default() -> Self {
        Self {
            unicode_primary_dc_name: Utf16::default(),
            unicode_domain_name: Utf16::default(),
            trailer: Trailer::new(NtVersion::V1),
        }
    }
}

impl<'a, const OPCODE: u16> Describe<'a> for PrimaryController<'a, OPCODE> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(OPCODE))?;
        visitor.oem("primary_dc_name", &mut self.primary_dc_name)?;
        let first = "unicode_primary_dc_name";
        self.tail.visit(visitor, &mut self.padding, first, |nt, visitor| {
            visitor.utf16(first, &mut nt.unicode_primary_dc_name)?;
            visitor.utf16("unicode_domain_name", &mut nt.unicode_domain_name)?;
            nt.trailer.visit(visitor)
        })?;
        visitor.surplus(&mut self.surplus)
    }

    /// `DC1 is the PDC of OFFICE`, `DC1 starts as the PDC of OFFICE`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let verb = if OPCODE == 8 { "starts as" } else { "is" };
        write!(f, "{} {verb} the PDC of ", self.primary_dc_name.printable(page))?;
        match self.tail {
            Tail::Nt(NtResponse { unicode_domain_name, .. }) => write!(f, "{unicode_domain_name}"),
            Tail::LanManager { .. } => f.write_str("the domain, LAN Manager"),
        }
    }
}
