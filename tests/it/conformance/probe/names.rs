//! Section A: names.

use super::{Probe, local};

pub(super) fn names(probe: &mut Probe<'_>) {
    let first = probe.create("A01", &local("probeA"));
    probe.create("A02", &local("probeA"));
    probe.create("A03", &local("PROBEa"));
    probe.create("A04", r"\\.\MAILSLOT\probeA2");
    probe.create("A05", r"\\.\MailSlot\PROBEA");
    drop(first);
    probe.create("A06", &local("probeA"));
    // A path that is NULL is as good as none.
    probe.create("A07", "");
    probe.create("A08", "");
    probe.create("A09", "blah");
    probe.create("A10", r"\\.\mailslot");
    probe.create("A11", r"\\.\mailslot\");
    let slot = probe.create("A12", &local(r"dirA\slot"));
    probe.create("A13", &local("dirA"));
    drop(slot);
    let parent = probe.create("A14", &local("par"));
    probe.create("A14b", &local(r"par\child"));
    drop(parent);
    probe.create("A15", &local(r"a\b\c\d"));
    for [create, path, open, other] in [
        ["A16", "//./mailslot/fwd", "A16b", r"\\.\mailslot\fwd"],
        ["A17", r"\\.\mailslot\fx/fy", "A17b", r"\\.\mailslot\fx\fy"],
        ["A18", r"\\.\mailslot\trail\", "A18b", r"\\.\mailslot\trail"],
        ["A19", r"\\.\mailslot\dbl\\x", "A19b", r"\\.\mailslot\dbl\x"],
        ["A20", r"\\.\mailslot\q\..\dd", "A20b", r"\\.\mailslot\dd"],
        ["A21", r"\\.\mailslot\.\dot1", "A21b", r"\\.\mailslot\dot1"],
        ["A22", r"\\.\mailslot\tdot.", "A22b", r"\\.\mailslot\tdot"],
        ["A23", r"\\.\mailslot\tsp ", "A23b", r"\\.\mailslot\tsp"],
        ["A31", r"\\?\mailslot\qprefix", "A31b", r"\\.\mailslot\qprefix"],
        ["A48", r"\\.\mailslot\straße", "A48b", r"\\.\mailslot\STRASSE"],
        ["A49", r"\\.\mailslot\ı", "A49b", r"\\.\mailslot\I"],
        ["A50", r"\\.\mailslot\𐐨", "A50b", r"\\.\mailslot\𐐀"],
    ] {
        let slot = probe.create(create, path);
        probe.open(open, other);
        drop(slot);
    }
    for (case, name) in [
        ("A24", "in ner"),
        ("A25", "st*r"),
        ("A26", "q?m"),
        ("A27", r"R:\FRED"),
        ("A28", "a<b>c|d\"e"),
        ("A29", "NUL"),
        ("A30", "c\x01t"),
    ] {
        probe.create(case, &local(name));
    }
    for (case, path) in [
        ("A32", r"\\localhost\mailslot\cmp"),
        ("A33", r"\\OTHERHOST\mailslot\x"),
        ("A34", r"\\*\mailslot\x"),
        ("A35", r"\\.\pipe\x"),
        ("A36", r"\\.\mailslotx\x"),
        ("A37", r"C:\mailslot\x"),
    ] {
        probe.create(case, path);
    }
    for (case, units) in [
        ("A38", 200),
        ("A39", 242),
        ("A40", 246),
        ("A41", 247),
        ("A42", 1000),
        ("A43", 32_000),
        ("A44", 32_800),
    ] {
        probe.create(case, &local(&"n".repeat(units)));
    }
    let lower = probe.create("A45", &local("почта"));
    probe.create("A46", &local("ПОЧТА"));
    probe.open("A47", &local("Почта"));
    drop(lower);
}
