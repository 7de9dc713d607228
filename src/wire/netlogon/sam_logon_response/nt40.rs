//! As Windows NT 4 answers ([MS-ADTS] 6.3.1.7).

use core::fmt;

use super::Account;
use crate::wire::structure::Visitor;
use crate::wire::text::Utf16;

/// `NETLOGON_SAM_LOGON_RESPONSE_NT40`: names alone.
#[doc(alias = "NETLOGON_SAM_LOGON_RESPONSE_NT40")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Nt40<'a> {
    /// The controller: `\\NAME`.
    pub unicode_logon_server: Utf16<'a>,
    /// The account of the question.
    pub unicode_user_name: Utf16<'a>,
    /// Its domain.
    pub unicode_domain_name: Utf16<'a>,
}

impl<'a> Nt40<'a> {
    pub(super) fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.utf16("unicode_logon_server", &mut self.unicode_logon_server)?;
        visitor.utf16("unicode_user_name", &mut self.unicode_user_name)?;
        visitor.utf16("unicode_domain_name", &mut self.unicode_domain_name)
    }
}

/// `\\DC1 is a DC of OFFICE`
impl fmt::Display for Nt40<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = Some(self.unicode_user_name).filter(|user| !user.octets.is_empty());
        let (server, domain) = (self.unicode_logon_server, self.unicode_domain_name);
        write!(f, "{server} is a DC of {domain}{}", Account(user))
    }
}
