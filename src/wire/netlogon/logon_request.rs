//! A user logs on to a domain of LAN Manager ([MS-ADTS] 6.3.1.3 has the opcode; the fields are
//! Samba's).

use core::fmt;

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

/// `LOGON_REQUEST` (0): of DOS, Windows 9x and LAN Manager.
#[doc(alias = "LOGON_REQUEST")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogonRequest<'a> {
    /// Who asks.
    pub computer_name: Oem<'a>,
    /// Who logs on.
    pub user_name: Oem<'a>,
    /// The mailslot of the answer, from `\MAILSLOT\` on.
    pub mailslot_name: Oem<'a>,
    /// How often it was asked.
    pub request_count: u8,
    /// 1.
    pub lm_version: u16,
    /// 0xFFFF.
    pub lm20_token: u16,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl Default for LogonRequest<'_> {
    fn default() -> Self {
        Self {
            computer_name: Oem::default(),
            user_name: Oem::default(),
            mailslot_name: Oem::default(),
            request_count: 1,
            lm_version: 1,
            lm20_token: 0xffff,
            surplus: &[],
        }
    }
}

impl<'a> Describe<'a> for LogonRequest<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(0))?;
        visitor.oem("computer_name", &mut self.computer_name)?;
        visitor.oem("user_name", &mut self.user_name)?;
        visitor.oem("mailslot_name", &mut self.mailslot_name)?;
        visitor.octet("request_count", Form::Decimal, &mut self.request_count)?;
        visitor.le_u16("lm_version", Form::Decimal, &mut self.lm_version)?;
        visitor.le_u16("lm20_token", Form::Hex, &mut self.lm20_token)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WIN98 logs on as ANNA, reply to \MAILSLOT\TEMP\NETLOGON`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let (computer, user) = (self.computer_name.printable(page), self.user_name.printable(page));
        let mailslot = self.mailslot_name.printable(page);
        write!(f, "{computer} logs on as {user}, reply to {mailslot}")
    }
}
