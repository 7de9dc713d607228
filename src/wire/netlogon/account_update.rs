//! An account changed. No specification has it, and no capture: the fields are those that Wireshark
//! reads.

use core::fmt;

use super::ShortTrailer;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

/// `LM2.0 Announce account updates` (17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountUpdate<'a> {
    /// Of what, nobody says.
    pub signature: [u8; 8],
    /// When, in a form that nobody says.
    pub date_time: u32,
    /// Who tells.
    pub computer_name: Oem<'a>,
    /// Whose account.
    pub user_name: Oem<'a>,
    /// What changed; nobody says which number is which.
    pub update_type: u16,
    /// With LAN Manager's token, where the message does not end before it.
    pub trailer: Option<ShortTrailer>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl Default for AccountUpdate<'_> {
    fn default() -> Self {
        Self {
            signature: [0; 8],
            date_time: 0,
            computer_name: Oem::default(),
            user_name: Oem::default(),
            update_type: 0,
            trailer: Some(ShortTrailer::default()),
            surplus: &[],
        }
    }
}

impl<'a> Describe<'a> for AccountUpdate<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(17))?;
        visitor.array("signature", &mut self.signature)?;
        visitor.le_u32("date_time", Form::Decimal, &mut self.date_time)?;
        visitor.oem("computer_name", &mut self.computer_name)?;
        visitor.oem("user_name", &mut self.user_name)?;
        visitor.le_u16("update_type", Form::Decimal, &mut self.update_type)?;
        ShortTrailer::visit(&mut self.trailer, "lm20_token", visitor)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `ANNA changed, says WIN98, update type 1, NT version 1`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let (user, computer) = (self.user_name.printable(page), self.computer_name.printable(page));
        write!(f, "{user} changed, says {computer}, update type {}", self.update_type)?;
        ShortTrailer::show(self.trailer, f)
    }
}
