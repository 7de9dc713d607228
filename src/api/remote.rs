//! A service in another process, and handles there.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Error, Info, Message};
use crate::client::{CallError, Connection, Greeted, unexpected};
use crate::ipc::{HandleEntry, Reply, Request, Wait};

/// A service. Its connection is driven by the runtime that first asks for something.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) path: PathBuf,
    greeted: Mutex<Option<Greeted>>,
    connection: OnceLock<Connection>,
}

impl Client {
    pub(super) fn new(path: PathBuf, greeted: Greeted) -> Self {
        Self { path, greeted: Mutex::new(Some(greeted)), connection: OnceLock::new() }
    }

    /// The same, driven by the runtime that this is called in.
    pub(super) fn started(path: PathBuf, greeted: Greeted) -> io::Result<Self> {
        let connection = OnceLock::from(greeted.start()?);
        Ok(Self { path, greeted: Mutex::new(None), connection })
    }

    pub(super) fn connection(&self) -> Result<&Connection, Error> {
        let mut greeted = self.greeted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(greeted) = greeted.take() {
            let started = greeted.start();
            let lost = |error| Error::lost(format!("{}: {error}", self.path.display()));
            // It is empty as long as there is somebody to start.
            let _ = self.connection.set(started.map_err(lost)?);
        }
        drop(greeted);
        let lost = || Error::lost(format!("{}: it could not be used", self.path.display()));
        self.connection.get().ok_or_else(lost)
    }

    /// Asks for something that is answered with a handle.
    pub(super) async fn handle(&self, request: &Request<'_>) -> Result<Handle, Error> {
        let connection = self.connection()?;
        match connection.call(request).await? {
            Reply::Handle(entry) => Ok(Handle::new(connection, entry)),
            _ => Err(unexpected().into()),
        }
    }
}

/// A handle that a service has for this process. Dropped, it is closed.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) connection: Connection,
    pub(super) number: u32,
    pub(super) reads: bool,
    pub(super) name: String,
}

impl Handle {
    pub(super) fn new(connection: &Connection, entry: HandleEntry) -> Self {
        let HandleEntry { handle, reads, name } = entry;
        Self { connection: connection.clone(), number: handle, reads, name }
    }

    /// A token for another handle to the same.
    pub(super) async fn share(&self) -> Result<String, Error> {
        let answer = |reply| match reply {
            Reply::Token(token) => Some(token),
            _ => None,
        };
        self.ask(&Request::Share { handle: self.number }, answer).await
    }

    /// Reads at least one message.
    pub(super) async fn read(
        &self,
        capacity: u32,
        most: u32,
        wait: Wait,
    ) -> Result<impl Iterator<Item = Message> + use<>, Error> {
        let request = Request::Read { handle: self.number, capacity, most, wait };
        let answer = |reply| match reply {
            Reply::Messages(messages) => Some(messages),
            _ => None,
        };
        let messages = self.ask(&request, answer).await?;
        Ok(messages.into_iter().map(|read| read.message.into()))
    }

    pub(super) async fn read_one(&self, capacity: u32, wait: Wait) -> Result<Message, Error> {
        let message = self.read(capacity, 1, wait).await?.next();
        message.ok_or_else(|| unexpected().into())
    }

    pub(super) async fn info(&self) -> Result<Info, Error> {
        let answer = |reply| match reply {
            Reply::Info(info) => Some(info.into()),
            _ => None,
        };
        self.ask(&Request::Info { handle: self.number }, answer).await
    }

    /// Asks for something that is only done.
    pub(super) async fn done(&self, request: &Request<'_>) -> Result<(), Error> {
        match self.connection.call(request).await? {
            Reply::Done => Ok(()),
            _ => Err(unexpected().into()),
        }
    }

    pub(super) async fn ask<T>(
        &self,
        request: &Request<'_>,
        answer: impl FnOnce(Reply) -> Option<T>,
    ) -> Result<T, Error> {
        ask(&self.connection, request, answer).await
    }
}

/// Asks for something, and takes the reply that there is to that.
pub(super) async fn ask<T>(
    connection: &Connection,
    request: &Request<'_>,
    answer: impl FnOnce(Reply) -> Option<T>,
) -> Result<T, Error> {
    let reply = connection.call(request).await?;
    answer(reply).ok_or_else(|| CallError::into(unexpected()))
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.connection.tell(&Request::Close { handle: self.number });
    }
}
