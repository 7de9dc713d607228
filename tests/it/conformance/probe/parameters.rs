//! Section B: what a mailslot is created with, and tells.

use super::{Probe, local};
use crate::conformance::FOREVER;

pub(super) fn parameters(probe: &mut Probe<'_>) {
    let path = local("pb");
    for (case, told, most, timeout) in [
        ("B01", "B01i", 0, 0),
        ("B02", "B02i", 100, 1000),
        ("B03", "B03i", u32::MAX, FOREVER),
        ("B05", "B05i", 0x8000_0000, 0x7fff_ffff),
    ] {
        let server = probe.create_with(case, &path, most, timeout).expect("free");
        probe.info(told, server.info());
    }
    let server = probe.create_with("B06", &path, 0, 0xffff_fffe).expect("free");
    probe.info("B06i", server.info());
    for (case, told, timeout) in [
        ("B07", "B07i", 0),
        ("B08", "B08i", 250),
        ("B09", "B09i", FOREVER),
        ("B10", "B10i", 0x8000_0000),
    ] {
        probe.set_timeout(case, &*server, timeout);
        probe.info(told, server.info());
    }
    drop(server);
    let _server = probe.create_with("B19", &path, 64, 77);
    let client = probe.open("B20", &path).expect("there");
    probe.info("B20i", client.info());
}
