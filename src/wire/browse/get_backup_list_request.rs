//! Who has the list of the workgroup? ([MS-BRWS] 2.2.4)

use core::fmt;

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};

/// `GetBackupListRequest`: from a machine to the master browser, which answers with a
/// [`GetBackupListResponse`](super::GetBackupListResponse). By default what Windows sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GetBackupListRequest<'a> {
    /// The most servers that are asked for.
    pub requested_count: u8,
    /// Comes back with the answer.
    pub token: u32,
    /// Octets behind it: some senders leave up to 9.
    pub surplus: &'a [u8],
}

impl Default for GetBackupListRequest<'_> {
    fn default() -> Self {
        Self { requested_count: 4, token: 1, surplus: &[] }
    }
}

impl<'a> Describe<'a> for GetBackupListRequest<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x09))?;
        visitor.octet("requested_count", Form::Decimal, &mut self.requested_count)?;
        visitor.le_u32("token", Form::Hex, &mut self.token)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `at most 4, token 0x1`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        write!(f, "at most {}, token {:#x}", self.requested_count, self.token)
    }
}
