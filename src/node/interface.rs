//! What the node talks through: the addresses of its machine, and packets on their way out.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

/// One address of the machine, on a network that has broadcasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The system's number of it; several addresses of one adapter share theirs.
    pub index: u32,
    /// What people call it.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Bits of the address that all hosts of its network share.
    pub prefix_len: u8,
    /// Where everyone on its network hears.
    pub broadcast: Ipv4Addr,
    /// Its hardware address; zeros where it has none.
    pub unit_id: [u8; 6],
}

impl Interface {
    /// Whether a host with that address is on this network, no router between.
    pub fn is_on_link(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix_len.min(32))).unwrap_or(0);
        (u32::from(self.address) ^ u32::from(address)) & mask == 0
    }

    /// Whether it is another form of the same place on the network.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.index, self.address, self.broadcast, self.prefix_len)
            == (other.index, other.address, other.broadcast, other.prefix_len)
    }
}

/// `192.168.1.5/24 (eth0)`.
impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} ({})", self.address, self.prefix_len, self.name)
    }
}

/// Which of the node's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The name service, 137.
    Name,
    /// The datagram service, 138.
    Datagram,
}

/// A packet that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// From which socket.
    pub port: Port,
    /// Through which interface: its [`index`](Interface::index).
    pub interface: u32,
    /// From which address.
    pub from: Ipv4Addr,
    /// To whom.
    pub to: SocketAddrV4,
    /// The UDP payload.
    pub payload: Vec<u8>,
}
