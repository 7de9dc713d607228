//! What messages of Windows NT end with, and what older ones have instead.

use core::fmt;

use crate::wire::notes::Note;
use crate::wire::structure::{Form, Visitor};
use crate::wire::text::Padding;

use super::NtVersion;

/// The last eight octets of a message of Windows NT and later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trailer {
    /// Which answers are understood, or which one this is.
    pub nt_version: NtVersion,
    /// 0xFFFF.
    pub lm_nt_token: u16,
    /// 0xFFFF.
    pub lm20_token: u16,
}

impl Trailer {
    /// One of a version, with the tokens that all have.
    pub const fn new(nt_version: NtVersion) -> Self {
        Self { nt_version, lm_nt_token: 0xffff, lm20_token: 0xffff }
    }

    pub(super) fn visit<'a, V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        self.nt_version.visit("nt_version", visitor)?;
        visitor.le_u16("lm_nt_token", Form::Hex, &mut self.lm_nt_token)?;
        visitor.le_u16("lm20_token", Form::Hex, &mut self.lm20_token)
    }
}

/// What messages of LAN Manager end with, as Wireshark reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortTrailer {
    /// Which answers are understood, or which one this is.
    pub nt_version: NtVersion,
    /// 0xFFFF: of which system it is, says the message.
    pub token: u16,
}

impl Default for ShortTrailer {
    fn default() -> Self {
        Self { nt_version: NtVersion::V1, token: 0xffff }
    }
}

impl ShortTrailer {
    pub(super) fn visit<'a, V: Visitor<'a>>(
        this: &mut Option<Self>,
        token: &'static str,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        let first = "nt_version";
        optional(this, (first, 4), visitor, |trailer, visitor| {
            trailer.nt_version.visit(first, visitor)?;
            visitor.le_u16(token, Form::Hex, &mut trailer.token)
        })
    }

    /// `, NT version 1`
    pub(super) fn show(this: Option<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        this.map_or(Ok(()), |trailer| write!(f, ", NT version {}", trailer.nt_version.number()))
    }
}

/// Fields that a message can end before: `first` is the first of them, and takes `len` octets.
pub(super) fn optional<'a, T: Default, V: Visitor<'a>>(
    value: &mut Option<T>,
    (first, len): (&'static str, usize),
    visitor: &mut V,
    fields: impl FnOnce(&mut T, &mut V) -> Result<(), V::Error>,
) -> Result<(), V::Error> {
    let is_there = match visitor.ahead() {
        Some(rest) => rest.len() >= len,
        None => value.is_some(),
    };
    if visitor.has(first, is_there) {
        return fields(value.get_or_insert_default(), visitor);
    }
    visitor.note(Note::VersionMissing);
    *value = None;
    Ok(())
}

/// Behind the names in an OEM code page: what Windows NT and later write, or what LAN Manager and
/// Windows 9x do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tail<T> {
    /// The same names in UTF-16, and more.
    Nt(T),
    /// Next to nothing.
    LanManager {
        /// 0xFFFF, where it is there.
        lm20_token: Option<u16>,
    },
}

impl<T: Default> Default for Tail<T> {
    fn default() -> Self {
        Self::Nt(T::default())
    }
}

impl<T: Default> Tail<T> {
    /// Padding, then the fields, of which `first` is the first, or a token.
    pub(super) fn visit<'a, V: Visitor<'a>>(
        &mut self,
        visitor: &mut V,
        padding: &mut Padding<'a>,
        first: &'static str,
        fields: impl FnOnce(&mut T, &mut V) -> Result<(), V::Error>,
    ) -> Result<(), V::Error> {
        let left = visitor.ahead().map(<[u8]>::len);
        let is_nt = match left {
            // A token of two octets, perhaps with one before it that makes its place even.
            Some(left) => left > 3,
            None => matches!(self, Self::Nt(_)),
        };
        if visitor.has(first, is_nt) {
            visitor.padding("padding", 2, None, padding)?;
            if matches!(self, Self::LanManager { .. }) {
                *self = Self::default();
            }
            if let Self::Nt(found) = self {
                fields(found, visitor)?;
            }
            return Ok(());
        }
        visitor.note(Note::LanManagerForm);
        visitor.padding("padding", 1, left.map(|left| left.saturating_sub(2)), padding)?;
        let mut token = match *self {
            Self::LanManager { lm20_token } => lm20_token,
            Self::Nt(_) => None,
        };
        let is_there = match left {
            Some(left) => left >= 2,
            None => token.is_some(),
        };
        if visitor.has("lm20_token", is_there) {
            let mut number = token.unwrap_or(0xffff);
            visitor.le_u16("lm20_token", Form::Hex, &mut number)?;
            token = Some(number);
        }
        *self = Self::LanManager { lm20_token: token };
        Ok(())
    }
}
