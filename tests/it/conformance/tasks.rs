//! The async face, `api`, as calls that wait.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use mailslot::api;
use tokio::runtime::Runtime;

use super::face::{self, Closed, Reading, Writing};
use super::server::Service;
use super::{Client, FOREVER, Info, Namespace, Read, Server, Times};

/// How long a call is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The runtime of all tests.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// A call that does not end is a failure too.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let ended = runtime().block_on(async { tokio::time::timeout(PATIENCE, future).await });
    ended.unwrap_or_else(|_| panic!("it has not ended in {PATIENCE:?}"))
}

/// A namespace of `api`.
pub(crate) struct Tasks {
    /// Where mailslots are created.
    servers: api::Mailslots,
    /// Where they are opened.
    clients: api::Mailslots,
    /// Whether the two are connections of their own.
    apart: bool,
    /// Who has them, where that is another process.
    _service: Option<Service>,
}

impl Tasks {
    /// Mailslots of this process.
    pub(crate) fn local() -> Self {
        let here = api::Mailslots::local();
        Self { servers: here.clone(), clients: here, apart: false, _service: None }
    }

    /// Mailslots of another process, which ends with this.
    pub(crate) fn service() -> Self {
        let service = Service::start();
        let there = Self::of(&service);
        Self { _service: Some(service), ..there }
    }

    /// A mailslot that reads for ever, as programs have it.
    pub(super) fn slot(&self, path: &str) -> api::Mailslot {
        wait(self.servers.create(face::options(path, 0, FOREVER))).expect("free")
    }

    /// Where they are created.
    pub(super) fn mailslots(&self) -> &api::Mailslots {
        &self.servers
    }

    /// Mailslots of another process.
    pub(super) fn of(service: &Service) -> Self {
        let there = service.connect();
        Self { servers: there.clone(), clients: there, apart: false, _service: None }
    }

    /// The same, as two programs have them: one creates, one opens.
    pub(crate) fn apart() -> Self {
        let service = Service::start();
        let (servers, clients) = (service.connect(), service.connect());
        Self { servers, clients, apart: true, _service: Some(service) }
    }
}

impl Namespace for Tasks {
    fn create_with(&self, path: &str, most: u32, timeout: u32) -> Result<Box<dyn Server>, u32> {
        let slot = wait(self.servers.create(face::options(path, most, timeout)));
        let closed = Closed(self.apart.then(|| self.servers.clone()));
        Ok(Box::new(Reading { slot: slot.map_err(face::code)?, closed }))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Client>, u32> {
        let writer = wait(self.clients.open(path));
        Ok(Box::new(Writing(writer.map_err(face::code)?)))
    }
}

impl Server for Reading<api::Mailslot> {
    fn read(&self, capacity: usize) -> Result<Vec<u8>, u32> {
        let mut buffer = face::buffer(capacity);
        let read = wait(self.slot.read(&mut buffer));
        face::read(&buffer, read)
    }

    fn begin_read(&self, capacity: usize) -> Box<dyn Read> {
        Box::new(Begun::read(&self.slot, capacity))
    }

    server_calls!(wait);
}

impl Client for Writing<api::MailslotWriter> {
    client_calls!(wait);
}

/// A future that is polled in between, by nobody who would be woken. Dropped, it is cancelled.
pub(super) struct Begun<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    done: Poll<T>,
}

impl Begun<Result<Vec<u8>, u32>> {
    /// A read, which waits or is done.
    pub(super) fn read(slot: &api::Mailslot, capacity: usize) -> Self {
        let reader = slot.clone();
        let mut read = Self::new(async move {
            let mut buffer = face::buffer(capacity);
            let read = reader.read(&mut buffer).await;
            face::read(&buffer, read)
        });
        read.is_pending();
        // A service does what it is asked in order: when this is answered, the read has begun.
        wait(slot.info()).expect("it is open");
        read
    }

    /// Ends it, before what other connections do next.
    pub(super) fn cancel(self, slot: &api::Mailslot) {
        drop(self);
        wait(slot.info()).expect("it is open");
    }
}

impl<T> Begun<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self { future: Box::pin(future), done: Poll::Pending }
    }

    pub(super) fn is_pending(&mut self) -> bool {
        if self.done.is_pending() {
            let _timers = runtime().enter();
            self.done = self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        self.done.is_pending()
    }

    pub(super) fn finish(self) -> T {
        match self.done {
            Poll::Ready(done) => done,
            Poll::Pending => wait(self.future),
        }
    }
}

impl Read for Begun<Result<Vec<u8>, u32>> {
    fn is_pending(&mut self) -> bool {
        Self::is_pending(self)
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, u32> {
        Self::finish(*self)
    }
}
