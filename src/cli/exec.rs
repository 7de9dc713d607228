//! `recv --exec`: a command for each message.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Stdio;

use nix::unistd::{AccessFlags, eaccess};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::failure::Failure;
use super::output::remark;
use super::payload::Safe;
use crate::slot::Message;

/// Where commands are looked for without a `PATH`, as the system's `execvp` does.
const USUAL: &str = "/bin:/usr/bin";

/// The command that is run for each message.
#[derive(Clone, Copy)]
pub(super) struct Exec<'a> {
    pub(super) command: &'a OsStr,
    pub(super) arguments: &'a [OsString],
}

impl Exec<'_> {
    /// Whether there is such a command, which this user may run: to be said before the first message.
    pub(super) fn check(self) -> Result<(), Failure> {
        find(self.command).map_err(|error| failed(self.command, &error))
    }

    /// Runs it to its end. Never through a shell: what strangers wrote is data.
    pub(super) async fn run(self, slot: &str, message: &Message) -> Result<(), Failure> {
        let mut child = Command::new(self.command);
        child.args(self.arguments).stdin(Stdio::piped()).env("MAILSLOT_SLOT", no_nul(slot));
        if let Some(from) = &message.from {
            child.env("MAILSLOT_FROM", no_nul(&from.name.to_string()));
            child.env("MAILSLOT_ADDRESS", from.address.to_string());
        }
        if let Some(to) = message.to {
            child.env("MAILSLOT_TO", no_nul(&to.to_string()));
        }
        let mut child = child.spawn().map_err(|error| failed(self.command, &error))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing is not wrong.
            let _ = stdin.write_all(&message.data).await;
        }
        let status = child.wait().await?;
        if !status.success() {
            remark(&format!("{}: {status}", Safe(&self.command.to_string_lossy())));
        }
        Ok(())
    }
}

fn failed(command: &OsStr, error: &io::Error) -> Failure {
    Failure::usage(format!("--exec {}: {error}", Safe(&command.to_string_lossy())))
}

/// Looks for a command as it is looked for when it is run.
fn find(command: &OsStr) -> io::Result<()> {
    if command.as_bytes().contains(&b'/') {
        return runs(Path::new(command));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| USUAL.into());
    let missing = || io::Error::new(io::ErrorKind::NotFound, "no such command in PATH");
    if command.is_empty() {
        return Err(missing());
    }
    let mut why = missing();
    for folder in env::split_paths(&path) {
        match runs(&folder.join(command)) {
            Ok(()) => return Ok(()),
            // There may be another one further on.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => why = error,
            Err(_) => {}
        }
    }
    Err(why)
}

fn runs(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "that is a folder"));
    }
    Ok(eaccess(path, AccessFlags::X_OK)?)
}

/// The environment has no room for a NUL.
fn no_nul(text: &str) -> String {
    text.replace('\0', "")
}
