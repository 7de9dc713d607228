//! The service, in another process.

use mailslot::api::Mailslots;
use tempfile::TempDir;

use super::tasks::wait;
use crate::cli::mailslot;
use crate::cli::network::Peer;

/// A process that has mailslots for others, until it is dropped.
pub(super) struct Service {
    _process: Peer,
    folder: TempDir,
}

impl Service {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = mailslot(&["recv", "--local", "dummy"]);
        command.env("XDG_RUNTIME_DIR", folder.path());
        let mut process = Peer::start(command);
        process.wait_for(": mailslot ");
        Self { _process: process, folder }
    }

    /// Mailslots there, over a connection of their own.
    pub(super) fn connect(&self) -> Mailslots {
        wait(Mailslots::connect(self.folder.path().join("mailslot/socket"))).expect("it serves")
    }
}
