//! What several processes share of a node.

mod greeting;
mod handles;
mod reads;
mod rights;
mod served;
mod unread;
