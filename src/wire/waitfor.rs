//! Signals of Windows' `waitfor` command: `\MAILSLOT\waitfor.exe\SIGNAL`.

use core::fmt::{self, Display as _};

use super::oem::CodePage;
use super::smb::SlotName;
use super::structure::{Describe, Visitor};
use super::text::OctetCount;

/// What a mailslot's name begins with that is a signal's.
const FOLDER: &[u8] = br"waitfor.exe\";

/// A signal. Which it is stands in the name of its mailslot alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waitfor<'a> {
    /// What is behind `waitfor.exe\` in the mailslot's name, in an OEM code page.
    pub signal: &'a [u8],
    /// What was written. That something was is the signal; what, nobody looks at.
    pub octets: &'a [u8],
}

impl<'a> Waitfor<'a> {
    /// Which signal a mailslot is for; none that is for something else.
    pub(crate) fn signal_of(slot: SlotName<'a>) -> Option<&'a [u8]> {
        slot.leaf_in(FOLDER)
    }
}

impl<'a> Describe<'a> for Waitfor<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.beside("signal", &mut self.signal)?;
        let len = visitor.ahead().map_or(0, <[u8]>::len);
        visitor.octets("octets", len, &mut self.octets)
    }

    /// `READY`, `READY, 4 octets`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        page.printable(self.signal).fmt(f)?;
        match self.octets.len() {
            0 => Ok(()),
            count => write!(f, ", {}", OctetCount(count)),
        }
    }
}
