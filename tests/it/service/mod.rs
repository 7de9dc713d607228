//! What several processes share of a node.

mod giving_back;
mod rights;
