//! As Windows 2000 and later answer ([MS-ADTS] 6.3.1.9).

use core::fmt;
use core::net::Ipv4Addr;

use super::super::{DsFlags, NtVersion};
use super::{Account, before_trailer};
use crate::wire::dns_name::DnsName;
use crate::wire::guid::Guid;
use crate::wire::notes::Note;
use crate::wire::structure::{ByteOrder, Form, Visitor};

/// `NETLOGON_SAM_LOGON_RESPONSE_EX`: all names of the directory.
#[doc(alias = "NETLOGON_SAM_LOGON_RESPONSE_EX")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct V5Ex<'a> {
    /// 0.
    pub sbz: u16,
    /// What the controller is and offers.
    pub flags: DsFlags,
    /// Of the domain.
    pub domain_guid: Guid,
    /// Of the forest.
    pub dns_forest_name: DnsName<'a>,
    /// Of the domain.
    pub dns_domain_name: DnsName<'a>,
    /// Of the controller.
    pub dns_host_name: DnsName<'a>,
    /// Of the domain, one label.
    pub netbios_domain_name: DnsName<'a>,
    /// Of the controller, one label without backslashes.
    pub netbios_computer_name: DnsName<'a>,
    /// The account of the question.
    pub user_name: DnsName<'a>,
    /// Where the controller is.
    pub dc_site_name: DnsName<'a>,
    /// Where who asks is.
    pub client_site_name: DnsName<'a>,
    /// The controller's address: there with [`NtVersion::V5EX_WITH_IP`], and of some without.
    pub dc_sock_addr: Option<SockAddr>,
    /// The site next to the asker's: there with [`NtVersion::WITH_CLOSEST_SITE`].
    pub next_closest_site_name: Option<DnsName<'a>>,
}

/// An address as Windows' sockets have it ([MS-ADTS] 6.3.1.9 has it as `DcSockAddr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "DcSockAddr")]
pub struct SockAddr {
    /// Octets behind this one: 16.
    pub size: u8,
    /// 2, IPv4.
    pub sin_family: u16,
    /// 0.
    pub sin_port: u16,
    /// The address; big-endian on the wire.
    pub sin_addr: Ipv4Addr,
    /// 0.
    pub sin_zero: [u8; 8],
}

impl SockAddr {
    /// Octets that it takes, the size counted.
    const LEN: usize = 17;

    /// That of an address, as Windows has it.
    pub const fn new(sin_addr: Ipv4Addr) -> Self {
        Self { size: 16, sin_family: 2, sin_port: 0, sin_addr, sin_zero: [0; 8] }
    }

    fn visit<'a, V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.octet("dc_sock_addr_size", Form::Decimal, &mut self.size)?;
        visitor.le_u16("sin_family", Form::Decimal, &mut self.sin_family)?;
        visitor.le_u16("sin_port", Form::Decimal, &mut self.sin_port)?;
        visitor.ipv4("sin_addr", ByteOrder::Big, &mut self.sin_addr)?;
        visitor.array("sin_zero", &mut self.sin_zero)
    }
}

impl<'a> V5Ex<'a> {
    /// `version`: where octets are read, that of the trailer, which has so many octets.
    pub(super) fn visit<V: Visitor<'a>>(
        &mut self,
        visitor: &mut V,
        version: NtVersion,
        trailer: usize,
    ) -> Result<(), V::Error> {
        visitor.le_u16("sbz", Form::Hex, &mut self.sbz)?;
        self.flags.visit("flags", visitor)?;
        visitor.guid("domain_guid", &mut self.domain_guid)?;
        visitor.dns_name("dns_forest_name", &mut self.dns_forest_name)?;
        visitor.dns_name("dns_domain_name", &mut self.dns_domain_name)?;
        visitor.dns_name("dns_host_name", &mut self.dns_host_name)?;
        visitor.dns_name("netbios_domain_name", &mut self.netbios_domain_name)?;
        visitor.dns_name("netbios_computer_name", &mut self.netbios_computer_name)?;
        visitor.dns_name("user_name", &mut self.user_name)?;
        visitor.dns_name("dc_site_name", &mut self.dc_site_name)?;
        visitor.dns_name("client_site_name", &mut self.client_site_name)?;
        let announced = version.contains(NtVersion::V5EX_WITH_IP);
        let is_there = match before_trailer(visitor, trailer) {
            // FreeIPA has it and does not say so. A site of 16 letters begins otherwise.
            Some(left) => {
                let looks_so = announced || left.starts_with(&[16, 2, 0]);
                // Of what is cut it can be the end.
                looks_so && (left.len() >= SockAddr::LEN || trailer == 0)
            }
            None => self.dc_sock_addr.is_some(),
        };
        if visitor.has("sin_addr", is_there) {
            if !announced {
                visitor.note(Note::SockAddrMismatch);
            }
            let address = SockAddr::new(Ipv4Addr::UNSPECIFIED);
            self.dc_sock_addr.get_or_insert(address).visit(visitor)?;
        } else if announced {
            visitor.note(Note::SockAddrMismatch);
        }
        let announced = version.contains(NtVersion::WITH_CLOSEST_SITE);
        let is_there = match before_trailer(visitor, trailer) {
            Some(left) => announced && !left.is_empty(),
            None => self.next_closest_site_name.is_some(),
        };
        if visitor.has("next_closest_site_name", is_there) {
            let site = self.next_closest_site_name.get_or_insert_default();
            visitor.dns_name("next_closest_site_name", site)?;
        }
        Ok(())
    }
}

/// `DC1 is a DC of OFFICE (office.example), site Main, at 192.0.2.1: pdc, ldap`
impl fmt::Display for V5Ex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (computer, domain) = (&self.netbios_computer_name, &self.netbios_domain_name);
        write!(f, "{computer} is a DC of {domain}")?;
        if !self.dns_domain_name.is_root() {
            write!(f, " ({})", self.dns_domain_name)?;
        }
        if !self.dc_site_name.is_root() {
            write!(f, ", site {}", self.dc_site_name)?;
        }
        if let Some(address) = self.dc_sock_addr {
            write!(f, ", at {}", address.sin_addr)?;
        }
        write!(f, ": {}", self.flags)?;
        Account(Some(&self.user_name).filter(|user| !user.is_root())).fmt(f)
    }
}
