//! Word of changes to interfaces.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc::{RTMGRP_IPV4_IFADDR, RTMGRP_LINK};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// Most messages that are taken at a time: the rest makes the next wait end at once.
const MAX_MESSAGES: usize = 1024;

/// Tells when an interface or an IPv4 address came, went or changed, from its making on.
///
/// What changed is not said: list the [`interfaces`](super::interfaces::list) again. Make it
/// before the first listing, and no change is missed. Its file descriptor is readable when there
/// is something.
#[derive(Debug)]
pub struct Changes {
    socket: OwnedFd,
}

impl Changes {
    /// Asks the kernel to tell.
    ///
    /// # Errors
    ///
    /// If the system gives no netlink socket; a sandbox may forbid it.
    pub fn new() -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::NetlinkRoute,
        )?;
        let groups = u32::try_from(RTMGRP_LINK | RTMGRP_IPV4_IFADDR).map_err(|_| Errno::EINVAL)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok(Self { socket })
    }

    /// Waits for a change, at most `timeout`; whether there was one. Changes that came since the
    /// last call are one.
    ///
    /// # Errors
    ///
    /// If the system refuses to wait or to read, for want of memory for example.
    pub fn wait(&self, timeout: Duration) -> io::Result<bool> {
        let start = Instant::now();
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            // Rounded up: with 0 the last millisecond would be a busy loop.
            let left = left.as_millis() + u128::from(left.subsec_nanos() % 1_000_000 > 0);
            let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(self.as_fd(), PollFlags::POLLIN)], left) {
                Ok(0) if start.elapsed() >= timeout => return Ok(false),
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) if self.drain()? => return Ok(true),
                Ok(_) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Takes what has come; whether it was anything.
    fn drain(&self) -> io::Result<bool> {
        let mut any = false;
        for _ in 0..MAX_MESSAGES {
            match recv(self.socket.as_raw_fd(), &mut [0; 16], MsgFlags::empty()) {
                // So many that some were lost is a change too.
                Ok(_) | Err(Errno::ENOBUFS) => any = true,
                Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(any)
    }
}

impl AsFd for Changes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
