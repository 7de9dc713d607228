//! Handles for other processes: by a token, or from a parent to its child.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use command_fds::{CommandFdExt as _, FdMapping};
use listenfd::ListenFd;

use super::backend::Backend;
use super::host::Host;
use super::remote::Handle;
use super::{Error, Mailslot, MailslotWriter, Mailslots, mailslot, writer};
use crate::client::{ConnectError, Greeted, unexpected};
use crate::ipc::{Code, Failure, Reply, Request};
use crate::service::{Service, Shareable};
use crate::slot::Target;

/// The first file descriptor of a child that is a handle: beyond those that programs count on.
const FIRST_CHILD_FD: i32 = 100;

/// Where this process keeps them until then: apart from those of a child.
const FIRST_PARENT_FD: i32 = 200;

/// The most handles of one child.
const MOST: usize = 64;

/// In the environment of a child that has handles, besides what `listenfd` reads.
const INHERITED: &str = "MAILSLOT_INHERITED";

/// Handles from the process that started this one: see [`Mailslots::inherited`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Inherited {
    /// Those that read.
    pub mailslots: Vec<Mailslot>,
    /// Those that write.
    pub writers: Vec<MailslotWriter>,
}

impl Mailslot {
    /// A token with which another process of this user takes a duplicate of this handle, once:
    /// [`Mailslots::take`]. It is good as long as this process is connected to the service, or is
    /// it.
    ///
    /// Both read the same queue, each message goes to one of them, and the mailslot lives until both
    /// have closed it.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](super::ErrorKind::Unsupported) where other processes do not share these
    /// mailslots, as with [`Mailslots::local`]; [`ServiceLost`](super::ErrorKind::ServiceLost).
    #[doc(alias = "DuplicateHandle")]
    pub async fn share(&self) -> Result<String, Error> {
        let token = match &self.0 {
            mailslot::Inner::Here { server, host, .. } => share(host, server.clone()),
            mailslot::Inner::There { handle, .. } => handle.share().await,
        };
        token.map_err(self.failed("share"))
    }

    /// Lets the process that `command` starts have a duplicate of this handle from its beginning,
    /// whether it asks for it ([`Mailslots::inherited`]) or not: the mailslot lives as long as that
    /// process, or until it closes the handle. At most 64 for one command.
    ///
    /// Until `command` is dropped this process has that duplicate too.
    ///
    /// # Errors
    ///
    /// As [`share`](Self::share).
    #[doc(alias = "HANDLE_FLAG_INHERIT")]
    pub async fn inherit(&self, command: &mut Command) -> Result<(), Error> {
        let token = self.share().await?;
        let stream = match &self.0 {
            mailslot::Inner::Here { host, .. } => within(host),
            mailslot::Inner::There { handle, .. } => beside(handle),
        };
        let handed = stream.and_then(|stream| hand_over(stream, &token, command));
        handed.map_err(self.failed("share"))
    }
}

impl MailslotWriter {
    /// A token for a duplicate of this handle, as [`Mailslot::share`]; another process takes it with
    /// [`Mailslots::take_writer`].
    ///
    /// # Errors
    ///
    /// As [`Mailslot::share`].
    #[doc(alias = "DuplicateHandle")]
    pub async fn share(&self) -> Result<String, Error> {
        let token = match &self.0 {
            writer::Inner::Local { writer, host } => share(host, writer.clone()),
            // It leads to no slot that is here: anyone opens another.
            writer::Inner::Network { .. } => Err(not_shared()),
            writer::Inner::There { handle, .. } => handle.share().await,
        };
        token.map_err(self.failed("share"))
    }

    /// Lets the process that `command` starts have a duplicate of this handle, as
    /// [`Mailslot::inherit`].
    ///
    /// # Errors
    ///
    /// As [`share`](Self::share).
    #[doc(alias = "HANDLE_FLAG_INHERIT")]
    pub async fn inherit(&self, command: &mut Command) -> Result<(), Error> {
        let token = self.share().await?;
        let stream = match &self.0 {
            writer::Inner::Local { host, .. } | writer::Inner::Network { host, .. } => within(host),
            writer::Inner::There { handle, .. } => beside(handle),
        };
        let handed = stream.and_then(|stream| hand_over(stream, &token, command));
        handed.map_err(self.failed("share"))
    }
}

