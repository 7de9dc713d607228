//! As Windows 2000 answers who does not know more ([MS-ADTS] 6.3.1.8).

use core::fmt;
use core::net::Ipv4Addr;

use super::super::DsFlags;
use super::{Account, Nt40};
use crate::wire::dns_name::DnsName;
use crate::wire::guid::Guid;
use crate::wire::structure::{ByteOrder, Visitor};

/// `NETLOGON_SAM_LOGON_RESPONSE`: the names of Windows NT 4, and those of the directory.
#[doc(alias = "NETLOGON_SAM_LOGON_RESPONSE")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct V5<'a> {
    /// The names of Windows NT 4.
    pub nt40: Nt40<'a>,
    /// Of the domain.
    pub domain_guid: Guid,
    /// Nothing.
    pub null_guid: Guid,
    /// Of the forest.
    pub dns_forest_name: DnsName<'a>,
    /// Of the domain.
    pub dns_domain_name: DnsName<'a>,
    /// Of the controller.
    pub dns_host_name: DnsName<'a>,
    /// Of the controller; little-endian on the wire.
    pub dc_ip_address: Ipv4Addr,
    /// What it is and offers.
    pub flags: DsFlags,
}

impl Default for V5<'_> {
    fn default() -> Self {
        Self {
            nt40: Nt40::default(),
            domain_guid: Guid::default(),
            null_guid: Guid::default(),
            dns_forest_name: DnsName::default(),
            dns_domain_name: DnsName::default(),
            dns_host_name: DnsName::default(),
            dc_ip_address: Ipv4Addr::UNSPECIFIED,
            flags: DsFlags::empty(),
        }
    }
}

impl<'a> V5<'a> {
    pub(super) fn visit<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        self.nt40.visit(visitor)?;
        visitor.guid("domain_guid", &mut self.domain_guid)?;
        visitor.guid("null_guid", &mut self.null_guid)?;
        visitor.dns_name("dns_forest_name", &mut self.dns_forest_name)?;
        visitor.dns_name("dns_domain_name", &mut self.dns_domain_name)?;
        visitor.dns_name("dns_host_name", &mut self.dns_host_name)?;
        visitor.ipv4("dc_ip_address", ByteOrder::Little, &mut self.dc_ip_address)?;
        self.flags.visit("flags", visitor)
    }
}

/// `\\DC1 is a DC of OFFICE (office.example), at 192.0.2.1: pdc, ldap`
impl fmt::Display for V5<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Nt40 { unicode_logon_server: server, unicode_user_name: user, unicode_domain_name } =
            self.nt40;
        write!(f, "{server} is a DC of {unicode_domain_name}")?;
        if !self.dns_domain_name.is_root() {
            write!(f, " ({})", self.dns_domain_name)?;
        }
        write!(f, ", at {}: {}", self.dc_ip_address, self.flags)?;
        Account(Some(user).filter(|user| !user.octets.is_empty())).fmt(f)
    }
}
