//! Datagrams by way of Samba's nmbd, where it has the ports.
//!
//! nmbd hands datagrams that it does not want itself to whoever asks at its Unix socket
//! `unexpected`. That is an interface between Samba's own programs: C structures as they lie in
//! memory, with no version. So an answer must come in time, every header must be plausible, and what
//! does not fit ends the subscription with a word on what it was. Seen of nmbd 4.17:
//!
//! - A subscription names a mailslot, to the letter, or none: then it gets all.
//! - Handed on is what is for a name of nmbd's and none of its own four mailslots, and is well
//!   formed in its eyes: some data, and at most 576 octets of UDP payload, all headers counted; and
//!   all that is for the names of others.
//! - The packet is built anew from what nmbd read of it, and equal to the one that came, but for
//!   reserved flags, `DGM_LENGTH`, and what is beyond 576 octets. Where it was sent to is not said.
//! - A broadcast comes twice, since nmbd hears it on two sockets.
//! - What waits for a slow subscriber is bounded; more is dropped, and not counted anywhere.

mod layout;
mod place;

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;

use super::Stop;
use super::listener::connect;

pub use layout::{HandedOn, MAX_PACKET};
pub use place::{SOCKET_VARIABLE, sockets};

/// How long nmbd has to answer a subscription; it does at once, unless it hangs.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// No mailslot's name, and so a subscription to all: names are matched to the letter, and writers
/// differ in case.
pub const ALL: &[u8] = b"";

/// Octets that are read at once: some records.
const BUFFER_LEN: usize = 8 * (layout::HEADER_LEN + MAX_PACKET);

/// What nmbd hands on to this process, until it is dropped.
#[derive(Debug)]
pub struct Subscription {
    stream: UnixStream,
    path: PathBuf,
    buffer: Vec<u8>,
    /// Octets of it that were read and not handed on.
    filled: usize,
}

impl Subscription {
    /// Subscribes at the first of the [places](sockets) where something listens.
    ///
    /// # Errors
    ///
    /// [`NmbdError`]; [`NmbdFault::Absent`] where nothing listens at any of them.
    pub fn find(mailslot: &[u8]) -> Result<Self, NmbdError> {
        let mut absent = None;
        for path in sockets() {
            match Self::open(&path, mailslot) {
                Err(error) if matches!(error.fault, NmbdFault::Absent(_)) => {
                    absent.get_or_insert(error);
                }
                found => return found,
            }
        }
        Err(absent.unwrap_or_else(|| {
            NmbdFault::Absent(io::ErrorKind::NotFound.into()).at(Path::new(place::SOCKET))
        }))
    }

    /// Subscribes to the datagrams of a mailslot, as a writer spells it with `\MAILSLOT\`, or to
    /// [all](ALL).
    ///
    /// # Errors
    ///
    /// [`NmbdError`].
    pub fn open(path: &Path, mailslot: &[u8]) -> Result<Self, NmbdError> {
        let stream = connect(path, ANSWER_TIMEOUT).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => NmbdFault::Silent,
            _ => NmbdFault::Absent(error),
        });
        stream.and_then(|stream| Self::over(stream, path, mailslot)).map_err(|fault| fault.at(path))
    }

    fn over(stream: UnixStream, path: &Path, mailslot: &[u8]) -> Result<Self, NmbdFault> {
        let ended = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock => NmbdFault::Silent,
            _ => NmbdFault::Ended,
        };
        (&stream).write_all(&layout::query(mailslot)).map_err(ended)?;
        let mut answer = [0];
        match (&stream).read(&mut answer).map_err(ended)? {
            0 => Err(NmbdFault::Ended),
            _ if answer != [0] => Err(NmbdFault::Foreign("its answer to a subscription")),
            _ => {
                let (path, buffer) = (path.to_path_buf(), vec![0; BUFFER_LEN]);
                Ok(Self { stream, path, buffer, filled: 0 })
            }
        }
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands each datagram to `each`, in this thread, until `stop`.
    ///
    /// # Errors
    ///
    /// [`NmbdError`], where nothing more comes.
    pub fn receive(
        &mut self,
        stop: &Stop,
        mut each: impl FnMut(HandedOn<'_>),
    ) -> Result<(), NmbdError> {
        self.receive_until(stop, &mut each).map_err(|fault| fault.at(&self.path))
    }

    fn receive_until(
        &mut self,
        stop: &Stop,
        each: &mut impl FnMut(HandedOn<'_>),
    ) -> Result<(), NmbdFault> {
        loop {
            match stop.readable(self.stream.as_fd()) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return Err(NmbdFault::Ended),
            }
            if stop.is_stopped() {
                return Ok(());
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.stream.read(room) {
                Ok(0) => return Err(NmbdFault::Ended),
                Ok(read) => self.filled += read,
                // Nothing yet: a signal woke it, and the time of the answer has passed.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(NmbdFault::Ended),
            }
            self.hand_on(each)?;
        }
    }

    /// All that is whole.
    fn hand_on(&mut self, each: &mut impl FnMut(HandedOn<'_>)) -> Result<(), NmbdFault> {
        let mut rest = self.buffer.get(..self.filled).unwrap_or_default();
        while let Some((datagram, next)) = layout::record(rest).map_err(NmbdFault::Foreign)? {
            each(datagram);
            rest = next;
        }
        let left = rest.len();
        self.buffer.copy_within(self.filled - left..self.filled, 0);
        self.filled = left;
        Ok(())
    }
}

/// Why nmbd hands nothing on.
#[derive(Debug)]
pub struct NmbdError {
    path: PathBuf,
    fault: NmbdFault,
}

impl NmbdError {
    /// The socket.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no nmbd, rather than one that this process gets nothing from.
    pub fn is_absent(&self) -> bool {
        use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
        let none = |error: &io::Error| {
            matches!(error.kind(), ConnectionRefused | NotADirectory | NotFound)
        };
        matches!(&self.fault, NmbdFault::Absent(error) if none(error))
    }

    /// What it is.
    pub fn fault(&self) -> &NmbdFault {
        &self.fault
    }
}

/// What is wrong with nmbd's socket.
#[derive(Debug)]
#[non_exhaustive]
pub enum NmbdFault {
    /// Nothing listens there, or this user may not connect.
    Absent(io::Error),
    /// Something listens, and does not answer within [`ANSWER_TIMEOUT`].
    Silent,
    /// It does not speak as nmbd 4 does, in what is named here: another version, one of 32 bits, or
    /// no nmbd.
    Foreign(&'static str),
    /// It ended the subscription: nmbd has ended, or has too many subscribers.
    Ended,
}

impl NmbdFault {
    fn at(self, path: &Path) -> NmbdError {
        NmbdError { path: path.to_path_buf(), fault: self }
    }
}

impl fmt::Display for NmbdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.fault {
            NmbdFault::Absent(error) => error.fmt(f),
            NmbdFault::Silent => f.write_str("no answer"),
            NmbdFault::Foreign(what) => {
                write!(f, "it does not speak as a 64-bit nmbd of Samba 4 does: {what}")
            }
            NmbdFault::Ended => f.write_str("it ended the connection"),
        }
    }
}

impl std::error::Error for NmbdError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            NmbdFault::Absent(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
