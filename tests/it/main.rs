//! What the crate promises, by area.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod api;
mod architecture;
#[cfg(target_os = "linux")]
mod beside;
mod capture;
mod cli;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod conformance;
#[cfg(target_os = "linux")]
mod docs;
#[cfg(target_os = "linux")]
mod examples;
#[expect(unreachable_pub, reason = "its files are the fuzz crate's too")]
mod fuzz;
mod ipc;
#[cfg(target_os = "linux")]
mod net;
mod node;
#[cfg(target_os = "linux")]
mod protocol;
mod readme;
mod samples;
mod semantics;
#[cfg(target_os = "linux")]
mod service;
mod sim;
mod testdata;
mod wire;
