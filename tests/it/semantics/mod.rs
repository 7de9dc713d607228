//! What Windows does with local mailslots: a test for each row of the table of semantics, named
//! after it. Rows marked OPEN are decided without public evidence; their tests hold the decision.
//!
//! Without a test here, and why:
//!
//! * C12, C13, I9: NT's own calls and structures, which have no counterpart.
//! * I3, R15: out pointers of C.
//! * I5, O5: handles of disk files, creation dispositions.
//! * O2, O3, O4: share modes; every open succeeds, as since Windows Vista.
//! * R12, R13, R19: completion routines and waiting on handles; futures in their place.
//! * H9, H10: other functions, and security by name.
//! * I4, R16, W9: invalid handles, which types rule out here.
//! * C10, H5, O8: inheritance and rights need other processes.
//! * N7: a fault of Wine's.

mod create;
mod handles;
mod hold;
mod info;
mod model;
mod names;
mod owners;
mod read;
mod write;

use std::sync::Arc;
use std::task::{Wake, Waker};

use mailslot::slot::{
    Counters, Error, LocalName, Options, Read, ReadTimeout, Server, Table, Target, Ticket, Writer,
};
use mailslot::time::Instant;

pub(crate) const ERROR_FILE_NOT_FOUND: u32 = 2;
pub(crate) const ERROR_PATH_NOT_FOUND: u32 = 3;
pub(crate) const ERROR_ACCESS_DENIED: u32 = 5;
pub(crate) const ERROR_INVALID_HANDLE: u32 = 6;
pub(crate) const ERROR_HANDLE_EOF: u32 = 38;
pub(crate) const ERROR_BAD_NETPATH: u32 = 53;
pub(crate) const ERROR_INVALID_PARAMETER: u32 = 87;
pub(crate) const ERROR_SEM_TIMEOUT: u32 = 121;
pub(crate) const ERROR_INSUFFICIENT_BUFFER: u32 = 122;
pub(crate) const ERROR_INVALID_NAME: u32 = 123;
pub(crate) const ERROR_ALREADY_EXISTS: u32 = 183;
pub(crate) const ERROR_OPERATION_ABORTED: u32 = 995;
pub(crate) const ERROR_NOT_ENOUGH_QUOTA: u32 = 1816;

/// The operations of Win32 under a clock of its own; what fails, fails with a Win32 code.
pub(crate) struct Face {
    table: Arc<Table>,
    pub(crate) now: Instant,
}

/// A read as `ReadFile` with an OVERLAPPED sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Overlapped {
    Done(Vec<u8>),
    Failed(u32),
    Pending(Ticket),
}

impl Face {
    pub(crate) fn new() -> Self {
        Self { table: Arc::new(Table::new()), now: Instant::from_millis(10_000) }
    }

    /// Those of all slots that there were.
    fn counters(&self) -> Counters {
        self.table.counters()
    }

    /// What the messages in all slots take.
    fn octets(&self) -> u64 {
        self.table.octets()
    }

    fn set_max_octets(&self, octets: u64) {
        self.table.set_max_octets(octets);
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = Instant::from_micros(self.now.as_micros() + 1000 * millis);
    }

    pub(crate) fn create(&self, path: &str) -> Result<Server, u32> {
        self.create_with(path, &Options::default())
    }

    pub(crate) fn create_with(&self, path: &str, options: &Options) -> Result<Server, u32> {
        let name = LocalName::parse(path).map_err(|error| error.win32_code())?;
        self.table.create(self.now, &name, options).map_err(Error::win32_code)
    }

    pub(crate) fn open(&self, path: &str) -> Result<Writer, u32> {
        match Target::parse(path).map_err(|error| error.win32_code())? {
            Target::Local(name) => self.table.open(&name).map_err(Error::win32_code),
            Target::Remote { .. } | Target::OwnDomain(_) => panic!("{path} is remote"),
        }
    }

    pub(crate) fn write(&self, writer: &Writer, data: &[u8]) -> Result<usize, u32> {
        let wakes = writer.write(self.now, data).map_err(Error::win32_code)?;
        wakes.fire();
        Ok(data.len())
    }

    /// A read that does not wait whatever the timeout, or is told that it would.
    pub(crate) fn read(&self, server: &Server, capacity: usize) -> Overlapped {
        let read = server.read(self.now, capacity);
        overlapped(read.unwrap_or_else(|error| panic!("{error}")))
    }

    pub(crate) fn collect(&self, server: &Server, ticket: Ticket) -> Overlapped {
        overlapped(server.collect(self.now, ticket, None))
    }

    pub(crate) fn cancel(&self, server: &Server, ticket: Ticket) {
        server.cancel(self.now, ticket).fire();
    }
}

fn overlapped(read: Read) -> Overlapped {
    match read {
        Read::Done(message) => Overlapped::Done(message.data.to_vec()),
        Read::TooSmall { .. } => Overlapped::Failed(ERROR_INSUFFICIENT_BUFFER),
        Read::TimedOut => Overlapped::Failed(ERROR_SEM_TIMEOUT),
        Read::Aborted => Overlapped::Failed(ERROR_OPERATION_ABORTED),
        Read::Waiting { ticket, .. } => Overlapped::Pending(ticket),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn done(data: &[u8]) -> Overlapped {
    Overlapped::Done(data.to_vec())
}

pub(crate) fn pending(read: Overlapped) -> Ticket {
    match read {
        Overlapped::Pending(ticket) => ticket,
        other => panic!("{other:?} is not pending"),
    }
}

pub(crate) fn forever() -> Options {
    Options::default().read_timeout(ReadTimeout::FOREVER)
}

/// A waker that tells whether it was woken.
#[derive(Default)]
pub(crate) struct Bell(std::sync::atomic::AtomicUsize);

impl Bell {
    pub(crate) fn rung(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Arc::clone(self).into()
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}
