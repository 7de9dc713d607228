//! Nobody uses a machine. No specification has it, and no capture: the field is the one that
//! Wireshark reads.

use core::fmt;

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::Oem;

/// `Announce no user on machine` (11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoUser<'a> {
    /// Which machine.
    pub computer_name: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for NoUser<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(11))?;
        visitor.oem("computer_name", &mut self.computer_name)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `nobody is logged on at WIN98`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write!(f, "nobody is logged on at {}", self.computer_name.printable(page))
    }
}
