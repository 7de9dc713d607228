//! Who is at the other end of a Unix socket, and what users and groups are called.

use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};

/// Groups of a user that are kept: the kernel itself takes no more for a process (`NGROUPS_MAX`).
pub const MAX_GROUPS: usize = 65_536;

/// A process at the other end of a Unix socket, as the kernel knew it when it connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
    /// Its number, where this process can see it; it may have ended since, and another have it.
    pub pid: Option<i32>,
    /// What its user is called, where that was looked up and there is such a user.
    pub user: Option<String>,
    /// Groups besides [`gid`](Self::gid), where they were looked up.
    pub groups: Vec<u32>,
}

impl Peer {
    /// Who connected, without the user's name and groups: [`Account`] has them.
    ///
    /// # Errors
    ///
    /// If the system does not say, as for what is no Unix socket.
    pub fn of(socket: &impl AsFd) -> io::Result<Self> {
        let found = getsockopt(socket, PeerCredentials)?;
        Ok(Self {
            uid: found.uid(),
            gid: found.gid(),
            pid: Some(found.pid()).filter(|pid| *pid > 0),
            user: None,
            groups: Vec::new(),
        })
    }

    /// The same, of that account.
    #[must_use]
    pub fn with(self, account: Account) -> Self {
        Self { user: account.name, groups: account.groups, ..self }
    }
}

/// What the system's databases say of a user. They may be on a server far away: to be asked on a
/// thread that may wait, and kept for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: Option<String>,
    /// All its groups, at most [`MAX_GROUPS`].
    pub groups: Vec<u32>,
}

impl Account {
    /// Looks a user up; without a name and groups where there is none.
    ///
    /// # Errors
    ///
    /// Where a database cannot be asked.
    pub fn of(uid: u32) -> io::Result<Self> {
        let Some(user) = User::from_uid(Uid::from_raw(uid))? else { return Ok(Self::default()) };
        let mut groups: Vec<u32> = match CString::new(&*user.name) {
            Ok(name) => getgrouplist(&name, user.gid)?.into_iter().map(Gid::as_raw).collect(),
            Err(_) => vec![user.gid.as_raw()],
        };
        groups.truncate(MAX_GROUPS);
        Ok(Self { name: Some(user.name), groups })
    }
}

/// The number of a user; `None` where there is no such user.
///
/// # Errors
///
/// Where the database cannot be asked.
pub fn user_id(name: &str) -> io::Result<Option<u32>> {
    Ok(User::from_name(name)?.map(|user| user.uid.as_raw()))
}

/// What a user is called; `None` where there is no such user, or nobody tells.
pub fn user_name(uid: u32) -> Option<String> {
    Some(User::from_uid(Uid::from_raw(uid)).ok()??.name)
}

/// The number of a group; `None` where there is no such group.
///
/// # Errors
///
/// Where the database cannot be asked.
pub fn group_id(name: &str) -> io::Result<Option<u32>> {
    Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()))
}

/// The network namespace that a process is in, by its number or `self`, as the kernel numbers them;
/// 0 where it does not tell.
pub fn network_namespace(process: &str) -> u64 {
    std::fs::metadata(format!("/proc/{process}/ns/net")).map_or(0, |namespace| namespace.ino())
}

/// The effective user of this process.
pub fn own_id() -> u32 {
    Uid::effective().as_raw()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use super::*;

    #[test]
    fn the_other_end_is_known() {
        let (one, _other) = UnixStream::pair().unwrap();
        let peer = Peer::of(&one).unwrap();
        assert_eq!((peer.uid, peer.gid), (own_id(), Gid::effective().as_raw()));
        assert_eq!(peer.pid, Some(std::process::id().cast_signed()));
        assert_eq!((peer.user, peer.groups), (None, vec![]));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let _client = UnixStream::connect(&path).unwrap();
        let accepted = listener.accept().unwrap().0;
        assert_eq!(Peer::of(&accepted).unwrap().uid, own_id());

        // Nobody is at the other end.
        let nobody = Peer::of(&UnixDatagram::unbound().unwrap()).unwrap();
        assert_eq!((nobody.uid, nobody.pid), (u32::MAX, None));
    }

    #[test]
    fn accounts_are_looked_up() {
        let root = Account::of(0).unwrap();
        assert_eq!((root.name.as_deref(), root.groups.contains(&0)), (Some("root"), true));
        assert_eq!((user_id("root").unwrap(), group_id("root").unwrap()), (Some(0), Some(0)));
        assert_eq!(Account::of(4_000_000_000).unwrap(), Account::default());
        let none = "no such user";
        assert_eq!((user_id(none).unwrap(), group_id(none).unwrap()), (None, None));
        let (one, _other) = UnixStream::pair().unwrap();
        let peer = Peer::of(&one).unwrap().with(root.clone());
        assert_eq!((peer.user, peer.groups), (root.name, root.groups));
    }
}
