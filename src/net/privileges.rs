//! What this process may bind, and what it no longer needs then.

use std::fs;
use std::io;
use std::str::FromStr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

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

/// Gives up the capabilities of the calling thread, and of the threads that it starts from now on:
/// for a program that has its sockets. One that is to open ports still keeps
/// `CAP_NET_BIND_SERVICE`, where it has that. Programs that root runs from there have theirs all the
/// same.
///
/// # Errors
///
/// If the system refuses.
pub fn drop_capabilities(keep_ports: bool) -> io::Result<()> {
    let none = CapabilitySet::empty();
    let ports = if keep_ports { CapabilitySet::NET_BIND_SERVICE } else { none };
    let CapabilitySets { effective, permitted, .. } = capabilities(None)?;
    let sets = CapabilitySets {
        effective: effective & ports,
        permitted: permitted & ports,
        inheritable: none,
    };
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

/// Asks for so many open files at a time, as far as this process may have them without a privilege
/// (`RLIMIT_NOFILE`). Returns how many it has; it never has fewer than before.
pub fn raise_open_files(wanted: u64) -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None is no limit.
    let Some(now) = current else { return u64::MAX };
    let more = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    if more <= now {
        return now;
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum });
    if raised.is_ok() { more } else { now }
}

fn unreadable(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{path} is not as expected"))
}
