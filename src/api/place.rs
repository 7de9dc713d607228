//! Where the sockets of services are.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::net::listener;
use crate::net::peer::own_id;
use crate::runtime::{LiveConfig, Network, PORTS};

/// The socket of the machine's service.
pub const SYSTEM_SOCKET: &str = "/run/mailslot/socket";

/// The name of the socket of a network: each has a node, and so a service, of its own.
fn socket_name(config: &LiveConfig) -> String {
    let ports = (config.node.name_port, config.node.datagram_port);
    let mut name = match &config.network {
        Network::All | Network::Chosen { .. } => "socket".into(),
        Network::Address(address) => format!("socket-{address}"),
        Network::Loopback { name } => {
            let name: String = name.chars().map(plain).collect();
            format!("loopback-{}", name.to_uppercase())
        }
    };
    if ports != config.network.ports() {
        // Writing to a string never fails.
        let _ = write!(name, "-{}-{}", ports.0, ports.1);
    }
    name
}

/// Nothing that means something in a path.
fn plain(c: char) -> char {
    if c.is_alphanumeric() || c == '-' { c } else { '_' }
}

/// Where this user's socket is to be, in a folder that is his alone.
pub(super) fn user_socket(config: &LiveConfig) -> PathBuf {
    user_folder().join(socket_name(config))
}

fn user_folder() -> PathBuf {
    let uid = own_id();
    if let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        return Path::new(&folder).join("mailslot");
    }
    let run = PathBuf::from(format!("/run/user/{uid}"));
    if run.is_dir() {
        return run.join("mailslot");
    }
    if uid == 0 {
        return "/run/mailslot-root".into();
    }
    std::env::temp_dir().join(format!("mailslot-{uid}"))
}

/// The socket of the machine's service, where a node on the usual network is wanted.
pub(super) fn system_socket(config: &LiveConfig) -> Option<&'static Path> {
    let ports = (config.node.name_port, config.node.datagram_port);
    let usual = matches!(config.network, Network::All | Network::Chosen { .. });
    (usual && ports == PORTS).then(|| Path::new(SYSTEM_SOCKET))
}

/// Where a service of this user is looked for by those who want that network: root's is the
/// machine's on the usual one. The folder is there then.
///
/// # Errors
///
/// Where the folder cannot be made, or is not the user's alone.
pub fn service_socket(config: &LiveConfig) -> io::Result<PathBuf> {
    if let Some(system) = system_socket(config).filter(|_| own_id() == 0) {
        listener::make_folder(system)?;
        return Ok(system.to_owned());
    }
    let path = user_socket(config);
    make_folder(&path)?;
    Ok(path)
}

/// Makes the folder of a socket, where it is to be the user's own.
pub(super) fn make_folder(socket: &Path) -> io::Result<()> {
    let Some(folder) = socket.parent() else { return Ok(()) };
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // Not through a link, and not where others put things.
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != own_id() || found.permissions().mode() & 0o022 != 0 {
        let text = format!("{} is not this user's alone", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(())
}
