//! The bodies of the fuzz targets.

mod codec;
mod input;
mod node;
mod service;

pub use codec::{capture, datagram, mailslot_write, names, nbns, paths};
pub use node::node;
pub use service::service;
