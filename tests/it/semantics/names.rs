//! Rows N1 to N8.

use mailslot::slot::{LocalName, PathErrorKind, Target, fold, limits};
use mailslot::time::Instant;
use mailslot::wire::oem::CodePage;
use proptest::prelude::*;

use super::{ERROR_ALREADY_EXISTS, ERROR_INVALID_NAME, Face};

fn local(path: &str) -> String {
    LocalName::parse(path).unwrap_or_else(|error| panic!("{path}: {error}")).to_string()
}

#[test]
fn n1_name_form() {
    for path in [
        r"\\.\mailslot\alerts",
        r"//./mailslot/alerts",
        r"\\?\mailslot\alerts",
        r"\\.\MailSlot\alerts",
        "alerts",
    ] {
        assert_eq!(local(path), "alerts");
    }
    assert_eq!(local(r"\\.\mailslot\path\alerts"), r"path\alerts");
    let face = Face::new();
    let _slot = face.create(r"//./mailslot/alerts").expect("free");
    assert_eq!(face.create(r"\\?\mailslot\ALERTS").unwrap_err(), ERROR_ALREADY_EXISTS);
    assert!(face.open(r"\\.\mailslot\alerts").is_ok());
}

#[test]
fn n2_case() {
    let face = Face::new();
    let _slots =
        ["Alerts", "Приёмная", "straße", "ı", "𐐨"].map(|name| face.create(name).expect("free"));
    for same in ["aLERTS", "ПРИЁМНАЯ", "STRAßE"] {
        assert!(face.open(same).is_ok(), "{same}");
        assert_eq!(face.create(same).unwrap_err(), ERROR_ALREADY_EXISTS);
    }
    for other in ["STRASSE", "I", "i", "𐐀"] {
        assert!(face.open(other).is_err(), "{other}");
    }
}

proptest! {
    /// The table's fast way for ASCII names off the wire, and the general one.
    #[test]
    fn n2_the_wire_folds_the_same(octets in prop::collection::vec(1..=u8::MAX, 1..40)) {
        for &page in CodePage::ALL {
            let wire = LocalName::from_wire(&octets, page).expect("a name");
            let folded: String = octets.iter().map(|&octet| fold(page.decode_octet(octet))).collect();
            prop_assert_eq!(wire.folded(), &folded);
            let table = std::sync::Arc::new(mailslot::slot::Table::new());
            let options = mailslot::slot::Options::default();
            let server = table.create(Instant::default(), &wire, &options).expect("free");
            let mut shout = octets.clone();
            shout.make_ascii_uppercase();
            for name in [&octets, &shout] {
                let found = table.lookup_wire(name, page).expect("found");
                prop_assert_eq!(found.id(), server.slot().id());
            }
        }
    }
}

#[test]
fn n3_pseudo_directories() {
    let face = Face::new();
    let _parent = face.create("dirA").expect("free");
    let _child = face.create(r"dirA\slot").expect("free");
    let _deep = face.create(r"a\b\c\d\e").expect("folders need no creation");
    assert!(face.open(r"DIRa\SLOT").is_ok() && face.open("dira").is_ok());
    assert!(face.open(r"a\b").is_err());
}

#[test]
fn n4_path_normalisation() {
    for (path, name) in [
        (r"\\.\mailslot\a/b", r"a\b"),
        (r"\\.\mailslot\a\\\b", r"a\b"),
        (r"\\.\mailslot\\a", "a"),
        (r"\\.\mailslot\.\a\.\b", r"a\b"),
        (r"\\.\mailslot\a\..\b", "b"),
        (r"\\.\mailslot\tdot.", "tdot"),
        (r"\\.\mailslot\tsp ", "tsp"),
        (r"\\.\mailslot\both . .", "both"),
        (r"\\.\mailslot\dir.\a", r"dir.\a"),
        (r"\\?\mailslot\a/b", "a/b"),
        ("//?/mailslot/tdot.", "tdot"),
        (r"\\?\mailslot\tdot.", "tdot."),
        (r"\\?\mailslot\a\..\b", r"a\..\b"),
    ] {
        assert_eq!(local(path), name, "{path}");
    }
    let error = LocalName::parse(r"\\.\mailslot\..\pipe\x").expect_err("leaves the namespace");
    assert_eq!(error.win32_code(), ERROR_INVALID_NAME);
    for path in
        [r"\\.\mailslot\a/b", r"\\?\mailslot\tdot.", r"\\HOST\mailslot\x\y", r"\\*\mailslot\x"]
    {
        let target = Target::parse(path).expect("a path");
        assert_eq!(Target::parse(&target.to_string()), Ok(target), "{path} printed and read again");
    }
}

