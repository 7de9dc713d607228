//! Datagrams out.

use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddrV4};

use nix::errno::Errno;
use nix::libc::{in_addr, in_pktinfo};
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrIn, sendmsg};

use super::Socket;

/// Sends one datagram, out by the interface of an index (0 = as the routes say) and from
/// `source`, an address of this machine.
///
/// Without `source` it is the address that the socket is bound to, or the kernel's choice if that
/// is none or a broadcast address. At most 65,507 octets. It does not wait.
///
/// # Errors
///
/// `WouldBlock` if the send buffer is full, and the datagram is lost; or the system's, for example
/// `ENETUNREACH` without a route, `ENODEV` for an interface that has gone, `EINVAL` for a source
/// that is not this machine's, `EMSGSIZE`.
pub fn send(
    socket: &Socket,
    interface: u32,
    source: Option<Ipv4Addr>,
    to: SocketAddrV4,
    payload: &[u8],
) -> io::Result<()> {
    let source = source.unwrap_or_else(|| socket.source());
    let info = in_pktinfo {
        ipi_ifindex: interface.try_into().map_err(|_| Errno::ENODEV)?,
        ipi_spec_dst: in_addr { s_addr: u32::from(source).to_be() },
        ipi_addr: in_addr { s_addr: 0 },
    };
    let control = [ControlMessage::Ipv4PacketInfo(&info)];
    let to = SockaddrIn::from(to);
    loop {
        let payload = [IoSlice::new(payload)];
        match sendmsg(socket.raw(), &payload, &control, MsgFlags::MSG_DONTWAIT, Some(&to)) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}
