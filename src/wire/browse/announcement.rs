//! A machine says that it is there ([MS-BRWS] 2.2.1, 2.2.10).

use core::fmt;

use super::{Machine, ServerType};
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::{Name16, Oem};

/// `HostAnnouncement` ([MS-BRWS] 2.2.1): from a machine to the master browser of its workgroup, and
/// when it leaves.
pub type HostAnnouncement<'a> = Announcement<'a, 0x01>;

/// `LocalMasterAnnouncement` ([MS-BRWS] 2.2.10): from the master browser to all that can be one.
pub type LocalMasterAnnouncement<'a> = Announcement<'a, 0x0f>;

/// The fields of both. By default those that Windows sets for all machines, without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Announcement<'a, const OPCODE: u8> {
    /// 0 by the specification; Windows 9x, Samba and routers count or leave something.
    pub update_count: u8,
    /// Milliseconds to the next one; 0 with the last one, when the machine leaves.
    pub periodicity: u32,
    /// Whose it is.
    pub server_name: Name16,
    /// Of the operating system: see [`os_name`](super::os_name).
    pub os_version_major: u8,
    /// The same.
    pub os_version_minor: u8,
    /// What it says that it is; nothing when it leaves.
    pub server_type: ServerType,
    /// Of the browser protocol: 15; 21 of Windows 9x.
    pub browser_version_major: u8,
    /// The same: 1, or 4.
    pub browser_version_minor: u8,
    /// 0xAA55. Printers have other numbers; nobody looks.
    pub signature: u16,
    /// What people are to see.
    pub comment: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<const OPCODE: u8> Announcement<'_, OPCODE> {
    /// Whether the machine says that it leaves ([MS-BRWS] 3.2.7).
    pub const fn is_leaving(&self) -> bool {
        self.server_type.is_empty()
    }
}

impl<const OPCODE: u8> Default for Announcement<'_, OPCODE> {
    fn default() -> Self {
        Self {
            update_count: 0,
            periodicity: 720_000,
            server_name: Name16::default(),
            os_version_major: 10,
            os_version_minor: 0,
            server_type: ServerType::WORKSTATION | ServerType::SERVER | ServerType::NT,
            browser_version_major: 15,
            browser_version_minor: 1,
            signature: 0xaa55,
            comment: Oem::default(),
            surplus: &[],
        }
    }
}

impl<'a, const OPCODE: u8> Describe<'a> for Announcement<'a, OPCODE> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(OPCODE))?;
        visitor.octet("update_count", Form::Decimal, &mut self.update_count)?;
        visitor.le_u32("periodicity", Form::Milliseconds, &mut self.periodicity)?;
        visitor.name16("server_name", &mut self.server_name)?;
        visitor.octet("os_version_major", Form::Decimal, &mut self.os_version_major)?;
        visitor.octet("os_version_minor", Form::Decimal, &mut self.os_version_minor)?;
        self.server_type.visit("server_type", visitor)?;
        visitor.octet("browser_version_major", Form::Decimal, &mut self.browser_version_major)?;
        visitor.octet("browser_version_minor", Form::Decimal, &mut self.browser_version_minor)?;
        visitor.le_u16("signature", Form::Hex, &mut self.signature)?;
        visitor.oem("comment", &mut self.comment)?;
        visitor.surplus(&mut self.surplus)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let machine = Machine {
            name: self.server_name.octets(),
            os_version: (self.os_version_major, self.os_version_minor),
            seconds: self.periodicity / 1000,
            server_type: self.server_type,
            comment: self.comment.octets,
        };
        machine.show(f, page)
    }
}
