//! What a reader gets.

use std::net::SocketAddrV4;

use bytes::Bytes;

use crate::time::Instant;
use crate::wire::netbios::Name;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its octets; none is a message too.
    pub data: Bytes,
    /// Who wrote it from another machine, as it says; nobody proved it. None for a local writer.
    pub from: Option<Sender>,
    /// The NetBIOS name it was addressed to. None for a local writer.
    pub to: Option<Name>,
    /// When it was put into the queue.
    pub received_at: Instant,
}

impl Message {
    /// One of a local writer, put into the queue then.
    pub fn new(data: impl Into<Bytes>, received_at: Instant) -> Self {
        Self { data: data.into(), from: None, to: None, received_at }
    }
}

/// Who wrote a message from another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sender {
    /// The NetBIOS name in the datagram.
    pub name: Name,
    /// The address that the datagram came from; `0.0.0.0:0` where it did not come by UDP.
    pub address: SocketAddrV4,
}

impl Sender {
    /// One of that name, at that address.
    pub const fn new(name: Name, address: SocketAddrV4) -> Self {
        Self { name, address }
    }

    /// The address, where it is one.
    pub fn udp_address(&self) -> Option<SocketAddrV4> {
        (!self.address.ip().is_unspecified()).then_some(self.address)
    }
}
