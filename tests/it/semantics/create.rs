//! Rows C1 to C11, O1 and O6 to O9.

use mailslot::slot::{Options, ReadTimeout, Target};

use super::{
    ERROR_ALREADY_EXISTS, ERROR_FILE_NOT_FOUND, ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND, Face,
    Overlapped,
};

#[test]
fn c1_a_new_slot_is_there_at_once_and_empty() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    assert!(face.open("alerts").is_ok());
    assert_eq!(slot.info().message_count, 0);
}

#[test]
fn c2_a_name_that_is_taken() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let duplicate = slot.clone();
    drop(slot);
    for name in ["alerts", "ALERTS", r"\\.\mailslot\Alerts"] {
        assert_eq!(face.create(name).unwrap_err(), ERROR_ALREADY_EXISTS, "{name}");
    }
    drop(duplicate);
    assert!(face.create("alerts").is_ok());
}

#[test]
fn c3_no_name() {
    assert_eq!(Face::new().create("").unwrap_err(), ERROR_PATH_NOT_FOUND);
}

#[test]
fn c4_no_mailslots_path() {
    for path in [r"C:\x", r"\\.\pipe\x", r"\x", r"\\.\mailslotx\y"] {
        assert_eq!(Face::new().create(path).unwrap_err(), ERROR_INVALID_NAME, "{path}");
    }
}

#[test]
fn c5_no_slot_is_created_elsewhere() {
    for path in [r"\\host\mailslot\x", r"\\*\mailslot\x"] {
        assert_eq!(Face::new().create(path).unwrap_err(), ERROR_INVALID_NAME, "{path}");
    }
}

/// OPEN.
#[test]
fn c6_nothing_behind_mailslot() {
    for path in
        [r"\\.\mailslot", r"\\.\mailslot\", r"\\.\mailslot\\", r"\\.\mailslot\..", r"\\?\mailslot\"]
    {
        assert_eq!(Face::new().create(path).unwrap_err(), ERROR_INVALID_NAME, "{path}");
    }
}

#[test]
fn c7_any_size() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    assert_eq!(slot.info().max_message_size, 0);
    let writer = face.open("alerts").expect("there");
    assert_eq!(face.write(&writer, &vec![1; 1 << 20]), Ok(1 << 20));
}

#[test]
fn c8_sizes_are_reported_as_given() {
    let face = Face::new();
    for size in [1, 424, 0x8000_0000, u32::MAX] {
        let options = Options::default().max_message_size(size);
        let slot = face.create_with("alerts", &options).expect("free");
        assert_eq!(slot.info().max_message_size, size);
    }
}

#[test]
fn c9_timeouts_are_reported_as_given() {
    let face = Face::new();
    for timeout in [0, 1, 0x8000_0000, 0xffff_fffe, 0xffff_ffff] {
        let options = Options::default().read_timeout(ReadTimeout(timeout));
        let slot = face.create_with("alerts", &options).expect("free");
        assert_eq!(slot.info().read_timeout, ReadTimeout(timeout));
    }
    assert_eq!(ReadTimeout::FOREVER, ReadTimeout(0xffff_ffff));
    // 0xFFFFFFFE are milliseconds: 49 days.
    let options = Options::default().read_timeout(ReadTimeout(0xffff_fffe));
    let slot = face.create_with("alerts", &options).expect("free");
    let read = slot.read(face.now, 1).expect("waits");
    let mailslot::slot::Read::Waiting { deadline, .. } = read else { panic!("{read:?}") };
    assert_eq!(deadline.expect("ends").as_micros() - face.now.as_micros(), 0xffff_fffe * 1000);
}

/// Reading is asynchronous: it tells that it would wait.
#[test]
fn c11_the_handle_reads_and_is_asynchronous() {
    let face = Face::new();
    let slot = face.create_with("alerts", &super::forever()).expect("free");
    assert!(matches!(face.read(&slot, 1), Overlapped::Pending(_)));
}

#[test]
fn o1_opening_never_creates() {
    let face = Face::new();
    for path in ["alerts", r"a\b\c"] {
        assert_eq!(face.open(path).unwrap_err(), ERROR_FILE_NOT_FOUND);
        assert!(face.create(path).is_ok());
    }
}

/// A handle to read with comes from creating or duplicating alone (O6, O7, R18): `Writer` has no
/// read, and `Table` gives no `Server` for a name that exists.
#[test]
fn o6_o7_r18_nobody_reads_by_name() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"for the creator").expect("room");
    assert_eq!(face.create("alerts").unwrap_err(), ERROR_ALREADY_EXISTS);
    assert_eq!(face.read(&slot, 99), super::done(b"for the creator"));
}

#[test]
fn o9_remote_forms_are_always_paths() {
    for path in [r"\\nosuchhost\mailslot\x", r"\\*\mailslot\x"] {
        assert!(!matches!(Target::parse(path), Ok(Target::Local(_)) | Err(_)), "{path}");
    }
}
