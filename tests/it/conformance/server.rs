//! The service, in another process.

use std::path::PathBuf;

use mailslot::api::Mailslots;
use tempfile::TempDir;

use super::tasks::wait;
use crate::cli::mailslot;
use crate::cli::network::Peer;

const SOCKET: &str = "socket";

/// A process that has mailslots for others, until it is dropped.
pub(crate) struct Service {
    _process: Peer,
    folder: TempDir,
}

impl Service {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = mailslot(&["serve", "--local", "--socket"]);
        command.arg(folder.path().join(SOCKET));
        let mut process = Peer::start(command);
        process.wait_for("serves at ");
        Self { _process: process, folder }
    }

    /// Mailslots there, over a connection of their own.
    pub(crate) fn connect(&self) -> Mailslots {
        wait(Mailslots::connect(self.socket())).expect("it serves")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }
}
