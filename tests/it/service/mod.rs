//! What several processes share of a node.

mod rights;
