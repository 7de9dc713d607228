//! Rows W1 to W11, and our bounds.

use mailslot::slot::{Options, limits};

use super::{
    ERROR_HANDLE_EOF, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_QUOTA, Face, Overlapped, done,
};

#[test]
fn w1_fifo_over_all_writers() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writers = [0, 1, 2].map(|_| face.open("alerts").expect("there"));
    for (i, writer) in (0_u8..30).zip(writers.iter().cycle()) {
        assert_eq!(face.write(writer, &[i, i]), Ok(2));
    }
    for i in 0_u8..30 {
        assert_eq!(face.read(&slot, 9), done(&[i, i]), "whole, in order, never merged");
    }
}

#[test]
fn w2_no_octets_are_a_message() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    assert_eq!(face.write(&writer, b""), Ok(0));
    assert_eq!(slot.info().message_count, 1);
}

#[test]
fn w3_no_limit_of_424_on_this_machine() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for size in [424, 425, 426, 427, 64 << 10, 2 << 20] {
        assert_eq!(face.write(&writer, &vec![7; size]), Ok(size));
        assert_eq!(face.read(&slot, size), done(&vec![7; size]));
    }
}

/// That it fails is documented; the code is OPEN.
#[test]
fn w4_longer_than_the_slot_takes() {
    let face = Face::new();
    let slot = face.create_with("alerts", &Options::default().max_message_size(4)).expect("free");
    let writer = face.open("alerts").expect("there");
    assert_eq!(face.write(&writer, b"four"), Ok(4));
    assert_eq!(face.write(&writer, b"five!"), Err(ERROR_INVALID_PARAMETER));
    assert_eq!(slot.info().message_count, 1, "the queue is as before");
}

#[test]
fn w5_a_writer_never_waits() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for _ in 0..20_000 {
        face.write(&writer, b"x").expect("room");
    }
    assert_eq!(slot.info().message_count, 20_000);
}

/// Where Windows has no bound, a refused write is an error.
#[test]
fn w5_bounds_of_our_own() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    for _ in 0..limits::MAX_MESSAGES {
        face.write(&writer, b"").expect("room");
    }
    assert_eq!(face.write(&writer, b""), Err(ERROR_NOT_ENOUGH_QUOTA));
    assert_eq!(face.read(&slot, 0), done(b""));
    assert_eq!(face.write(&writer, b""), Ok(0), "room again");
    drop(slot);

    let options = Options::default().max_octets(10 * (1000 + limits::MESSAGE_OVERHEAD));
    let slot = face.create_with("alerts", &options).expect("free");
    let writer = face.open("alerts").expect("there");
    for round in 0..3 {
        for _ in 0..10 {
            face.write(&writer, &[1; 1000]).expect("room");
        }
        assert_eq!(face.write(&writer, b""), Err(ERROR_NOT_ENOUGH_QUOTA), "round {round}");
        for _ in 0..10 {
            assert!(matches!(face.read(&slot, 1000), Overlapped::Done(_)));
        }
    }
}

/// 256 MiB over all slots of a user: four that are full to their 64 MiB.
#[test]
fn w5_the_users_bound_is_over_all_slots() {
    const BIG: usize = 16 << 20;
    let face = Face::new();
    let slots: Vec<_> = (0..6).map(|i| face.create(&format!("slot{i}")).expect("free")).collect();
    let data = vec![0; BIG - 1000];
    let fill = || {
        let mut written = 0;
        for i in 0..slots.len() {
            let writer = face.open(&format!("slot{i}")).expect("there");
            while face.write(&writer, &data).is_ok() {
                written += 1;
            }
        }
        written
    };
    assert_eq!(fill(), 16, "256 MiB");
    // What is read, and what vanishes with its slot, is given back.
    assert!(matches!(face.read(&slots[0], BIG), Overlapped::Done(_)));
    assert_eq!(fill(), 1);
    drop(slots);
    let _slot = face.create("slot0").expect("free");
    let writer = face.open("slot0").expect("there");
    assert_eq!(face.write(&writer, &data), Ok(data.len()));
}

/// `Server` has no write: rows W6 and C11 are types here. A writer of the slot is another handle.
#[test]
fn w6_the_server_does_not_write() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("one process may hold both ends");
    face.write(&writer, b"to myself").expect("room");
    assert_eq!(face.read(&slot, 99), done(b"to myself"));
}

#[test]
fn w7_messages_outlive_their_writer() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    face.write(&writer, b"stays").expect("room");
    drop(writer);
    assert_eq!(face.read(&slot, 99), done(b"stays"));
}

/// That it fails is documented; the code is OPEN.
#[test]
fn w8_after_the_last_server() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    drop(slot);
    assert_eq!(face.write(&writer, b"gone"), Err(ERROR_HANDLE_EOF));
    assert_eq!(writer.info().map_err(mailslot::slot::Error::win32_code), Err(ERROR_HANDLE_EOF));
}

#[test]
fn w10_w11_a_write_is_done_when_it_returns_and_appends() {
    let face = Face::new();
    let slot = face.create("alerts").expect("free");
    let writer = face.open("alerts").expect("there");
    let mut buffer = *b"first";
    face.write(&writer, &buffer).expect("room");
    buffer.fill(b'x');
    face.write(&writer, b"second").expect("room");
    assert_eq!(face.read(&slot, 99), done(b"first"));
    assert_eq!(face.read(&slot, 99), done(b"second"));
}
