//! What makes slots and nodes live: the clock, reads that wait as futures, and a node on the network.
//!
//! A [`Live`] is a [`node::Node`](crate::node::Node) behind a mutex with sockets and threads of its
//! own; it needs no async runtime but for the calls that are `async`. It claims its names at once
//! and owns them 750 ms later, and tells of that and of all else as [`Event`](crate::node::Event)s.
//! Two of them on the LAN inside this machine, which needs no privileges:
//!
#![cfg_attr(target_os = "linux", doc = "```")]
#![cfg_attr(not(target_os = "linux"), doc = "```ignore")]
//! use std::sync::Arc;
//!
//! use mailslot::node::{Destination, Event, NameState, Route};
//! use mailslot::runtime::{Live, LiveConfig, Network, PendingRead, Wait, clock};
//! use mailslot::slot::{LocalName, Options, Read, Table};
//! use mailslot::wire::netbios::{Name, Suffix};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let named = |text: &str| {
//!     // Or Network::All; the command is on this LAN with --loopback.
//!     let mut config = LiveConfig::new(text, "OFFICE", Network::Loopback { name: text.into() })?;
//!     // The LAN's usual ports are 10137 and 10138; with others it is another LAN.
//!     (config.node.name_port, config.node.datagram_port) = (11_537, 11_538);
//!     Ok::<_, Box<dyn std::error::Error>>(config)
//! };
//! let alerts = LocalName::parse("alerts")?;
//! let table = Arc::new(Table::new());
//! let slot = table.create(clock::now(), &alerts, &Options::default())?;
//! let (reader, mut events) = Live::start(named("LINUXBOX")?, table)?;
//! while let Some(event) = events.recv().await {
//!     match event {
//!         Event::Name { own, state: NameState::Owned, .. } if !own.group => break,
//!         _ => {}
//!     }
//! }
//!
//! let mut config = named("WINBOX")?;
//! config.listens = false; // it asks and writes only: no names, no ports
//! let (writer, _) = Live::start(config, Arc::new(Table::new()))?;
//! let linuxbox = Name::new("LINUXBOX", Suffix::WORKSTATION)?;
//! let route = writer.write(Destination::Name(linuxbox), &alerts, b"disk is full").await?;
//! assert!(matches!(route, Route::Host { .. }));
//! let read = PendingRead::new(&slot, 424, Wait::Forever).await?;
//! assert!(matches!(read, Read::Done(message) if message.data == "disk is full"));
//! reader.leave().await; // gives the name back
//! # Ok(())
//! # }
//! ```

pub mod clock;
#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
mod network;
mod read;

#[cfg(target_os = "linux")]
pub use live::{
    Beside, BesideError, Hears, Live, LiveConfig, LiveError, Opened, OpenedBeside, nmbd_keeps,
};
#[cfg(target_os = "linux")]
pub use network::{LOOPBACK_PORTS, Network, PORTS, host_name, loopback_address};
pub use read::{PendingRead, Wait};
