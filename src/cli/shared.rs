//! What the verbs say of mailslots that processes share.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::failure::Failure;
use super::network::Identity;
use super::payload::Safe;
use crate::api::{Auto, AutoError, Error, ErrorKind, Mailslots};
use crate::net::peer::Peer;
use crate::runtime::LiveError;

/// There are no mailslots to be had.
pub(super) fn not_had(error: &AutoError) -> Failure {
    match error {
        AutoError::Live(LiveError::Io(error)) => Failure::ports(format!("no network: {error}")),
        AutoError::Socket { .. } => Failure::ports(format!("no service: {error}"))
            .with_hint("MAILSLOT_SOCKET names it: start it with `mailslot serve --socket PATH`"),
        error => Failure::ports(error.to_string()),
    }
}

/// The mailslots that a service, or another program, has.
pub(super) async fn existing(identity: &Identity) -> Result<Mailslots, Failure> {
    let found = Mailslots::existing(&Auto::new(identity.asks())).await;
    found.map_err(|error| not_had(&error))?.ok_or_else(|| {
        Failure::not_found("no service, and no program of this user, has a mailslot")
            .with_hint("`mailslot recv NAME` creates one; users share theirs by `mailslot serve`")
    })
}

/// The service refuses, or is gone.
pub(super) fn refused(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::ServiceLost => Failure::lost(error.to_string()),
        _ => Failure::ports(error.to_string()),
    }
}

/// Whose mailslots they are, where a service has them.
pub(super) async fn through(path: &Path, mailslots: &Mailslots) -> String {
    let path = path.display();
    match mailslots.node().await {
        Ok(Some(node)) => format!(
            "{} in {}, {}, through {path}",
            Safe(&node.computer.to_string()),
            Safe(&node.workgroup.to_string()),
            if node.interfaces.is_empty() { "no network interface" } else { &*node.interfaces },
        ),
        _ => format!("this machine alone, through {path}"),
    }
}

/// Who listens at a socket: its path, and the program where this one may know it.
pub(super) fn listener(path: &Path) -> String {
    let shown = path.to_string_lossy();
    let program = || {
        let pid = Peer::of(&UnixStream::connect(path).ok()?).ok()?.pid?;
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some(format!(" ({}, pid {pid})", Safe(command.trim_end())))
    };
    format!("{}{}", Safe(&shown), program().unwrap_or_default())
}
