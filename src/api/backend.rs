//! Who has the mailslots: this process, or a service; and what happens when that one ends.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::sync::watch;

use super::auto::{Auto, AutoError, Found};
use super::host::Host;
use super::remote::Client;
use crate::net::Stop;
use crate::node::Event;
use crate::service;
use crate::slot::Table;

/// How long a process waits that found no service and may not be one, before it looks again.
const AGAIN: Duration = Duration::from_millis(200);

/// Who has the mailslots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// This process, for itself alone.
    Own {
        /// Whether it is on a network.
        network: bool,
    },
    /// This process, and it serves others.
    Serving {
        /// Its socket.
        path: PathBuf,
        /// Whether it is on a network.
        network: bool,
    },
    /// A service.
    Client {
        /// Its socket.
        path: PathBuf,
    },
    /// Nobody at the moment: the service is gone, and this process cannot take its place.
    Lost {
        /// Why not.
        reason: String,
    },
}

/// What happens besides messages.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// To the node of this process.
    Node(Event),
    /// To the service of this process.
    Service(service::Note),
    /// Somebody else has the mailslots now. Handles from before are closed.
    Role(Role),
}

#[derive(Clone, Debug)]
pub(super) enum Backend {
    Here(Arc<Host>),
    Service(Arc<Client>),
}

impl Backend {
    fn role(&self) -> Role {
        match self {
            Self::Here(host) => {
                let network = host.live.is_some();
                match &host.service {
                    Some(serving) => {
                        Role::Serving { path: serving.file.path().to_owned(), network }
                    }
                    None => Role::Own { network },
                }
            }
            Self::Service(client) => Role::Client { path: client.path.clone() },
        }
    }
}

#[derive(Debug)]
pub(super) struct Inner {
    shared: Arc<Shared>,
    changed: tokio::sync::Mutex<watch::Receiver<Role>>,
    /// Ends the thread that waits for the service's end.
    stop: Option<Stop>,
}

#[derive(Debug)]
struct Shared {
    backend: Mutex<Backend>,
    role: watch::Sender<Role>,
}

impl Shared {
    fn backend(&self) -> Backend {
        self.backend.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, backend: Backend) {
        let role = backend.role();
        let before = std::mem::replace(
            &mut *self.backend.lock().unwrap_or_else(PoisonError::into_inner),
            backend,
        );
        drop(before);
        self.role.send_replace(role);
    }
}

impl Inner {
    pub(super) fn new(backend: Backend) -> Self {
        let (role, changed) = watch::channel(backend.role());
        let shared = Arc::new(Shared { backend: Mutex::new(backend), role });
        Self { shared, changed: tokio::sync::Mutex::new(changed), stop: None }
    }

    pub(super) fn local(table: Arc<Table>) -> Self {
        Self::new(Backend::Here(Arc::new(Host::alone(table))))
    }

    /// The same, and when the service ends another is found, or this process becomes one.
    pub(super) fn auto(client: Client, auto: Auto, socket: UnixStream) -> io::Result<Self> {
        let mut inner = Self::new(Backend::Service(Arc::new(client)));
        let stop = Stop::new()?;
        inner.stop = Some(stop.clone());
        let shared = Arc::downgrade(&inner.shared);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("takeover".into()).spawn(move || {
            let find = || runtime.block_on(auto.find());
            take_over(find, socket, &stop, || shared.upgrade());
        })?;
        Ok(inner)
    }

    pub(super) fn role(&self) -> Role {
        self.shared.role.borrow().clone()
    }

    /// What happens next.
    pub(super) async fn notice(&self) -> Notice {
        let mut changed = self.changed.lock().await;
        let backend = self.backend();
        let notice = async {
            match &backend {
                Backend::Here(host) => host.notice().await,
                Backend::Service(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Ok(()) = changed.changed() => Notice::Role(changed.borrow_and_update().clone()),
            notice = notice => notice,
        }
    }

    pub(super) fn backend(&self) -> Backend {
        self.shared.backend()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(stop) = &self.stop {
            stop.stop();
        }
    }
}

/// Waits for the end of the service, and finds another or becomes one, again and again.
fn take_over(
    find: impl Fn() -> Result<Found, AutoError>,
    mut socket: UnixStream,
    stop: &Stop,
    shared: impl Fn() -> Option<Arc<Shared>>,
) {
    loop {
        let mut fds = [
            PollFd::new(socket.as_fd(), PollFlags::empty()),
            PollFd::new(stop.as_fd(), PollFlags::POLLIN),
        ];
        // Interrupted, it looks again.
        let _ = poll(&mut fds, PollTimeout::NONE);
        if stop.is_stopped() {
            return;
        }
        let ended = fds.first().and_then(PollFd::revents).is_some_and(|events| !events.is_empty());
        if !ended {
            continue;
        }
        loop {
            match find() {
                Ok(Found::Host(host)) => {
                    if let Some(shared) = shared() {
                        shared.set(Backend::Here(host));
                    }
                    return;
                }
                Ok(Found::Service(path, greeted)) => {
                    let (Some(shared), Ok(seen)) = (shared(), greeted.socket()) else { return };
                    socket = seen;
                    shared.set(Backend::Service(Arc::new(Client::new(path, greeted))));
                    break;
                }
                Err(error) => {
                    let Some(shared) = shared() else { return };
                    let lost = Role::Lost { reason: error.to_string() };
                    shared.role.send_if_modified(|role| {
                        let changed = *role != lost;
                        *role = lost;
                        changed
                    });
                }
            }
            let mut fds = [PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, PollTimeout::try_from(AGAIN).unwrap_or(PollTimeout::ZERO));
            if stop.is_stopped() {
                return;
            }
        }
    }
}
