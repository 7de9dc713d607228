//! The mailslots of a machine, which its processes share.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::auto::{Auto, AutoError, Found};
use super::backend::{Backend, Inner, Notice, Role};
use super::host::Host;
use super::remote::{Client, ask};
use super::{Error, Mailslot, Mailslots};
use crate::client::Greeted;
use crate::ipc::{Node, Reply, Request, SlotEntry};
use crate::net::privileges;
use crate::node::Event;
use crate::runtime::{Live, LiveConfig, LiveError};
use crate::service;
use crate::slot::{Server, Table};

impl Mailslots {
    fn with(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// The mailslots of the machine: those of its service where there is one, else those of the
    /// first process that asked, which serves the others as long as it lives. When it leaves,
    /// another takes its place within a second: [`notice`](Self::notice) tells.
    ///
    /// The node, where this process comes to have it, has the host's name, and the workgroup of
    /// `MAILSLOT_WORKGROUP` or `WORKGROUP`.
    ///
    /// # Errors
    ///
    /// [`AutoError`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time.
    pub async fn auto() -> Result<Self, AutoError> {
        let config = LiveConfig::from_environment()
            .map_err(|error| AutoError::Io(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        Self::auto_with(Auto::new(config)).await
    }

    /// The same, with another node, another socket, or without a network.
    ///
    /// # Errors
    ///
    /// [`AutoError`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time.
    pub async fn auto_with(auto: Auto) -> Result<Self, AutoError> {
        match auto.find().await? {
            Found::Host(host) => Ok(Self::with(Inner::new(Backend::Here(host)))),
            Found::Service(path, greeted) => {
                if auto.drop_capabilities {
                    // Where that is refused there are none to drop.
                    let _ = privileges::drop_capabilities(true);
                }
                let socket = greeted.socket()?;
                Ok(Self::with(Inner::auto(Client::started(path, greeted)?, auto, socket)?))
            }
        }
    }

    /// The mailslots of the machine where a process has them already; none where nobody does.
    ///
    /// # Errors
    ///
    /// [`AutoError::Socket`]: the socket that was asked for is not there, or who is there is no
    /// service.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time.
    #[expect(clippy::unused_async, reason = "connecting may come to wait")]
    pub async fn existing(auto: &Auto) -> Result<Option<Self>, AutoError> {
        match auto.look()? {
            Some((path, greeted)) => Self::greeted(path, greeted).map(Some),
            None => Ok(None),
        }
    }

    /// The mailslots of the service whose socket is there.
    ///
    /// # Errors
    ///
    /// [`AutoError::Socket`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time.
    #[expect(clippy::unused_async, reason = "connecting may come to wait")]
    pub async fn connect(path: impl AsRef<Path>) -> Result<Self, AutoError> {
        let path = path.as_ref();
        Self::greeted(path.to_owned(), Auto::connect(path)?)
    }

    fn greeted(path: PathBuf, greeted: Greeted) -> Result<Self, AutoError> {
        let client = Client::started(path, greeted)?;
        Ok(Self::with(Inner::new(Backend::Service(Arc::new(client)))))
    }

    /// Mailslots of this process alone, with a node on a network.
    ///
    /// # Errors
    ///
    /// [`LiveError`]: the ports are busy, or forbidden.
    pub fn embedded(config: LiveConfig) -> Result<Self, LiveError> {
        let table = Arc::new(Table::new());
        let (live, events) = Live::start(config, Arc::clone(&table))?;
        Ok(Self::of(live, events, table))
    }

    /// Mailslots over a node that was started already, with its events.
    pub fn of(live: Live, events: mpsc::Receiver<Event>, table: Arc<Table>) -> Self {
        let (live, events) = (Some(Arc::new(live)), Some(Mutex::new(events)));
        let host = Host { live, events, ..Host::alone(table) };
        Self::with(Inner::new(Backend::Here(Arc::new(host))))
    }

    /// The reading end of a mailslot that a node of this process made: see
    /// [`Event::Created`].
    pub fn adopt(&self, server: Server) -> Mailslot {
        let host = match self.inner.backend() {
            Backend::Here(host) => host,
            Backend::Service(_) => Arc::new(Host::alone(Arc::default())),
        };
        Mailslot::here(server, &host)
    }

    /// Who has the mailslots.
    pub fn role(&self) -> Role {
        self.inner.role()
    }

    /// Why this process shares its mailslots with no other, though it was to: there is nowhere to put
    /// a socket. None where it shares them, was not to, or has none of its own.
    pub fn unshared(&self) -> Option<String> {
        match self.inner.backend() {
            Backend::Here(host) => host.unshared.clone(),
            Backend::Service(_) => None,
        }
    }

    /// What happens next besides messages, for whoever wants to know: it need not be asked. Each
    /// is told once; of those that nobody takes out, the last are lost.
    pub async fn notice(&self) -> Notice {
        self.inner.notice().await
    }

    /// The node, where it is in this process.
    pub fn live(&self) -> Option<Arc<Live>> {
        match self.inner.backend() {
            Backend::Here(host) => host.live.clone(),
            Backend::Service(_) => None,
        }
    }

    /// The node that this machine's mailslots have, wherever it is; none without a network.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    pub async fn node(&self) -> Result<Option<Node>, Error> {
        match self.inner.backend() {
            Backend::Here(host) => Ok(host.live.as_ref().and_then(|live| service::node_of(live))),
            Backend::Service(client) => {
                let answer = |reply| match reply {
                    Reply::Node(node) => Some(node),
                    _ => None,
                };
                ask(client.connection()?, &Request::Node, answer).await
            }
        }
    }

    /// The mailslots that there are, in the order in which they were created.
    ///
    /// # Errors
    ///
    /// [`AccessDenied`](super::ErrorKind::AccessDenied),
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    pub async fn slots(&self) -> Result<Vec<SlotEntry>, Error> {
        match self.inner.backend() {
            Backend::Here(host) => Ok(service::entries(&host.table)),
            Backend::Service(client) => {
                let answer = |reply| match reply {
                    Reply::Slots(slots) => Some(slots),
                    _ => None,
                };
                let (mut all, mut from) = (Vec::new(), 0);
                loop {
                    let request = Request::Slots { from };
                    let slots = ask(client.connection()?, &request, answer).await?;
                    let Some(last) = slots.last() else { return Ok(all) };
                    from = last.id.saturating_add(1);
                    all.extend(slots);
                }
            }
        }
    }

    /// The counters of the service and its node, wherever they are: names, with dots between their
    /// levels, and numbers. Those of a process that serves nobody are its node's.
    ///
    /// # Errors
    ///
    /// [`AccessDenied`](super::ErrorKind::AccessDenied),
    /// [`ServiceLost`](super::ErrorKind::ServiceLost).
    pub async fn stats(&self) -> Result<Vec<(String, u64)>, Error> {
        match self.inner.backend() {
            Backend::Here(host) => Ok(match &host.service {
                Some(serving) => serving.service.stats(),
                None => service::node_stats(host.live.as_deref(), &host.table),
            }),
            Backend::Service(client) => {
                let answer = |reply| match reply {
                    Reply::Stats(stats) => Some(stats),
                    _ => None,
                };
                ask(client.connection()?, &Request::Stats, answer).await
            }
        }
    }

    /// Gives the names of a node of this process back, in three broadcasts over half a second.
    pub async fn leave(&self) {
        if let Some(live) = self.live() {
            live.leave().await;
        }
    }
}
