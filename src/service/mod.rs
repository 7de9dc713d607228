//! Mailslots for other processes: a Unix socket in front of a table of slots and a node.
//!
//! One thread serves all connections. What a connection asks for is done at once, on the slots
//! themselves; only reads that wait and names that are looked for are answered later.
//!
//! ```text
//! connection ── frames ──► handles ──► slot (queues) ◄── node ◄── network
//!      ▲                      └──────► node ──► network
//!      └── replies ◄── reads that wait, woken by the slot
//! ```
//!
//! A message leaves its slot when its octets were handed to the socket, and nothing is sent ahead of
//! a read. A connection that ends takes its handles with it, and what it was to get and did not
//! goes back to its place.

mod accept;
mod connection;
mod handles;
mod input;
pub mod limits;
mod notes;
mod outbound;
mod reads;
pub mod rights;
mod stats;
mod tokens;
mod turns;
mod unsent;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;

use tokio::sync::{mpsc, watch};

use crate::ipc;
use crate::net::peer;
use crate::runtime::Live;
use crate::slot::{Server, Slot, Table, Writer};
use accept::Accept;
use notes::Notes;
use rights::Rights;
use stats::Stats;
use tokens::Tokens;

pub use outbound::{node_of, write};
pub use stats::node_stats;

/// What a service serves.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// The slots.
    pub table: Arc<Table>,
    /// The network; none where only programs of this machine are to be had.
    pub live: Option<Arc<Live>>,
    /// Who may do what.
    pub rights: Rights,
    /// Where its socket is, for those who are to find it again.
    pub path: PathBuf,
}

impl Config {
    /// A service without a network.
    pub fn new(table: Arc<Table>, rights: Rights, path: impl Into<PathBuf>) -> Self {
        Self { table, live: None, rights, path: path.into() }
    }
}

/// A service on a socket. Dropped, it ends: its clients' handles are closed, the slots that only
/// they had vanish.
#[derive(Debug)]
pub struct Service {
    shared: Arc<Shared>,
    adopt: mpsc::UnboundedSender<UnixStream>,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What a service has to tell whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A request was refused by the rights, or a quota.
    Refused {
        /// The user.
        uid: u32,
        /// The process; 0 where nobody knows.
        pid: u32,
        /// Why, with a name that the client chose in it.
        reason: String,
    },
    /// A client sent what is no request, and may have been cut off.
    Garbage {
        /// The user.
        uid: u32,
        /// The process; 0 where nobody knows.
        pid: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// No more connections can be taken.
    Overfull {
        /// Why.
        reason: String,
    },
    /// More notes like these, in the time before: too many to be told. The counters have them.
    KeptBack {
        /// How many.
        notes: u64,
    },
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    table: Arc<Table>,
    live: Option<Arc<Live>>,
    rights: RwLock<Arc<Rights>>,
    path: PathBuf,
    network_namespace: u64,
    tokens: Mutex<Tokens>,
    stats: Stats,
    notes: Notes,
}

impl Shared {
    fn rights(&self) -> Arc<Rights> {
        Arc::clone(&self.rights.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Service {
    /// Serves whoever connects to one of the listeners. Notes come through the receiver; no more
    /// than [`MAX_NOTES`](limits::MAX_NOTES) in a second.
    ///
    /// # Errors
    ///
    /// Where the system has no more threads or file descriptors.
    pub fn start(
        config: Config,
        listeners: Vec<UnixListener>,
    ) -> io::Result<(Self, mpsc::Receiver<Note>)> {
        let Config { table, live, rights, path } = config;
        table.set_max_octets(rights.total.octets);
        let (notes, receiver) = Notes::new();
        let shared = Arc::new(Shared {
            table,
            live,
            rights: RwLock::new(Arc::new(rights)),
            path,
            network_namespace: peer::network_namespace("self"),
            tokens: Mutex::default(),
            stats: Stats::default(),
            notes,
        });
        let (stop, stopped) = watch::channel(false);
        let (adopt, adopted) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        let accept = Accept::new(Arc::clone(&shared), stopped);
        let thread = thread::Builder::new().name("service".into()).spawn(move || {
            runtime.block_on(accept.run(listeners, adopted));
            // Not for a database of users that does not answer.
            runtime.shutdown_background();
        })?;
        Ok((Self { shared, adopt, stop, thread: Some(thread) }, receiver))
    }

    /// A connection to it that needs no path: as if this process had connected.
    ///
    /// # Errors
    ///
    /// Where the system has no more file descriptors.
    pub fn connect(&self) -> io::Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair()?;
        // Where it has ended, the connection has too.
        let _ = self.adopt.send(theirs);
        Ok(ours)
    }

    /// Puts other rights in the place of those that it has: for requests from now on.
    pub fn set_rights(&self, rights: Rights) {
        self.shared.table.set_max_octets(rights.total.octets);
        *self.shared.rights.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rights);
    }

    /// Its counters, and the node's: names and numbers.
    pub fn stats(&self) -> Vec<(String, u64)> {
        stats::all(&self.shared)
    }

    /// Its slots, in the order in which they were created.
    pub fn slots(&self) -> Vec<ipc::SlotEntry> {
        entries(&self.shared.table)
    }

    /// Lets another process of this user, or this one, take that handle with a token, once.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub fn share(&self, handle: impl Into<Shareable>) -> io::Result<String> {
        let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.of(tokens::OWN).0 >= limits::CONNECTION_HANDLES {
            return Err(io::Error::other("too many handles are shared that nobody took"));
        }
        tokens.share(tokens::OWN, peer::own_id(), handle.into().0)
    }

    /// Takes what was shared, as a process of this user.
    pub fn take(&self, token: &str) -> Option<Shareable> {
        let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.take(peer::own_id(), token).map(Shareable)
    }
}

/// A handle that can be shared.
#[derive(Debug)]
pub struct Shareable(handles::Handle);

impl Shareable {
    /// The reading end; none where it is not one.
    pub fn server(self) -> Option<Server> {
        match self.0 {
            handles::Handle::Server(server) => Some(server),
            _ => None,
        }
    }

    /// The writing end of a slot of this machine; none where it is not one.
    pub fn writer(self) -> Option<Writer> {
        match self.0 {
            handles::Handle::Writer(writer) => Some(writer),
            _ => None,
        }
    }
}

impl From<Server> for Shareable {
    fn from(server: Server) -> Self {
        Self(handles::Handle::Server(server))
    }
}

impl From<Writer> for Shareable {
    fn from(writer: Writer) -> Self {
        Self(handles::Handle::Writer(writer))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nobody listens where it has ended.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// What others are told of all slots.
pub fn entries(table: &Table) -> Vec<ipc::SlotEntry> {
    table.slots().iter().map(|slot| entry(slot)).collect()
}

/// Of some of them: see [`ipc::Request::Slots`].
fn entries_from(table: &Table, id: u64) -> Vec<ipc::SlotEntry> {
    table.slots_from(id, ipc::limits::MAX_LIST).iter().map(|slot| entry(slot)).collect()
}

fn entry(slot: &Slot) -> ipc::SlotEntry {
    ipc::SlotEntry {
        id: slot.id(),
        name: slot.name().as_str().chars().take(limits::LISTED_NAME).collect(),
        owner: slot.owner().id,
        pid: slot.process(),
        readers: u32::try_from(slot.servers()).unwrap_or(u32::MAX),
        octets: slot.octets(),
        owner_only: slot.is_owner_only(),
        info: slot.info(),
        times: slot.times(),
    }
}
