//! What a workstation says of itself. No specification has these messages, and no capture: the
//! fields are those that Wireshark reads.

use core::fmt;

use super::ShortTrailer;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};

/// `LM1.0/LM2.0 Response to re-LOGON Request` (13): the token of its trailer is LAN Manager's.
pub type RelogonResponse<'a> = WorkstationResponse<'a, 13>;

/// `LM1.0/LM2.0 Response to Interrogate Request` (14): the token of its trailer is that of Windows
/// NT.
pub type InterrogateResponse<'a> = WorkstationResponse<'a, 14>;

/// The fields of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkstationResponse<'a, const OPCODE: u16> {
    /// Of the workstation's software.
    pub major_version: u8,
    /// The same.
    pub minor_version: u8,
    /// Of its operating system; nobody says which number is which.
    pub os_version: u8,
    /// Where the message does not end before it.
    pub trailer: Option<ShortTrailer>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<const OPCODE: u16> Default for WorkstationResponse<'_, OPCODE> {
    fn default() -> Self {
        Self {
            major_version: 0,
            minor_version: 0,
            os_version: 0,
            trailer: Some(ShortTrailer::default()),
            surplus: &[],
        }
    }
}

impl<'a, const OPCODE: u16> Describe<'a> for WorkstationResponse<'a, OPCODE> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(OPCODE))?;
        visitor.octet("major_version", Form::Decimal, &mut self.major_version)?;
        visitor.octet("minor_version", Form::Decimal, &mut self.minor_version)?;
        visitor.octet("os_version", Form::Decimal, &mut self.os_version)?;
        let token = if OPCODE == 14 { "lm_nt_token" } else { "lm20_token" };
        ShortTrailer::visit(&mut self.trailer, token, visitor)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `workstation version 2.1, OS version 3, NT version 1`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        let Self { major_version, minor_version, os_version, .. } = self;
        write!(f, "workstation version {major_version}.{minor_version}, OS version {os_version}")?;
        ShortTrailer::show(self.trailer, f)
    }
}
