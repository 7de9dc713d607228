//! Local mailslots: names, queues, handles, with the semantics of Windows.
//!
//! Nothing here waits, asks the time or wakes anybody: the caller hands the time in, keeps the
//! deadlines of reads, and fires the [`Wakes`] that an operation returns once it holds no lock. Rows
//! in comments (`R8`) are those of the table of Windows' semantics that the tests are named after.

mod counters;
mod error;
mod fold;
mod handle;
pub mod limits;
mod message;
mod path;
mod state;
mod table;

pub use counters::Counters;
pub use error::Error;
pub use fold::fold;
#[cfg(feature = "runtime")]
pub(crate) use handle::Flags;
pub use handle::{HandleFlags, Server, Slot, Wakes, Writer};
pub use message::{Message, Sender};
pub use path::{LocalName, PathError, PathErrorKind, Target};
pub use state::{Hold, Info, Read, ReadTimeout, Remains, Ticket, Times};
pub use table::{Options, Table, User};
