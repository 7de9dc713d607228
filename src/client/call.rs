//! One request and its reply, as a future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::state::{Ended, Shared};
use crate::ipc::Request;

/// A request that is under way. Dropped, what it does is undone as far as can be: a read is
/// cancelled, and a message that it brings all the same goes back; handles that are given are closed.
#[derive(Debug)]
#[must_use = "dropped, it is undone"]
pub struct Call {
    shared: Arc<Shared>,
    id: Option<u32>,
}

impl Call {
    pub(super) fn new(shared: Arc<Shared>, request: &Request<'_>) -> Self {
        let id = shared.begin(request);
        Self { shared, id: Some(id) }
    }
}

impl Future for Call {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        let Some(id) = self.id else { return Poll::Pending };
        match self.shared.poll(id, context.waker()) {
            Some(ended) => {
                self.id = None;
                Poll::Ready(ended)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shared.abandon(id);
        }
    }
}
