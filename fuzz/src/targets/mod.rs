//! The bodies of the fuzz targets.

mod codec;
mod input;
mod ipc;
mod node;
mod payload;
mod service;

pub use codec::{capture, datagram, mailslot_write, names, nbns, paths};
pub use ipc::ipc;
pub use node::node;
pub use payload::{
    FAMILIES, OWN_END, alerter, browse, lanman, message, messenger, netlogon, waitfor,
};
pub use service::service;