#[test]
fn n5_characters() {
    let face = Face::new();
    for name in ["a b", "*", "?", "R:\\FRED", "<>|\"", "NUL", "\x01\x1f", "a:b"] {
        let path = format!(r"\\.\mailslot\{name}");
        let _slot = face.create(&path).unwrap_or_else(|code| panic!("{name}: {code}"));
        assert!(face.open(&path).is_ok(), "{name}");
    }
}

#[test]
fn n6_length() {
    let longest = "n".repeat(limits::MAX_NAME_UNITS);
    assert_eq!(limits::MAX_NAME_UNITS, 32_766 - 13);
    let face = Face::new();
    let _slot = face.create(&format!(r"\\.\mailslot\{longest}")).expect("as long as NT takes");
    let error = LocalName::parse(&format!(r"\\.\mailslot\{longest}n")).expect_err("longer");
    assert_eq!((error.kind(), error.win32_code()), (PathErrorKind::TooLong, ERROR_INVALID_NAME));
    // Units of UTF-16 count, not characters.
    let pairs = "𐐨".repeat(limits::MAX_NAME_UNITS / 2 + 1);
    assert_eq!(LocalName::parse(&pairs).expect_err("longer").kind(), PathErrorKind::TooLong);
    // Not Wine's 260 (row N7).
    assert!(face.create(&"x".repeat(300)).is_ok());
}

/// OPEN.
#[test]
fn n8_trailing_backslash() {
    for path in [r"\\.\mailslot\a\", r"\\.\mailslot\a/", r"\\.\mailslot\a\\", r"a\"] {
        let error = LocalName::parse(path).expect_err(path);
        assert_eq!(error.kind(), PathErrorKind::TrailingBackslash, "{path}");
        assert_eq!(error.win32_code(), ERROR_INVALID_NAME);
    }
}

#[test]
fn four_forms_of_a_path() {
    let slot = || LocalName::parse(r"p\n").expect("a name");
    for (path, target) in [
        (r"\\.\mailslot\p\n", Target::Local(slot())),
        (r"\\LINUXBOX\mailslot\p\n", Target::Remote { host: "LINUXBOX".into(), slot: slot() }),
        (r"//office/MAILSLOT/p/n", Target::Remote { host: "office".into(), slot: slot() }),
        (r"\\*\mailslot\p\n", Target::OwnDomain(slot())),
    ] {
        assert_eq!(Target::parse(path), Ok(target), "{path}");
    }
    for path in [r"\\.\pipe\x", r"\\HOST\share\x", r"\x", r"C:\x", r"\\\mailslot\x", r"\\?\pipe\x"]
    {
        let error = Target::parse(path).expect_err(path);
        assert_eq!(error.kind(), PathErrorKind::NotAMailslot, "{path}");
    }
    // What the command writes is no name by chance.
    for (path, position) in [(".:n", 1), ("LINUXBOX:n", 8), (r"p\n:", 3)] {
        let error = Target::parse(path).expect_err(path);
        assert_eq!((error.kind(), error.position()), (PathErrorKind::NotAMailslot, position));
    }
    assert_eq!(LocalName::parse(r"\\.\mailslot\.:n").expect("in full").as_str(), ".:n");
}
