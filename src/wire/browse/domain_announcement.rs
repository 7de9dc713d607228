//! A workgroup says that it is there ([MS-BRWS] 2.2.7).

use core::fmt;

use super::{ServerType, write_name};
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::{Name16, Oem};

/// `DomainAnnouncement`: from the master browser of a workgroup to those of the others. By default
/// what Windows sends, without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DomainAnnouncement<'a> {
    /// 0 by the specification; Windows 9x and Samba count.
    pub update_count: u8,
    /// Milliseconds to the next one.
    pub periodicity: u32,
    /// The workgroup or domain.
    pub machine_group: Name16,
    /// Of the browser protocol: 3; 4 of Windows 9x. No version of an operating system.
    pub browser_config_version_major: u8,
    /// The same: 10, or 0.
    pub browser_config_version_minor: u8,
    /// What the machine says that its workgroup is: [`DOMAIN_ENUM`](ServerType::DOMAIN_ENUM) and
    /// more.
    pub server_type: ServerType,
    /// Octets 28 to 31, where the other announcements have the version of the browser protocol and
    /// the signature, as Samba has here. Windows does not set them: anything can be there.
    pub version_and_signature: u32,
    /// The master browser; of Windows 9x and some devices a comment.
    #[doc(alias = "LocalMasterBrowserName")]
    pub local_master_name: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl Default for DomainAnnouncement<'_> {
    fn default() -> Self {
        Self {
            update_count: 0,
            periodicity: 900_000,
            machine_group: Name16::default(),
            browser_config_version_major: 3,
            browser_config_version_minor: 10,
            server_type: ServerType::DOMAIN_ENUM | ServerType::NT,
            version_and_signature: 0,
            local_master_name: Oem::default(),
            surplus: &[],
        }
    }
}

impl<'a> Describe<'a> for DomainAnnouncement<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        let Self {
            browser_config_version_major: major, browser_config_version_minor: minor, ..
        } = self;
        visitor.opcode(Opcode::Octet(0x0c))?;
        visitor.octet("update_count", Form::Decimal, &mut self.update_count)?;
        visitor.le_u32("periodicity", Form::Milliseconds, &mut self.periodicity)?;
        visitor.name16("machine_group", &mut self.machine_group)?;
        visitor.octet("browser_config_version_major", Form::Decimal, major)?;
        visitor.octet("browser_config_version_minor", Form::Decimal, minor)?;
        self.server_type.visit("server_type", visitor)?;
        let octets = &mut self.version_and_signature;
        visitor.le_u32("version_and_signature", Form::Hex, octets)?;
        visitor.oem("local_master_name", &mut self.local_master_name)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `OFFICE, master WINBOX, every 900 s: nt, domain_enum`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write_name(f, self.machine_group.octets(), page)?;
        f.write_str(", master ")?;
        write_name(f, self.local_master_name.octets, page)?;
        write!(f, ", every {} s: {}", self.periodicity / 1000, self.server_type)
    }
}
