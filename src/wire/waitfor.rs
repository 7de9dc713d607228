//! Signals of Windows' `waitfor` command: `\MAILSLOT\waitfor.exe\SIGNAL`.
//!
//! ```
//! use mailslot::wire::Payload;
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::waitfor::{PREFIX, Waitfor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let name = [&PREFIX[..], b"READY"].concat();
//! let slot = SlotName::new(&name)?; // a write of no octets to it is the signal
//!
//! let read = Payload::decode(slot, b"")?.value;
//! assert_eq!(read, Waitfor { signal: b"READY", octets: b"" }.into());
//! # Ok(())
//! # }
//! ```

use core::fmt::{self, Display as _};

use super::oem::CodePage;
use super::smb::SlotName;
use super::structure::{Describe, Visitor};
use super::text::OctetCount;

/// What the name of a signal's mailslot begins with, compared without regard to case.
pub const PREFIX: &[u8; 22] = br"\MAILSLOT\waitfor.exe\";

/// The same behind `\MAILSLOT\`.
const FOLDER: &[u8] = br"waitfor.exe\";

/// A signal. Which it is stands in the name of its mailslot alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Waitfor<'a> {
    /// What is behind `waitfor.exe\` in the mailslot's name, in an OEM code page. It is not among
    /// the octets: only [`Payload::decode`](super::Payload::decode), which has the name, sets it.
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
