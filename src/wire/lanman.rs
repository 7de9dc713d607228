//! Messages of LAN Manager's browser: `\MAILSLOT\LANMAN`. No specification has them; this is what
//! Windows and Samba send.
//!
//! ```
//! use mailslot::wire::lanman::LanmanAnnouncement;
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{Oem, Payload, Structure};
//!
//! let here = LanmanAnnouncement {
//!     server_name: Oem::new(b"LINUXBOX"),
//!     periodicity: 60, // s
//!     ..LanmanAnnouncement::default()
//! };
//! let data = here.to_vec();
//! let read = Payload::decode(SlotName::LANMAN, &data)?.value;
//! assert_eq!(read, here.into());
//! # Ok::<(), mailslot::wire::DecodeError>(())
//! ```

use core::fmt;

use super::browse::{Machine, ServerType};
use super::oem::CodePage;
use super::structure::{Describe, Form, Opcode, Visitor};
use super::text::Oem;

/// A machine says that it is there, to LAN Manager and OS/2: Windows where it is told to, Samba where
/// it heard one. By default what Windows Server 2003 sends, without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LanmanAnnouncement<'a> {
    /// What it says that it is; nothing when it leaves.
    pub server_type: ServerType,
    /// Of the operating system.
    pub os_version_major: u8,
    /// The same.
    pub os_version_minor: u8,
    /// Seconds to the next one; 0 with the last one.
    pub periodicity: u16,
    /// Whose it is.
    pub server_name: Oem<'a>,
    /// What people are to see; Samba has it in upper case.
    pub comment: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl LanmanAnnouncement<'_> {
    /// Whether the machine says that it leaves.
    pub const fn is_leaving(&self) -> bool {
        self.server_type.is_empty()
    }
}

impl Default for LanmanAnnouncement<'_> {
    fn default() -> Self {
        Self {
            server_type: ServerType::WORKSTATION | ServerType::SERVER | ServerType::NT,
            os_version_major: 5,
            os_version_minor: 2,
            periodicity: 240,
            server_name: Oem::default(),
            comment: Oem::default(),
            surplus: &[],
        }
    }
}

impl<'a> Describe<'a> for LanmanAnnouncement<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(1))?;
        self.server_type.visit("server_type", visitor)?;
        visitor.octet("os_version_major", Form::Decimal, &mut self.os_version_major)?;
        visitor.octet("os_version_minor", Form::Decimal, &mut self.os_version_minor)?;
        visitor.le_u16("periodicity", Form::Seconds, &mut self.periodicity)?;
        visitor.terminated("server_name", &mut self.server_name)?;
        visitor.oem("comment", &mut self.comment)?;
        visitor.surplus(&mut self.surplus)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let machine = Machine {
            name: self.server_name.octets,
            os_version: (self.os_version_major, self.os_version_minor),
            seconds: self.periodicity.into(),
            server_type: self.server_type,
            comment: self.comment.octets,
        };
        machine.show(f, page)
    }
}
