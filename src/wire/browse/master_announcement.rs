//! A master browser tells its domain's that it is there ([MS-BRWS] 2.2.8).

use core::fmt;

use super::write_name;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::Oem;

/// `MasterAnnouncement`: from the master browser of a network to that of the domain, which then asks for
/// its list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MasterAnnouncement<'a> {
    /// Whose it is.
    pub master_browser_server_name: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for MasterAnnouncement<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x0d))?;
        visitor.oem("master_browser_server_name", &mut self.master_browser_server_name)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WINBOX`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write_name(f, self.master_browser_server_name.octets, page)
    }
}
