//! Bytes to values and back; pure, borrowing, never panicking.

pub mod netbios;