impl Mailslots {
    /// Takes the handle to read that another process of this user [shared](Mailslot::share).
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](super::ErrorKind::InvalidToken): it was taken, its process is gone, it is
    /// another user's, or never was; [`WrongHandle`](super::ErrorKind::WrongHandle) where it is one
    /// to write with; [`ServiceLost`](super::ErrorKind::ServiceLost).
    pub async fn take(&self, token: &str) -> Result<Mailslot, Error> {
        match self.inner.backend() {
            Backend::Here(host) => {
                let server = taken(&host, token)?.server().ok_or_else(wrong_handle)?;
                Ok(Mailslot::here(server, &host))
            }
            Backend::Service(client) => {
                let handle = client.handle(&Request::Take { token }).await?;
                if handle.reads { Ok(Mailslot::there(handle)) } else { Err(wrong_handle()) }
            }
        }
    }

    /// Takes the handle to write that another process of this user [shared](MailslotWriter::share).
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub async fn take_writer(&self, token: &str) -> Result<MailslotWriter, Error> {
        match self.inner.backend() {
            Backend::Here(host) => {
                let writer = taken(&host, token)?.writer().ok_or_else(wrong_handle)?;
                Ok(MailslotWriter::local(writer, host))
            }
            Backend::Service(client) => {
                let handle = client.handle(&Request::Take { token }).await?;
                if handle.reads { Err(wrong_handle()) } else { there(handle) }
            }
        }
    }

    /// The handles that the process which started this one let it [inherit](Mailslot::inherit).
    /// They are there once: the next call finds none.
    ///
    /// # Errors
    ///
    /// [`ServiceLost`](super::ErrorKind::ServiceLost) where the service is gone by now.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O.
    #[expect(clippy::unused_async, reason = "asking may come to wait")]
    pub async fn inherited() -> Result<Inherited, Error> {
        let mut inherited = Inherited::default();
        if std::env::var_os(INHERITED).is_none() {
            return Ok(inherited);
        }
        let mut passed = ListenFd::from_env();
        for at in 0..passed.len() {
            let Some(stream) = stream(&mut passed, at).map_err(lost)? else { continue };
            let greeted = Greeted::handed_on(stream);
            let (mut all, mut from) = (Vec::new(), 0);
            loop {
                let reply = greeted.ask(&Request::Handles { from }).map_err(lost)?;
                let Reply::Handles(entries) = reply else { return Err(unexpected().into()) };
                let Some(last) = entries.last() else { break };
                from = last.handle.saturating_add(1);
                all.extend(entries);
            }
            let connection = greeted.start().map_err(lost)?;
            for entry in all {
                let handle = Handle::new(&connection, entry);
                if handle.reads {
                    inherited.mailslots.push(Mailslot::there(handle));
                } else {
                    inherited.writers.push(there(handle)?);
                }
            }
        }
        Ok(inherited)
    }
}

/// Whether the sockets that this process was passed are handles.
pub fn has_inherited() -> bool {
    std::env::var_os(INHERITED).is_some()
}

/// A file descriptor that was passed, as a stream: `listenfd` has listeners alone, and looks at
/// nothing that tells the two apart.
fn stream(passed: &mut ListenFd, at: usize) -> io::Result<Option<UnixStream>> {
    let socket = passed.take_unix_listener(at)?;
    Ok(socket.map(|socket| UnixStream::from(OwnedFd::from(socket))))
}

fn there(handle: Handle) -> Result<MailslotWriter, Error> {
    let target = if handle.name.starts_with(r"\\") {
        Target::parse(&handle.name)?
    } else {
        Target::parse(&format!(r"\\?\mailslot\{}", handle.name))?
    };
    Ok(MailslotWriter::there(target, handle))
}

fn service(host: &Host) -> Result<&Service, Error> {
    host.service.as_ref().map(|serving| &serving.service).ok_or_else(not_shared)
}

fn share(host: &Host, handle: impl Into<Shareable>) -> Result<String, Error> {
    service(host)?.share(handle).map_err(lost)
}

fn taken(host: &Host, token: &str) -> Result<Shareable, Error> {
    service(host)?.take(token).ok_or_else(|| {
        Failure::new(Code::InvalidToken, 6, "no handle waits under that token").into()
    })
}

fn not_shared() -> Error {
    Failure::new(Code::Unsupported, 50, "no other process shares these mailslots").into()
}

fn wrong_handle() -> Error {
    Failure::new(Code::WrongHandle, 87, "the handle under that token is of the other kind").into()
}

fn lost(error: impl Into<ConnectError>) -> Error {
    Error::lost(error.into().to_string())
}

/// One more connection to the service of this process.
fn within(host: &Host) -> Result<Greeted, Error> {
    Greeted::over(service(host)?.connect().map_err(lost)?).map_err(lost)
}

/// One more connection to the service that has the handle.
fn beside(handle: &Handle) -> Result<Greeted, Error> {
    let path = &handle.connection.welcome().path;
    Greeted::connect(Path::new(path)).map_err(|error| Error::lost(format!("{path}: {error}")))
}

/// Puts a handle on a connection of its own, which the child gets.
fn hand_over(greeted: Greeted, token: &str, command: &mut Command) -> Result<(), Error> {
    let Reply::Handle(_) = greeted.ask(&Request::Take { token }).map_err(lost)? else {
        return Err(unexpected().into());
    };
    let before = command
        .get_envs()
        .find(|(name, _)| *name == INHERITED)
        .and_then(|(_, value)| value?.to_str()?.parse::<usize>().ok())
        .unwrap_or_default();
    if before >= MOST {
        let text = format!("a command inherits at most {MOST} handles");
        return Err(Failure::new(Code::Full, 1816, text).into());
    }
    let stream = greeted.into_stream();
    let parent_fd = rustix::io::fcntl_dupfd_cloexec(stream.as_fd(), FIRST_PARENT_FD)
        .map_err(|errno| lost(io::Error::from(errno)))?;
    let child_fd = FIRST_CHILD_FD + i32::try_from(before).unwrap_or_default();
    let collision = |error| lost(io::Error::other(error));
    command.fd_mappings(vec![FdMapping { parent_fd, child_fd }]).map_err(collision)?;
    let count = (before + 1).to_string();
    command.env(INHERITED, &count).env("LISTEN_FDS", &count).env_remove("LISTEN_PID");
    command.env("LISTEN_FDS_FIRST_FD", FIRST_CHILD_FD.to_string());
    Ok(())
}
