//! What a live node needs to know of the machine before it begins.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::net::Ipv4Addr;

use crate::net::{self, Bind};
use crate::node::Interface;

/// UDP ports of the name and the datagram service.
pub const PORTS: (u16, u16) = (137, 138);

/// The same for a LAN inside this machine, which needs no privileges.
pub const LOOPBACK_PORTS: (u16, u16) = (10137, 10138);

/// Where everyone on that LAN hears.
const LOOPBACK_BROADCAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

/// Which network a node is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Every interface that is up and has a broadcast address, but loopback.
    #[default]
    All,
    /// Of these, the ones named, or all but the ones named.
    Chosen {
        /// Only these, where there are any.
        only: Vec<String>,
        /// Not these.
        not: Vec<String>,
    },
    /// One address of this machine, its sockets bound to it and to its broadcast address.
    Address(Ipv4Addr),
    /// A LAN inside this machine, at an address of 127/8 that follows from this name.
    Loopback {
        /// The computer's name.
        name: String,
    },
}

/// The first label of the machine's name, of which a NetBIOS name has room for 15 characters; empty
/// where it has none.
pub fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().split('.').next().unwrap_or_default().chars().take(15).collect()
}

/// The address of 127/8 that a name has on the LAN inside this machine: never that of `localhost`,
/// and the same in every process.
pub fn loopback_address(name: &str) -> Ipv4Addr {
    // FNV-1a; two of a thousand names share an address in one of thirty cases, and are told.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, octet| {
        (hash ^ u32::from(octet.to_ascii_uppercase())).wrapping_mul(0x0100_0193)
    });
    let [_, b, c, d] = hash.to_be_bytes();
    // Not 127.0.0.x, where other services listen, and not the broadcast address.
    Ipv4Addr::new(127, b.clamp(1, 254), c, d.clamp(1, 254))
}

impl Network {
    /// Its interfaces now.
    ///
    /// # Errors
    ///
    /// Where the system does not list them.
    pub fn interfaces(&self) -> io::Result<Vec<Interface>> {
        let listed = net::interfaces::list()?;
        if let Self::Loopback { name } = self {
            let index = listed.iter().find(|listed| listed.loopback).map_or(1, |lo| lo.index);
            return Ok(vec![Interface {
                index,
                name: "lo".into(),
                address: loopback_address(name),
                prefix_len: 8,
                broadcast: LOOPBACK_BROADCAST,
                unit_id: [0; 6],
            }]);
        }
        let wanted = |listed: &net::Interface| match self {
            Self::Chosen { only, not } => {
                (only.is_empty() || only.contains(&listed.name)) && !not.contains(&listed.name)
            }
            Self::Address(address) => listed.address == *address,
            _ => true,
        };
        let usable = listed.into_iter().filter(|listed| {
            let chosen = matches!(self, Self::Address(_));
            listed.up && (chosen || !listed.loopback) && wanted(listed)
        });
        Ok(usable.filter_map(|listed| interface(&listed)).collect())
    }

    /// What its sockets are bound to.
    pub(crate) fn bind(&self) -> io::Result<Option<Bind>> {
        match self {
            Self::Loopback { name } => {
                Ok(Some(Bind { address: loopback_address(name), broadcast: LOOPBACK_BROADCAST }))
            }
            Self::Address(address) => {
                let listed = net::interfaces::list()?;
                let found = listed.iter().find(|listed| listed.address == *address);
                let broadcast = found.and_then(interface).map(|interface| interface.broadcast);
                let broadcast = broadcast.ok_or_else(|| {
                    let what = format!("no interface has the address {address} and a broadcast");
                    io::Error::new(io::ErrorKind::AddrNotAvailable, what)
                })?;
                Ok(Some(Bind { address: *address, broadcast }))
            }
            Self::All | Self::Chosen { .. } => Ok(None),
        }
    }

    /// UDP ports of the name and the datagram service on it.
    pub const fn ports(&self) -> (u16, u16) {
        match self {
            Self::Loopback { .. } => LOOPBACK_PORTS,
            _ => PORTS,
        }
    }
}

/// As the node knows it; none where it has no broadcasts.
fn interface(listed: &net::Interface) -> Option<Interface> {
    // Loopback has a network, and is told no broadcast address.
    let last = || {
        let hosts = u32::MAX.checked_shr(listed.prefix_len.into()).unwrap_or_default();
        listed.loopback.then(|| Ipv4Addr::from(u32::from(listed.address) | hosts))
    };
    Some(Interface {
        index: listed.index,
        name: listed.name.clone(),
        address: listed.address,
        prefix_len: listed.prefix_len,
        broadcast: listed.broadcast.or_else(last)?,
        unit_id: listed.mac.unwrap_or_default(),
    })
}

/// A number that nobody foresees.
pub(super) fn seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
