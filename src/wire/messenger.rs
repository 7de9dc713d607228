//! Messages to people: `\MAILSLOT\MESSNGR` ([MS-MSRP] 2.1.2).
//!
//! Nothing says which code page the texts are in: that of who reads them is taken.
//!
//! ```
//! use mailslot::wire::messenger::Messenger;
//! use mailslot::wire::oem::CodePage;
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{Oem, Payload, Structure};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let page = CodePage::default();
//! let text = page.encode("Kaffee im Büro")?;
//! let message = Messenger {
//!     from: Oem::new(b"ALICE"),
//!     to: Oem::new(b"BOB"),
//!     text: Oem::new(&text),
//!     ..Messenger::default()
//! };
//! let data = message.to_vec(); // to BOB<03>
//!
//! let read = Payload::decode(SlotName::MESSNGR, &data)?.value;
//! assert_eq!(read.text(page).to_string(), r#"ALICE to BOB: "Kaffee im Büro""#);
//! # Ok(())
//! # }
//! ```

use core::fmt;

use super::oem::CodePage;
use super::structure::{Describe, Visitor};
use super::text::Oem;

/// What `net send` writes: a text from somebody to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Messenger<'a> {
    /// Whose it is.
    pub from: Oem<'a>,
    /// Whom it is for: a computer, a user, a workgroup.
    pub to: Oem<'a>,
    /// What it says. Its lines end with CR LF, LF or octet 0x14; programs leave out the NUL.
    pub text: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> Describe<'a> for Messenger<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.terminated("from", &mut self.from)?;
        visitor.terminated("to", &mut self.to)?;
        visitor.oem("text", &mut self.text)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `ALICE to BOB: "lunch?"`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let Self { from, to, text, .. } = self;
        write!(f, "{} to {}: ", from.printable(page), to.printable(page))?;
        write!(f, "\"{}\"", text.printable(page))
    }
}
