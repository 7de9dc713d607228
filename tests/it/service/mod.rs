//! What several processes share of a node.

mod greeting;
mod rights;
mod served;
