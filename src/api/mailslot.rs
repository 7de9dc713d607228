//! The reading end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[cfg(not(target_os = "linux"))]
use super::elsewhere::Host;
#[cfg(target_os = "linux")]
use super::host::Host;
use super::messages::Streams;
#[cfg(target_os = "linux")]
use super::remote::Handle;
use super::{Error, HandleFlags, Message, Messages, duration, read_timeout};
#[cfg(target_os = "linux")]
use crate::ipc::{Reply, Request};
use crate::runtime::{PendingRead, Wait, clock};
use crate::slot::{self, Read, Server};
#[cfg(target_os = "linux")]
use crate::slot::{Flags, ReadTimeout};

/// How much later than it is to a service may answer that nothing came in time.
#[cfg(all(feature = "blocking", target_os = "linux"))]
const LATE: Duration = Duration::from_secs(1);

#[cfg(feature = "blocking")]
async fn in_time(
    most: Duration,
    read: impl Future<Output = Result<Message, Error>>,
) -> Result<Message, Error> {
    tokio::time::timeout(most, read).await.unwrap_or_else(|_| Err(Error::TIMED_OUT))
}

/// A mailslot that this process reads.
///
/// It lives until its last handle, this one or a clone, is closed or dropped: then unread messages
/// vanish and the name is free. Nobody can write through it: [`Mailslots::open`] gives a writer.
///
/// [`Mailslots::open`]: super::Mailslots::open
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct Mailslot(pub(super) Inner);

#[derive(Debug)]
pub(super) enum Inner {
    /// In this process.
    Here { server: Server, host: Arc<Host>, streams: Streams },
    /// At a service.
    #[cfg(target_os = "linux")]
    There { handle: Arc<Handle>, flags: Flags },
}

/// Another handle to the same slot, with flags of its own.
impl Clone for Inner {
    fn clone(&self) -> Self {
        match self {
            Self::Here { server, host, streams } => Self::Here {
                server: server.clone(),
                host: Arc::clone(host),
                streams: streams.clone(),
            },
            #[cfg(target_os = "linux")]
            Self::There { handle, .. } => {
                Self::There { handle: Arc::clone(handle), flags: Flags::default() }
            }
        }
    }
}

/// What a mailslot says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The most octets a message may have; 0 for any.
    pub max_message_size: u32,
    /// Octets of the first message; none where there is no message.
    pub next_size: Option<usize>,
    /// Messages in the queue, those of no octets included.
    pub message_count: usize,
    /// How long [`Mailslot::read`] waits; none for ever.
    pub read_timeout: Option<Duration>,
}

impl From<slot::Info> for Info {
    fn from(info: slot::Info) -> Self {
        Self {
            max_message_size: info.max_message_size,
            next_size: info.next_size,
            message_count: info.message_count,
            read_timeout: duration(info.read_timeout),
        }
    }
}

/// When what happened to a mailslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// It was created; can be set.
    pub created: SystemTime,
    /// A message was last read.
    pub last_read: SystemTime,
    /// A message was last written.
    pub last_write: SystemTime,
}

impl Mailslot {
    pub(super) fn here(server: Server, host: &Arc<Host>) -> Self {
        Self(Inner::Here { server, host: Arc::clone(host), streams: Streams::default() })
    }

    #[cfg(target_os = "linux")]
    pub(super) fn there(handle: Handle) -> Self {
        Self(Inner::There { handle: Arc::new(handle), flags: Flags::default() })
    }

