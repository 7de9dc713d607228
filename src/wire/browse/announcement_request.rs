//! Who is there? ([MS-BRWS] 2.2.2)

use core::fmt;

use super::write_name;
use crate::wire::oem::CodePage;
use crate::wire::structure::{Describe, Form, Opcode, Visitor};
use crate::wire::text::Oem;

/// `AnnouncementRequest`: whoever hears it announces itself within 30 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnnouncementRequest<'a> {
    /// 0; Samba has a number here.
    pub reserved: u8,
    /// Who asks.
    pub response_name: Oem<'a>,
    /// Who asks, of Samba: behind a [`response_name`](Self::response_name) that is empty, where it
    /// is no part of the message.
    pub displaced_name: Option<Oem<'a>>,
    /// Octets behind it.
    pub surplus: &'a [u8],
}

impl<'a> AnnouncementRequest<'a> {
    /// Who asks, wherever that stands.
    pub fn name(&self) -> Oem<'a> {
        self.displaced_name.unwrap_or(self.response_name)
    }
}

impl<'a> Describe<'a> for AnnouncementRequest<'a> {
    fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.opcode(Opcode::Octet(0x02))?;
        visitor.octet("reserved", Form::Decimal, &mut self.reserved)?;
        visitor.oem("response_name", &mut self.response_name)?;
        let so_far = self.displaced_name.is_some();
        let is_more = visitor.ahead().map_or(so_far, |more| !more.is_empty());
        if self.response_name == Oem::new(b"") && visitor.has("displaced_name", is_more) {
            visitor.oem("displaced_name", self.displaced_name.get_or_insert_default())?;
        }
        visitor.surplus(&mut self.surplus)
    }

    /// `WINBOX asks`
    fn show(&self, f: &mut fmt::Formatter<'_>, page: CodePage) -> fmt::Result {
        write_name(f, self.name().octets, page)?;
        f.write_str(" asks")
    }
}
