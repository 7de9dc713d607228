//! The async face of mailslots in one process.

mod cancel;
#[cfg(target_os = "linux")]
mod errors;
#[cfg(target_os = "linux")]
mod handing;
#[cfg(target_os = "linux")]
mod network;
mod operations;
#[cfg(target_os = "linux")]
mod silent;
#[cfg(target_os = "linux")]
mod streams;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a future once.
pub(crate) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
