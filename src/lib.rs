//! Windows mailslots on Linux.
#![forbid(unsafe_code)]
#![cfg_attr(not(any(test, feature = "capture", feature = "node")), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod time;
pub mod wire;

#[cfg(feature = "runtime")]
pub mod api;
#[cfg(feature = "capture")]
pub mod capture;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "node")]
pub mod slot;