    /// A call on it failed.
    pub(super) fn failed(&self, verb: &'static str) -> impl FnOnce(Error) -> Error + '_ {
        move |error| error.of(verb, self.name())
    }

    /// Its name, as it was created.
    pub fn name(&self) -> &str {
        match &self.0 {
            Inner::Here { server, .. } => server.name().as_str(),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => &handle.name,
        }
    }

    /// The next message, whenever it comes; the read timeout is [`read`](Self::read)'s.
    ///
    /// # Errors
    ///
    /// [`Full`](super::ErrorKind::Full) where too many reads wait;
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    pub async fn recv(&self) -> Result<Message, Error> {
        let received = match &self.0 {
            Inner::Here { server, .. } => {
                match PendingRead::new(server, usize::MAX, Wait::Forever).await {
                    Ok(Read::Done(message)) => Ok(message.into()),
                    Ok(_) => Err(Error::ABORTED),
                    Err(error) => Err(error.into()),
                }
            }
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                handle.read_one(u32::MAX, crate::ipc::Wait::For(ReadTimeout::FOREVER)).await
            }
        };
        received.map_err(self.failed("read"))
    }

    /// The next message, where it comes in time. Who has the mailslot keeps the time: when it is
    /// over no message is on its way here, where nobody might ask for it.
    #[cfg(feature = "blocking")]
    pub(crate) async fn recv_within(&self, timeout: Duration) -> Result<Message, Error> {
        #[cfg(target_os = "linux")]
        if let Inner::There { handle, .. } = &self.0 {
            let millis = u32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(u32::MAX);
            let wait = crate::ipc::Wait::For(ReadTimeout(millis.min(u32::MAX - 1)));
            let read = handle.read_one(u32::MAX, wait);
            let read = in_time(timeout.saturating_add(LATE), read).await;
            return read.map_err(self.failed("read"));
        }
        in_time(timeout, self.recv()).await.map_err(self.failed("read"))
    }

