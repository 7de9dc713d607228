//! Rows N1 to N8.

use mailslot::slot::limits::MAX_NAME_UNITS;

use super::Namespace;
use crate::semantics::{ERROR_ALREADY_EXISTS, ERROR_FILE_NOT_FOUND, ERROR_INVALID_NAME};

/// Whether what is created as `path` is what `other` opens.
fn same(space: &dyn Namespace, path: &str, other: &str) -> bool {
    let server = space.create(path).unwrap_or_else(|code| panic!("{path}: {code}"));
    let opened = space.open(other).map(|client| client.write(b"x"));
    match opened {
        Ok(written) => assert_eq!((written, server.queue()), (Ok(1), (1, 1)), "{other}"),
        Err(code) => assert_eq!(code, ERROR_FILE_NOT_FOUND, "{other}"),
    }
    opened.is_ok()
}

pub(super) fn n1_name_form(space: &dyn Namespace) {
    for path in [r"\\.\mailslot\alerts", "//./mailslot/alerts", r"\\?\mailslot\alerts"] {
        assert!(same(space, path, r"\\.\mailslot\alerts"), "{path}");
        assert!(!same(space, path, r"\\.\mailslot\path\alerts"), "{path}");
    }
    let _server = space.create(r"//./mailslot/path/alerts").expect("free");
    let taken = space.create(r"\\?\mailslot\path\alerts").err();
    assert_eq!(taken, Some(ERROR_ALREADY_EXISTS));
}

pub(super) fn n2_case(space: &dyn Namespace) {
    for (path, other) in [
        (r"\\.\mailslot\Alerts", r"\\.\MAILSLOT\aLERTS"),
        (r"\\.\mailslot\почта", r"\\.\mailslot\Почта"),
        (r"\\.\mailslot\straße", r"\\.\mailslot\STRAßE"),
    ] {
        assert!(same(space, path, other), "{path}, {other}");
        let _server = space.create(path).expect("free");
        assert_eq!(space.create(other).err(), Some(ERROR_ALREADY_EXISTS), "{path}, {other}");
    }
    for (path, other) in [
        (r"\\.\mailslot\straße", r"\\.\mailslot\STRASSE"),
        (r"\\.\mailslot\ı", r"\\.\mailslot\I"),
        (r"\\.\mailslot\𐐨", r"\\.\mailslot\𐐀"),
    ] {
        assert!(!same(space, path, other), "{path}, {other}");
    }
}

pub(super) fn n3_pseudo_directories(space: &dyn Namespace) {
    let parent = space.create(r"\\.\mailslot\dirA").expect("free");
    let child = space.create(r"\\.\mailslot\dirA\slot").expect("free");
    let _cousin = space.create(r"\\.\mailslot\dirB\slot").expect("another");
    let deep = space.create(r"\\.\mailslot\a\b\c\d").expect("folders need no creation");
    for (path, octets) in
        [(r"\\.\mailslot\dirA", 1), (r"\\.\mailslot\dirA\slot", 2), (r"\\.\mailslot\a\b\c\d", 3)]
    {
        let client = space.open(path).expect("there");
        assert_eq!(client.write(&vec![0; octets]), Ok(octets), "{path}");
    }
    assert_eq!([parent, child, deep].map(|server| server.queue()), [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(space.open(r"\\.\mailslot\a\b").err(), Some(ERROR_FILE_NOT_FOUND));
}

pub(super) fn n4_path_normalisation(space: &dyn Namespace) {
    for (path, other) in [
        (r"\\.\mailslot\a/b", r"\\.\mailslot\a\b"),
        (r"\\.\mailslot\a\\\b", r"\\.\mailslot\a\b"),
        (r"\\.\mailslot\.\a\.\b", r"\\.\mailslot\a\b"),
        (r"\\.\mailslot\a\..\b", r"\\.\mailslot\b"),
        (r"\\.\mailslot\tdot.", r"\\.\mailslot\tdot"),
        (r"\\.\mailslot\tsp ", r"\\.\mailslot\tsp"),
    ] {
        assert!(same(space, path, other), "{path}");
        assert!(same(space, other, path), "{path}");
    }
    for (path, other) in [
        (r"\\?\mailslot\a/b", r"\\.\mailslot\a\b"),
        (r"\\?\mailslot\tdot.", r"\\.\mailslot\tdot"),
        (r"\\?\mailslot\a\..\b", r"\\.\mailslot\b"),
    ] {
        assert!(!same(space, path, other), "{path} is verbatim");
        assert!(same(space, path, path), "{path}");
    }
}

pub(super) fn n5_characters(space: &dyn Namespace) {
    for name in ["in ner", "st*r", "q?m", r"R:\FRED", "a<b>c|d\"e", "NUL", "c\x01t"] {
        let path = format!(r"\\.\mailslot\{name}");
        assert!(same(space, &path, &path), "{name}");
    }
}

pub(super) fn n6_length(space: &dyn Namespace) {
    let longest = format!(r"\\.\mailslot\{}", "n".repeat(MAX_NAME_UNITS));
    assert_eq!(longest.len(), 32_766);
    assert!(same(space, &longest, &longest.to_uppercase()));
    for path in [format!("{longest}n"), format!(r"\\.\mailslot\{}", "𐐨".repeat(16_377))] {
        assert_eq!(space.create(&path).err(), Some(ERROR_INVALID_NAME));
        assert_eq!(space.open(&path).err(), Some(ERROR_INVALID_NAME));
    }
}

pub(super) fn n7_no_limit_of_260(space: &dyn Namespace) {
    for units in [259, 260, 1000] {
        let path = format!(r"\\.\mailslot\{}", "n".repeat(units));
        assert!(same(space, &path, &path), "{units}");
    }
}

/// OPEN.
pub(super) fn n8_trailing_backslash(space: &dyn Namespace) {
    for path in [r"\\.\mailslot\a\", r"\\.\mailslot\a/", r"\\.\mailslot\a\\"] {
        assert_eq!(space.create(path).err(), Some(ERROR_INVALID_NAME), "{path}");
        assert_eq!(space.open(path).err(), Some(ERROR_INVALID_NAME), "{path}");
    }
}
