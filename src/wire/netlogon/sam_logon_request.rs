//! Which domain controller is there, or knows an account? ([MS-ADTS] 6.3.1.6)

use core::fmt;

use super::{AccountControl, NtVersion, Trailer};
use crate::wire::oem::CodePage;
use crate::wire::sid::Sid;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::{Oem, Padding, Utf16};

/// `LOGON_SAM_LOGON_REQUEST` (18): what is known as a NETLOGON ping.
#[doc(alias = "LOGON_SAM_LOGON_REQUEST")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SamLogonRequest<'a> {
    /// 0, also when it is asked again.
    pub request_count: u16,
    /// Who asks.
    pub unicode_computer_name: Utf16<'a>,
    /// The account that the controller must know; empty where any controller will do, `NAME$` of a
    /// machine.
    pub unicode_user_name: Utf16<'a>,
    /// The mailslot of the answer, from `\MAILSLOT\` on.
    pub mailslot_name: Oem<'a>,
    /// What the account may be.
    pub allowable_account_control_bits: AccountControl,
    /// Before the identifier; illumos has three octets also where there is none.
    pub sid_padding: Padding<'a>,
    /// The domain that is meant, where the asker knows it.
    pub domain_sid: Sid<'a>,
    /// Which answers it reads: 11 of Windows 2000 to 7.
    pub trailer: Trailer,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl Default for SamLogonRequest<'_> {
    fn default() -> Self {
        Self {
            request_count: 0,
            unicode_computer_name: Utf16::default(),
            unicode_user_name: Utf16::default(),
            mailslot_name: Oem::default(),
            allowable_account_control_bits: AccountControl::empty(),
            sid_padding: Padding::default(),
            domain_sid: Sid::default(),
            trailer: Trailer::new(NtVersion::QUESTION),
            surplus: &[],
        }
    }
}

/// How much padding there is before an identifier of `size` octets at octet `at`, or without one
/// before what follows.
fn padding_found(rest: &[u8], at: usize, size: usize) -> usize {
    if size == 0 {
        let illumos = matches!(rest, [0, 0, 0, _, _, _, _, 0xff, 0xff, 0xff, 0xff]);
        return if illumos { 3 } else { 0 };
    }
    let aligned = at.next_multiple_of(4) - at;
    let is_sid = |from: &usize| {
        let octets = rest.get(*from..).and_then(|rest| rest.get(..size));
        octets.is_some_and(|octets| Sid(octets).is_valid())
    };
    [aligned, 0, 3].into_iter().find(is_sid).unwrap_or(aligned)
}

impl<'a> Describe<'a> for SamLogonRequest<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Word(18))?;
        visitor.le_u16("request_count", Form::Decimal, &mut self.request_count)?;
        visitor.utf16("unicode_computer_name", &mut self.unicode_computer_name)?;
        visitor.utf16("unicode_user_name", &mut self.unicode_user_name)?;
        visitor.oem("mailslot_name", &mut self.mailslot_name)?;
        let bits = &mut self.allowable_account_control_bits;
        bits.visit("allowable_account_control_bits", visitor)?;
        let size = visitor.le_length("domain_sid_size", self.domain_sid.0.len())?;
        let found = visitor.ahead().map(|rest| padding_found(rest, visitor.offset(), size));
        // Aligned only where there is one: so Windows, which the specification does not say.
        let align = if size == 0 { 1 } else { 4 };
        visitor.padding("sid_padding", align, found, &mut self.sid_padding)?;
        visitor.sid("domain_sid", size, &mut self.domain_sid)?;
        self.trailer.visit(visitor)?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WINXP asks for any DC of its domain, reply to \MAILSLOT\NET\GETDC518, NT version 11`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write!(f, "{} asks for ", self.unicode_computer_name)?;
        if self.unicode_user_name.octets.is_empty() {
            f.write_str("any DC")?;
        } else {
            write!(f, "a DC that knows {}", self.unicode_user_name)?;
            if !self.allowable_account_control_bits.is_empty() {
                write!(f, " ({})", self.allowable_account_control_bits)?;
            }
        }
        if self.domain_sid.0.is_empty() {
            f.write_str(" of its domain")?;
        } else {
            write!(f, " of {}", self.domain_sid)?;
        }
        let mailslot = self.mailslot_name.printable(page);
        write!(f, ", reply to {mailslot}, NT version {}", self.trailer.nt_version.number())
    }
}
