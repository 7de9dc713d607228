//! What whoever looks for a fault asks the machine, and a node does not.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::Ipv4Addr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use super::interfaces::{self, Interface};
use super::table;

/// A network device, with or without an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub up: bool,
    /// Whether there is something at its other end.
    pub carrier: bool,
    /// Whether it leads back to this machine.
    pub loopback: bool,
    /// Its IPv4 addresses.
    pub addresses: Vec<Interface>,
}

/// Every network device, in the system's order.
///
/// # Errors
///
/// If the system does not list them, for want of memory or file descriptors.
pub fn links() -> io::Result<Vec<Link>> {
    let mut addresses: HashMap<String, Vec<Interface>> = HashMap::new();
    for interface in interfaces::list()? {
        // `eth0:1` is a label of an address of eth0.
        let device = interface.name.split(':').next().unwrap_or_default().to_owned();
        addresses.entry(device).or_default().push(interface);
    }
    let devices = getifaddrs()?.filter(|entry| {
        entry.address.as_ref().is_some_and(|address| address.as_link_addr().is_some())
    });
    let links = devices.map(|entry| Link {
        addresses: addresses.remove(&entry.interface_name).unwrap_or_default(),
        up: entry.flags.contains(InterfaceFlags::IFF_UP),
        carrier: entry.flags.contains(InterfaceFlags::IFF_RUNNING),
        loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
        name: entry.interface_name,
    });
    Ok(links.collect())
}

/// Datagrams that the kernel threw away on their way to the sockets of a UDP port, whoever has
/// them: no room in the receive buffer, or a wrong checksum.
///
/// # Errors
///
/// If the kernel's table cannot be read.
pub fn port_drops(port: u16) -> io::Result<u64> {
    let rows = table::rows(table::IPV4)?;
    Ok(rows.iter().filter(|row| row.local.port() == port).map(|row| u64::from(row.drops)).sum())
}

/// The hardware address that this machine knows a neighbour by.
pub fn neighbour(address: Ipv4Addr) -> Option<[u8; 6]> {
    mac_of(&fs::read_to_string("/proc/self/net/arp").ok()?, address)
}

/// `192.168.1.1  0x1  0x2  52:54:00:12:34:56  *  eth0`
fn mac_of(table: &str, address: Ipv4Addr) -> Option<[u8; 6]> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        if fields.next()?.parse() != Ok(address) {
            return None;
        }
        let mut mac = [0; 6];
        let mut digits = fields.nth(2)?.split(':');
        for octet in &mut mac {
            *octet = u8::from_str_radix(digits.next()?, 16).ok()?;
        }
        (mac != [0; 6]).then_some(mac)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_found() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     192.0.2.7        0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                     192.0.2.1        0x1         0x2         52:54:00:12:34:5f     *        eth0\n";
        assert_eq!(mac_of(table, [192, 0, 2, 1].into()), Some([0x52, 0x54, 0, 0x12, 0x34, 0x5f]));
        assert_eq!(mac_of(table, [192, 0, 2, 7].into()), None, "asked for, and not answered");
        assert_eq!(mac_of(table, [192, 0, 2, 9].into()), None);
    }

    #[test]
    fn loopback_is_a_link() {
        let links = links().unwrap();
        let lo = links.iter().find(|link| link.loopback).expect("every Linux has one");
        assert!(lo.up && lo.addresses.iter().any(|address| address.address.is_loopback()));
    }
}
