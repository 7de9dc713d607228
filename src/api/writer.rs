//! The writing end.

use super::{Error, HandleFlags, Info};
use crate::runtime::clock;
use crate::slot::{self, Target, Writer};

/// A handle to write to a mailslot with.
///
/// It is bound to the mailslot, not to the name, and does not keep it open.
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct MailslotWriter(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Local(Writer),
    Remote(Target),
}

impl MailslotWriter {
    pub(super) fn local(writer: Writer) -> Self {
        Self(Inner::Local(writer))
    }

    pub(super) fn remote(target: Target) -> Self {
        Self(Inner::Remote(target))
    }

    /// Whom it writes to.
    pub fn target(&self) -> Target {
        match &self.0 {
            Inner::Local(writer) => Target::Local(writer.name().clone()),
            Inner::Remote(target) => target.clone(),
        }
    }

    /// Writes one message, whole or not at all, behind all others; it never waits. Returns its
    /// octets.
    ///
    /// # Errors
    ///
    /// [`MessageTooLong`](super::ErrorKind::MessageTooLong), [`Full`](super::ErrorKind::Full),
    /// [`Closed`](super::ErrorKind::Closed); [`NoNetwork`](super::ErrorKind::NoNetwork) for a
    /// mailslot of another machine. Nothing was written then.
    #[doc(alias = "WriteFile")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn write(&self, data: &[u8]) -> Result<usize, Error> {
        match &self.0 {
            Inner::Local(writer) => {
                writer.write(clock::now(), data)?.fire();
                Ok(data.len())
            }
            Inner::Remote(_) => Err(Error::NO_NETWORK),
        }
    }

    /// What the mailslot says about itself, as since Windows 8.
    ///
    /// # Errors
    ///
    /// [`Closed`](super::ErrorKind::Closed); [`NoNetwork`](super::ErrorKind::NoNetwork) for a
    /// mailslot of another machine.
    #[doc(alias = "GetMailslotInfo")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn info(&self) -> Result<Info, Error> {
        match &self.0 {
            Inner::Local(writer) => Ok(writer.info()?.into()),
            Inner::Remote(_) => Err(Error::NO_NETWORK),
        }
    }

    /// The flags of this handle; none for a mailslot of another machine.
    #[doc(alias = "GetHandleInformation")]
    pub fn flags(&self) -> HandleFlags {
        match &self.0 {
            Inner::Local(writer) => writer.flags(),
            Inner::Remote(_) => HandleFlags::empty(),
        }
    }

    /// Sets the flags in `mask` of this handle to what they are in `flags`. Without effect for a
    /// mailslot of another machine.
    #[doc(alias = "SetHandleInformation")]
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        if let Inner::Local(writer) = &self.0 {
            writer.set_flags(mask, flags);
        }
    }

    /// Closes this handle, as dropping does, and tells where that fails. Its messages stay.
    ///
    /// # Errors
    ///
    /// The handle, with [`Protected`](super::ErrorKind::Protected), where
    /// [`HandleFlags::PROTECT_FROM_CLOSE`] is set.
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<(), (Self, Error)> {
        match self.0 {
            Inner::Local(writer) => {
                writer.close().map_err(|(writer, error): (Writer, slot::Error)| {
                    (Self(Inner::Local(writer)), error.into())
                })
            }
            Inner::Remote(_) => Ok(()),
        }
    }
}
