//! Where programs connect.

use std::env;
use std::io;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use super::config::SocketConfig;
use crate::api::{Auto, Mailslots, Role, service_socket};
use crate::cli::failure::Failure;
use crate::cli::payload::Safe;
use crate::cli::shared;
use crate::net::listener::{self, Claim, SocketFile};
use crate::runtime::LiveConfig;

const PLACE: &str = "another place for its socket: --socket PATH";
const ANOTHER: &str = "end that one first, or give this one another place: --socket PATH";

/// A socket that is listened at, its path for those who are to find it again, and its file where
/// that is this process's.
pub(super) struct Socket {
    pub(super) listeners: Vec<UnixListener>,
    pub(super) path: PathBuf,
    pub(super) file: Option<SocketFile>,
}

/// The right to one, taken before the ports are: who cannot have it leaves the ports alone.
pub(super) enum Place {
    Passed(Vec<UnixListener>),
    Claimed(Claim),
}

impl Place {
    /// Sockets that were passed in; without them the configuration's path, or the one where others
    /// look for a service of that network.
    pub(super) async fn find(
        passed: Vec<UnixListener>,
        config: &SocketConfig,
        network: &LiveConfig,
    ) -> Result<Self, Failure> {
        if !passed.is_empty() {
            return Ok(Self::Passed(passed));
        }
        let claim = |path: &Path| Claim::new(path).map_err(|error| failed(path, &error));
        if let Some(path) = config.path.clone().or_else(unit_folder) {
            listener::make_folder(&path).map_err(|error| failed(&path, &error))?;
            return claim(&path).map(Self::Claimed);
        }
        let path = service_socket(network)
            .map_err(|error| Failure::ports(error.to_string()).with_hint(PLACE))?;
        let claim = claim(&path)?;
        // This user's programs would go on to find that one first, and others this one.
        if let Ok(Some(has)) = Mailslots::existing(&Auto::new(network.clone())).await {
            if let Role::Client { path } = has.role() {
                let text = format!("{} has the mailslots already", shared::listener(&path));
                return Err(Failure::ports(text).with_hint(ANOTHER));
            }
        }
        Ok(Self::Claimed(claim))
    }

    /// Opens it.
    pub(super) fn open(self, config: &SocketConfig) -> Result<Socket, Failure> {
        let claim = match self {
            Self::Passed(listeners) => {
                let address = listeners.first().map(UnixListener::local_addr).transpose();
                let address = address.map_err(|error| Failure::ports(error.to_string()))?;
                let path = address.as_ref().and_then(SocketAddr::as_pathname);
                let path = path.map(Path::to_path_buf).unwrap_or_default();
                return Ok(Socket { listeners, path, file: None });
            }
            Self::Claimed(claim) => claim,
        };
        let path = claim.path().to_owned();
        let (listener, file) =
            claim.listen(config.mode, config.group).map_err(|error| failed(&path, &error))?;
        Ok(Socket { listeners: vec![listener], path, file: Some(file) })
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AddrInUse {
        return Failure::ports(format!("{}: {error}", shared::listener(path))).with_hint(ANOTHER);
    }
    Failure::ports(format!("{}: {error}", Safe(&path.to_string_lossy())))
}

/// The folder that systemd made for the service (`RuntimeDirectory=`).
fn unit_folder() -> Option<PathBuf> {
    let folders = env::var_os("RUNTIME_DIRECTORY").filter(|folders| !folders.is_empty())?;
    // The first one of a list.
    Some(env::split_paths(&folders).next()?.join("socket"))
}
