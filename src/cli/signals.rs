//! Ctrl-C and what else ends a verb.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// The signals that are waited for; from here on they end nothing by themselves.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self, Failure> {
        let signals = || {
            let kinds = (SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup());
            Ok::<_, io::Error>((signal(kinds.0)?, signal(kinds.1)?, signal(kinds.2)?))
        };
        let (interrupt, terminate, hangup) =
            signals().map_err(|error| Failure::ports(format!("no signals: {error}")))?;
        Ok(Self { interrupt, terminate, hangup })
    }

    /// The next one's number.
    pub(super) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = self.hangup.recv() => 1,
        }
    }

    /// Waits for one: how the verb is to end then.
    pub(super) async fn stopped(&mut self) -> Failure {
        Failure::interrupted(128 + self.next().await)
    }
}
