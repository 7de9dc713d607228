//! What the crate promises, by area.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod api;
mod architecture;
mod capture;
mod cli;
mod node;
mod readme;
mod semantics;
mod testdata;
mod wire;
