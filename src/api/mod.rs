//! What programs use: mailslots as async handles.
//!
//! ```
//! use mailslot::api::Mailslots;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), mailslot::api::Error> {
//! let mailslots = Mailslots::local();
//! let slot = mailslots.create("alerts").await?;
//! let writer = mailslots.open(r"\\.\mailslot\alerts").await?;
//! writer.write(b"disk is full").await?;
//! assert_eq!(&slot.recv().await?.data[..], b"disk is full");
//! # Ok(())
//! # }
//! ```
//!
//! Calls that may come to ask a service are async. Every future is cancel-safe: dropping a read
//! that waits loses no message. Handles are `Send`, `Sync` and `Clone`; a clone is a handle of its
//! own to the same mailslot. Reads that have a timeout need tokio's timer.

mod error;
mod mailslot;
mod writer;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::runtime::clock;
use crate::slot::{self, Options, ReadTimeout, Table};

pub use crate::slot::{HandleFlags, LocalName, Sender, Target};
pub use error::{Error, ErrorKind};
pub use mailslot::{Info, Mailslot, Messages, Times};
pub use writer::MailslotWriter;

/// A namespace of mailslots.
#[derive(Clone, Debug, Default)]
pub struct Mailslots {
    table: Arc<Table>,
}

impl Mailslots {
    /// Mailslots of this process alone: no other process sees them, and there is no network.
    pub fn local() -> Self {
        Self::default()
    }

    /// Creates a mailslot: `alerts`, `pos\eod`, `\\.\mailslot\alerts`, or [`MailslotOptions`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPath`], [`ErrorKind::AlreadyExists`] where one has that name in whatever
    /// case, [`ErrorKind::Full`] where there are too many.
    #[doc(alias = "CreateMailslot")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn create(&self, options: impl Into<MailslotOptions>) -> Result<Mailslot, Error> {
        let MailslotOptions { path, options } = options.into();
        let name = LocalName::parse(&path)?;
        Ok(Mailslot::new(self.table.create(clock::now(), &name, &options)?))
    }

    /// A handle to write with. A path of another machine always opens, as on Windows: nothing is
    /// asked before the first write.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPath`]; [`ErrorKind::NotFound`] for a mailslot of this machine that does
    /// not exist.
    #[doc(alias = "CreateFile")]
    #[expect(clippy::unused_async, reason = "may come to ask a service")]
    pub async fn open(&self, path: &str) -> Result<MailslotWriter, Error> {
        match Target::parse(path)? {
            Target::Local(name) => Ok(MailslotWriter::local(self.table.open(&name)?)),
            target @ (Target::Remote { .. } | Target::OwnDomain(_)) => {
                Ok(MailslotWriter::remote(target))
            }
        }
    }
}

/// How a mailslot is created. The default takes messages of any size, and reads do not wait.
#[derive(Clone, Debug)]
pub struct MailslotOptions {
    path: String,
    options: Options,
}

impl MailslotOptions {
    /// The defaults for the mailslot of that path.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), options: Options::default() }
    }

    /// The most octets of a message; 0 for any.
    #[must_use]
    pub fn max_message_size(self, octets: u32) -> Self {
        Self { options: self.options.max_message_size(octets), ..self }
    }

    /// How long [`Mailslot::read`] waits; none for ever. Whole milliseconds count, up to
    /// 4,294,967,294.
    #[must_use]
    pub fn read_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { options: self.options.read_timeout(read_timeout(timeout.into())), ..self }
    }

    /// The most messages in the queue, 65,536 by default.
    #[must_use]
    pub fn max_messages(self, messages: usize) -> Self {
        Self { options: self.options.max_messages(messages), ..self }
    }

    /// The most octets that the messages in the queue take, 64 MiB by default, 128 a message
    /// counted besides its data.
    #[must_use]
    pub fn max_octets(self, octets: u64) -> Self {
        Self { options: self.options.max_octets(octets), ..self }
    }
}

impl From<&str> for MailslotOptions {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<String> for MailslotOptions {
    fn from(path: String) -> Self {
        Self::new(path)
    }
}

fn read_timeout(timeout: Option<Duration>) -> ReadTimeout {
    timeout.map_or(ReadTimeout::FOREVER, |timeout| {
        let millis = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        ReadTimeout(millis.min(u32::MAX - 1))
    })
}

fn duration(timeout: ReadTimeout) -> Option<Duration> {
    (timeout != ReadTimeout::FOREVER).then(|| Duration::from_millis(timeout.0.into()))
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its octets; none is a message too.
    pub data: Bytes,
    /// Who wrote it from another machine, as it says; nobody proved it. None for a local writer.
    pub from: Option<Sender>,
    /// The NetBIOS name it was addressed to. None for a local writer.
    pub to: Option<crate::wire::netbios::Name>,
    /// When it was put into the queue.
    pub received_at: SystemTime,
}

impl From<slot::Message> for Message {
    fn from(message: slot::Message) -> Self {
        let slot::Message { data, from, to, received_at } = message;
        Self { data, from, to, received_at: clock::system_time(received_at) }
    }
}
