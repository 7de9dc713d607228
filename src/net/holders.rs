//! Who holds a UDP port.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use nix::unistd::{Uid, User};

use super::table::{self, Row};

/// A socket that keeps a port from being bound.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// What it is bound to.
    pub local: SocketAddr,
    /// User it belongs to.
    pub uid: u32,
    /// Name of that user, if there is one.
    pub user: Option<String>,
    /// Processes that have it open; empty if this process may not look into them.
    pub processes: Vec<Process>,
}

/// A process that has a socket open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its command's name, at most 15 octets (`/proc/<pid>/comm`).
    pub command: String,
    /// Its service of the system's systemd, without `.service`.
    pub unit: Option<String>,
}

/// The sockets that keep `address` from being bound to `port`, as far as they can be found.
pub(super) fn of(address: Ipv4Addr, port: u16) -> Vec<Holder> {
    let tables = [table::IPV4, table::IPV6];
    let rows = tables.iter().flat_map(|path| table::rows(path).unwrap_or_default());
    let rows: Vec<_> =
        rows.filter(|row| row.local.port() == port && collide(row.local.ip(), address)).collect();
    let mut holders: Vec<_> = rows.iter().map(holder).collect();
    if !rows.is_empty() {
        find_processes(&rows, &mut holders);
    }
    holders
}

/// Whether a socket besides that one gets some of what comes to `address`.
pub(super) fn others(address: Ipv4Addr, port: u16, inode: u64) -> io::Result<bool> {
    let other = |row: &Row| {
        row.inode != inode && row.local.port() == port && collide(row.local.ip(), address)
    };
    Ok(table::rows(table::IPV4)?.iter().any(other))
}

/// An IPv6 socket on any address takes IPv4's datagrams too, unless it was told otherwise.
fn collide(held: IpAddr, wanted: Ipv4Addr) -> bool {
    match held.to_canonical() {
        IpAddr::V4(held) => held == wanted || held.is_unspecified() || wanted.is_unspecified(),
        IpAddr::V6(held) => held.is_unspecified(),
    }
}

fn holder(row: &Row) -> Holder {
    let user = User::from_uid(Uid::from_raw(row.uid)).ok().flatten().map(|user| user.name);
    Holder { local: row.local, uid: row.uid, user, processes: Vec::new() }
}

fn find_processes(rows: &[Row], holders: &mut [Holder]) {
    let links: Vec<_> = rows.iter().map(|row| format!("socket:[{}]", row.inode)).collect();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let path = entry.path();
        for fd in fs::read_dir(path.join("fd")).into_iter().flatten().flatten() {
            let Ok(target) = fs::read_link(fd.path()) else { continue };
            for (link, holder) in links.iter().zip(&mut *holders) {
                if target.as_os_str() == &**link
                    && holder.processes.last().is_none_or(|last| last.pid != pid)
                {
                    holder.processes.push(process(pid, &path));
                }
            }
        }
    }
}

fn process(pid: u32, path: &Path) -> Process {
    let command = fs::read_to_string(path.join("comm")).unwrap_or_default();
    let groups = fs::read_to_string(path.join("cgroup")).unwrap_or_default();
    Process { pid, command: command.trim_end().to_owned(), unit: unit(&groups).map(str::to_owned) }
}

/// The service that a process is of, by its control groups.
fn unit(groups: &str) -> Option<&str> {
    groups.lines().find_map(|line| {
        let (_, path) = line.split_once(":/system.slice/")?;
        path.split('/').find_map(|part| part.strip_suffix(".service"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_group() {
        assert_eq!(unit("0::/system.slice/nmbd.service\n"), Some("nmbd"));
        assert_eq!(unit("0::/system.slice/system-x.slice/x@1.service/sub\n"), Some("x@1"));
        assert_eq!(unit("1:name=systemd:/system.slice/nmbd.service\n0::/\n"), Some("nmbd"));
        assert_eq!(unit("0::/user.slice/user-1000.slice/session-2.scope\n"), None);
        assert_eq!(unit(""), None);
    }

    #[test]
    fn addresses_collide() {
        let [one, two] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(Ipv4Addr::from);
        let any = Ipv4Addr::UNSPECIFIED;
        assert!(collide(one.into(), one) && collide(any.into(), one) && collide(one.into(), any));
        assert!(!collide(one.into(), two));
        assert!(collide("::".parse().unwrap(), one) && !collide("::1".parse().unwrap(), one));
        assert!(collide("::ffff:127.0.0.1".parse().unwrap(), one));
    }
}
