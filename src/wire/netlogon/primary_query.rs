//! Who is the primary domain controller? ([MS-ADTS] 6.3.1.4)

use core::fmt;

use super::{NtVersion, Tail, Trailer};
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::{Oem, Padding, Utf16};

/// `LOGON_PRIMARY_QUERY` (7): only the primary domain controller answers.
#[doc(alias = "LOGON_PRIMARY_QUERY")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrimaryQuery<'a> {
    /// Who asks.
    pub computer_name: Oem<'a>,
    /// The mailslot of the answer, from `\MAILSLOT\` on.
    pub mailslot_name: Oem<'a>,
    /// Before the names in UTF-16.
    pub padding: Padding<'a>,
    /// Windows 95 and LAN Manager end here.
    pub tail: Tail<NtQuery<'a>>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

/// What Windows NT adds to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NtQuery<'a> {
    /// Who asks.
    pub unicode_computer_name: Utf16<'a>,
    /// Which answers it reads: 11 of Windows 2000 and later.
    pub trailer: Trailer,
}

impl Default for NtQuery<'_> {
    fn default() -> Self {
        Self { unicode_computer_name: Utf16::default(), trailer: Trailer::new(NtVersion::QUESTION) }
    }
}

impl<'a> Describe<'a> for PrimaryQuery<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(7))?;
        visitor.oem("computer_name", &mut self.computer_name)?;
        visitor.oem("mailslot_name", &mut self.mailslot_name)?;
        let first = "unicode_computer_name";
        self.tail.visit(visitor, &mut self.padding, first, |nt, visitor| {
            visitor.utf16(first, &mut nt.unicode_computer_name)?;
            nt.trailer.visit(visitor)
        })?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WINXP asks for the PDC of the domain, reply to \MAILSLOT\NET\GETDC686, NT version 11`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let computer = self.computer_name.printable(page);
        let mailslot = self.mailslot_name.printable(page);
        write!(f, "{computer} asks for the PDC of the domain, reply to {mailslot}")?;
        match self.tail {
            Tail::Nt(NtQuery { trailer, .. }) => {
                write!(f, ", NT version {}", trailer.nt_version.number())
            }
            Tail::LanManager { .. } => f.write_str(", LAN Manager"),
        }
    }
}
