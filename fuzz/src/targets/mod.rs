//! The bodies of the fuzz targets.

mod codec;
mod node;

pub use codec::{capture, datagram, mailslot_write, names, nbns, paths};
pub use node::node;
