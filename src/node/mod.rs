//! The node: a NetBIOS host without sockets and clock.

mod counters;
pub mod limits;
pub mod reassembly;

pub use counters::{Counters, DropReason};
