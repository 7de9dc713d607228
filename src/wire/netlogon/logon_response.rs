//! A server lets a user of LAN Manager 1.0 log on. No specification has it, and no capture: the
//! fields are those that Wireshark reads.

use core::fmt;

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::Oem;

/// `LM1.0_LOGON_RESPONSE` (1): the answer to a [`LogonRequest`](super::LogonRequest) of LAN Manager
/// 1.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LogonResponse<'a> {
    /// Who logs on.
    pub user_name: Oem<'a>,
    /// What is to be run then.
    pub script_name: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for LogonResponse<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(1))?;
        visitor.terminated("user_name", &mut self.user_name)?;
        visitor.terminated("script_name", &mut self.script_name)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `ANNA logs on, script LOGON.BAT`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write!(f, "{} logs on", self.user_name.printable(page))?;
        if self.script_name.octets.is_empty() {
            return Ok(());
        }
        write!(f, ", script {}", self.script_name.printable(page))
    }
}
