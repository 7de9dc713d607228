//! What several processes share of a node.

#[cfg(target_os = "linux")]
pub(crate) mod connections;
mod giving_back;
mod greeting;
mod handles;
mod limits;
mod network;
mod parts;
mod reads;
mod rights;
mod served;
mod tokens;
mod unread;
