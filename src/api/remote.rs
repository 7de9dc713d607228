//! A service in another process, and handles there.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{AutoError, Error, Info, Message};
use crate::client::{CallError, Connection, unexpected};
use crate::ipc::{Reply, Request, Wait};

/// A service, which is greeted when it is first asked for something.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) path: PathBuf,
    stream: Mutex<Option<UnixStream>>,
    connection: OnceCell<Connection>,
}

impl Client {
    pub(super) fn new(path: PathBuf, stream: UnixStream) -> Self {
        Self { path, stream: Mutex::new(Some(stream)), connection: OnceCell::new() }
    }

    /// The service at that socket, which was connected to.
    pub(super) async fn greeted(path: PathBuf, stream: UnixStream) -> Result<Self, AutoError> {
        match Connection::over(stream).await {
            Ok(connection) => {
                let connection = OnceCell::new_with(Some(connection));
                Ok(Self { path, stream: Mutex::new(None), connection })
            }
            Err(error) => Err(AutoError::Socket { path, reason: error.to_string() }),
        }
    }

    pub(super) async fn connection(&self) -> Result<&Connection, Error> {
        self.connection
            .get_or_try_init(|| async {
                let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                let lost = || Error::lost(format!("{}: it did not greet", self.path.display()));
                let connected = Connection::over(stream.ok_or_else(lost)?).await;
                connected.map_err(|error| Error::lost(format!("{}: {error}", self.path.display())))
            })
            .await
    }

    /// The connection, where there is one already.
    pub(super) fn connected(&self) -> Option<&Connection> {
        self.connection.get()
    }

    /// Asks for something that is answered with a handle.
    pub(super) async fn handle(&self, request: &Request<'_>) -> Result<Handle, Error> {
        let connection = self.connection().await?;
        match connection.call(request).await? {
            Reply::Handle { handle, reads, name } => {
                Ok(Handle { connection: connection.clone(), number: handle, reads, name })
            }
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
