//! The blocking face, and threads that wait in it.

use std::convert::identity;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime};

use mailslot::blocking;

use super::face::{self, Closed, Reading, Writing};
use super::server::Service;
use super::tasks::PATIENCE;
use super::{Client, Info, Namespace, Read, Server, Times};

/// A namespace of `blocking`.
pub(crate) struct Threads {
    mailslots: blocking::Mailslots,
    /// Who has them, where that is another process.
    _service: Option<Service>,
}

impl Threads {
    /// Mailslots of this process.
    pub(crate) fn local() -> Self {
        let mailslots = blocking::Mailslots::local().expect("file descriptors");
        Self { mailslots, _service: None }
    }

    /// Mailslots of another process, which ends with this.
    pub(crate) fn service() -> Self {
        let service = Service::start();
        let mailslots = blocking::Mailslots::connect(service.socket()).expect("it serves");
        Self { mailslots, _service: Some(service) }
    }
}

impl Namespace for Threads {
    fn create_with(&self, path: &str, most: u32, timeout: u32) -> Result<Box<dyn Server>, u32> {
        let slot = self.mailslots.create(face::options(path, most, timeout));
        Ok(Box::new(Reading { slot: slot.map_err(face::code)?, closed: Closed::default() }))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Client>, u32> {
        Ok(Box::new(Writing(self.mailslots.open(path).map_err(face::code)?)))
    }
}

impl Server for Reading<blocking::Mailslot> {
    fn read(&self, capacity: usize) -> Result<Vec<u8>, u32> {
        Waiting::begin(self.slot.clone(), capacity).end()
    }

    fn begin_read(&self, capacity: usize) -> Box<dyn Read> {
        let mut read = Waiting::begin(self.slot.clone(), capacity);
        // First it has asked, then what it asked for has been done: a service does it in order.
        read.is_pending();
        self.info().expect("it is open");
        Box::new(read)
    }

    server_calls!(identity);
}

impl Client for Writing<blocking::MailslotWriter> {
    client_calls!(identity);
}

/// A thread that reads, and is not waited for where it does not end.
struct Waiting {
    thread: JoinHandle<()>,
    /// What the system says of it.
    status: PathBuf,
    ends: Receiver<Result<Vec<u8>, u32>>,
}

impl Waiting {
    fn begin(slot: blocking::Mailslot, capacity: usize) -> Self {
        let (begins, begun) = channel();
        let (result, ends) = channel();
        let thread = thread::spawn(move || {
            begins.send(fs::read_link("/proc/thread-self").expect("itself")).expect("waited for");
            let mut buffer = face::buffer(capacity);
            let read = slot.read(&mut buffer);
            // Its handle is closed before anybody knows that it has ended.
            drop(slot);
            let _ = result.send(face::read(&buffer, read));
        });
        let status = PathBuf::from("/proc").join(begun.recv().expect("it begins")).join("stat");
        Self { thread, status, ends }
    }

    fn end(&self) -> Result<Vec<u8>, u32> {
        self.ends.recv_timeout(PATIENCE).expect("an end")
    }
}

impl Read for Waiting {
    /// Nothing on its way into a read, and out of it, makes the thread sleep but the read.
    fn is_pending(&mut self) -> bool {
        let begin = Instant::now();
        while !self.thread.is_finished() {
            // `NUMBER (NAME) STATE ...`; once it has ended there is none.
            let status = fs::read_to_string(&self.status).unwrap_or_default();
            if status.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S')) {
                return true;
            }
            assert!(begin.elapsed() < PATIENCE, "neither done nor asleep: {status}");
            thread::yield_now();
        }
        false
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, u32> {
        self.end()
    }
}
