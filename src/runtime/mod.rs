//! What makes slots and nodes live: the clock, reads that wait as futures, and a node on the network.

pub mod clock;
#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
mod network;
mod read;

#[cfg(target_os = "linux")]
pub use live::{Live, LiveConfig, LiveError, Opened};
#[cfg(target_os = "linux")]
pub use network::{LOOPBACK_PORTS, Network, PORTS, loopback_address};
pub use read::{PendingRead, Wait};
