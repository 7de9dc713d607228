//! What several processes share of a node: who may do what, and how much.

pub mod limits;
pub mod rights;
