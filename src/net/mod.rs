//! What a NetBIOS node needs of Linux: UDP sockets on ports 137 and 138, interfaces, privileges.
//!
//! [`open`] binds a port, or says who holds it; [`Socket::adopt`] takes one that was passed in.
//! [`receive()`] gives datagrams in batches, with the interface each came in by and the address it
//! was sent to; [`send`] names both for a datagram that goes out. [`interfaces`] lists addresses,
//! [`Changes`] waits for news of them; [`nmbd`] is the way to datagrams where Samba has the ports;
//! [`privileges`] tells what may be bound, and gives up what is
//! not needed any more. Nothing here knows what a payload means, and nothing is async: a receiver is
//! a thread, which a [`Stop`] ends.
//!
//! ```
//! use std::net::Ipv4Addr;
//!
//! use mailslot::net::{Bind, Config, Stop, open, receive, send};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bind =
//!     Bind { address: Ipv4Addr::LOCALHOST, broadcast: Ipv4Addr::new(127, 255, 255, 255) };
//! // Port 0 is any free port.
//! let sockets = open(&Config { port: 0, bind: Some(bind) })?;
//! let [socket, ..] = &*sockets else { return Ok(()) };
//! send(socket, 0, None, socket.local(), b"hello")?;
//!
//! let stop = Stop::new()?;
//! receive(socket, &stop, |batch| {
//!     for packet in batch.into_iter().flatten() {
//!         assert_eq!((packet.from, packet.payload), (socket.local(), &b"hello"[..]));
//!         assert_eq!(packet.to, Ipv4Addr::LOCALHOST);
//!         stop.stop();
//!     }
//! })?;
//! # Ok(())
//! # }
//! ```

mod changes;
mod drops;
mod error;
pub mod evidence;
mod holders;
pub mod interfaces;
pub mod listener;
pub mod nmbd;
pub mod notify;
pub mod peer;
pub mod privileges;
mod receive;
mod sockets;
mod stop;
mod table;
mod transmit;

pub use changes::Changes;
pub use drops::kernel_drops;
pub use error::{AdoptError, OpenError};
pub use holders::{Holder, Process};
pub use interfaces::Interface;
pub use peer::Peer;
pub use receive::{BUFFER_LEN, Batch, MAX_BATCH, MIN_BATCH, Packet, receive};
pub use sockets::{Bind, Config, RECEIVE_BUFFER, Socket, borrow_port, open, overhear};
pub use stop::Stop;
pub use transmit::send;
