//! What the crate promises, by area.

mod capture;
mod wire;
