//! Rows I1, I2 and I6 to I8.

use mailslot::slot::{Error, Info, Options, ReadTimeout};

use super::{ERROR_INVALID_PARAMETER, ERROR_SEM_TIMEOUT, Face, Overlapped, done, forever, pending};

#[test]
fn i1_empty() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    assert_eq!((slot.info().next_size, slot.info().message_count), (None, 0));
}

#[test]
fn i2_after_writes() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    let next = || (slot.info().next_size, slot.info().message_count);
    for (data, count) in [(&b"a"[..], 1), (b"bc", 2), (b"", 3)] {
        face.write(&writer, data).expect("room");
        assert_eq!(next(), (Some(1), count));
    }
    assert_eq!(face.read(&slot, 9), done(b"a"));
    assert_eq!(next(), (Some(2), 2));
    assert_eq!(face.read(&slot, 9), done(b"bc"));
    assert_eq!(next(), (Some(0), 1), "a message of no octets is one");
    assert_eq!(face.read(&slot, 9), done(b""));
    assert_eq!(next(), (None, 0));
}

#[test]
fn i6_get_on_a_writer() {
    let face = Face::new();
    let options = Options::default().max_message_size(9).read_timeout(ReadTimeout(7));
    let slot = face.create_with("alerts", &options).expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"abc").expect("room");
    let info = Info::new(9, Some(3), 1, ReadTimeout(7));
    assert_eq!((slot.info(), writer.info()), (info, Ok(info)));
}

/// OPEN.
#[test]
fn i6_set_on_a_writer() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    let refused = writer.set_read_timeout(ReadTimeout::FOREVER).map_err(Error::win32_code);
    assert_eq!(refused, Err(ERROR_INVALID_PARAMETER));
    assert_eq!(slot.info().read_timeout, ReadTimeout::NONE);
}

#[test]
fn i7_reads_that_wait_are_not_counted() {
    let face = Face::new();
    let slot = face.create_with("alerts", &forever()).expect("free");
    let writer = face.open("alerts").expect("there");
    let ticket = pending(face.read(&slot, 9));
    assert_eq!((slot.info().next_size, slot.info().message_count), (None, 0));
    face.write(&writer, b"for it").expect("room");
    assert_eq!(slot.info().message_count, 0, "it never appears");
    face.write(&writer, b"behind").expect("room");
    assert_eq!((slot.info().next_size, slot.info().message_count), (Some(6), 1));
    assert_eq!(face.collect(&slot, ticket), done(b"for it"));
}

#[test]
fn i8_set_is_for_the_slot_and_for_later_reads() {
    let mut face = Face::new();
    let options = Options::default().read_timeout(ReadTimeout(100));
    let slot = face.create_with("alerts", &options).expect("free");
    let duplicate = slot.clone();
    let before = pending(face.read(&slot, 9));
    duplicate.set_read_timeout(ReadTimeout::FOREVER);
    assert_eq!(slot.info().read_timeout, ReadTimeout::FOREVER);
    let after = pending(face.read(&slot, 9));
    face.wait(100);
    assert_eq!(face.collect(&slot, before), Overlapped::Failed(ERROR_SEM_TIMEOUT));
    face.wait(1 << 40);
    assert_eq!(face.collect(&slot, after), Overlapped::Pending(after));
}
