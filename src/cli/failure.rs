//! How a command ends that did not succeed.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::capture::{self, ErrorKind};

/// Exit code, message and hint of a command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    /// Empty where nothing is to be said.
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// The command line cannot be meant so: 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into(), hint: None }
    }

    /// The input is damaged or refused: 5.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { code: 5, message: message.into(), hint: None }
    }

    /// What is wrong has been said, as data.
    pub(crate) fn said(code: u8) -> Self {
        Self { code, message: String::new(), hint: None }
    }

    /// Nothing came before the timeout: 1.
    pub(crate) fn nothing_came() -> Self {
        Self { code: 1, message: String::new(), hint: None }
    }

    /// Ports or permission: 3.
    pub(crate) fn ports(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into(), hint: None }
    }

    /// Another host has the name: 4.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into(), hint: None }
    }

    /// Nobody has the name: 6.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { code: 6, message: message.into(), hint: None }
    }

    /// The service is gone: 7.
    pub(crate) fn lost(message: impl Into<String>) -> Self {
        Self { code: 7, message: message.into(), hint: None }
    }

    /// A signal ended it: 128 and the signal's number.
    pub(crate) fn interrupted(code: u8) -> Self {
        Self { code, message: String::new(), hint: None }
    }

    /// A damaged capture, after what could be read of it was printed; or that nobody reads what is
    /// printed, where a capture that grows says so.
    pub(crate) fn capture(path: &str, error: &capture::Error) -> Self {
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        if source.is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe) {
            return io::Error::from(io::ErrorKind::BrokenPipe).into();
        }
        let failure = Self::input(format!("{path}: {}", chain(error)));
        match error.kind() {
            ErrorKind::UnknownFormat { magic } => Self { hint: other_format(magic), ..failure },
            _ => failure,
        }
    }

    #[must_use]
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What is wrong, in words.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Whether nothing is to be said and nothing more to be done.
    pub(crate) fn is_quiet(&self) -> bool {
        self.message.is_empty()
    }

    /// Whether nobody reads standard output any more.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.code == 0
    }

    /// Says what is wrong, on standard error.
    pub(crate) fn report(self) -> ExitCode {
        if !self.message.is_empty() {
            let mut text = format!("error: {}\n", self.message);
            if let Some(hint) = self.hint {
                let _ = writeln!(text, "hint: {hint}");
            }
            // Where standard error is gone there is nobody to tell.
            let _ = io::stderr().write_all(text.as_bytes());
        }
        ExitCode::from(self.code)
    }
}

/// What to do with a file that is no capture, by what it starts with.
fn other_format(magic: [u8; 4]) -> Option<String> {
    let hint = match &magic {
        b"PK\x03\x04" => "a zip archive: unpack it with `unzip`",
        b"snoo" | b"GMBU" | b"RTSS" | b"XCP\0" | b"TRSN" => {
            "a capture of another program: `editcap -F pcap` converts it"
        }
        [b'{', ..] => "datagrams in JSON? `mailslot encode --json` makes a capture of them",
        text if text.iter().all(|octet| matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n')) => {
            "octets as text? `mailslot decode --hex` reads them"
        }
        _ => return None,
    };
    Some(hint.into())
}

/// Standard output was closed, as by `head`: a quiet end. Whatever else went wrong is said.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: 0, message: String::new(), hint: None };
        }
        Self { code: 1, message: format!("cannot write: {error}"), hint: None }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

/// An error and its sources.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
