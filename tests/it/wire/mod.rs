//! The codec: laws that hold for every structure, the specifications' own examples, tolerances.

mod browse;
mod datagram;
mod lan_manager;
pub(crate) mod laws;
mod made;
mod names;
mod nbns;
mod netlogon;
mod payload;
mod programs;
mod smb;
mod truncation;

/// Octets of hex digits with white space between them.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.split_whitespace().collect::<String>()).expect("hex digits")
}
