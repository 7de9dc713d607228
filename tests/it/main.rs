//! What the crate promises, by area.

mod wire;
