//! A domain controller answers ([MS-ADTS] 6.3.1.7 to 6.3.1.9).

mod nt40;
mod v5;
mod v5ex;

use alloc::boxed::Box;
use core::fmt;

use super::{NtVersion, Trailer};
use crate::wire::error::Reason;
use crate::wire::notes::Note;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Visitor};

pub use nt40::Nt40;
pub use v5::V5;
pub use v5ex::{SockAddr, V5Ex};

/// Octets of the trailer: version and tokens.
const TRAILER: usize = 8;

/// What kind of an answer it is ([MS-ADTS] 6.3.1.3).
///
/// Those of the extended form have numbers of their own, but which form it is says the version
/// alone: there are controllers that do not keep to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opcode(pub u16);

impl Opcode {
    /// Here is a controller.
    pub const RESPONSE: Self = Self(19);
    /// The same, but it is not ready.
    pub const PAUSE_RESPONSE: Self = Self(20);
    /// The same, but it does not know the account.
    pub const USER_UNKNOWN: Self = Self(21);
    /// Here is a controller, in the extended form.
    pub const RESPONSE_EX: Self = Self(23);
    /// The same, but it is not ready: Windows that starts.
    pub const PAUSE_RESPONSE_EX: Self = Self(24);
    /// The same, but it does not know the account.
    pub const USER_UNKNOWN_EX: Self = Self(25);

    const NAMES: &'static [(u32, &'static str)] = &[
        (19, "sam_logon_response"),
        (20, "sam_pause_response"),
        (21, "sam_user_unknown"),
        (23, "sam_logon_response_ex"),
        (24, "sam_pause_response_ex"),
        (25, "sam_user_unknown_ex"),
    ];

    /// Whether it is that of an answer.
    pub fn is_known(self) -> bool {
        Self::NAMES.iter().any(|&(number, _)| number == u32::from(self.0))
    }

    /// Whether it is one of the extended form, where who sends it keeps to that.
    const fn is_extended(self) -> bool {
        matches!(self, Self::RESPONSE_EX | Self::PAUSE_RESPONSE_EX | Self::USER_UNKNOWN_EX)
    }

    /// Whether the controller is not ready.
    pub const fn is_paused(self) -> bool {
        matches!(self, Self::PAUSE_RESPONSE | Self::PAUSE_RESPONSE_EX)
    }

    /// Whether it does not know the account.
    pub const fn is_user_unknown(self) -> bool {
        matches!(self, Self::USER_UNKNOWN | Self::USER_UNKNOWN_EX)
    }
}

/// The three forms of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Version<'a> {
    /// `nt40`: of Windows NT 4.
    Nt40(Nt40<'a>),
    /// `v5`: the first of Windows 2000.
    V5(Box<V5<'a>>),
    /// `v5ex`: the extended one, which all others ask for.
    V5Ex(Box<V5Ex<'a>>),
}

impl Default for Version<'_> {
    fn default() -> Self {
        Self::V5Ex(Box::default())
    }
}

impl Version<'_> {
    const NAMES: &'static [&'static str] = &["nt40", "v5", "v5ex"];

    const fn place(&self) -> usize {
        match self {
            Self::Nt40(_) => 0,
            Self::V5(_) => 1,
            Self::V5Ex(_) => 2,
        }
    }

    /// What the last octets say that it is.
    const fn place_of(version: NtVersion) -> usize {
        if version.contains(NtVersion::V5EX) {
            2
        } else if version.contains(NtVersion::V5) {
            1
        } else {
            0
        }
    }

    fn at(place: usize) -> Self {
        match place {
            0 => Self::Nt40(Nt40::default()),
            1 => Self::V5(Box::default()),
            _ => Self::default(),
        }
    }

    /// The version and the opcode of an answer of this form and with these fields.
    fn usual(&self) -> (NtVersion, Opcode) {
        match self {
            Self::Nt40(_) => (NtVersion::V1, Opcode::RESPONSE),
            Self::V5(_) => (NtVersion::V1.union(NtVersion::V5), Opcode::RESPONSE),
            Self::V5Ex(form) => {
                let mut version = NtVersion::V1 | NtVersion::V5EX;
                version.set(NtVersion::V5EX_WITH_IP, form.dc_sock_addr.is_some());
                let has_site = form.next_closest_site_name.is_some();
                version.set(NtVersion::WITH_CLOSEST_SITE, has_site);
                (version, Opcode::RESPONSE_EX)
            }
        }
    }
}

