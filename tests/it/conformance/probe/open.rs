//! Sections C and D: what can be opened.

use super::{Probe, local};

pub(super) fn open(probe: &mut Probe<'_>) {
    let path = local("co");
    probe.open("C01", &local("nope"));
    probe.open("C04", &local(r"nodir\nope"));
    let server = probe.create("C05", &path).expect("free");
    for access in ["W", "RW"] {
        for share in ["0", "1R", "2W", "3RW", "4D", "5RD", "6WD", "7RWD"] {
            probe.open(&format!("C06 acc={access} share={share}"), &path);
        }
    }
    let client = probe.open("C10", &path).expect("there");
    probe.write("C10w", &*client, b"x");
    probe.read("C12drain", &*server, 16);
    probe.read("C12drain2", &*server, 16);
    probe.open("C17", &local("CO"));
    probe.open("C18", &path);
    probe.open("C19", &path);
    for cases in [["C22", "C22b", "C22c"], ["C23", "C23b", "C23c"]] {
        let clients = cases.map(|case| probe.open(case, &path));
        drop(clients);
    }
    probe.open("C26", &path);
}

pub(super) fn remote(probe: &mut Probe<'_>) {
    let server = probe.create("D00", &local("rem")).expect("free");
    for (case, host) in [
        ("D01", "localhost"),
        ("D02", "127.0.0.1"),
        ("D03", "NOSUCHHOST"),
        ("D04", "*"),
        ("D05", "WORKGROUP"),
        ("D10", "VM"),
    ] {
        probe.open(case, &format!(r"\\{host}\mailslot\rem"));
    }
    probe.info("D11", server.info());
}
