//! What this process may bind, and what it no longer needs then.

use std::fs;
use std::io;
use std::str::FromStr;

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

/// `CAP_NET_BIND_SERVICE`, as a bit of a capability set.
const NET_BIND_SERVICE: u64 = 1 << 10;

/// Whether the calling thread may bind `port`, if nobody else holds it.
///
/// # Errors
///
/// If the system does not say.
pub fn may_bind(port: u16) -> io::Result<bool> {
    Ok(port == 0 || port >= unprivileged_port_start()? || net_bind_service()?)
}

/// Whether the calling thread has `CAP_NET_BIND_SERVICE` in effect.
///
/// Within a user namespace it counts only for a network that was made there.
///
/// # Errors
///
/// If `/proc` cannot be read.
pub fn net_bind_service() -> io::Result<bool> {
    let path = "/proc/thread-self/status";
    let status = fs::read_to_string(path)?;
    let set = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.map(|set| set & NET_BIND_SERVICE != 0).ok_or_else(|| unreadable(path))
}

/// Gives up every capability of the calling thread, and of the threads that it starts from now on:
/// for a program that has its sockets. Programs that root runs from there have theirs all the same.
///
/// # Errors
///
/// If the system refuses.
pub fn drop_capabilities() -> io::Result<()> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(set_capabilities(None, sets)?)
}

/// The first port that needs no privilege (`net.ipv4.ip_unprivileged_port_start`), commonly 1024.
///
/// # Errors
///
/// If `/proc` cannot be read.
pub fn unprivileged_port_start() -> io::Result<u16> {
    let path = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    let text = fs::read_to_string(path)?;
    u16::from_str(text.trim()).map_err(|_| unreadable(path))
}

fn unreadable(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{path} is not as expected"))
}
