//! Messages as a stream.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Message;
#[cfg(target_os = "linux")]
use crate::client::{Call, Connection};
#[cfg(target_os = "linux")]
use crate::ipc::{self, Reply, Request};
use crate::runtime::{PendingRead, Wait};
#[cfg(target_os = "linux")]
use crate::slot::ReadTimeout;
use crate::slot::{Read, Slot};

/// The messages of a mailslot, one after the other; see [`Mailslot::messages`].
///
/// It waits for ever, and ends with the mailslot, which it does not keep open, or with the service.
///
/// [`Mailslot::messages`]: super::Mailslot::messages
#[derive(Debug)]
pub struct Messages(Source);

#[derive(Debug)]
enum Source {
    Here {
        slot: Arc<Slot>,
        pending: Option<PendingRead>,
    },
    #[cfg(target_os = "linux")]
    There {
        connection: Connection,
        handle: u32,
        pending: Option<Call>,
    },
}

impl Messages {
    pub(super) fn here(slot: Arc<Slot>) -> Self {
        Self(Source::Here { slot, pending: None })
    }

    #[cfg(target_os = "linux")]
    pub(super) fn there(connection: Connection, handle: u32) -> Self {
        Self(Source::There { connection, handle, pending: None })
    }
}

impl Stream for Messages {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        match &mut self.0 {
            Source::Here { slot, pending } => {
                let read = pending.get_or_insert_with(|| {
                    PendingRead::of(Arc::clone(slot), usize::MAX, Wait::Forever)
                });
                let outcome = std::task::ready!(Pin::new(read).poll(context));
                *pending = None;
                match outcome {
                    Ok(Read::Done(message)) => Poll::Ready(Some(message.into())),
                    _ => Poll::Ready(None),
                }
            }
            #[cfg(target_os = "linux")]
            Source::There { connection, handle, pending } => {
                let call = pending.get_or_insert_with(|| {
                    let wait = ipc::Wait::For(ReadTimeout::FOREVER);
                    let (handle, capacity, most) = (*handle, u32::MAX, 1);
                    connection.call(&Request::Read { handle, capacity, most, wait })
                });
                let outcome = std::task::ready!(Pin::new(call).poll(context));
                *pending = None;
                match outcome {
                    Ok(Reply::Messages(messages)) => {
                        Poll::Ready(messages.into_iter().next().map(|read| read.message.into()))
                    }
                    _ => Poll::Ready(None),
                }
            }
        }
    }
}
