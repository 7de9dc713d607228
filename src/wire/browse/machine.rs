//! What announcements of machines say, in one line.

use core::fmt;

use super::{ServerType, os_name, write_name};
use crate::wire::oem::CodePage;

/// What they have in common.
pub(in crate::wire) struct Machine<'a> {
    pub(in crate::wire) name: &'a [u8],
    pub(in crate::wire) os_version: (u8, u8),
    /// To the next announcement.
    pub(in crate::wire) seconds: u32,
    pub(in crate::wire) server_type: ServerType,
    pub(in crate::wire) comment: &'a [u8],
}

impl Machine<'_> {
    /// `WINBOX, version 6.1 (Windows 7 or Server 2008 R2), every 720 s: workstation, server, nt;
    /// "front desk"`, or `WINBOX leaves`.
    pub(in crate::wire) fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write_name(f, self.name, page)?;
        if self.server_type.is_empty() {
            return f.write_str(" leaves");
        }
        let (major, minor) = self.os_version;
        write!(f, ", version {major}.{minor}")?;
        if let Some(name) = os_name(major, minor, self.server_type) {
            write!(f, " ({name})")?;
        }
        write!(f, ", every {} s: {}", self.seconds, self.server_type)?;
        if !self.comment.is_empty() {
            write!(f, "; \"{}\"", page.printable(self.comment))?;
        }
        Ok(())
    }
}
