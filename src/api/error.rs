//! Why a call failed.

use std::fmt;
use std::io;

use crate::ipc::{Code, Failure};
use crate::slot::{self, PathError};

/// Why a call failed: [`kind`](Self::kind) says what to do, [`win32_code`](Self::win32_code) what
/// `GetLastError` would, [`source`](std::error::Error::source) what was wrong with a path.
#[derive(Debug)]
pub struct Error(Inner);

#[derive(Debug)]
enum Inner {
    Path(PathError),
    Slot(slot::Error),
    BufferTooSmall {
        needed: usize,
    },
    TimedOut,
    Aborted,
    NoNetwork,
    /// A service's, or the network's.
    Failure(Box<Failure>),
    /// There is no service, or no longer.
    Lost(String),
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The path means no mailslot, or none of this machine.
    InvalidPath,
    /// A mailslot of that name exists.
    AlreadyExists,
    /// No mailslot of that name exists.
    NotFound,
    /// The message is longer than the mailslot takes.
    MessageTooLong,
    /// The queue, or all of the user's, are full; or there are too many of something.
    Full,
    /// The mailslot is closed.
    Closed,
    /// The handle is protected from being closed.
    Protected,
    /// The user may not do that.
    AccessDenied,
    /// The handle cannot do that.
    WrongHandle,
    /// The first message is larger than the buffer, and stays.
    BufferTooSmall {
        /// Octets that it has.
        needed: usize,
    },
    /// Nothing came in time.
    TimedOut,
    /// The target is on another machine, and there is no network here, or it refuses.
    NoNetwork,
    /// Nobody answers to the name of the target.
    NameNotFound,
    /// The service that had the mailslots of this machine is gone, and its mailslots with it; or
    /// there is none. Handles do not come back: create and open again.
    ServiceLost,
    /// Nothing waits under that token, or it was another user's.
    InvalidToken,
    /// The service does not have that, or understands it otherwise.
    Unsupported,
}

impl Error {
    pub(super) const TIMED_OUT: Self = Self(Inner::TimedOut);
    pub(super) const ABORTED: Self = Self(Inner::Aborted);
    pub(super) const NO_NETWORK: Self = Self(Inner::NoNetwork);

    pub(super) const fn too_small(needed: usize) -> Self {
        Self(Inner::BufferTooSmall { needed })
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            Inner::Path(_) => ErrorKind::InvalidPath,
            Inner::Slot(error) => match error {
                slot::Error::AlreadyExists => ErrorKind::AlreadyExists,
                slot::Error::NotFound => ErrorKind::NotFound,
                slot::Error::TooLong { .. } => ErrorKind::MessageTooLong,
                slot::Error::Full | slot::Error::TooMany => ErrorKind::Full,
                slot::Error::Closed => ErrorKind::Closed,
                slot::Error::Protected => ErrorKind::Protected,
                slot::Error::Denied => ErrorKind::AccessDenied,
                slot::Error::NotAServer => ErrorKind::WrongHandle,
            },
            Inner::BufferTooSmall { needed } => ErrorKind::BufferTooSmall { needed },
            Inner::TimedOut => ErrorKind::TimedOut,
            Inner::Aborted => ErrorKind::Closed,
            Inner::NoNetwork => ErrorKind::NoNetwork,
            Inner::Failure(ref failure) => kind(failure),
            Inner::Lost(_) => ErrorKind::ServiceLost,
        }
    }

    /// The code that `GetLastError` would return on Windows.
    pub fn win32_code(&self) -> u32 {
        match &self.0 {
            Inner::Path(error) => error.win32_code(),
            Inner::Slot(error) => error.win32_code(),
            Inner::BufferTooSmall { .. } => 122,
            Inner::TimedOut => 121,
            Inner::Aborted => 995,
            Inner::NoNetwork => 53,
            Inner::Failure(failure) => failure.win32_code,
            // ERROR_NETNAME_DELETED: what a handle led to is gone.
            Inner::Lost(_) => 64,
        }
    }

    /// There is no runtime to reach a service with.
    #[cfg(all(feature = "blocking", target_os = "linux"))]
    #[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
    pub(crate) fn from_io(error: io::Error) -> Self {
        Self::lost(error.to_string())
    }

    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self(Inner::Lost(reason.into()))
    }
}

fn kind(failure: &Failure) -> ErrorKind {
    match failure.code {
        Code::InvalidHandle | Code::WrongHandle => ErrorKind::WrongHandle,
        Code::InvalidPath => ErrorKind::InvalidPath,
        Code::AlreadyExists => ErrorKind::AlreadyExists,
        Code::NotFound => ErrorKind::NotFound,
        Code::TooLong => ErrorKind::MessageTooLong,
        Code::Full => ErrorKind::Full,
        Code::Closed | Code::Aborted => ErrorKind::Closed,
        Code::BufferTooSmall => {
            ErrorKind::BufferTooSmall { needed: usize::try_from(failure.a).unwrap_or(usize::MAX) }
        }
        Code::TimedOut => ErrorKind::TimedOut,
        Code::AccessDenied => ErrorKind::AccessDenied,
        Code::NoNetwork | Code::Network => ErrorKind::NoNetwork,
        Code::NameNotFound => ErrorKind::NameNotFound,
        Code::InvalidToken => ErrorKind::InvalidToken,
        _ => ErrorKind::Unsupported,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Path(_) => f.write_str("the path means no mailslot that can be used so"),
            Inner::Slot(error) => error.fmt(f),
            Inner::BufferTooSmall { needed } => {
                write!(f, "the message has {needed} octets, more than the buffer")
            }
            Inner::TimedOut => f.write_str("no message came in time"),
            Inner::Aborted => f.write_str("the mailslot was closed while the read waited"),
            Inner::NoNetwork => f.write_str("the mailslot is on another machine, no network here"),
            Inner::Failure(failure) => failure.fmt(f),
            Inner::Lost(reason) => write!(f, "the service is lost: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Path(error) => Some(error),
            _ => None,
        }
    }
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self(Inner::Path(error))
    }
}

impl From<slot::Error> for Error {
    fn from(error: slot::Error) -> Self {
        Self(Inner::Slot(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self(Inner::Failure(Box::new(failure)))
    }
}

#[cfg(target_os = "linux")]
impl From<crate::client::CallError> for Error {
    fn from(error: crate::client::CallError) -> Self {
        match error {
            crate::client::CallError::Failed(failure) => failure.into(),
            crate::client::CallError::Lost(reason) => Self::lost(&*reason),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::InvalidPath | ErrorKind::MessageTooLong | ErrorKind::WrongHandle => {
                io::ErrorKind::InvalidInput
            }
            ErrorKind::AlreadyExists => io::ErrorKind::AlreadyExists,
            ErrorKind::NotFound | ErrorKind::InvalidToken => io::ErrorKind::NotFound,
            ErrorKind::Full => io::ErrorKind::QuotaExceeded,
            ErrorKind::Closed => io::ErrorKind::BrokenPipe,
            ErrorKind::Protected | ErrorKind::AccessDenied => io::ErrorKind::PermissionDenied,
            ErrorKind::BufferTooSmall { .. } => io::ErrorKind::InvalidData,
            ErrorKind::TimedOut => io::ErrorKind::TimedOut,
            ErrorKind::NoNetwork => io::ErrorKind::NetworkUnreachable,
            ErrorKind::NameNotFound => io::ErrorKind::HostUnreachable,
            ErrorKind::ServiceLost => io::ErrorKind::ConnectionAborted,
            ErrorKind::Unsupported => io::ErrorKind::Unsupported,
        };
        Self::new(kind, error)
    }
}
