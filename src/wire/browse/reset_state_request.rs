//! A browser is to stop ([MS-BRWS] 2.2.9).

use core::fmt::{self, Display as _};

use crate::wire::flags::named_flags;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};

named_flags! {
    /// What a browser is to do ([MS-BRWS] 2.2.9). `Display` has the names, unknown bits as a
    /// number.
    ResetState u8:
    STOP_MASTER 0x01 "stop_master" "be no master browser any more"
    CLEAR_ALL 0x02 "clear_all" "forget all, and begin anew"
    STOP 0x04 "stop" "be no browser at all; Windows does not"
}

/// `ResetStateRequest`: from an administrator's tool to a browser. Anyone can send it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResetStateRequest<'a> {
    /// The specification's `Type`: what the browser is to do.
    pub reset_type: ResetState,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for ResetStateRequest<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x0e))?;
        self.reset_type.visit("reset_type", visitor)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `stop_master, clear_all`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        self.reset_type.fmt(f)
    }
}
