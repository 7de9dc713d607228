//! UDP sockets on a port: opened, or passed in.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Type};

use super::{AdoptError, OpenError, holders, interfaces};

/// Octets of receive buffer that [`open`] asks for (4 MiB).
///
/// A small datagram takes a good 768 octets of it, so it holds some 10,000: a burst of every
/// machine in a large segment. The kernel gives at most `net.core.rmem_max`, unless the process has
/// `CAP_NET_ADMIN`.
pub const RECEIVE_BUFFER: usize = 4 << 20;

/// What to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The UDP port; 0 = any that is free.
    pub port: u16,
    /// The one address to serve; `None` = every address of every interface.
    pub bind: Option<Bind>,
}

/// An address to serve, with the broadcast address of its network.
///
/// Linux gives a socket that is bound to an address no broadcasts, so each has its own socket.
/// Datagrams to 255.255.255.255 reach neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind {
    /// An address of this machine.
    pub address: Ipv4Addr,
    /// Where its network's broadcasts go.
    pub broadcast: Ipv4Addr,
}

/// A UDP socket over IPv4, ready for [`receive`](super::receive()) and [`send`](super::send).
///
/// It is closed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    inner: socket2::Socket,
    local: SocketAddrV4,
    source: Ipv4Addr,
    inode: u64,
}

/// Opens a port: one socket on every address, or two as [`Bind`] says, its address's first.
///
/// Only the socket on the broadcast address shares it (`SO_REUSEADDR`), so that nodes on
/// 127.0.0.2 and 127.0.0.3 both hear 127.255.255.255. None is bound to a device.
///
/// # Errors
///
/// If a socket cannot be had. The error says who holds the port, or what is missing.
pub fn open(config: &Config) -> Result<Vec<Socket>, OpenError> {
    let Some(bind) = config.bind else {
        return Ok(vec![Socket::open(Ipv4Addr::UNSPECIFIED, config.port, false)?]);
    };
    let own = Socket::open(bind.address, config.port, false)?;
    let broadcast = Socket::open(bind.broadcast, own.local.port(), true)?;
    Ok(vec![own, broadcast])
}

/// A socket that hears what is sent to a broadcast address and to nothing else, beside programs that
/// share the port there (`SO_REUSEADDR`): each hears all of it, and none loses anything to another.
///
/// # Errors
///
/// The system's: `EADDRINUSE` where the port is not shared, `EACCES` without the privilege.
pub fn overhear(port: u16, broadcast: Ipv4Addr) -> io::Result<Socket> {
    Socket::bind(broadcast, port, true)
}

/// One socket on a port of `address`, or of every address, for a moment: who has it instead is not
/// looked for.
///
/// # Errors
///
/// The system's, for example `EADDRINUSE` or `EACCES`.
pub fn borrow_port(port: u16, address: Option<Ipv4Addr>) -> io::Result<Socket> {
    Socket::bind(address.unwrap_or(Ipv4Addr::UNSPECIFIED), port, false)
}

impl Socket {
    fn open(address: Ipv4Addr, port: u16, broadcast: bool) -> Result<Self, OpenError> {
        Self::bind(address, port, broadcast).map_err(|error| OpenError::new(address, port, error))
    }

