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
//! use mailslot::node::{Config, Destination, Event, NameState, OwnName, Owned, Route};
//! use mailslot::runtime::{Live, LiveConfig, Network, PendingRead, Wait, clock};
//! use mailslot::slot::{LocalName, Options, Read, Table};
//! use mailslot::wire::netbios::{Name, Suffix};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let named = |text: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     let name = Name::new(text, Suffix::WORKSTATION)?;
//!     let mut node = Config::default();
//!     node.owned = Owned::Claimed;
//!     node.names = vec![OwnName::unique(name)];
//!     // 137 and 138 on a network; on the LAN inside this machine, what all on it agree on.
//!     (node.name_port, node.datagram_port) = (11_537, 11_538);
//!     let network = Network::Loopback { name: text.into() };
//!     Ok((name, LiveConfig { node, network, listens: true }))
//! };
//! let alerts = LocalName::parse("alerts")?;
//! let table = Arc::new(Table::new());
//! let slot = table.create(clock::now(), &alerts, &Options::default())?;
//! let (linuxbox, config) = named("LINUXBOX")?;
//! let (reader, mut events) = Live::start(config, table)?;
//! while let Some(event) = events.recv().await {
//!     if let Event::Name { state: NameState::Owned, .. } = event {
//!         break;
//!     }
//! }
//!
//! let (_, mut config) = named("WINBOX")?;
//! config.listens = false; // it asks and writes only: no names, no ports
//! let (writer, _) = Live::start(config, Arc::new(Table::new()))?;
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
pub use live::{Live, LiveConfig, LiveError, Opened};
#[cfg(target_os = "linux")]
pub use network::{LOOPBACK_PORTS, Network, PORTS, loopback_address};
pub use read::{PendingRead, Wait};
