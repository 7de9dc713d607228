//! A server lets a user of LAN Manager log on (fields as Samba has them).

use core::fmt;

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

/// `LOGON_RESPONSE2` (6): the answer to [`LogonRequest`](super::LogonRequest).
#[doc(alias = "LOGON_RESPONSE2")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogonResponse2<'a> {
    /// Where to log on: `\\SERVER`.
    pub logon_server: Oem<'a>,
    /// 0xFFFF.
    pub lm20_token: u16,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl Default for LogonResponse2<'_> {
    fn default() -> Self {
        Self { logon_server: Oem::default(), lm20_token: 0xffff, surplus: &[] }
    }
}

impl<'a> Describe<'a> for LogonResponse2<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(6))?;
        visitor.oem("logon_server", &mut self.logon_server)?;
        visitor.le_u16("lm20_token", Form::Hex, &mut self.lm20_token)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `log on to \\SERVER`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write!(f, "log on to {}", self.logon_server.printable(page))
    }
}
