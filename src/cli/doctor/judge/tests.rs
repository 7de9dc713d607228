//! Planted evidence.
