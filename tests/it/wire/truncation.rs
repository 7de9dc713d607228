//! Messages of every kind and form, cut at every octet and changed at random.

use super::payload::{check_any, decode};
use crate::fuzz::{Random, mutate};
use crate::samples::samples;

/// Of each message so many with random changes.
const MUTATIONS: usize = 300;

/// An error has its place within the octets that are there, and none in what was read before; what
/// is read of the rest is written again.
#[test]
fn messages_cut_at_every_octet() {
    for sample in samples() {
        let write = sample.write();
        let slot = write.mailslot_name.as_bytes();
        for end in 0..=write.data.len() {
            let part = &write.data[..end];
            check_any(slot, part);
            if let Err(error) = decode(slot, part) {
                assert!(error.offset <= end, "{}: {error} in {end} octets", sample.case);
            }
        }
    }
}

#[test]
fn messages_changed_at_random() {
    let mut random = Random(0x7061_796c_6f61_6473);
    for sample in samples() {
        let write = sample.write();
        for _ in 0..MUTATIONS {
            let mut octets = write.data.to_vec();
            mutate(&mut random, &mut octets);
            check_any(write.mailslot_name.as_bytes(), &octets);
        }
    }
}
