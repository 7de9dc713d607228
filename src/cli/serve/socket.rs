//! Where programs connect.

use std::env;
use std::io;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::config::SocketConfig;
use crate::cli::failure::Failure;
use crate::cli::payload::Safe;
use crate::net::listener::{SocketFile, listen};
use crate::net::peer;

/// The socket of the system's service.
const SYSTEM: &str = "/run/mailslot/socket";

/// A socket that is listened at, its path for those who are to find it again, and its file where
/// that is this process's.
pub(super) struct Socket {
    pub(super) listeners: Vec<UnixListener>,
    pub(super) path: PathBuf,
    pub(super) file: Option<SocketFile>,
}

impl Socket {
    /// Those that were passed in; without them, one at the configuration's path.
    pub(super) fn open(passed: Vec<UnixListener>, config: &SocketConfig) -> Result<Self, Failure> {
        if let Some(first) = passed.first() {
            let address = first.local_addr().map_err(|error| Failure::ports(error.to_string()))?;
            let path = address.as_pathname().map(Path::to_path_buf).unwrap_or_default();
            return Ok(Self { listeners: passed, path, file: None });
        }
        let path = config.path.clone().or_else(usual).ok_or_else(|| {
            let text = "where programs are to connect is not known: there is no XDG_RUNTIME_DIR";
            Failure::usage(text).with_hint("give it --socket PATH")
        })?;
        let (listener, file) = listen(&path, config.mode, config.group).map_err(|error| {
            let text = format!("{}: {error}", Safe(&path.to_string_lossy()));
            match error.kind() {
                io::ErrorKind::AddrInUse => Failure::ports(text)
                    .with_hint("a service runs already; a second one needs --socket PATH"),
                _ => Failure::ports(text),
            }
        })?;
        Ok(Self { listeners: vec![listener], path, file: Some(file) })
    }
}

/// The folder that systemd made for the service, the system's, or the user's.
fn usual() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).filter(|folder| !folder.is_empty());
    if let Some(folders) = folder("RUNTIME_DIRECTORY") {
        // The first one of a list.
        let first = env::split_paths(&folders).next()?;
        return Some(first.join("socket"));
    }
    if peer::own_id() == 0 {
        return Some(SYSTEM.into());
    }
    Some(PathBuf::from(folder("XDG_RUNTIME_DIR")?).join("mailslot/socket"))
}
