//! The reading end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Runtime;

use super::{Error, ErrorKind, HandleFlags, Info, Message, Times};
use crate::api;

/// A mailslot that this process reads: see [`api::Mailslot`].
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct Mailslot {
    pub(super) runtime: Arc<Runtime>,
    pub(super) inner: api::Mailslot,
}

impl Mailslot {
    /// Its name, as it was created.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// The next message, whenever it comes.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::recv`].
    pub fn recv(&self) -> Result<Message, Error> {
        self.runtime.block_on(self.inner.recv())
    }

    /// The same, and it waits no longer than that: for a thread that has something else to do too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`], and as [`recv`](Self::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Message, Error> {
        self.runtime.block_on(self.inner.recv_within(timeout))
    }

    /// The next message, and those behind it that are there by then, at most `most`.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::recv_many`].
    pub fn recv_many(&self, most: usize) -> Result<Vec<Message>, Error> {
        self.runtime.block_on(self.inner.recv_many(most))
    }

    /// The next message into a buffer, as `ReadFile` does. Waits as long as the read timeout says.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::read`].
    #[doc(alias = "ReadFile")]
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.runtime.block_on(self.inner.read(buffer))
    }

    /// The messages, one after the other, as they come; it ends with the mailslot, or the service.
    pub fn messages(&self) -> Messages<'_> {
        Messages { slot: self, ended: false }
    }

    /// What it says about itself.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::info`].
    #[doc(alias = "GetMailslotInfo")]
    pub fn info(&self) -> Result<Info, Error> {
        self.runtime.block_on(self.inner.info())
    }

    /// How long later [`read`](Self::read)s wait; none for ever.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::set_read_timeout`].
    #[doc(alias = "SetMailslotInfo")]
    pub fn set_read_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<(), Error> {
        self.runtime.block_on(self.inner.set_read_timeout(timeout))
    }

    /// When what happened to it.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::times`].
    #[doc(alias = "GetFileTime")]
    pub fn times(&self) -> Result<Times, Error> {
        self.runtime.block_on(self.inner.times())
    }

    /// Sets the time of its creation.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::set_created`].
    #[doc(alias = "SetFileTime")]
    pub fn set_created(&self, created: SystemTime) -> Result<(), Error> {
        self.runtime.block_on(self.inner.set_created(created))
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
    /// As [`api::Mailslot::share`].
    #[cfg(target_os = "linux")]
    #[doc(alias = "DuplicateHandle")]
    pub fn share(&self) -> Result<String, Error> {
        self.runtime.block_on(self.inner.share())
    }

    /// Lets the process that `command` starts have a duplicate.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::inherit`].
    #[cfg(target_os = "linux")]
    #[doc(alias = "HANDLE_FLAG_INHERIT")]
    pub fn inherit(&self, command: &mut std::process::Command) -> Result<(), Error> {
        self.runtime.block_on(self.inner.inherit(command))
    }

    /// Closes this handle, as dropping does, and tells where that fails.
    ///
    /// # Errors
    ///
    /// As [`api::Mailslot::close`].
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<(), (Self, Error)> {
        let Self { runtime, inner } = self;
        inner.close().map_err(|(inner, error)| (Self { runtime, inner }, error))
    }
}

/// The messages of a mailslot: see [`Mailslot::messages`].
#[derive(Debug)]
pub struct Messages<'a> {
    slot: &'a Mailslot,
    ended: bool,
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, Error>;

    /// An error ends it, and is the last item, unless it is the mailslot's own end.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let received = self.slot.recv();
        self.ended = received.is_err();
        Some(received).filter(|received| {
            !received.as_ref().is_err_and(|error| error.kind() == ErrorKind::Closed)
        })
    }
}
