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
//! # Whose mailslots
//!
//! [`Mailslots`] is a namespace: names in it are each taken once. How it is had says who else has it.
//!
//! | | whose mailslots | network | for |
//! |---|---|---|---|
//! | [`local`](Mailslots::local) | of this process alone | none | tests, and threads or tasks of one program |
//! | [`embedded`](Mailslots::embedded) | of this process alone | a node of its own, which takes UDP 137 and 138 | the only program of a machine or a container; [`of`](Mailslots::of) for a node that runs already |
//! | [`connect`](Mailslots::connect) | of the service whose socket is there | the service's | where a service is known to run |
//! | [`existing`](Mailslots::existing) | of whoever has them for this machine, or none | theirs | a program that writes, and is to take no ports |
//! | [`auto`](Mailslots::auto) | of this machine: its service's, or those of the first program that asks, which serves the others | theirs, or a node of its own | all other programs: start here |
//! | [`auto_with`](Mailslots::auto_with) | the same, with another node or socket, without a network, or alone: [`Auto`] | as it says | options of a command line |
//! | [`inherited`](Mailslots::inherited) | handles alone, from the process that started this one | | a worker |
//!
//! Only `local` is there on other systems than Linux. Where the process or the service ends that has
//! the mailslots they are gone, with what was in them, and calls fail with
//! [`ServiceLost`](ErrorKind::ServiceLost). With `auto` the namespace goes on: another process, or
//! this one, takes over within a second, [`notice`](Mailslots::notice) tells, and mailslots are
//! created and opened anew.
//!
//! # Errors
//!
//! [`Error`] says what to do ([`kind`](Error::kind)), what `GetLastError` would
//! ([`win32_code`](Error::win32_code)), and in its text of which mailslot. Nothing was done then, but
//! for [`ServiceLost`](ErrorKind::ServiceLost): what was asked for may have been done before.
//! [`AutoError`] says why there are no mailslots to be had.
//!
//! # Tasks and threads
//!
//! Calls that may come to ask a service are async. Handles are `Send`, `Sync` and `Clone`; a clone is
//! a handle of its own to the same mailslot, and any number of tasks may read and write through one.
//! Any executor will do for `local`, with tokio's timer for reads that have a timeout. All else needs
//! a tokio runtime with I/O and time: a connection is driven by a task of the one that it is first
//! used in, and lost when that ends. A node has threads of its own, a service in this process one,
//! and a client of `auto` one that waits for the service's end.
//!
//! What waits for the network or for other programs' messages is awaited. What becomes of a
//! connection is not: `auto`, `auto_with`, `existing`, `connect`, `inherited` and `inherit` hold their
//! thread up for that, a few milliseconds, or a second for each of the two or three steps where a
//! service does not answer.
//! [`blocking`](crate::blocking) has the same calls for threads.
//!
//! # Dropping a future
//!
//! A future that was not polled did nothing. Of one that is dropped while it waits:
//!
//! | | |
//! |---|---|
//! | `recv`, `recv_many`, `read`, [`Messages`] | It is cancelled, and no message is lost: one that was on its way to it goes back to its place, and on to the next read. At a service that fails where the service ends meanwhile, or the user's mailslots are full by then. |
//! | `create`, `open`, `share`, `inherit` | It is undone, a moment later at a service. The name of a mailslot may be taken until then. |
//! | `take`, `take_writer` | The token is used up, and the handle that it stood for closed. |
//! | `write`, `send` | It is done all the same, or is not: what is under way is not called back. To a mailslot of this process it never waits. |
//! | `set_read_timeout`, `set_created` | The same. |
//! | `info`, `times`, `slots`, `stats`, `node`, `notice` | Nothing. What [`notice`](Mailslots::notice) had to tell the next one tells. |
//! | `auto`, `auto_with` | Ports and sockets are given back; not capabilities that were to be dropped. |
//! | `connect`, `existing`, `inherited` | They do not wait. |
//! | `leave` | The names are given back all the same, as long as the namespace is there. |

#[cfg(target_os = "linux")]
mod auto;
#[cfg(target_os = "linux")]
mod backend;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod error;
#[cfg(target_os = "linux")]
mod handing;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod machine;
mod mailslot;
mod mailslots;
mod messages;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod remote;
mod writer;

use std::time::{Duration, SystemTime};

use bytes::Bytes;

#[cfg(target_os = "linux")]
use crate::ipc::{CreateFlags, Request};
use crate::runtime::clock;
use crate::slot::{self, Options, ReadTimeout};

pub use crate::ipc::Route;
pub use crate::slot::{HandleFlags, LocalName, Sender, Target};
#[cfg(target_os = "linux")]
pub use auto::{Auto, AutoError, Local};
#[cfg(target_os = "linux")]
pub use backend::{Notice, Role};
pub use error::{Error, ErrorKind};
#[cfg(target_os = "linux")]
pub use handing::{Inherited, has_inherited};
pub use mailslot::{Info, Mailslot, Times};
pub use mailslots::Mailslots;
pub use messages::Messages;
#[cfg(target_os = "linux")]
pub use place::{SYSTEM_SOCKET, service_socket};
pub use writer::MailslotWriter;

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

    /// Nobody but this user's processes may write to it (row O8): no other user of the machine, and
    /// no other machine, since who writes there is not known.
    #[must_use]
    pub fn owner_only(self, owner_only: bool) -> Self {
        Self { options: self.options.owner_only(owner_only), ..self }
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

#[cfg(target_os = "linux")]
impl MailslotOptions {
    /// What a service is asked for.
    fn request(&self) -> Request<'_> {
        let Options {
            max_message_size, read_timeout, max_messages, max_octets, owner_only, ..
        } = self.options;
        let flags = if owner_only { CreateFlags::OWNER_ONLY } else { CreateFlags::empty() };
        Request::Create {
            path: &self.path,
            max_message_size,
            read_timeout,
            max_messages: u32::try_from(max_messages).unwrap_or(u32::MAX),
            max_octets,
            flags,
        }
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
#[non_exhaustive]
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
