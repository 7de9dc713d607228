//! The writing end.

use std::sync::Arc;

#[cfg(not(target_os = "linux"))]
use super::elsewhere::Host;
#[cfg(target_os = "linux")]
use super::host::Host;
#[cfg(target_os = "linux")]
use super::remote::Handle;
use super::{Error, HandleFlags, Info, Route};
#[cfg(target_os = "linux")]
use crate::ipc::{Reply, Request, limits};
use crate::runtime::clock;
use crate::slot::{self, Flags, Target, Writer};

/// A handle to write to a mailslot with.
///
/// It is bound to the mailslot, not to the name, and does not keep it open.
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct MailslotWriter(pub(super) Inner);

#[derive(Debug)]
pub(super) enum Inner {
    /// To a slot of this process.
    Local { writer: Writer, host: Arc<Host> },
    /// To other machines, from this process.
    Network { target: Target, host: Arc<Host>, flags: Flags },
    /// Through a service.
    #[cfg(target_os = "linux")]
    There { target: Target, handle: Arc<Handle>, flags: Flags },
}

/// Another handle to the same, with flags of its own.
impl Clone for Inner {
    fn clone(&self) -> Self {
        let flags = Flags::default();
        match self {
            Self::Local { writer, host } => {
                Self::Local { writer: writer.clone(), host: Arc::clone(host) }
            }
            Self::Network { target, host, .. } => {
                Self::Network { target: target.clone(), host: Arc::clone(host), flags }
            }
            #[cfg(target_os = "linux")]
            Self::There { target, handle, .. } => {
                Self::There { target: target.clone(), handle: Arc::clone(handle), flags }
            }
        }
    }
}

impl MailslotWriter {
    pub(super) fn local(writer: Writer, host: Arc<Host>) -> Self {
        Self(Inner::Local { writer, host })
    }

    pub(super) fn network(target: Target, host: Arc<Host>) -> Self {
        Self(Inner::Network { target, host, flags: Flags::default() })
    }

    #[cfg(target_os = "linux")]
    pub(super) fn there(target: Target, handle: Handle) -> Self {
        Self(Inner::There { target, handle: Arc::new(handle), flags: Flags::default() })
    }

    /// A call on it failed.
    pub(super) fn failed(&self, verb: &'static str) -> impl FnOnce(Error) -> Error + '_ {
        move |error| match self.target() {
            Target::Local(name) => error.of(verb, name.as_str()),
            target => error.of(verb, target.to_string()),
        }
    }

    /// Whom it writes to.
    pub fn target(&self) -> Target {
        match &self.0 {
            Inner::Local { writer, .. } => Target::Local(writer.name().clone()),
            Inner::Network { target, .. } => target.clone(),
            #[cfg(target_os = "linux")]
            Inner::There { target, .. } => target.clone(),
        }
    }

    /// Writes one message, whole or not at all, behind all others. Returns its octets.
    ///
    /// To a mailslot of this machine it never waits. To others it waits until the name was found,
    /// 750 ms at most, and the message handed to the network; nobody tells whether it arrived.
    ///
    /// # Errors
    ///
    /// [`MessageTooLong`](super::ErrorKind::MessageTooLong), [`Full`](super::ErrorKind::Full),
    /// [`Closed`](super::ErrorKind::Closed); for a mailslot of another machine
    /// [`NameNotFound`](super::ErrorKind::NameNotFound), [`NoNetwork`](super::ErrorKind::NoNetwork),
    /// [`AccessDenied`](super::ErrorKind::AccessDenied). Nothing was written then. After
    /// [`ServiceLost`](super::ErrorKind::ServiceLost) nobody knows: it may have been read before the
    /// service ended.
    #[doc(alias = "WriteFile")]
    pub async fn write(&self, data: &[u8]) -> Result<usize, Error> {
        self.send(data).await?;
        Ok(data.len())
    }

    /// The same, and tells which way the message went.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn send(&self, data: &[u8]) -> Result<Route, Error> {
        self.sent(data).await.map_err(self.failed("write to"))
    }

    async fn sent(&self, data: &[u8]) -> Result<Route, Error> {
        match &self.0 {
            Inner::Local { writer, .. } => {
                writer.write(clock::now(), data)?.fire();
                Ok(Route::Slot)
            }
            #[cfg(target_os = "linux")]
            Inner::Network { target, host, .. } => match &host.live {
                Some(live) => Ok(crate::service::write(live, target, data).await?),
                None => Err(Error::NO_NETWORK),
            },
            #[cfg(not(target_os = "linux"))]
            Inner::Network { .. } => Err(Error::NO_NETWORK),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                // No frame is longer: it would end the connection.
                let (size, max) = (data.len(), limits::MAX_MESSAGE);
                if size > max {
                    let max = u32::try_from(max).unwrap_or(u32::MAX);
                    return Err(slot::Error::TooLong { size, max }.into());
                }
                let answer = |reply| match reply {
                    Reply::Written(route) => Some(route),
                    _ => None,
                };
                handle.ask(&Request::Write { handle: handle.number, data }, answer).await
            }
        }
    }

    /// What the mailslot says about itself, as since Windows 8.
    ///
    /// # Errors
    ///
    /// [`Closed`](super::ErrorKind::Closed); [`NoNetwork`](super::ErrorKind::NoNetwork) for a
    /// mailslot of another machine; [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "GetMailslotInfo")]
    pub async fn info(&self) -> Result<Info, Error> {
        let info = match &self.0 {
            Inner::Local { writer, .. } => writer.info().map(Info::from).map_err(Error::from),
            Inner::Network { .. } => Err(Error::NO_NETWORK),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => handle.info().await,
        };
        info.map_err(self.failed("query"))
    }

    /// The flags of this handle.
    #[doc(alias = "GetHandleInformation")]
    pub fn flags(&self) -> HandleFlags {
        match &self.0 {
            Inner::Local { writer, .. } => writer.flags(),
            Inner::Network { flags, .. } => flags.get(),
            #[cfg(target_os = "linux")]
            Inner::There { flags, .. } => flags.get(),
        }
    }

    /// Sets the flags in `mask` of this handle to what they are in `flags`.
    #[doc(alias = "SetHandleInformation")]
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        match &self.0 {
            Inner::Local { writer, .. } => writer.set_flags(mask, flags),
            Inner::Network { flags: own, .. } => own.set(mask, flags),
            #[cfg(target_os = "linux")]
            Inner::There { flags: own, .. } => own.set(mask, flags),
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
        if self.flags().contains(HandleFlags::PROTECT_FROM_CLOSE) {
            let error = self.failed("close")(slot::Error::Protected.into());
            return Err((self, error));
        }
        Ok(())
    }
}
