//! Sections H and J: reads that wait. Times are a tenth of the record's.

use std::time::Duration;

use super::{Probe, local};
use crate::conformance::{FOREVER, Server};

/// Milliseconds of the record as they are here.
fn tenth(millis: u32) -> u32 {
    millis.div_ceil(10)
}

fn times_out(probe: &mut Probe<'_>, case: &str, server: &dyn Server, capacity: usize, after: u32) {
    let took = probe.read(case, server, capacity);
    // What Wine's tests allow Windows.
    let least = Duration::from_millis(tenth(after).into()) * 9 / 10;
    assert!(took >= least, "{case}: {took:?}");
}

pub(super) fn timeouts(probe: &mut Probe<'_>) {
    let path = local("to");
    let server = probe.create("H01", &path).expect("free");
    probe.read("H01r", &*server, 16);
    drop(server);
    let server = probe.create_with("H02", &path, 0, tenth(500)).expect("free");
    times_out(probe, "H02r", &*server, 16, 500);
    for (case, read, timeout) in [("H03", "H03r", 150), ("H04", "H04r", 0), ("H07", "H07r", 1)] {
        probe.set_timeout(case, &*server, tenth(timeout));
        times_out(probe, read, &*server, 16, timeout);
    }
    let client = probe.space.open(&path).expect("there");
    // Long enough for the write, on whatever machine.
    for (case, read, timeout) in [("H05", "H05r", 60_000), ("H06", "H06r", FOREVER)] {
        probe.set_timeout(case, &*server, timeout);
        let waits = server.begin_read(16);
        client.write(b"LATE").expect("room");
        probe.was_read(read, &waits.finish());
    }
    probe.set_timeout("H08", &*server, tenth(600));
    let waits = server.begin_read(64);
    probe.set_timeout("H08s", &*server, FOREVER);
    probe.was_read("H08r", &waits.finish());
    probe.set_timeout("H09", &*server, tenth(1500));
}

pub(super) fn overlapped(probe: &mut Probe<'_>) {
    let path = local("ov");
    let server = probe.create_with("J01", &path, 0, FOREVER).expect("free");
    probe.set_timeout("J01s", &*server, FOREVER);
    let client = probe.open("J01c", &path).expect("there");
    let read = probe.begin_read("J02", &*server, 64).expect("pending");
    probe.info("J03", server.info());
    probe.write("J04", &*client, b"pend");
    probe.info("J05", server.info());
    probe.finish("J06", read);
    probe.write("J07", &*client, b"now");
    probe.begin_read("J08", &*server, 64);
    drop(server.begin_read(64));
    probe.answer("J09", "TRUE".into());
    let [first, second] = [2, 64].map(|capacity| server.begin_read(capacity));
    probe.write("J10", &*client, b"12345");
    probe.finish("J11", first);
    probe.finish("J12 second", second);
    probe.info("J12i", server.info());
    probe.set_timeout("J12s", &*server, 0);
    probe.read("J12drain", &*server, 64);
    probe.set_timeout("J13", &*server, tenth(200));
    times_out(probe, "J13d", &*server, 64, 200);
    let read = probe.begin_read("J14", &*server, 64).expect("pending");
    probe.finish("J14r", read);
    probe.set_timeout("J15", &*server, 0);
    probe.begin_read("J15 overlapped", &*server, 64);
    probe.write("J16", &*client, b"toolong");
    probe.begin_read("J17", &*server, 3);
    probe.info("J17i", server.info());
    probe.begin_read("J18", &*server, 3);
    probe.info("J18i", server.info());
    // What the record reads with ReadFileEx.
    let octets = server.read(64).map(|data| data.len());
    probe.answer("J19c", format!("- n={}", octets.expect("a message")));
    probe.set_timeout("J21", &*server, FOREVER);
    let read = server.begin_read(64);
    probe.write("J21w", &*client, b"apc!");
    let octets = read.finish().map(|data| data.len());
    probe.answer("J21c", format!("- n={}", octets.expect("a message")));
    let other = probe.open("J22 overlapped", &path).expect("there");
    other.write(b"wex").expect("room");
    probe.read("J22r", &*server, 16);
    let octets = other.write(b"wov").expect("room");
    probe.answer("J23", format!("TRUE n={octets}"));
    probe.read("J23r", &*server, 16);
    probe.write("J24w", &*client, b"s");
    probe.read("J24r", &*server, 8);
    probe.set_timeout("J31", &*server, 1000);
    probe.set_timeout("J31b", &*server, 0);
}
