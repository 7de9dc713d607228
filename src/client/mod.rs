//! The client's side of the service's socket: requests of many tasks over one connection.
//!
//! A request that is alone leaves at once; those that gather while others are under way leave
//! together. What a task no longer waits for is undone: a message that was read for it goes back to
//! its place, a handle is closed.

mod call;
mod driver;
mod state;

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;

use crate::ipc::{Code, Failure, Reply, Request, VERSION, Welcome, next_frame};
use crate::net::{Peer, listener};
use state::Shared;

pub use call::Call;

/// How long a service may take to greet.
const GREETING: Duration = Duration::from_secs(1);

/// Octets of an answer that is waited for without a task: a greeting, or the handles there are.
const MAX_GREETING: u32 = 1 << 20;

/// A connection to a service. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Connection {
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
    welcome: Welcome,
    peer: Peer,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// Why a request got no reply, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The service refuses.
    Failed(Failure),
    /// The service is gone, or says what cannot be read.
    Lost(Arc<str>),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Lost(reason) => write!(f, "the service is lost: {reason}"),
        }
    }
}

impl std::error::Error for CallError {}

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody serves there, or may not be reached.
    Io(io::Error),
    /// Who serves there does not answer in time: he was stopped, or hangs.
    Silent,
    /// Who serves there refuses, or is no service.
    Refused(CallError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Silent => f.write_str("the service does not answer"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<io::Error> for ConnectError {
    /// What would block has waited for as long as it may.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::Silent,
            _ => Self::Io(error),
        }
    }
}

impl From<CallError> for ConnectError {
    fn from(error: CallError) -> Self {
        Self::Refused(error)
    }
}

/// A connection whose two ends have greeted each other, and that nobody drives yet.
#[derive(Debug)]
pub struct Greeted {
    stream: UnixStream,
    welcome: Welcome,
}

impl Greeted {
    /// Connects to the service whose socket is at `path`; waits a second for that, and a second for
    /// its answer.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub fn connect(path: &Path) -> Result<Self, ConnectError> {
        Self::over(connect(path)?)
    }

    /// Greets the service at the other end of a socket; waits a second for its answer.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub fn over(stream: UnixStream) -> Result<Self, ConnectError> {
        let mut greeted = Self { stream, welcome: Welcome::default() };
        match greeted.ask(&Request::Hello { version: VERSION })? {
            Reply::Welcome(welcome) => greeted.welcome = welcome,
            _ => return Err(unexpected().into()),
        }
        Ok(greeted)
    }

    /// One that another process greeted, and handed to this one.
    pub fn handed_on(stream: UnixStream) -> Self {
        Self { stream, welcome: Welcome::default() }
    }

    /// Asks for something that is answered at once, and in few words; waits a second for it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub fn ask(&self, request: &Request<'_>) -> Result<Reply, ConnectError> {
        self.stream.set_read_timeout(Some(GREETING))?;
        self.stream.set_write_timeout(Some(GREETING))?;
        let mut octets = BytesMut::new();
        request.encode(1, &mut octets);
        let sent = (&self.stream).write_all(&octets);
        // Who takes no more connections says so, and listens to nothing.
        let reply = self.frame().map_err(|error| sent.err().map_or(error, Into::into))?;
        let Ok(Some((frame, _))) = next_frame(&reply, reply.len()) else {
            return Err(unexpected().into());
        };
        match Reply::decode(frame) {
            Ok(Reply::Failed(failure)) => Err(CallError::Failed(failure).into()),
            Ok(reply) => Ok(reply),
            Err(_) => Err(unexpected().into()),
        }
    }

    /// The octets of the next frame.
    fn frame(&self) -> Result<Vec<u8>, ConnectError> {
        let mut octets = vec![0; 4];
        (&self.stream).read_exact(&mut octets)?;
        let length = octets.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        if length > MAX_GREETING {
            return Err(unexpected().into());
        }
        (&self.stream).take(length.into()).read_to_end(&mut octets)?;
        Ok(octets)
    }

    /// The socket, for another process.
    pub fn into_stream(self) -> UnixStream {
        self.stream
    }

    /// Another handle on the socket, to see its end by.
    ///
    /// # Errors
    ///
    /// Where the process has no more file descriptors.
    pub fn socket(&self) -> io::Result<UnixStream> {
        self.stream.try_clone()
    }

    /// A task of the runtime that this is called in drives it from here on.
    ///
    /// # Errors
    ///
    /// Where the process has no more file descriptors.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O.
    pub fn start(self) -> io::Result<Connection> {
        let Self { stream, welcome } = self;
        let peer = Peer::of(&stream)?;
        let shared = driver::start(stream)?;
        Ok(Connection { owner: Arc::new(Owner { shared, welcome, peer }) })
    }
}

impl Connection {
    /// Connects to the service whose socket is at `path`; waits two seconds at most.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O.
    pub fn open(path: &Path) -> Result<Self, ConnectError> {
        Ok(Greeted::connect(path)?.start()?)
    }

    /// What the service said of itself.
    pub fn welcome(&self) -> &Welcome {
        &self.owner.welcome
    }

    /// Who serves.
    pub fn peer(&self) -> &Peer {
        &self.owner.peer
    }

    /// Whether the service is gone.
    pub fn is_lost(&self) -> bool {
        self.owner.shared.is_lost()
    }

    /// A handle on the socket itself, to see its end by.
    ///
    /// # Errors
    ///
    /// Where the process has no more file descriptors.
    pub fn socket(&self) -> io::Result<UnixStream> {
        self.owner.shared.socket()
    }

    /// Asks for something. The request is on its way when this returns.
    pub fn call(&self, request: &Request<'_>) -> Call {
        Call::new(Arc::clone(&self.owner.shared), request)
    }

    /// Asks for something whose reply nobody waits for. Where that closes a handle, reads that wait
    /// through it end ([`Code::Aborted`]).
    pub fn tell(&self, request: &Request<'_>) {
        self.owner.shared.tell(request);
    }
}

/// Connects to the service whose socket is at `path`, which may take as long as a greeting.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    listener::connect(path, GREETING)
}

/// The service answered something else than it was asked.
pub fn unexpected() -> CallError {
    CallError::Failed(Failure::new(Code::Malformed, 50, "the service answers something else"))
}

fn frame(request: &Request<'_>, id: u32, out: &mut BytesMut) {
    request.encode(id, out);
}
