//! Slots for tasks: the clock, and reads that wait as futures.

pub mod clock;
mod read;

pub use read::{PendingRead, Wait};
