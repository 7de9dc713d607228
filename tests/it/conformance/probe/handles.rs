//! Section I: duplicates, flags, times.

use std::time::{Duration, SystemTime};

use super::{Probe, local};
use crate::conformance::{INHERIT, PROTECT_FROM_CLOSE, Server};

pub(super) fn handles(probe: &mut Probe<'_>) {
    let path = local("dh");
    let server = probe.create("I01", &path).expect("free");
    let client = probe.open("I01c", &path).expect("there");
    probe.write("I02", &*client, b"one");
    let duplicate = server.duplicate();
    probe.answer("I03", "TRUE".into());
    probe.set_timeout("I04", &*duplicate, 333);
    probe.info("I04i", server.info());
    probe.close("I05", server);
    probe.info("I05i", duplicate.info());
    probe.write("I06", &*client, b"two");
    probe.read("I07", &*duplicate, 16);
    probe.read("I08", &*duplicate, 16);
    probe.create("I09", &path);
    let other = client.duplicate();
    probe.answer("I11", "TRUE".into());
    probe.close_client("I12", client);
    probe.write("I13", &*other, b"three");
    probe.read("I14", &*duplicate, 16);
    probe.write("I15x", &*other, b"x");
    probe.close("I16", duplicate);
    probe.open("I17", &path);

    let path = local("hi");
    let server = probe.create("I18", &path).expect("free");
    let flags = |server: &dyn Server| format!("TRUE flags={:x}", server.flags());
    probe.answer("I18g", flags(&*server));
    server.set_flags(INHERIT, INHERIT);
    probe.answer("I19", flags(&*server));
    server.set_flags(PROTECT_FROM_CLOSE, PROTECT_FROM_CLOSE);
    probe.answer("I20", flags(&*server));
    let (server, code) = server.close().expect_err("protected");
    probe.answer("I21", format!("FALSE {code}"));
    server.set_flags(PROTECT_FROM_CLOSE, 0);
    probe.close("I22", server);

    let path = local("ft");
    let server = probe.create("I24", &path).expect("free");
    probe.done("I25", server.times(), |code| *code);
    // 0x01c00000 of Windows' upper halves: the year 2000.
    let created = SystemTime::UNIX_EPOCH + Duration::from_secs(963_000_000);
    probe.done("I26", server.set_created(created), |code| *code);
    let again = probe.done("I27", server.times(), |code| *code);
    assert_eq!(again.map(|times| times.created), Some(created));
    probe.open("I28", &path);
}
