//! The end of receiving.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

/// Ends every [`receive`](super::receive()) that it was given to, for good. Clones are one handle.
///
/// It does not shut sockets down: one that was passed in would stay so for the next program that
/// gets it, and this one may still want to send.
#[derive(Clone, Debug)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stopped: AtomicBool,
    /// Readable from the stop on, and never read.
    event: EventFd,
}

impl Stop {
    /// A handle that has not stopped anything.
    ///
    /// # Errors
    ///
    /// If the process has no file descriptor left.
    pub fn new() -> io::Result<Self> {
        let event = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Self { shared: Arc::new(Shared { stopped: AtomicBool::new(false), event }) })
    }

    /// Stops: threads that wait wake, and end once they have handed on the batch they are at.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        // It fails only on overflow, where it has been written before.
        let _ = self.shared.event.write(1);
    }

    /// Whether it has stopped.
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Acquire)
    }

    /// Waits until there is something to read, or an error, or for the stop; what there is.
    pub(super) fn readable(&self, fd: BorrowedFd<'_>) -> nix::Result<PollFlags> {
        let mut fds =
            [PollFd::new(fd, PollFlags::POLLIN), PollFd::new(self.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::NONE)?;
        let [fd, _] = fds;
        Ok(fd.revents().unwrap_or(PollFlags::empty()))
    }

    /// Waits for the stop, at most `time`.
    pub fn wait(&self, time: Duration) {
        let mut fds = [PollFd::new(self.as_fd(), PollFlags::POLLIN)];
        // Whoever calls this asks again.
        let _ = poll(&mut fds, PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.event.as_fd()
    }
}
