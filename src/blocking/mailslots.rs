//! A namespace of mailslots.

use std::io;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::{Error, Mailslot, MailslotOptions, MailslotWriter, runtime};
use crate::api;

/// A namespace of mailslots. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Mailslots {
    pub(super) runtime: Arc<Runtime>,
    pub(super) inner: api::Mailslots,
}

impl Mailslots {
    /// Mailslots of this process alone: no other process sees them, and there is no network.
    ///
    /// # Errors
    ///
    /// Where the process has no more file descriptors.
    pub fn local() -> io::Result<Self> {
        Ok(Self { runtime: runtime()?, inner: api::Mailslots::local() })
    }

    /// See [`api::Mailslots::create`].
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(alias = "CreateMailslot")]
    pub fn create(&self, options: impl Into<MailslotOptions>) -> Result<Mailslot, Error> {
        let slot = self.runtime.block_on(self.inner.create(options))?;
        Ok(Mailslot { runtime: Arc::clone(&self.runtime), inner: slot })
    }

    /// See [`api::Mailslots::open`].
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(alias = "CreateFile")]
    pub fn open(&self, path: &str) -> Result<MailslotWriter, Error> {
        let writer = self.runtime.block_on(self.inner.open(path))?;
        Ok(MailslotWriter { runtime: Arc::clone(&self.runtime), inner: writer })
    }
}

#[cfg(target_os = "linux")]
impl Mailslots {
    /// See [`api::Mailslots::auto`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn auto() -> Result<Self, api::AutoError> {
        let runtime = runtime()?;
        let inner = runtime.block_on(api::Mailslots::auto())?;
        Ok(Self { runtime, inner })
    }

    /// See [`api::Mailslots::auto_with`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn auto_with(auto: api::Auto) -> Result<Self, api::AutoError> {
        let runtime = runtime()?;
        let inner = runtime.block_on(api::Mailslots::auto_with(auto))?;
        Ok(Self { runtime, inner })
    }

    /// See [`api::Mailslots::connect`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn connect(path: impl AsRef<std::path::Path>) -> Result<Self, api::AutoError> {
        let runtime = runtime()?;
        let inner = runtime.block_on(api::Mailslots::connect(path))?;
        Ok(Self { runtime, inner })
    }

    /// See [`api::Mailslots::embedded`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn embedded(config: crate::runtime::LiveConfig) -> Result<Self, crate::runtime::LiveError> {
        Ok(Self { runtime: runtime()?, inner: api::Mailslots::embedded(config)? })
    }

    /// See [`api::Mailslots::role`].
    pub fn role(&self) -> api::Role {
        self.inner.role()
    }

    /// See [`api::Mailslots::unshared`].
    pub fn unshared(&self) -> Option<String> {
        self.inner.unshared()
    }

    /// See [`api::Mailslots::notice`].
    pub fn notice(&self) -> api::Notice {
        self.runtime.block_on(self.inner.notice())
    }

    /// See [`api::Mailslots::slots`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn slots(&self) -> Result<Vec<crate::ipc::SlotEntry>, Error> {
        self.runtime.block_on(self.inner.slots())
    }

    /// See [`api::Mailslots::stats`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn stats(&self) -> Result<Vec<(String, u64)>, Error> {
        self.runtime.block_on(self.inner.stats())
    }

    /// See [`api::Mailslots::take`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn take(&self, token: &str) -> Result<Mailslot, Error> {
        let slot = self.runtime.block_on(self.inner.take(token))?;
        Ok(Mailslot { runtime: Arc::clone(&self.runtime), inner: slot })
    }

    /// See [`api::Mailslots::take_writer`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn take_writer(&self, token: &str) -> Result<MailslotWriter, Error> {
        let writer = self.runtime.block_on(self.inner.take_writer(token))?;
        Ok(MailslotWriter { runtime: Arc::clone(&self.runtime), inner: writer })
    }

    /// The handles that the process which started this one let it inherit, those that read and
    /// those that write: see [`api::Mailslots::inherited`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn inherited() -> Result<(Vec<Mailslot>, Vec<MailslotWriter>), Error> {
        let runtime = runtime().map_err(Error::from_io)?;
        let api::Inherited { mailslots, writers } = runtime.block_on(api::Mailslots::inherited())?;
        let slot = |inner| Mailslot { runtime: Arc::clone(&runtime), inner };
        let writer = |inner| MailslotWriter { runtime: Arc::clone(&runtime), inner };
        Ok((mailslots.into_iter().map(slot).collect(), writers.into_iter().map(writer).collect()))
    }

    /// See [`api::Mailslots::leave`].
    pub fn leave(&self) {
        self.runtime.block_on(self.inner.leave());
    }
}
