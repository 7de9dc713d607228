//! That machine is to keep the list, too ([MS-BRWS] 2.2.6).

use core::fmt;

use super::write_name;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::Oem;

/// `BecomeBackup`: from the master browser to all that can be browsers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BecomeBackup<'a> {
    /// Which of them is meant.
    pub browser_to_promote: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for BecomeBackup<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x0b))?;
        visitor.oem("browser_to_promote", &mut self.browser_to_promote)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WINBOX`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write_name(f, self.browser_to_promote.octets, page)
    }
}
