//! An answer whose fields nobody knows: Wireshark has its name, and no specification and no capture
//! has it.

use core::fmt::{self, Display as _};

use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Opcode, Visitor};
use crate::wire::text::OctetCount;

/// `SAM Response to Interrogate Request` (22).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SamInterrogateResponse<'a> {
    /// All that is behind the opcode.
    pub octets: &'a [u8],
}

impl<'a> Describe<'a> for SamInterrogateResponse<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(22))?;
        let len = visitor.ahead().map_or(0, <[u8]>::len);
        visitor.octets("octets", len, &mut self.octets)
    }

    /// `4 octets`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        OctetCount(self.octets.len()).fmt(f)
    }
}
