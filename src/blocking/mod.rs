//! The mailslots of [`api`](crate::api) for threads: the same calls, which wait.
//!
#![cfg_attr(target_os = "linux", doc = "```")]
#![cfg_attr(not(target_os = "linux"), doc = "```ignore")]
//! use std::io::Write as _;
//!
//! use mailslot::blocking::Mailslots;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mailslots = Mailslots::local()?; // or auto(): those of the machine
//! let slot = mailslots.create("alerts")?;
//! let mut writer = mailslots.open(r"\\.\mailslot\alerts")?;
//! write!(writer, "disk {} is full", 3)?; // one call, one message: write! makes several
//! writer.write_all(b"disk 3 is full")?;
//! let messages = slot.recv_many(100)?;
//! assert_eq!(messages.last().unwrap().data, "disk 3 is full");
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! Handles are `Send`, `Sync` and `Clone`, and any number of threads may wait at the same time, on one
//! handle too: each message is one thread's. A clone is a handle of its own; the mailslot vanishes
//! with the last one that reads, and threads that write to it get an error then.
//!
#![cfg_attr(target_os = "linux", doc = "```")]
#![cfg_attr(not(target_os = "linux"), doc = "```ignore")]
//! use std::thread;
//! use std::time::Duration;
//!
//! use mailslot::blocking::{ErrorKind, Mailslots};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mailslots = Mailslots::local()?;
//! let jobs = mailslots.create("jobs")?;
//! let worker = thread::spawn(move || {
//!     let mut done = Vec::new();
//!     loop {
//!         match jobs.recv_timeout(Duration::from_secs(5)) {
//!             Ok(job) if job.data.is_empty() => return Ok(done), // a message too, here the last
//!             Ok(job) => done.push(job.data),
//!             // A thread that has something else to do does it here.
//!             Err(error) if error.kind() == ErrorKind::TimedOut => {}
//!             Err(error) => return Err(error),
//!         }
//!     }
//! });
//! let writer = mailslots.open("jobs")?;
//! for job in ["sweep", "dust", ""] {
//!     writer.write(job.as_bytes())?;
//! }
//! assert_eq!(worker.join().unwrap()?, ["sweep", "dust"]);
//! // The worker's was the last handle that reads.
//! let gone = writer.write(b"polish").unwrap_err();
//! assert_eq!((gone.kind(), gone.win32_code()), (ErrorKind::Closed, 38));
//! # Ok(())
//! # }
//! ```
//!
//! # What waits, and for how long
//!
//! - [`recv`](Mailslot::recv), [`recv_many`](Mailslot::recv_many) and
//!   [`messages`](Mailslot::messages) wait until there is a message, however long that takes;
//!   [`recv_timeout`](Mailslot::recv_timeout) no longer than it is told. Who waits sleeps.
//! - [`read`](Mailslot::read) waits as `ReadFile` does: as long as the mailslot's read timeout says,
//!   by default not at all ([`MailslotOptions::read_timeout`], [`Mailslot::set_read_timeout`]).
//! - [`write`](MailslotWriter::write) to a mailslot of this machine does not wait for its reader: a
//!   full queue is an error. To another machine it waits until the name is found, or nobody has
//!   answered for it: less than a second.
//! - All others ask the service where there is one, and wait for its answer alone.
//!
//! A thread that waits for ever is ended by nothing but a message, the end of the mailslot or of the
//! service; [`recv_timeout`](Mailslot::recv_timeout) in a loop can look at a flag.
//!
//! # What goes wrong
//!
//! [`Error::kind`] says what to do, [`Error::win32_code`] what `GetLastError` would. Of those that a
//! program meets in good order: [`TimedOut`](ErrorKind::TimedOut), nothing came;
//! [`NotFound`](ErrorKind::NotFound), nobody has such a mailslot yet;
//! [`BufferTooSmall`](ErrorKind::BufferTooSmall), the message stays;
//! [`Full`](ErrorKind::Full), the reader does not keep up;
//! [`ServiceLost`](ErrorKind::ServiceLost), the service is gone and its mailslots with it: create and
//! open again, as `examples/lasting.rs` does.
//!
//! # Not in async programs
//!
//! Within an async runtime a call panics rather than to hold it up: [`api`](crate::api) is for those.

mod mailslot;
mod mailslots;
mod writer;

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

pub use crate::api::{Error, ErrorKind, Info, MailslotOptions, Message, Route, Target, Times};
pub use crate::slot::HandleFlags;
pub use mailslot::{Mailslot, Messages};
pub use mailslots::Mailslots;
pub use writer::MailslotWriter;

/// The runtime of a namespace; threads that wait drive it in turns.
fn runtime() -> io::Result<Arc<Runtime>> {
    Ok(Arc::new(Builder::new_current_thread().enable_all().build()?))
}
