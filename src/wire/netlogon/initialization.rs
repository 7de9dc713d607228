//! A workstation of LAN Manager 1.0 starts, and what it is told. No specification has it, and no
//! capture: the fields are those that Wireshark reads.

use core::fmt;

use super::trailer::optional;
use crate::wire::error::Reason;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Visitor};
use crate::wire::text::Oem;

/// Which of the four messages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitializationOpcode(pub u16);

impl InitializationOpcode {
    /// The query of a centralized initialization.
    pub const CENTRALIZED_QUERY: Self = Self(2);
    /// The query of a distributed initialization.
    pub const DISTRIBUTED_QUERY: Self = Self(3);
    /// The response to a centralized query.
    pub const CENTRALIZED_RESPONSE: Self = Self(4);
    /// The response to a distributed query.
    pub const DISTRIBUTED_RESPONSE: Self = Self(5);

    const NAMES: &'static [(u32, &'static str)] = &[
        (2, "centralized_query"),
        (3, "distributed_query"),
        (4, "centralized_response"),
        (5, "distributed_response"),
    ];

    /// In words; none of another message's.
    const fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::CENTRALIZED_QUERY => "centralized query",
            Self::DISTRIBUTED_QUERY => "distributed query",
            Self::CENTRALIZED_RESPONSE => "response to a centralized query",
            Self::DISTRIBUTED_RESPONSE => "response to a distributed query",
            _ => return None,
        })
    }
}

/// `LM1.0 Query` and `LM1.0 Response`, centralized or distributed (2 to 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Initialization<'a> {
    /// Which of them it is.
    pub opcode: InitializationOpcode,
    /// The computer that it is about.
    pub computer_name: Oem<'a>,
    /// The mailslot of the answer, from `\MAILSLOT\` on.
    pub mailslot_name: Oem<'a>,
    /// Where the message does not end before it.
    pub version: Option<LmVersion>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

/// A version and a token of 16 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LmVersion {
    /// 1, as in [`LogonRequest`](super::LogonRequest).
    pub lm_version: u16,
    /// 0xFFFF.
    pub lm20_token: u16,
}

impl Default for LmVersion {
    fn default() -> Self {
        Self { lm_version: 1, lm20_token: 0xffff }
    }
}

impl Default for Initialization<'_> {
    fn default() -> Self {
        Self {
            opcode: InitializationOpcode::CENTRALIZED_QUERY,
            computer_name: Oem::default(),
            mailslot_name: Oem::default(),
            version: Some(LmVersion::default()),
            surplus: &[],
        }
    }
}

impl<'a> Describe<'a> for Initialization<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.le_u16("opcode", Form::Named(InitializationOpcode::NAMES), &mut self.opcode.0)?;
        if self.opcode.words().is_none() {
            visitor.refuse(0, "opcode", Reason::MessageOpcode(self.opcode.0))?;
        }
        visitor.oem("computer_name", &mut self.computer_name)?;
        visitor.oem("mailslot_name", &mut self.mailslot_name)?;
        let first = "lm_version";
        optional(&mut self.version, (first, 2), visitor, |version, visitor| {
            visitor.le_u16(first, Form::Decimal, &mut version.lm_version)?;
            visitor.le_u16("lm20_token", Form::Hex, &mut version.lm20_token)
        })?;
        visitor.surplus(&mut self.surplus)
    }

    /// `WIN31, centralized query, reply to \MAILSLOT\TEMP\NETLOGON`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        let words = self.opcode.words().unwrap_or("no such message");
        let mailslot = self.mailslot_name.printable(page);
        write!(f, "{}, {words}, reply to {mailslot}", self.computer_name.printable(page))
    }
}
