//! What several processes share of a node.

mod greeting;
mod handles;
mod limits;
mod network;
mod reads;
mod rights;
mod served;
mod tokens;
mod unread;
