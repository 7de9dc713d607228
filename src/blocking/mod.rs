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
//! Handles are `Send`, `Sync` and `Clone`; any number of threads may wait at the same time. Not for
//! use within an async runtime: a call panics there rather than to hold it up.

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
