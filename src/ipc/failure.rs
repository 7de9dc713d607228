//! Why a request was refused, as it goes over the socket.

use std::borrow::Cow;
use std::fmt;

use bytes::{BufMut as _, BytesMut};

use super::cursor::{Cursor, Malformed, put_text};
use crate::slot::{self, PathError, PathErrorKind};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $number:literal,)*) => {
        /// What kind of failure it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)*
            /// One of a later version.
            Other(u16),
        }

        impl Code {
            /// Its number on the wire.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$code => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// The code of a number.
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$code,)*
                    number => Self::Other(number),
                }
            }
        }
    };
}

codes! {
    /// The request cannot be read.
    Malformed = 1,
    /// A kind of request, or a version, that the service does not have. `a` is the version that it
    /// has, where that is why; else 0.
    Unsupported = 2,
    /// The connection has no handle of that number, or not of that kind: 6.
    InvalidHandle = 3,
    /// The path means no mailslot that can be used so.
    InvalidPath = 4,
    /// A mailslot of that name exists: 183.
    AlreadyExists = 5,
    /// No mailslot of that name exists: 2.
    NotFound = 6,
    /// The message is too long. `a` is its octets, `b` the most.
    TooLong = 7,
    /// A queue, or a quota, is full: 1816.
    Full = 8,
    /// The mailslot is closed: 38.
    Closed = 9,
    /// The first message is larger than the buffer; `a` is its octets: 122.
    BufferTooSmall = 10,
    /// Nothing came in time: 121.
    TimedOut = 11,
    /// The read was cancelled, or its mailslot closed: 995.
    Aborted = 12,
    /// The user may not do that: 5.
    AccessDenied = 13,
    /// The service has no network: 53.
    NoNetwork = 14,
    /// Nobody answers to the name: 53.
    NameNotFound = 15,
    /// The network refuses, or something that it needs: 53.
    Network = 16,
    /// The handle cannot do that: 87.
    WrongHandle = 17,
    /// No handle is waiting under that token.
    InvalidToken = 18,
}

/// Why a request was refused. Nothing was changed by it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it is.
    pub code: Code,
    /// What `GetLastError` would say.
    pub win32_code: u32,
    /// A number that belongs to the code.
    pub a: u64,
    /// Another.
    pub b: u64,
    /// The reason in words.
    pub text: Cow<'static, str>,
}

impl Failure {
    /// A failure without numbers.
    pub fn new(code: Code, win32_code: u32, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, win32_code, a: 0, b: 0, text: text.into() }
    }

    /// The connection has no such handle (rows I4, R16, W9).
    pub fn invalid_handle() -> Self {
        Self::new(Code::InvalidHandle, 6, "no handle of that number and kind")
    }

    /// The user may not do that (row O8).
    pub fn denied(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::AccessDenied, 5, text)
    }

    pub(super) fn encode(&self, out: &mut BytesMut) {
        out.put_u16_le(self.code.number());
        out.put_u32_le(self.win32_code);
        out.put_u64_le(self.a);
        out.put_u64_le(self.b);
        put_text(out, &self.text);
    }

    pub(super) fn decode(body: &mut Cursor<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            code: Code::from_number(body.u16("code")?),
            win32_code: body.u32("win32_code")?,
            a: body.u64("a")?,
            b: body.u64("b")?,
            text: body.text("text")?.to_owned().into(),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::new(Code::Malformed, 87, malformed.to_string())
    }
}

impl From<slot::Error> for Failure {
    fn from(error: slot::Error) -> Self {
        let code = match error {
            slot::Error::AlreadyExists => Code::AlreadyExists,
            slot::Error::NotFound => Code::NotFound,
            slot::Error::TooLong { .. } => Code::TooLong,
            slot::Error::Full | slot::Error::TooMany => Code::Full,
            slot::Error::Closed => Code::Closed,
            slot::Error::Denied => Code::AccessDenied,
            slot::Error::Protected | slot::Error::NotAServer => Code::WrongHandle,
        };
        let mut failure = Self::new(code, error.win32_code(), error.to_string());
        if let slot::Error::TooLong { size, max } = error {
            (failure.a, failure.b) = (size as u64, max.into());
        }
        failure
    }
}

impl From<PathError> for Failure {
    /// `a` is the position, `b` 1 where the path is empty.
    fn from(error: PathError) -> Self {
        let mut failure = Self::new(Code::InvalidPath, error.win32_code(), error.to_string());
        failure.a = error.position() as u64;
        failure.b = u64::from(error.kind() == PathErrorKind::Empty);
        failure
    }
}
