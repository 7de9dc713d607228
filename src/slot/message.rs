//! What a reader gets.

use std::net::SocketAddrV4;

use bytes::Bytes;

use crate::time::Instant;
use crate::wire::netbios::Name;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Who wrote a message from another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sender {
    /// The NetBIOS name in the datagram.
    pub name: Name,
    /// The address that the datagram came from.
    pub address: SocketAddrV4,
}
