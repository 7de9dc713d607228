//! The async face, `api`, as calls that wait.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use mailslot::api::{self, HandleFlags};
use tokio::runtime::Runtime;

use super::server::Service;
use super::{Client, Info, Messages, Namespace, Read, Server, Times, face};

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
        let slot = slot.map_err(|error| face::code(&error))?;
        Ok(Box::new(Reading { slot, closed: Closed(self.apart.then(|| self.servers.clone())) }))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Client>, u32> {
        let writer = wait(self.clients.open(path));
        Ok(Box::new(Writing(writer.map_err(|error| face::code(&error))?)))
    }
}

/// Fields are dropped in their order.
struct Reading {
    slot: api::Mailslot,
    closed: Closed,
}

/// Behind the end of a handle: until a service knows of it. What one connection tells, a request of
/// another may overtake.
#[derive(Clone)]
struct Closed(Option<api::Mailslots>);

impl Drop for Closed {
    fn drop(&mut self) {
        if let Some(through) = &self.0 {
            // Requests of a connection are done in order.
            wait(through.node()).expect("a service");
        }
    }
}

impl Server for Reading {
    fn read(&self, capacity: usize) -> Result<Vec<u8>, u32> {
        let mut buffer = face::buffer(capacity);
        let read = wait(self.slot.read(&mut buffer));
        face::read(&buffer, read)
    }

    fn begin_read(&self, capacity: usize) -> Box<dyn Read> {
        let slot = self.slot.clone();
        let mut read = Begun::new(async move {
            let mut buffer = face::buffer(capacity);
            let read = slot.read(&mut buffer).await;
            face::read(&buffer, read)
        });
        read.is_pending();
        // A service does what it is asked in order: when this is answered, the read has begun.
        self.info().expect("it is open");
        Box::new(read)
    }

    fn messages(&self) -> Box<dyn Messages> {
        Box::new(Listening { messages: self.slot.messages(), next: Poll::Pending })
    }

    fn info(&self) -> Result<Info, u32> {
        wait(self.slot.info()).map(Into::into).map_err(|error| face::code(&error))
    }

    fn set_read_timeout(&self, timeout: u32) -> Result<(), u32> {
        let timeout = face::timeout(timeout);
        wait(self.slot.set_read_timeout(timeout)).map_err(|error| face::code(&error))
    }

    fn duplicate(&self) -> Box<dyn Server> {
        Box::new(Self { slot: self.slot.clone(), closed: self.closed.clone() })
    }

    fn close(self: Box<Self>) -> Result<(), (Box<dyn Server>, u32)> {
        let Self { slot, closed } = *self;
        match slot.close() {
            Ok(()) => Ok(()),
            Err((slot, error)) => Err((Box::new(Self { slot, closed }), face::code(&error))),
        }
    }

    fn flags(&self) -> u8 {
        self.slot.flags().bits()
    }

    fn set_flags(&self, mask: u8, flags: u8) {
        self.slot.set_flags(handle_flags(mask), handle_flags(flags));
    }

    fn times(&self) -> Result<Times, u32> {
        wait(self.slot.times()).map(Into::into).map_err(|error| face::code(&error))
    }

    fn set_created(&self, created: SystemTime) -> Result<(), u32> {
        wait(self.slot.set_created(created)).map_err(|error| face::code(&error))
    }
}

struct Writing(api::MailslotWriter);

impl Client for Writing {
    fn write(&self, data: &[u8]) -> Result<usize, u32> {
        wait(self.0.write(data)).map_err(|error| face::code(&error))
    }

    fn info(&self) -> Result<Info, u32> {
        wait(self.0.info()).map(Into::into).map_err(|error| face::code(&error))
    }

    fn duplicate(&self) -> Box<dyn Client> {
        Box::new(Self(self.0.clone()))
    }

    fn close(self: Box<Self>) -> Result<(), (Box<dyn Client>, u32)> {
        self.0.close().map_err(|(writer, error)| -> (Box<dyn Client>, u32) {
            (Box::new(Self(writer)), face::code(&error))
        })
    }

    fn flags(&self) -> u8 {
        self.0.flags().bits()
    }

    fn set_flags(&self, mask: u8, flags: u8) {
        self.0.set_flags(handle_flags(mask), handle_flags(flags));
    }
}

fn handle_flags(bits: u8) -> HandleFlags {
    HandleFlags::from_bits(bits).expect("flags of Windows")
}

/// A future that is polled in between, by nobody who would be woken.
struct Begun<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    done: Poll<T>,
}

impl<T> Begun<T> {
    fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self { future: Box::pin(future), done: Poll::Pending }
    }

    fn is_pending(&mut self) -> bool {
        if self.done.is_pending() {
            let _timers = runtime().enter();
            self.done = self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        self.done.is_pending()
    }

    fn finish(self) -> T {
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

    fn cancel(self: Box<Self>) {}
}

struct Listening {
    messages: api::Messages,
    /// What was there when somebody asked whether it waits.
    next: Poll<Option<Vec<u8>>>,
}

impl Listening {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        let next = std::task::ready!(Pin::new(&mut self.messages).poll_next(context));
        Poll::Ready(next.map(|message| message.data.to_vec()))
    }
}

impl Messages for Listening {
    fn is_pending(&mut self) -> bool {
        if self.next.is_pending() {
            let _timers = runtime().enter();
            self.next = self.poll(&mut Context::from_waker(Waker::noop()));
        }
        self.next.is_pending()
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        match std::mem::replace(&mut self.next, Poll::Pending) {
            Poll::Ready(next) => next,
            Poll::Pending => wait(poll_fn(|context| self.poll(context))),
        }
    }
}

/// What a handle cannot do (rows C11, W6, O6, O7, H7) is no method of it. These stand in for the
/// ones that are missing; where one is added, it is found first, and this does not compile.
#[expect(dead_code, reason = "compiling is the proof")]
mod missing {
    use mailslot::api::{Mailslot, MailslotWriter};

    struct Missing;

    trait NotAWriter {
        fn write(&self, _data: &[u8]) -> Missing {
            Missing
        }
    }

    impl NotAWriter for Mailslot {}

    trait NotAReader {
        fn read(&self, _buffer: &mut [u8]) -> Missing {
            Missing
        }

        fn recv(&self) -> Missing {
            Missing
        }

        fn set_read_timeout(&self) -> Missing {
            Missing
        }
    }

    impl NotAReader for MailslotWriter {}

    fn a_server_does_not_write(slot: &Mailslot) -> Missing {
        slot.write(b"")
    }

    fn a_client_does_not_read(writer: &MailslotWriter) -> [Missing; 3] {
        [writer.read(&mut []), writer.recv(), writer.set_read_timeout()]
    }
}
