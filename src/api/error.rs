//! Why a call failed.

use std::fmt::{self, Write as _};
use std::io;

use crate::ipc::{Code, Failure};
use crate::slot::{self, PathError};
use crate::wire::OctetCount;

/// Why a call failed: [`kind`](Self::kind) says what to do, [`win32_code`](Self::win32_code) what
/// `GetLastError` would.
///
/// Its text names the mailslot that the call was about, where there is one, and the reason: `cannot
/// create mailslot "alerts": a mailslot of that name exists`; [`reason`](Self::reason) is that alone.
/// There is no source: the text says all.
pub struct Error {
    reason: Reason,
    /// None where it is about no mailslot.
    call: Option<Box<Call>>,
}

/// What was not done, as in `cannot create mailslot`, and the mailslot.
struct Call {
    verb: &'static str,
    mailslot: String,
}

#[derive(Debug)]
enum Reason {
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
    pub(super) const TIMED_OUT: Self = Self::new(Reason::TimedOut);
    pub(super) const ABORTED: Self = Self::new(Reason::Aborted);
    pub(super) const NO_NETWORK: Self = Self::new(Reason::NoNetwork);

    const fn new(reason: Reason) -> Self {
        Self { reason, call: None }
    }

    pub(super) const fn too_small(needed: usize) -> Self {
        Self::new(Reason::BufferTooSmall { needed })
    }

    /// It came of that call on that mailslot.
    pub(super) fn of(self, verb: &'static str, mailslot: impl Into<String>) -> Self {
        let call = Call { verb, mailslot: mailslot.into() };
        Self { call: Some(Box::new(call)), ..self }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self.reason {
            Reason::Path(_) => ErrorKind::InvalidPath,
            Reason::Slot(error) => match error {
                slot::Error::AlreadyExists => ErrorKind::AlreadyExists,
                slot::Error::NotFound => ErrorKind::NotFound,
                slot::Error::TooLong { .. } => ErrorKind::MessageTooLong,
                slot::Error::Full | slot::Error::TooMany => ErrorKind::Full,
                slot::Error::Closed => ErrorKind::Closed,
                slot::Error::Protected => ErrorKind::Protected,
                slot::Error::Denied => ErrorKind::AccessDenied,
                slot::Error::NotAServer => ErrorKind::WrongHandle,
            },
            Reason::BufferTooSmall { needed } => ErrorKind::BufferTooSmall { needed },
            Reason::TimedOut => ErrorKind::TimedOut,
            Reason::Aborted => ErrorKind::Closed,
            Reason::NoNetwork => ErrorKind::NoNetwork,
            Reason::Failure(ref failure) => kind(failure),
            Reason::Lost(_) => ErrorKind::ServiceLost,
        }
    }

    /// The code that `GetLastError` would return on Windows.
    pub fn win32_code(&self) -> u32 {
        match &self.reason {
            Reason::Path(error) => error.win32_code(),
            Reason::Slot(error) => error.win32_code(),
            Reason::BufferTooSmall { .. } => 122,
            Reason::TimedOut => 121,
            Reason::Aborted => 995,
            Reason::NoNetwork => 53,
            Reason::Failure(failure) => failure.win32_code,
            // ERROR_NETNAME_DELETED: what a handle led to is gone.
            Reason::Lost(_) => 64,
        }
    }

    /// The reason alone, for who says himself what it was that failed.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        &self.reason
    }

    /// There is no runtime to reach a service with.
    #[cfg(all(feature = "blocking", target_os = "linux"))]
    #[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
    pub(crate) fn from_io(error: io::Error) -> Self {
        Self::lost(error.to_string())
    }

    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self::new(Reason::Lost(reason.into()))
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
        match &self.call {
            Some(call) => write!(f, "cannot {} mailslot {}: {}", call.verb, call, self.reason),
            None => self.reason.fmt(f),
        }
    }
}

/// The mailslot in quotes. What would act on a terminal does not.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.mailslot.chars() {
            if c.is_control() { write!(f, "{}", c.escape_debug())? } else { f.write_char(c)? }
        }
        f.write_char('"')
    }
}

/// With the text, for a `main` that returns it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.kind()).field("win32_code", &self.win32_code());
        shown.field("text", &format_args!("{self}")).finish()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::Slot(error) => error.fmt(f),
            Self::BufferTooSmall { needed } => {
                write!(f, "the message has {}, more than the buffer", OctetCount(*needed))
            }
            Self::TimedOut => f.write_str("no message came in time"),
            Self::Aborted => f.write_str("the mailslot was closed while the read waited"),
            Self::NoNetwork => f.write_str("the mailslot is on another machine, no network here"),
            Self::Failure(failure) => failure.fmt(f),
            Self::Lost(reason) => write!(f, "the service is lost: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::new(Reason::Path(error))
    }
}

impl From<slot::Error> for Error {
    fn from(error: slot::Error) -> Self {
        Self::new(Reason::Slot(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(Reason::Failure(Box::new(failure)))
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
