//! Sections E, F and G: the queue.

use super::{Probe, local};

pub(super) fn queue(probe: &mut Probe<'_>) {
    let path = local("io");
    let server = probe.create("E01", &path).expect("free");
    probe.info("E01i", server.info());
    probe.read("E02", &*server, 16);
    probe.read("E03", &*server, 0);
    let client = probe.open("E04", &path).expect("there");
    for (case, told, data) in [
        ("E05", "E05i", &b"a"[..]),
        ("E06", "E06i", b"bc"),
        ("E07", "E07i", b""),
        ("E08", "E08i", b"defg"),
    ] {
        probe.write(case, &*client, data);
        probe.info(told, server.info());
    }
    for (case, told, capacity) in [
        ("E09", "E09i", 16),
        ("E10", "E10i", 1),
        ("E11", "E11i", 0),
        ("E12", "E12i", 2),
        ("E13", "E13i", 16),
        ("E14", "E14i", 4096),
    ] {
        probe.read(case, &*server, capacity);
        probe.info(told, server.info());
    }
    probe.write("E15", &*client, b"");
    probe.read("E16", &*server, 0);
    probe.info("E16i", server.info());
    probe.read("E17", &*server, 16);
    let big: Vec<u8> = (b'A'..=b'Z').cycle().take(2 << 20).collect();
    for (case, octets) in [
        ("E18", 424),
        ("E19", 425),
        ("E20", 426),
        ("E21", 65_535),
        ("E22", 65_536),
        ("E23", 1 << 20),
        ("E23b", 2 << 20),
    ] {
        probe.write(case, &*client, &big[..octets]);
    }
    probe.info("E23i", server.info());
    for (case, capacity) in [
        ("E24", 1024),
        ("E25", 1024),
        ("E26", 1024),
        ("E27", 65_535),
        ("E28", 65_536),
        ("E29", 1 << 20),
    ] {
        probe.read(case, &*server, capacity);
    }
    probe.info("E29i", server.info());
    drop(client);
    probe.info("E30", server.info());
    drop(server);
    let server = probe.create_with("E31", &path, 8, 0).expect("free");
    let client = probe.open("E31c", &path).expect("there");
    for (case, octets) in [("E32", 7), ("E33", 8), ("E34", 9), ("E35", 1000), ("E36", 0)] {
        probe.write(case, &*client, &big[..octets]);
    }
    probe.info("E36i", server.info());
    for case in ["E37", "E38", "E39", "E40"] {
        probe.read(case, &*server, 64);
    }
}

pub(super) fn two_writers(probe: &mut Probe<'_>) {
    let path = local("tw");
    let server = probe.create("F01", &path).expect("free");
    let one = probe.open("F01a", &path).expect("there");
    let two = probe.open("F01b", &path).expect("there");
    probe.write("F02", &*one, b"1");
    probe.write("F03", &*two, b"2");
    probe.write("F04", &*one, b"3");
    probe.info("F04i", server.info());
    for case in ["F05", "F06", "F07"] {
        probe.read(case, &*server, 8);
    }
    probe.write("F08", &*one, b"left");
    probe.close("F09", server);
    probe.write("F10", &*one, b"x");
    probe.write("F11", &*two, b"");
    probe.open("F12", &path);
    probe.create("F13", &path);
    probe.close_client("F15", one);
    probe.close_client("F16", two);
    let server = probe.create("F17", &path).expect("free");
    probe.info("F17i", server.info());

    let path = local("fl");
    let server = probe.create("G01", &path).expect("free");
    let client = probe.open("G01c", &path).expect("there");
    let written = (0..20_000).take_while(|_| client.write(b"0123456789").is_ok()).count();
    probe.answer("G02", written.to_string());
    probe.info("G02i", server.info());
}
