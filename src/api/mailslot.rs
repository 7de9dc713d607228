//! The reading end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures_core::Stream;

use super::{Error, HandleFlags, Message, duration, read_timeout};
use crate::runtime::{PendingRead, Wait, clock};
use crate::slot::{self, Read, Server, Slot};

/// A mailslot that this process reads.
///
/// It lives until its last handle, this one or a clone, is closed or dropped: then unread messages
/// vanish and the name is free. Nobody can write through it: [`Mailslots::open`] gives a writer.
///
/// [`Mailslots::open`]: super::Mailslots::open
#[derive(Clone, Debug)]
#[doc(alias = "DuplicateHandle")]
pub struct Mailslot {
    server: Server,
}

/// What a mailslot says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
pub struct Times {
    /// It was created; can be set.
    pub created: SystemTime,
    /// A message was last read.
    pub last_read: SystemTime,
    /// A message was last written.
    pub last_write: SystemTime,
}

impl Mailslot {
    pub(super) fn new(server: Server) -> Self {
        Self { server }
    }

    /// Its name, as it was created.
    pub fn name(&self) -> &str {
        self.server.name().as_str()
    }

    /// The next message, whenever it comes; the read timeout is [`read`](Self::read)'s.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Full`](super::ErrorKind::Full) where too many reads wait.
    pub async fn recv(&self) -> Result<Message, Error> {
        match PendingRead::new(&self.server, usize::MAX, Wait::Forever).await? {
            Read::Done(message) => Ok(message.into()),
            _ => Err(Error::ABORTED),
        }
    }

    /// The next message as [`recv`](Self::recv), and those behind it that are there by then, at
    /// most `most` of them. None where `most` is 0.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_many(&self, most: usize) -> Result<Vec<Message>, Error> {
        let mut messages = Vec::new();
        if most == 0 {
            return Ok(messages);
        }
        messages.push(self.recv().await?);
        let more = std::iter::from_fn(|| PendingRead::try_now(&self.server));
        messages.extend(more.take(most - 1).map(Message::from));
        Ok(messages)
    }

    /// The next message into a buffer, as `ReadFile` does: one read, one whole message. Waits as
    /// long as the read timeout says. Returns its octets.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BufferTooSmall`](super::ErrorKind::BufferTooSmall): the message stays, and the
    /// buffer is untouched; [`ErrorKind::TimedOut`](super::ErrorKind::TimedOut).
    #[doc(alias = "ReadFile")]
    pub async fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        match PendingRead::new(&self.server, buffer.len(), Wait::AsSlot).await? {
            Read::Done(message) => {
                let octets = message.data.len();
                // It was given to a read of that capacity.
                if let Some(room) = buffer.get_mut(..octets) {
                    room.copy_from_slice(&message.data);
                }
                Ok(octets)
            }
            Read::TooSmall { needed } => Err(Error::too_small(needed)),
            Read::TimedOut => Err(Error::TIMED_OUT),
            Read::Aborted | Read::Waiting { .. } => Err(Error::ABORTED),
        }
    }

    /// The messages as a stream that waits for ever and ends with the mailslot.
    pub fn messages(&self) -> Messages {
        Messages { slot: Arc::clone(self.server.slot()), pending: None }
    }

    /// What it says about itself.
    ///
    /// # Errors
    ///
    /// None here; a service may be gone.
    #[doc(alias = "GetMailslotInfo")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn info(&self) -> Result<Info, Error> {
        Ok(self.server.info().into())
    }

    /// How long later [`read`](Self::read)s wait, through any handle; none for ever. Reads that
    /// wait already keep theirs.
    ///
    /// # Errors
    ///
    /// None here; a service may be gone.
    #[doc(alias = "SetMailslotInfo")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn set_read_timeout(
        &self,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), Error> {
        self.server.set_read_timeout(read_timeout(timeout.into()));
        Ok(())
    }

    /// When what happened to it.
    ///
    /// # Errors
    ///
    /// None here; a service may be gone.
    #[doc(alias = "GetFileTime")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn times(&self) -> Result<Times, Error> {
        let slot::Times { created, last_read, last_write } = self.server.times();
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
    /// None here; a service may be gone.
    #[doc(alias = "SetFileTime")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn set_created(&self, created: SystemTime) -> Result<(), Error> {
        self.server.set_created(clock::instant(created));
        Ok(())
    }

    /// The flags of this handle.
    #[doc(alias = "GetHandleInformation")]
    pub fn flags(&self) -> HandleFlags {
        self.server.flags()
    }

    /// Sets the flags in `mask` of this handle to what they are in `flags`.
    #[doc(alias = "SetHandleInformation")]
    pub fn set_flags(&self, mask: HandleFlags, flags: HandleFlags) {
        self.server.set_flags(mask, flags);
    }

    /// Closes this handle, as dropping does, and tells where that fails.
    ///
    /// # Errors
    ///
    /// The handle, with [`ErrorKind::Protected`](super::ErrorKind::Protected), where
    /// [`HandleFlags::PROTECT_FROM_CLOSE`] is set.
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<(), (Self, Error)> {
        self.server.close().map_err(|(server, error)| (Self { server }, error.into()))
    }
}

/// The messages of a mailslot, one after the other; see [`Mailslot::messages`].
///
/// It waits for ever, and ends with the mailslot, which it does not keep open.
#[derive(Debug)]
pub struct Messages {
    slot: Arc<Slot>,
    pending: Option<PendingRead>,
}

impl Stream for Messages {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let Self { slot, pending } = &mut *self;
        let read = pending
            .get_or_insert_with(|| PendingRead::of(Arc::clone(slot), usize::MAX, Wait::Forever));
        let outcome = std::task::ready!(Pin::new(read).poll(context));
        *pending = None;
        match outcome {
            Ok(Read::Done(message)) => Poll::Ready(Some(message.into())),
            _ => Poll::Ready(None),
        }
    }
}
