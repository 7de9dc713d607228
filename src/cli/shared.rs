//! What the verbs say of mailslots that processes share.

use std::path::Path;

use super::failure::Failure;
use super::payload::Safe;
use crate::api::{AutoError, Mailslots};
use crate::runtime::LiveError;

/// There are no mailslots to be had.
pub(super) fn not_had(error: &AutoError) -> Failure {
    match error {
        AutoError::Live(LiveError::Io(error)) => Failure::ports(format!("no network: {error}")),
        AutoError::Socket { .. } => Failure::ports(format!("no service: {error}")),
        error => Failure::ports(error.to_string()),
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
