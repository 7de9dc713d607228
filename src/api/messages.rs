//! Messages as a stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::Message;
#[cfg(target_os = "linux")]
use super::remote::Handle;
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
/// [`Mailslot::messages`]: super::Mailslot::messages
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Messages(Option<Source>);

/// None once it has ended.
#[derive(Debug)]
enum Source {
    Here {
        slot: Arc<Slot>,
        pending: Option<PendingRead>,
        closed: Closed,
    },
    #[cfg(target_os = "linux")]
    There {
        handle: std::sync::Weak<Handle>,
        pending: Option<Call>,
        /// What a read brings that is given up goes back over it.
        _connection: Connection,
    },
}

/// The streams of a handle and its clones. They end with the last of these.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams(Arc<Mutex<Vec<mpsc::Sender<Infallible>>>>);

/// Ready when the last clone is gone.
type Closed = mpsc::Receiver<Infallible>;

impl Streams {
    fn add(&self) -> Closed {
        let (sender, closed) = mpsc::channel(1);
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        streams.retain(|stream| !stream.is_closed());
        streams.push(sender);
        closed
    }
}

impl Messages {
    pub(super) fn here(slot: Arc<Slot>, streams: &Streams) -> Self {
        Self(Some(Source::Here { slot, pending: None, closed: streams.add() }))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn there(handle: &Arc<Handle>) -> Self {
        Self(Some(Source::There {
            handle: Arc::downgrade(handle),
            pending: None,
            _connection: handle.connection.clone(),
        }))
    }
}

impl Source {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Message>> {
        match self {
            Self::Here { slot, pending, closed } => {
                if closed.poll_recv(context).is_ready() {
                    return Poll::Ready(None);
                }
                let read = pending.get_or_insert_with(|| {
                    PendingRead::of(Arc::clone(slot), usize::MAX, Wait::Forever)
                });
                let outcome = ready!(Pin::new(read).poll(context));
                *pending = None;
                match outcome {
                    Ok(Read::Done(message)) => Poll::Ready(Some(message.into())),
                    _ => Poll::Ready(None),
                }
            }
            #[cfg(target_os = "linux")]
            Self::There { handle, pending, .. } => {
                if pending.is_none() {
                    let Some(handle) = handle.upgrade() else { return Poll::Ready(None) };
                    let wait = ipc::Wait::For(ReadTimeout::FOREVER);
                    let (handle, connection) = (handle.number, &handle.connection);
                    let read = Request::Read { handle, capacity: u32::MAX, most: 1, wait };
                    *pending = Some(connection.call(&read));
                }
                let Some(call) = pending else { return Poll::Ready(None) };
                let outcome = ready!(Pin::new(call).poll(context));
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

impl Stream for Messages {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let Some(source) = &mut self.0 else { return Poll::Ready(None) };
        let next = ready!(source.poll(context));
        if next.is_none() {
            self.0 = None;
        }
        Poll::Ready(next)
    }
}
