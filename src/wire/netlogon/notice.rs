//! What a server says in an opcode alone. No specification has these messages, and no capture: the
//! fields are those that Wireshark reads.

use core::fmt;

use super::ShortTrailer;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};

/// `Announce Failed PDC` (9): the primary domain controller stops.
pub type PdcFailure<'a> = Notice<'a, 9>;

/// `LM2.0 Response during LOGON pause` (15): the server lets nobody log on for now.
pub type LogonPauseResponse<'a> = Notice<'a, 15>;

/// `LM2.0 Response - user unknown` (16): the server does not know who wants to log on.
pub type UserUnknown<'a> = Notice<'a, 16>;

/// The fields of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notice<'a, const OPCODE: u16> {
    /// With LAN Manager's token, where the message does not end before it.
    pub trailer: Option<ShortTrailer>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<const OPCODE: u16> Default for Notice<'_, OPCODE> {
    fn default() -> Self {
        Self { trailer: Some(ShortTrailer::default()), surplus: &[] }
    }
}

impl<'a, const OPCODE: u16> Describe<'a> for Notice<'a, OPCODE> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(OPCODE))?;
        ShortTrailer::visit(&mut self.trailer, "lm20_token", visitor)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `the primary domain controller failed, NT version 1`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        f.write_str(match OPCODE {
            9 => "the primary domain controller failed",
            15 => "no logons for now",
            _ => "it does not know the user",
        })?;
        ShortTrailer::show(self.trailer, f)
    }
}
