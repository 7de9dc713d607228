//! What Windows does with local mailslots, through every face of the crate: one function a row of
//! the table of semantics, run with each [`Namespace`] as a test of its own. The same table prints
//! the rows of docs/windows.md.
//!
//! `tests/it/semantics` holds the same rows at the slot, under a virtual clock.

#[macro_use]
mod face;
#[macro_use]
mod rows;

mod create;
mod handles;
mod info;
mod missing;
mod names;
mod open;
mod page;
mod probe;
mod processes;
mod puppet;
mod read;
mod rights;
pub(crate) mod server;
mod tasks;
mod tasks_alone;
mod threads;
mod write;

use std::time::SystemTime;

/// `api`, in this process.
mod local {
    rows! { tests super::tasks::Tasks::local() }
    rows_of_tasks! { tests super::tasks::Tasks::local() }
}

/// `api`, over the socket of another process.
mod service {
    rows! { tests super::tasks::Tasks::service() }
    rows_of_tasks! { tests super::tasks::Tasks::service() }
}

/// The same as two programs have it: one creates, one opens.
mod apart {
    rows! { tests super::tasks::Tasks::apart() }
    rows_of_tasks! { tests super::tasks::Tasks::apart() }
}

/// `blocking`, in this process.
mod blocking {
    rows! { tests super::threads::Threads::local() }
}

/// `blocking`, over the socket of another process.
mod blocking_service {
    rows! { tests super::threads::Threads::service() }
}

/// `MAILSLOT_NO_MESSAGE`.
pub(crate) const NO_MESSAGE: u32 = u32::MAX;
/// `MAILSLOT_WAIT_FOREVER`.
pub(crate) const FOREVER: u32 = u32::MAX;
/// `HANDLE_FLAG_INHERIT`.
pub(crate) const INHERIT: u8 = 1;
/// `HANDLE_FLAG_PROTECT_FROM_CLOSE`.
pub(crate) const PROTECT_FROM_CLOSE: u8 = 2;

/// Where mailslots are created and opened. What fails, fails with the code that `GetLastError`
/// returns on Windows.
pub(crate) trait Namespace {
    /// `CreateMailslot`; the timeout in ms.
    fn create_with(&self, path: &str, most: u32, timeout: u32) -> Result<Box<dyn Server>, u32>;

    /// `CreateFile`, to write.
    fn open(&self, path: &str) -> Result<Box<dyn Client>, u32>;

    /// A mailslot that takes messages of any size, whose reads do not wait.
    fn create(&self, path: &str) -> Result<Box<dyn Server>, u32> {
        self.create_with(path, 0, 0)
    }

    /// A mailslot whose reads wait for ever, and its writer.
    fn waiting(&self) -> (Box<dyn Server>, Box<dyn Client>) {
        let server = self.create_with("alerts", 0, FOREVER).expect("free");
        (server, self.open("alerts").expect("there"))
    }

    /// A mailslot whose reads do not wait, and its writer.
    fn pair(&self) -> (Box<dyn Server>, Box<dyn Client>) {
        (self.create("alerts").expect("free"), self.open("alerts").expect("there"))
    }
}

/// A handle that `CreateMailslot` returned. Dropping it closes it.
pub(crate) trait Server: Send + Sync {
    /// `ReadFile` with a buffer of `capacity` octets. It checks that the buffer is untouched but
    /// for what was read.
    fn read(&self, capacity: usize) -> Result<Vec<u8>, u32>;

    /// The same with an `OVERLAPPED`: when this returns, the read waits or is done. Until it is
    /// done it holds a duplicate of the handle.
    fn begin_read(&self, capacity: usize) -> Box<dyn Read>;

    /// `GetMailslotInfo`.
    fn info(&self) -> Result<Info, u32>;

    /// `SetMailslotInfo`, in ms.
    fn set_read_timeout(&self, timeout: u32) -> Result<(), u32>;

    /// `DuplicateHandle`.
    fn duplicate(&self) -> Box<dyn Server>;

    /// `CloseHandle`; the handle where that fails.
    fn close(self: Box<Self>) -> Result<(), (Box<dyn Server>, u32)>;

    /// `GetHandleInformation`.
    fn flags(&self) -> u8;

    /// `SetHandleInformation`.
    fn set_flags(&self, mask: u8, flags: u8);

    /// `GetFileTime`.
    fn times(&self) -> Result<Times, u32>;

    /// `SetFileTime`, of the creation.
    fn set_created(&self, created: SystemTime) -> Result<(), u32>;

    /// Octets of the next message and how many there are.
    fn queue(&self) -> (u32, u32) {
        let info = self.info().expect("it is open");
        (info.next_size, info.message_count)
    }
}

/// A handle that `CreateFile` returned. Dropping it closes it.
pub(crate) trait Client: Send + Sync {
    /// `WriteFile`.
    fn write(&self, data: &[u8]) -> Result<usize, u32>;

    /// `GetMailslotInfo`.
    fn info(&self) -> Result<Info, u32>;

    /// `DuplicateHandle`.
    fn duplicate(&self) -> Box<dyn Client>;

    /// `CloseHandle`; the handle where that fails.
    fn close(self: Box<Self>) -> Result<(), (Box<dyn Client>, u32)>;

    /// `GetHandleInformation`.
    fn flags(&self) -> u8;

    /// `SetHandleInformation`.
    fn set_flags(&self, mask: u8, flags: u8);
}

/// A read that was begun, and is to be finished.
pub(crate) trait Read: Send {
    /// Whether it still waits.
    fn is_pending(&mut self) -> bool;

    /// `GetOverlappedResult`: what it came to, once it has.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, u32>;
}

/// What `GetMailslotInfo` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) max_message_size: u32,
    pub(crate) next_size: u32,
    pub(crate) message_count: u32,
    pub(crate) read_timeout: u32,
}

/// What `GetFileTime` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) created: SystemTime,
    pub(crate) last_read: SystemTime,
    pub(crate) last_write: SystemTime,
}
