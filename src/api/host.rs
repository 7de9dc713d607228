//! Slots of this process, with a node and a service in front where there are.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::Notice;
use crate::net::listener::SocketFile;
use crate::net::peer::own_id;
use crate::node::Event;
use crate::runtime::{Live, clock};
use crate::service::{Note, Service};
use crate::slot::{self, LocalName, Options, Server, Table, User};

/// The slots of this process, and those who share them.
///
/// Fields are dropped in their order: first the clients are cut off, then the names given back.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) service: Option<Serving>,
    /// Why there is no service, where there was to be one.
    pub(super) unshared: Option<String>,
    pub(super) live: Option<Arc<Live>>,
    pub(super) table: Arc<Table>,
    pub(super) events: Option<Mutex<mpsc::Receiver<Event>>>,
}

/// A service on a socket.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) service: Service,
    pub(super) notes: Mutex<mpsc::Receiver<Note>>,
    pub(super) file: SocketFile,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nobody is to find a socket where nobody listens.
        self.file.remove();
    }
}

impl Host {
    pub(super) fn alone(table: Arc<Table>) -> Self {
        Self { service: None, unshared: None, live: None, table, events: None }
    }

    /// `CreateMailslot`; the slot is this process's user's, as others see it.
    pub(super) fn create(&self, name: &LocalName, options: Options) -> Result<Server, slot::Error> {
        let owner = User { id: own_id(), ..User::default() };
        self.table.create(clock::now(), name, &options.owner(owner).process(std::process::id()))
    }

    /// What happens to the node, or to the service.
    pub(super) async fn notice(&self) -> Notice {
        let event = async {
            match &self.events {
                Some(events) => events.lock().await.recv().await,
                None => None,
            }
        };
        let note = async {
            match &self.service {
                Some(serving) => serving.notes.lock().await.recv().await,
                None => None,
            }
        };
        tokio::select! {
            Some(event) = event => Notice::Node(event),
            Some(note) = note => Notice::Service(note),
            else => std::future::pending().await,
        }
    }
}