    fn bind(address: Ipv4Addr, port: u16, broadcast: bool) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        if broadcast {
            socket.set_reuse_address(true)?;
        }
        enlarge(&socket)?;
        // Before the first datagram can come.
        prepare(&socket)?;
        socket.bind(&SocketAddrV4::new(address, port).into())?;
        let local = local(&socket)?.ok_or(io::ErrorKind::AddrNotAvailable)?;
        let source = if broadcast { Ipv4Addr::UNSPECIFIED } else { address };
        Ok(Self { inode: inode(&socket)?, inner: socket, local, source })
    }

    /// Takes a socket that was passed in, by systemd for example, and is bound to `port`.
    ///
    /// Its receive buffer stays as it is. Datagrams that came before may be without interface and
    /// destination.
    ///
    /// # Errors
    ///
    /// If it is no UDP socket over IPv4, is bound to another port or to none, is connected, another
    /// socket has the same port, or an option cannot be set.
    pub fn adopt(socket: impl Into<OwnedFd>, port: u16) -> Result<Self, AdoptError> {
        let socket = socket2::Socket::from(socket.into());
        let local = local(&socket)?.ok_or(AdoptError::NotUdp)?;
        if socket.r#type()? != Type::DGRAM || socket.protocol()? != Some(Protocol::UDP) {
            return Err(AdoptError::NotUdp);
        }
        if local.port() != port || port == 0 {
            return Err(AdoptError::Port { expected: port, found: local.port() });
        }
        if socket.peer_addr().is_ok() {
            return Err(AdoptError::Connected);
        }
        alone(&socket)?;
        prepare(&socket)?;
        let broadcast = interfaces::list()?.iter().any(|i| i.is_broadcast(*local.ip()));
        let source = if broadcast { Ipv4Addr::UNSPECIFIED } else { *local.ip() };
        let inode = inode(&socket)?;
        if !broadcast {
            // systemd's share their port with whoever asks for that, as nmbd does: it would get
            // what comes, without a word. From here on nobody can, and nobody is to have done so.
            socket.set_reuse_address(false)?;
            if holders::others(*local.ip(), port, inode)? {
                return Err(AdoptError::Shared { port });
            }
        }
        Ok(Self { inode, inner: socket, local, source })
    }

    /// What it is bound to.
    pub fn local(&self) -> SocketAddrV4 {
        self.local
    }

    /// Octets of its receive buffer, in the terms of [`RECEIVE_BUFFER`].
    ///
    /// The kernel sets aside twice as much, for its own accounts.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        Ok(self.inner.recv_buffer_size()? / 2)
    }

    /// The source of what is sent if the caller names none; 0.0.0.0 = the kernel chooses.
    pub(super) fn source(&self) -> Ipv4Addr {
        self.source
    }

    /// Its number in the kernel's tables.
    pub(super) fn inode(&self) -> u64 {
        self.inode
    }

    pub(super) fn raw(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

/// Beyond the limit, where this process may; else up to it.
fn enlarge(socket: &socket2::Socket) -> io::Result<()> {
    if setsockopt(socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    }
    Ok(())
}

fn prepare(socket: &socket2::Socket) -> io::Result<()> {
    socket.set_broadcast(true)?;
    setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?;
    Ok(())
}

/// Turns off what would put other control messages beside the packet's interface and destination:
/// there is room for one. `UDP_GRO` would also join datagrams, and `IP_RECVERR` keep errors that
/// nobody takes.
fn alone(socket: &socket2::Socket) -> io::Result<()> {
    setsockopt(socket, sockopt::ReceiveTimestamp, &false)?;
    setsockopt(socket, sockopt::ReceiveTimestampns, &false)?;
    setsockopt(socket, sockopt::RxqOvfl, &0)?;
    setsockopt(socket, sockopt::Ipv4RecvTtl, &false)?;
    setsockopt(socket, sockopt::IpRecvTos, &false)?;
    setsockopt(socket, sockopt::Ipv4OrigDstAddr, &false)?;
    setsockopt(socket, sockopt::Ipv4RecvErr, &false)?;
    setsockopt(socket, sockopt::UdpGroSegment, &false)?;
    Ok(())
}

/// Its address, if that is one of IPv4.
fn local(socket: &socket2::Socket) -> io::Result<Option<SocketAddrV4>> {
    Ok(socket.local_addr()?.as_socket_ipv4())
}

fn inode(socket: &socket2::Socket) -> io::Result<u64> {
    let socket = socket.as_fd().try_clone_to_owned()?;
    Ok(File::from(socket).metadata()?.ino())
}
