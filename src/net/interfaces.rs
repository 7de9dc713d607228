//! Interfaces and their IPv4 addresses.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::SockaddrStorage;

/// One IPv4 address of an interface; an interface of several addresses is several of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its number, from 1.
    pub index: u32,
    /// Its name, or the address's label (`eth0:1`).
    pub name: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Leading bits of the address that are the network's, at most 32.
    pub prefix_len: u8,
    /// Where the network's broadcasts go, if it has them.
    pub broadcast: Option<Ipv4Addr>,
    /// Whether it is switched on, be there a carrier or not.
    pub up: bool,
    /// Whether it leads back to this machine.
    pub loopback: bool,
    /// Its hardware address, if it has one of Ethernet's kind that is not zero.
    pub mac: Option<[u8; 6]>,
}

impl Interface {
    /// Whether `address` is its network's broadcast address, also if it was told none (loopback).
    pub fn is_broadcast(&self, address: Ipv4Addr) -> bool {
        let hosts = u32::MAX.checked_shr(self.prefix_len.into()).unwrap_or_default();
        let last = Ipv4Addr::from(u32::from(self.address) | hosts);
        self.broadcast == Some(address) || (self.prefix_len < 31 && last == address)
    }
}

/// Every IPv4 address of every interface, in the system's order.
///
/// # Errors
///
/// If the system does not list them, for want of memory or file descriptors.
pub fn list() -> io::Result<Vec<Interface>> {
    let entries: Vec<_> = getifaddrs()?.collect();
    let links: HashMap<_, _> = entries
        .iter()
        .filter_map(|entry| {
            let link = entry.address.as_ref()?.as_link_addr()?;
            let mac = link.addr().filter(|mac| link.halen() == 6 && *mac != [0; 6]);
            Some((&*entry.interface_name, (u32::try_from(link.ifindex()).ok()?, mac)))
        })
        .collect();
    let interfaces = entries.iter().filter_map(|entry| {
        let name = &*entry.interface_name;
        let device = name.split(':').next().unwrap_or(name);
        let link = links.get(device).copied();
        // One that has gone meanwhile has no index.
        let (index, mac) = link.or_else(|| Some((if_nametoindex(device).ok()?, None)))?;
        let mask = ipv4(entry.netmask.as_ref()).unwrap_or(Ipv4Addr::BROADCAST);
        let prefix_len = u32::from(mask).leading_ones();
        let address = ipv4(entry.address.as_ref())?;
        // Where there is none, the C library gives the address itself in its place.
        let broadcast = ipv4(entry.broadcast.as_ref())
            .filter(|broadcast| *broadcast != address && !broadcast.is_unspecified());
        Some(Interface {
            index,
            name: name.to_owned(),
            address,
            prefix_len: u8::try_from(prefix_len).unwrap_or(32),
            broadcast,
            up: entry.flags.contains(InterfaceFlags::IFF_UP),
            loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            mac,
        })
    });
    Ok(interfaces.collect())
}

fn ipv4(address: Option<&SockaddrStorage>) -> Option<Ipv4Addr> {
    address?.as_sockaddr_in().map(nix::sys::socket::SockaddrIn::ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_addresses_are_known() {
        let mut interface = Interface {
            index: 2,
            name: "eth0".into(),
            address: [192, 0, 2, 5].into(),
            prefix_len: 25,
            broadcast: None,
            up: true,
            loopback: false,
            mac: None,
        };
        assert!(interface.is_broadcast([192, 0, 2, 127].into()));
        assert!(!interface.is_broadcast([192, 0, 2, 255].into()));
        interface.broadcast = Some([192, 0, 2, 255].into());
        assert!(interface.is_broadcast([192, 0, 2, 255].into()));
        for (prefix_len, address) in [(31, [192, 0, 2, 5]), (32, [192, 0, 2, 5])] {
            interface.prefix_len = prefix_len;
            assert!(!interface.is_broadcast(address.into()), "a host's own address");
        }
        interface.prefix_len = 0;
        assert!(interface.is_broadcast(Ipv4Addr::BROADCAST));
    }
}
