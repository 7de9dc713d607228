//! A read that waits, as a future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Sleep;

use super::clock;
use crate::slot::{Error, Message, Read, ReadTimeout, Server, Slot, Ticket};
use crate::time::Instant;

/// How long a read waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// As the slot's read timeout says when the read begins (row I8).
    AsSlot,
    /// For ever.
    Forever,
}

/// A read. Dropped, it is cancelled: a message that it was assigned goes back to its place, and on
/// to the next read that waits.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct PendingRead {
    slot: Arc<Slot>,
    capacity: usize,
    wait: Wait,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    deadline: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl PendingRead {
    /// A read with a buffer of `capacity` octets; it begins when it is first polled. It does not
    /// keep the slot open.
    pub fn new(server: &Server, capacity: usize, wait: Wait) -> Self {
        Self::of(Arc::clone(server.slot()), capacity, wait)
    }

    pub(crate) fn of(slot: Arc<Slot>, capacity: usize, wait: Wait) -> Self {
        Self { slot, capacity, wait, waiting: None }
    }

    fn begin(&self) -> Result<Read, Error> {
        let now = clock::now();
        let timeout = match self.wait {
            Wait::AsSlot => None,
            Wait::Forever => Some(ReadTimeout::FOREVER),
        };
        self.slot.read(now, self.capacity, timeout)
    }
}

/// How a read ended; never [`Read::Waiting`].
type Outcome = Result<Read, Error>;

impl Future for PendingRead {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        if self.waiting.is_none() {
            match self.begin() {
                Ok(Read::Waiting { ticket, deadline }) => {
                    let sleep = |deadline: Instant| {
                        let left = deadline.saturating_since(clock::now());
                        (deadline, Box::pin(tokio::time::sleep(left)))
                    };
                    self.waiting = Some(Waiting { ticket, deadline: deadline.map(sleep) });
                }
                done => return Poll::Ready(done),
            }
        }
        let Self { slot, waiting, .. } = &mut *self;
        let Some(pending) = waiting else { return Poll::Pending };
        let mut now = clock::now();
        if let Some((deadline, sleep)) = &mut pending.deadline {
            if sleep.as_mut().poll(context).is_ready() {
                // The timer's clock is not quite ours.
                now = now.max(*deadline);
            }
        }
        match slot.collect(now, pending.ticket, Some(context.waker())) {
            Read::Waiting { .. } => Poll::Pending,
            done => {
                *waiting = None;
                Poll::Ready(Ok(done))
            }
        }
    }
}

impl Drop for PendingRead {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.slot.cancel(clock::now(), waiting.ticket).fire();
        }
    }
}

impl PendingRead {
    /// The first message, where there is one now; nobody waits.
    pub fn try_now(server: &Server) -> Option<Message> {
        match server.read_with(clock::now(), usize::MAX, ReadTimeout::NONE) {
            Ok(Read::Done(message)) => Some(message),
            _ => None,
        }
    }
}
