//! The writing end.

use std::io;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::{Error, HandleFlags, Info, Route, Target};
use crate::api;

/// A handle to write to a mailslot with: see [`api::MailslotWriter`].
///
/// It is an [`io::Write`]: one call, one message. `write!` makes several calls: format first.
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct MailslotWriter {
    pub(super) runtime: Arc<Runtime>,
    pub(super) inner: api::MailslotWriter,
}

impl MailslotWriter {
    /// Whom it writes to.
    pub fn target(&self) -> Target {
        self.inner.target()
    }

    /// Writes one message. Returns its octets.
    ///
    /// # Errors
    ///
    /// As [`api::MailslotWriter::write`].
    #[doc(alias = "WriteFile")]
    pub fn write(&self, data: &[u8]) -> Result<usize, Error> {
        self.runtime.block_on(self.inner.write(data))
    }

    /// The same, and tells which way the message went.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn send(&self, data: &[u8]) -> Result<Route, Error> {
        self.runtime.block_on(self.inner.send(data))
    }

    /// What the mailslot says about itself.
    ///
    /// # Errors
    ///
    /// As [`api::MailslotWriter::info`].
    #[doc(alias = "GetMailslotInfo")]
    pub fn info(&self) -> Result<Info, Error> {
        self.runtime.block_on(self.inner.info())
    }

    /// The flags of this handle.
    #[doc(alias = "GetHandleInformation")]
    pub fn flags(&self) -> HandleFlags {
        self.inner.flags()
    }

    /// Sets the flags in `mask` of this handle to what they are in `flags`.
    #[doc(alias = "SetHandleInformation")]
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        self.inner.set_flags(mask, flags);
    }

    /// A token for another process of this user.
    ///
    /// # Errors
    ///
    /// As [`api::MailslotWriter::share`].
    #[cfg(target_os = "linux")]
    #[doc(alias = "DuplicateHandle")]
    pub fn share(&self) -> Result<String, Error> {
        self.runtime.block_on(self.inner.share())
    }

    /// Lets the process that `command` starts have a duplicate.
    ///
    /// # Errors
    ///
    /// As [`api::MailslotWriter::inherit`].
    #[cfg(target_os = "linux")]
    #[doc(alias = "HANDLE_FLAG_INHERIT")]
    pub fn inherit(&self, command: &mut std::process::Command) -> Result<(), Error> {
        self.runtime.block_on(self.inner.inherit(command))
    }

    /// Closes this handle, as dropping does, and tells where that fails. Its messages stay.
    ///
    /// # Errors
    ///
    /// As [`api::MailslotWriter::close`].
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<(), (Self, Error)> {
        let Self { runtime, inner } = self;
        inner.close().map_err(|(inner, error)| (Self { runtime, inner }, error))
    }
}

impl io::Write for MailslotWriter {
    /// One message.
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(Self::write(self, data)?)
    }

    /// Nothing waits to be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
