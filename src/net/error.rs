//! Why there is no socket.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use nix::errno::Errno;

use super::holders::{self, Holder};

/// A port that could not be opened: why, who holds it, and what to do.
///
/// The message ends with a command where there is one that helps. The source is the I/O error.
#[derive(Debug)]
pub struct OpenError {
    address: Ipv4Addr,
    port: u16,
    holders: Vec<Holder>,
    /// What a capability would have to be given to.
    program: Option<PathBuf>,
    source: io::Error,
}

impl OpenError {
    pub(super) fn new(address: Ipv4Addr, port: u16, source: io::Error) -> Self {
        let errno = source.raw_os_error().map(Errno::from_raw);
        let holders = match errno {
            // Whether the port is busy is asked only after whether it may be bound at all.
            Some(Errno::EADDRINUSE | Errno::EACCES) if port > 0 => holders::of(address, port),
            _ => Vec::new(),
        };
        Self { address, port, holders, program: std::env::current_exe().ok(), source }
    }

    /// The UDP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address that could not be bound; 0.0.0.0 = any.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Sockets that are in the way, as far as they could be found.
    pub fn holders(&self) -> &[Holder] {
        &self.holders
    }

    /// What the system said.
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }

    fn held(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut processes: Vec<_> =
            self.holders.iter().flat_map(|holder| &holder.processes).collect();
        processes.sort_by_key(|process| process.pid);
        processes.dedup();
        if processes.is_empty() {
            f.write_str("a process of ")?;
            let Some(holder) = self.holders.first() else { return f.write_str("nobody") };
            match &holder.user {
                Some(user) => f.write_str(user)?,
                None => write!(f, "user {}", holder.uid)?,
            }
            return write!(
                f,
                ", which may not be looked into: sudo ss -lunp sport = :{}",
                self.port
            );
        }
        for (i, process) in processes.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{} (pid {})", process.command.escape_debug(), process.pid)?;
        }
        // What systemd itself holds is a socket unit's; the service may have it open as well.
        let (init, others): (Vec<_>, Vec<_>) =
            processes.into_iter().partition(|process| process.pid == 1);
        if !init.is_empty() {
            return f.write_str(": systemctl list-sockets tells the unit to stop");
        }
        let mut units: Vec<_> =
            others.iter().filter_map(|process| process.unit.as_deref()).collect();
        units.sort_unstable();
        units.dedup();
        let own = std::process::id();
        let pids: Vec<_> = others
            .iter()
            .filter(|process| process.unit.is_none() && process.pid != own)
            .map(|process| process.pid.to_string())
            .collect();
        match (&*units, &*pids) {
            ([], []) => f.write_str(", this very process"),
            (units, []) => write!(f, ": systemctl stop {}", units.join(" ")),
            ([], pids) => write!(f, ": kill {}", pids.join(" ")),
            (units, pids) => {
                write!(f, ": systemctl stop {} && kill {}", units.join(" "), pids.join(" "))
            }
        }
    }

    fn capability(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("needs CAP_NET_BIND_SERVICE: sudo setcap cap_net_bind_service+ep ")?;
        match &self.program {
            Some(program) => write!(f, "{}", program.display()),
            None => f.write_str("$(command -v mailslot)"),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, address) = (self.port, self.address);
        let errno = self.source.raw_os_error().map(Errno::from_raw);
        write!(f, "UDP port {port} ")?;
        match errno {
            Some(Errno::EADDRINUSE) if self.holders.is_empty() => {
                write!(f, "is in use: sudo ss -lunp sport = :{port}")
            }
            Some(Errno::EADDRINUSE) => {
                f.write_str("is held by ")?;
                self.held(f)
            }
            Some(Errno::EACCES) if self.holders.is_empty() => self.capability(f),
            Some(Errno::EACCES) => {
                f.write_str("is held by ")?;
                self.held(f)?;
                f.write_str("; it also ")?;
                self.capability(f)
            }
            Some(Errno::EADDRNOTAVAIL) => {
                write!(f, "cannot be bound to {address}: no interface has this address")
            }
            _ => write!(f, "cannot be opened on {address}: {}", self.source),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Why a socket that was passed in cannot serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum AdoptError {
    /// It is not a UDP socket over IPv4.
    NotUdp,
    /// It is bound to another port.
    Port {
        /// The port it should have.
        expected: u16,
        /// The port it has; 0 = it is not bound.
        found: u16,
    },
    /// It is connected, so it would hear one peer only.
    Connected,
    /// Another socket has the same port, and would get some of what comes.
    Shared {
        /// The port.
        port: u16,
    },
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUdp => f.write_str("the socket passed in is not a UDP socket over IPv4"),
            Self::Port { expected, found: 0 } => {
                write!(f, "the socket passed in is not bound; it should be to port {expected}")
            }
            Self::Port { expected, found } => {
                write!(f, "the socket passed in is bound to port {found}, not {expected}")
            }
            Self::Connected => f.write_str("the socket passed in is connected to one peer"),
            Self::Shared { port } => write!(
                f,
                "another program has UDP port {port} too, and takes what comes: sudo ss -lunp \
                 sport = :{port}"
            ),
            Self::Io(_) => f.write_str("the socket passed in cannot be used"),
        }
    }
}

impl std::error::Error for AdoptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for AdoptError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
