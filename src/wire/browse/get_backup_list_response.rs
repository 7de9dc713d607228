//! These machines have the list of the workgroup ([MS-BRWS] 2.2.5).

use alloc::vec::Vec;
use core::fmt;

use super::write_name;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

/// `GetBackupListResponse`: from the master browser to who asked with a
/// [`GetBackupListRequest`](super::GetBackupListRequest).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GetBackupListResponse<'a> {
    /// How many servers there are to be; where the message ends sooner, there are fewer.
    pub backup_server_count: u8,
    /// The request's.
    pub token: u32,
    /// The servers, in no order; none is an answer too.
    pub backup_servers: Vec<Oem<'a>>,
    /// Octets behind them.
    pub surplus: &'a [u8],
}

impl<'a> GetBackupListResponse<'a> {
    /// The answer to a request of that token, its servers counted: of more than 255 only so many
    /// are read.
    pub fn new(token: u32, backup_servers: Vec<Oem<'a>>) -> Self {
        let backup_server_count = u8::try_from(backup_servers.len()).unwrap_or(u8::MAX);
        Self { backup_server_count, token, backup_servers, surplus: &[] }
    }
}

impl<'a> Describe<'a> for GetBackupListResponse<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x0a))?;
        let counted = visitor.has("backup_server_count", true);
        visitor.octet("backup_server_count", Form::Decimal, &mut self.backup_server_count)?;
        visitor.le_u32("token", Form::Hex, &mut self.token)?;
        let count = self.backup_server_count.into();
        visitor.oems("backup_servers", count, &mut self.backup_servers)?;
        if !counted {
            self.backup_server_count = u8::try_from(self.backup_servers.len()).unwrap_or(u8::MAX);
        }
        visitor.surplus(&mut self.surplus)
    }

    /// `token 0x1: WINBOX, OLDBOX`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write!(f, "token {:#x}:", self.token)?;
        if self.backup_servers.is_empty() {
            return f.write_str(" none");
        }
        for (i, server) in self.backup_servers.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { " " })?;
            write_name(f, server.octets, page)?;
        }
        Ok(())
    }
}