    /// The next message as [`recv`](Self::recv), and those behind it that are there by then, at
    /// most `most` of them. None where `most` is 0. From a service they come together, as far as
    /// they fit in 64 KiB.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_many(&self, most: usize) -> Result<Vec<Message>, Error> {
        let mut messages = Vec::new();
        if most == 0 {
            return Ok(messages);
        }
        match &self.0 {
            Inner::Here { server, .. } => {
                messages.push(self.recv().await?);
                let more = std::iter::from_fn(|| PendingRead::try_now(server));
                messages.extend(more.take(most - 1).map(Message::from));
            }
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                let most = u32::try_from(most).unwrap_or(u32::MAX);
                let wait = crate::ipc::Wait::For(ReadTimeout::FOREVER);
                let read = handle.read(u32::MAX, most, wait).await;
                messages.extend(read.map_err(self.failed("read"))?);
            }
        }
        Ok(messages)
    }

    /// The next message into a buffer, as `ReadFile` does: one read, one whole message. Waits as
    /// long as the read timeout says. Returns its octets.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`](super::ErrorKind::BufferTooSmall): the message stays, and the buffer is
    /// untouched; [`TimedOut`](super::ErrorKind::TimedOut); as [`recv`](Self::recv).
    #[doc(alias = "ReadFile")]
    pub async fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let read = match &self.0 {
            Inner::Here { server, .. } => {
                match PendingRead::new(server, buffer.len(), Wait::AsSlot).await {
                    Ok(Read::Done(message)) => Ok(message.data),
                    Ok(Read::TooSmall { needed }) => Err(Error::too_small(needed)),
                    Ok(Read::TimedOut) => Err(Error::TIMED_OUT),
                    Ok(Read::Aborted | Read::Waiting { .. }) => Err(Error::ABORTED),
                    Err(error) => Err(error.into()),
                }
            }
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
                let read = handle.read_one(capacity, crate::ipc::Wait::AsSlot).await;
                read.map(|message| message.data)
            }
        };
        let data = read.map_err(self.failed("read"))?;
        // It was given to a read of that capacity.
        if let Some(room) = buffer.get_mut(..data.len()) {
            room.copy_from_slice(&data);
        }
        Ok(data.len())
    }

    /// The messages as a stream that waits for ever.
    ///
    /// It ends with this handle and its clones, none of which it keeps open: when the last of them
    /// is closed or dropped, also where other processes have handles to the mailslot still. It also
    /// ends where [`recv`](Self::recv) would fail: with the service, or where too many reads wait.
    pub fn messages(&self) -> Messages {
        match &self.0 {
            Inner::Here { server, streams, .. } => {
                Messages::here(Arc::clone(server.slot()), streams)
            }
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => Messages::there(handle),
        }
    }

    /// What it says about itself.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "GetMailslotInfo")]
    pub async fn info(&self) -> Result<Info, Error> {
        match &self.0 {
            Inner::Here { server, .. } => Ok(server.info().into()),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => handle.info().await.map_err(self.failed("query")),
        }
    }

    /// How long later [`read`](Self::read)s wait, through any handle; none for ever. Reads that
    /// wait already keep theirs.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "SetMailslotInfo")]
    pub async fn set_read_timeout(
        &self,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), Error> {
        let timeout = read_timeout(timeout.into());
        match &self.0 {
            Inner::Here { server, .. } => server.set_read_timeout(timeout),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                let request = Request::SetReadTimeout { handle: handle.number, timeout };
                handle.done(&request).await.map_err(self.failed("change"))?;
            }
        }
        Ok(())
    }

    /// When what happened to it.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "GetFileTime")]
    pub async fn times(&self) -> Result<Times, Error> {
        let times = match &self.0 {
            Inner::Here { server, .. } => server.times(),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                let answer = |reply| match reply {
                    Reply::Times(times) => Some(times),
                    _ => None,
                };
                let times = handle.ask(&Request::Times { handle: handle.number }, answer).await;
                times.map_err(self.failed("query"))?
            }
        };
        let slot::Times { created, last_read, last_write } = times;
        Ok(Times {
            created: clock::system_time(created),
            last_read: clock::system_time(last_read),
            last_write: clock::system_time(last_write),
        })
    }

    /// Sets the time of its creation; 1970 for times before that.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "SetFileTime")]
    pub async fn set_created(&self, created: SystemTime) -> Result<(), Error> {
        let created = clock::instant(created);
        match &self.0 {
            Inner::Here { server, .. } => server.set_created(created),
            #[cfg(target_os = "linux")]
            Inner::There { handle, .. } => {
                let created = created.as_micros();
                let request = Request::SetCreated { handle: handle.number, created };
                handle.done(&request).await.map_err(self.failed("change"))?;
            }
        }
        Ok(())
    }

    /// The flags of this handle.
    #[doc(alias = "GetHandleInformation")]
    pub fn flags(&self) -> HandleFlags {
        match &self.0 {
            Inner::Here { server, .. } => server.flags(),
            #[cfg(target_os = "linux")]
            Inner::There { flags, .. } => flags.get(),
        }
    }

    /// Sets the flags in `mask` of this handle to what they are in `flags`.
    #[doc(alias = "SetHandleInformation")]
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        match &self.0 {
            Inner::Here { server, .. } => server.set_flags(mask, flags),
            #[cfg(target_os = "linux")]
            Inner::There { flags: own, .. } => own.set(mask, flags),
        }
    }

    /// Closes this handle, as dropping does, and tells where that fails.
    ///
    /// # Errors
    ///
    /// The handle, with [`Protected`](super::ErrorKind::Protected), where
    /// [`HandleFlags::PROTECT_FROM_CLOSE`] is set.
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<(), (Self, Error)> {
        let closed = match self.0 {
            Inner::Here { server, host, streams } => server
                .close()
                .map_err(|(server, error)| (Self(Inner::Here { server, host, streams }), error)),
            #[cfg(target_os = "linux")]
            Inner::There { handle, flags } => match flags.check_close() {
                Ok(()) => Ok(()),
                Err(error) => Err((Self(Inner::There { handle, flags }), error)),
            },
        };
        closed.map_err(|(slot, error)| {
            let error = slot.failed("close")(error.into());
            (slot, error)
        })
    }
}