/// `LOGON_SAM_LOGON_RESPONSE` and its kin (19 to 21, 23 to 25): the answers to
/// [`SamLogonRequest`](super::SamLogonRequest).
///
/// The version in the trailer says which form it is and which optional fields there are; one that
/// says otherwise encodes to what nobody can read. An answer made [from](Self::from) its form has
/// the right one.
#[doc(alias = "LOGON_SAM_LOGON_RESPONSE")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SamLogonResponse<'a> {
    /// Which kind of an answer it is.
    pub opcode: Opcode,
    /// What it says.
    pub version: Version<'a>,
    /// Octets before the trailer.
    pub surplus: &'a [u8],
    /// Which form it has: 1, 3 or 5, and 8 or 16 with optional fields. The tokens must be 0xFFFF.
    pub trailer: Trailer,
}

impl<'a> From<Version<'a>> for SamLogonResponse<'a> {
    /// The usual opcode and trailer of that form and its optional fields.
    fn from(version: Version<'a>) -> Self {
        let (nt_version, opcode) = version.usual();
        Self { opcode, version, surplus: &[], trailer: Trailer::new(nt_version) }
    }
}

impl Default for SamLogonResponse<'_> {
    fn default() -> Self {
        Version::default().into()
    }
}

impl<'a> Describe<'a> for SamLogonResponse<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        let mut place = self.version.place();
        let mut nt_version = self.trailer.nt_version;
        // Octets of the trailer; none of what is cut.
        let mut trailer = TRAILER;
        if let Some(data) = visitor.ahead() {
            let opcode = data.first_chunk().map(|octets| u16::from_le_bytes(*octets));
            if let Some(opcode) = opcode.filter(|&opcode| !Opcode(opcode).is_known()) {
                visitor.refuse(0, "opcode", Reason::MessageOpcode(opcode))?;
            }
            // Which form it is stands at its end.
            if let Some([a, b, c, d, 0xff, 0xff, 0xff, 0xff]) = data.last_chunk::<TRAILER>() {
                nt_version = NtVersion::from_bits_retain(u32::from_le_bytes([*a, *b, *c, *d]));
            } else {
                // What is cut begins as its opcode says.
                let extended = opcode.is_some_and(|opcode| Opcode(opcode).is_extended());
                nt_version = if extended { NtVersion::V5EX } else { NtVersion::V1 };
                trailer = 0;
            }
            place = Version::place_of(nt_version);
        }
        if trailer > 0 {
            visitor.variant("version", Version::NAMES, &mut place)?;
        }
        if place != self.version.place() {
            *self = Version::at(place).into();
        }
        visitor.le_u16("opcode", Form::Named(Opcode::NAMES), &mut self.opcode.0)?;
        match &mut self.version {
            Version::Nt40(form) => form.visit(visitor)?,
            Version::V5(form) => form.visit(visitor)?,
            Version::V5Ex(form) => form.visit(visitor, nt_version, trailer)?,
        }
        let left = visitor.ahead().map_or(0, <[u8]>::len);
        // Less is the beginning of one.
        if trailer == 0 && left >= TRAILER {
            visitor.refuse(visitor.offset() + left - 4, "lm_nt_token", Reason::NoTrailer)?;
        }
        let left = left.saturating_sub(TRAILER);
        if left > 0 {
            visitor.note(Note::Surplus);
        }
        visitor.octets("surplus", left, &mut self.surplus)?;
        if !visitor.has("nt_version", true) {
            (self.trailer.nt_version, _) = self.version.usual();
        }
        self.trailer.visit(visitor)
    }

    /// `DC1, PDC of OFFICE (office.example), at 192.0.2.1: pdc, ldap, ds`
    fn show(&self, f: &mut fmt::Formatter<'_>, _: CodePage) -> fmt::Result {
        match &self.version {
            Version::Nt40(form) => write!(f, "{form}")?,
            Version::V5(form) => write!(f, "{form}")?,
            Version::V5Ex(form) => write!(f, "{form}")?,
        }
        if self.opcode.is_paused() {
            f.write_str("; not ready")?;
        }
        if self.opcode.is_user_unknown() {
            f.write_str("; it does not know the account")?;
        }
        Ok(())
    }
}

/// Where octets are read: those up to the trailer of so many.
fn before_trailer<'a, V: Visitor<'a>>(visitor: &V, trailer: usize) -> Option<&'a [u8]> {
    let rest = visitor.ahead()?;
    rest.get(..rest.len().saturating_sub(trailer))
}

/// ` at 192.0.2.1: pdc, ldap`, and whose account was asked for.
struct Account<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Account<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(user) => write!(f, "; asked for {user}"),
            None => Ok(()),
        }
    }
}
