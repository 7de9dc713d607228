//! Frames of the service's socket, and what is in them.

mod frames;
mod laws;
mod values;
