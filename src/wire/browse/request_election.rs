//! Who is to be the master browser? ([MS-BRWS] 2.2.3)

use core::fmt;

use super::write_name;
use crate::wire::flags::named_flags;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

named_flags! {
    /// What a machine does already, for an election: the more of it, the better its chances
    /// ([MS-BRWS] 2.2.3). `Display` has the names, unknown bits as a number.
    ElectionRole u8:
    PDC 0x80 "pdc" "primary domain controller"
    WINS 0x20 "wins" "it asks a WINS server"
    PREFERRED_MASTER 0x08 "preferred_master" "its configuration wants it to be the master"
    RUNNING_MASTER 0x04 "running_master" "it is the master"
    DOMAIN_CONTROLLER 0x02 "domain_controller" "domain controller"
    RUNNING_BACKUP 0x01 "running_backup" "it is a backup browser"
}

/// Operating systems of the specification.
const SYSTEMS: &[(u32, &str)] =
    &[(0x01, "windows_for_workgroups"), (0x10, "nt_workstation"), (0x20, "nt_server")];

/// `RequestElection`: from a machine that would be the master browser to all that could be. Who has
/// more to offer answers with one of its own.
///
/// The greater [`version`](Self::version) wins, then the greater [`criteria`](Self::criteria), then
/// the longer [`uptime`](Self::uptime), then the name that comes first in the alphabet. By default
/// all is 0, with which nobody wins: so an election is forced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RequestElection<'a> {
    /// 1; 0 of who does not want to win.
    pub version: u8,
    /// What the machine does already.
    pub role: ElectionRole,
    /// Of the browser protocol: 15; 21 of Windows 9x.
    pub browser_version_major: u8,
    /// The same: 1, or 4.
    pub browser_version_minor: u8,
    /// The operating system: 0x20 of an NT server, 0x10 of an NT workstation, 0x01 of Windows for
    /// Workgroups and 9x. Windows servers that are no PDC have 0x14. Of Samba it is configured.
    pub os_summary: u8,
    /// Milliseconds for which the machine runs. The specification says seconds; nobody sends them.
    pub uptime: u32,
    /// 0.
    pub unused: u32,
    /// Whose it is; empty or missing where an election is forced.
    pub server_name: Oem<'a>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl RequestElection<'_> {
    /// What the machine has to offer as one number: the greater wins.
    pub const fn criteria(&self) -> u32 {
        u32::from_le_bytes([
            self.role.bits(),
            self.browser_version_major,
            self.browser_version_minor,
            self.os_summary,
        ])
    }

    /// The same, with that to offer: its four fields are `Criteria` of the specification.
    #[must_use]
    pub const fn with_criteria(mut self, criteria: u32) -> Self {
        let [role, major, minor, os_summary] = criteria.to_le_bytes();
        self.role = ElectionRole::from_bits_retain(role);
        self.browser_version_major = major;
        self.browser_version_minor = minor;
        self.os_summary = os_summary;
        self
    }

    /// Whether it cannot be won, but only makes others elect.
    pub const fn is_forced(&self) -> bool {
        self.version == 0 || self.criteria() == 0
    }
}

impl<'a> Describe<'a> for RequestElection<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x08))?;
        visitor.octet("version", Form::Decimal, &mut self.version)?;
        self.role.visit("role", visitor)?;
        visitor.octet("browser_version_major", Form::Decimal, &mut self.browser_version_major)?;
        visitor.octet("browser_version_minor", Form::Decimal, &mut self.browser_version_minor)?;
        visitor.octet("os_summary", Form::Named(SYSTEMS), &mut self.os_summary)?;
        visitor.le_u32("uptime", Form::Milliseconds, &mut self.uptime)?;
        visitor.le_u32("unused", Form::Hex, &mut self.unused)?;
        visitor.oem("server_name", &mut self.server_name)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WINBOX, criteria 0x10010f20: nt_workstation, wins; up 7467 s`, `forced`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        if self.is_forced() {
            f.write_str("forced")?;
            if !self.server_name.octets.is_empty() {
                write!(f, " by {}", self.server_name.printable(page))?;
            }
            return Ok(());
        }
        write_name(f, self.server_name.octets, page)?;
        write!(f, ", criteria {:#010x}: ", self.criteria())?;
        match SYSTEMS.iter().find(|(number, _)| *number == u32::from(self.os_summary)) {
            Some((_, name)) => f.write_str(name)?,
            None => write!(f, "os {:#04x}", self.os_summary)?,
        }
        if !self.role.is_empty() {
            write!(f, ", {}", self.role)?;
        }
        write!(f, "; up {} s", self.uptime / 1000)
    }
}
