//! Why an operation on a slot failed, with the code that Windows' functions leave.

use std::fmt;

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The name is taken, in whatever case (row C2): 183, `ERROR_ALREADY_EXISTS`.
    AlreadyExists,
    /// No slot has that name (row O1): 2, `ERROR_FILE_NOT_FOUND`.
    NotFound,
    /// The message is longer than the slot's maximum (row W4).
    TooLong {
        /// Octets of the message.
        size: usize,
        /// The most that the slot takes.
        max: u32,
    },
    /// The queue, or all the user's queues, are full: 1816, `ERROR_NOT_ENOUGH_QUOTA`. Windows has
    /// no such bound.
    Full,
    /// The slot's last server handle is closed (row W8).
    Closed,
    /// The handle is protected from being closed (row H6): 6, `ERROR_INVALID_HANDLE`.
    Protected,
    /// The handle cannot do that (row I6): 87, `ERROR_INVALID_PARAMETER`.
    NotAServer,
    /// The slot is its owner's alone (row O8): 5, `ERROR_ACCESS_DENIED`.
    Denied,
    /// Too many slots, or too many reads wait: 1816, `ERROR_NOT_ENOUGH_QUOTA`.
    TooMany,
}

impl Error {
    /// The code of the Win32 error.
    pub const fn win32_code(self) -> u32 {
        match self {
            Self::AlreadyExists => 183,
            Self::NotFound => 2,
            // Row W4, OPEN: that it fails is documented, the code is not.
            //
            // For NotAServer see row I6.
            Self::TooLong { .. } | Self::NotAServer => 87,
            Self::Full | Self::TooMany => 1816,
            // Row W8, OPEN: 6 and 38 are the candidates. The object that the handle was bound to
            // is gone, as the pipe is behind ERROR_HANDLE_EOF.
            Self::Closed => 38,
            Self::Protected => 6,
            Self::Denied => 5,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyExists => f.write_str("a mailslot of that name exists"),
            Self::NotFound => f.write_str("no mailslot of that name exists"),
            Self::TooLong { size, max } => {
                write!(f, "the message has {size} octets, the mailslot takes {max}")
            }
            Self::Full => f.write_str("the mailslot's queue is full"),
            Self::Closed => f.write_str("the mailslot is closed"),
            Self::Protected => f.write_str("the handle is protected from being closed"),
            Self::NotAServer => f.write_str("only a server handle can do that"),
            Self::Denied => f.write_str("only the mailslot's owner may write to it"),
            Self::TooMany => f.write_str("too many mailslots, or too many reads that wait"),
        }
    }
}

impl std::error::Error for Error {}
