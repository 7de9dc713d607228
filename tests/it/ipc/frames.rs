//! Frames in a stream, and bodies made by hand.

use bytes::BytesMut;
use mailslot::ipc::{
    Code, CreateFlags, Failure, Frame, FrameError, MAGIC, Reply, Request, VERSION, limits,
    next_frame,
};
use mailslot::service::limits as service;
use mailslot::slot::{self, ReadTimeout, Target};

fn frame(kind: u8, body: &[u8]) -> Frame<'_> {
    Frame { kind, id: 7, body }
}

fn reason(kind: u8, body: &[u8]) -> (usize, &'static str, &'static str) {
    let error = Request::decode(frame(kind, body)).expect_err("malformed");
    (error.offset, error.field, error.reason)
}

/// The octets that other languages write and read: numbers are little-endian.
#[test]
fn the_octets_of_a_request_and_a_reply() {
    let mut octets = BytesMut::new();
    Request::Hello { version: 1 }.encode(0x0a0b_0c0d, &mut octets);
    assert_eq!(octets[..], *b"\x0b\0\0\0\x01\x0d\x0c\x0b\x0aMSLT\x01\0");
    let create = Request::Create {
        path: "alerts",
        max_message_size: 424,
        read_timeout: ReadTimeout::FOREVER,
        max_messages: 3,
        max_octets: 0x1_0000_0002,
        flags: CreateFlags::OWNER_ONLY,
    };
    octets.clear();
    create.encode(2, &mut octets);
    let body = b"\xa8\x01\0\0\xff\xff\xff\xff\x03\0\0\0\x02\0\0\0\x01\0\0\0\x01\x06\0\0\0alerts";
    assert_eq!(octets[..], [&b"\x24\0\0\0\x02\x02\0\0\0"[..], body].concat());
    octets.clear();
    let mut failure = Failure::new(Code::TooLong, 87, "no");
    (failure.a, failure.b) = (430, 424);
    Reply::Failed(failure).encode(3, &mut octets);
    let body = b"\x07\0\x57\0\0\0\xae\x01\0\0\0\0\0\0\xa8\x01\0\0\0\0\0\0\x02\0\0\0no";
    assert_eq!(octets[..], [&b"\x21\0\0\0\xff\x03\0\0\0"[..], body].concat());
}

#[test]
fn frames_follow_each_other() {
    let mut stream = BytesMut::new();
    Request::Stats.encode(1, &mut stream);
    Request::Cancel { read: 1 }.encode(0, &mut stream);
    let (first, octets) = next_frame(&stream, 9).expect("frames").expect("one");
    assert_eq!((first.kind, first.id, first.body.len(), octets), (17, 1, 0, 9));
    let (second, octets) = next_frame(&stream[9..], 9).expect("frames").expect("one");
    assert_eq!((second.kind, second.id, second.body, octets), (6, 0, &[1, 0, 0, 0][..], 13));
    assert_eq!(next_frame(&[], 9), Ok(None));
}

#[test]
fn lengths_that_cannot_be_are_refused_at_once() {
    for length in 0..5_u32 {
        let error = next_frame(&length.to_le_bytes(), 100).expect_err("no kind and id");
        assert_eq!(error, FrameError::TooShort(length));
        assert!(error.to_string().contains(&length.to_string()));
    }
    assert_eq!(next_frame(&5_u32.to_le_bytes(), 100), Ok(None));
    assert_eq!(next_frame(&100_u32.to_le_bytes(), 100), Ok(None));
    for length in [101, u32::MAX] {
        let error = next_frame(&length.to_le_bytes(), 100).expect_err("too long");
        assert_eq!(error, FrameError::TooLong(length));
    }
}

#[test]
fn greetings() {
    assert_eq!(VERSION, 1);
    assert_eq!(reason(1, b"SMLT\x01\0"), (0, "magic", "not MSLT"));
    assert_eq!(reason(1, b"MSL"), (0, "magic", "the body ends here"));
    let later = [&MAGIC[..], b"\x02\0and more"].concat();
    assert_eq!(Request::decode(frame(1, &later)), Ok(Some(Request::Hello { version: 2 })));
}

#[test]
fn unknown_kinds_are_none_whatever_they_say() {
    for kind in [0, 20, 0x7f, 0x81, 0xff] {
        assert_eq!(Request::decode(frame(kind, b"anything")), Ok(None));
    }
    for kind in [0, 1, 0x82, 0x94, 0xfe] {
        let error = Reply::decode(frame(kind, b"")).expect_err("no reply");
        assert_eq!(error.to_string(), "kind at octet 0 of the body: no kind of reply");
    }
}

#[test]
fn choices_that_there_are_not_are_refused() {
    assert_eq!(reason(2, &[[0; 20].as_slice(), &[2]].concat()), (20, "flags", "unknown bits"));
    for wait in [[2, 0, 0, 0, 0], [0, 1, 0, 0, 0]] {
        let error = reason(5, &[[0; 12].as_slice(), &wait].concat());
        assert_eq!(error, (12, "wait", "neither 0 without a timeout nor 1"));
    }
    assert_eq!(reason(7, &[[0; 20].as_slice(), &[4]].concat()), (20, "has", "unknown bits"));
    assert_eq!(reason(3, b"\x02\0\0\0\xc3\x28"), (0, "path", "not UTF-8"));
    let reply = |kind, body: &[u8]| Reply::decode(frame(kind, body)).expect_err("malformed").field;
    assert_eq!(reply(0x84, &[4]), "route");
    assert_eq!(reply(0x83, &[0, 0, 0, 0, 2]), "reads");
    assert_eq!(reply(0x92, &[2]), "has_node");
}

/// A list that claims more entries than octets follow; that nothing is allocated for it,
/// `tests/allocations.rs` counts.
#[test]
fn lists_that_claim_more_than_there_is_are_refused() {
    let group = [&[3_u8][..], &[b'A'; 16], &[1]].concat();
    let before: [(u8, &[u8]); 5] =
        [(0x85, b""), (0x90, b""), (0x91, b""), (0x93, b""), (0x84, &group)];
    for (kind, before) in before {
        for (claimed, octets) in [(u32::MAX, 64), (1, 0), (65, 64)] {
            let claim = claimed.to_le_bytes();
            let body = [before, &claim[..], &vec![0; octets]].concat();
            let error = Reply::decode(frame(kind, &body)).expect_err("there are not so many");
            assert_eq!((error.offset, error.field), (before.len(), "list"), "{kind:#x}");
        }
    }
}

/// A length that claims more octets than follow is refused too.
#[test]
fn octets_that_are_not_there_are_refused() {
    for length in [5, u32::MAX] {
        let body = [&[0; 4][..], &length.to_le_bytes(), b"1234"].concat();
        assert_eq!(reason(4, &body), (8, "data", "the body ends here"));
    }
}

#[test]
fn codes_are_numbers_and_back() {
    for number in 0..=u16::MAX {
        let code = Code::from_number(number);
        assert_eq!(code.number(), number);
        assert_eq!(matches!(code, Code::Other(_)), !(1..=18).contains(&number));
    }
}

#[test]
fn failures_say_what_a_slot_said() {
    let too_long = Failure::from(slot::Error::TooLong { size: 430, max: 424 });
    assert_eq!((too_long.code, too_long.win32_code), (Code::TooLong, 87));
    assert_eq!((too_long.a, too_long.b), (430, 424));
    for (error, code) in [
        (slot::Error::AlreadyExists, Code::AlreadyExists),
        (slot::Error::NotFound, Code::NotFound),
        (slot::Error::Full, Code::Full),
        (slot::Error::TooMany, Code::Full),
        (slot::Error::Closed, Code::Closed),
        (slot::Error::Denied, Code::AccessDenied),
        (slot::Error::NotAServer, Code::WrongHandle),
    ] {
        let failure = Failure::from(error);
        assert_eq!((failure.code, failure.win32_code), (code, error.win32_code()));
        assert_eq!(failure.to_string(), error.to_string());
    }
    let empty = Failure::from(Target::parse("").expect_err("empty"));
    assert_eq!((empty.code, empty.a, empty.b), (Code::InvalidPath, 0, 1));
    let path = r"\\.\x\alerts";
    let other = Failure::from(Target::parse(path).expect_err("no mailslot"));
    assert_eq!((other.b, other.a), (0, Target::parse(path).expect_err("none").position() as u64));
}

#[test]
fn bounds_hold_each_other() {
    // A message that can be written fits a request, with the fields around it, and what is read
    // fits a reply and can be put back.
    const { assert!(limits::MAX_MESSAGE + 128 <= limits::MAX_REQUEST) };
    const { assert!(limits::MAX_MESSAGE + 128 <= limits::MAX_REPLY) };
    const { assert!(slot::limits::MAX_NAME_UNITS * 3 + 128 <= limits::MAX_REQUEST) };
    // So do several messages, slots, and handles.
    const { assert!(limits::MAX_BATCH + 128 * limits::MAX_LIST <= limits::MAX_REPLY) };
    const { assert!((4 * service::LISTED_NAME + 128) * limits::MAX_LIST <= limits::MAX_REPLY) };
    const { assert!(service::CONNECTION_NAMES + 16 * limits::MAX_LIST <= limits::MAX_REPLY) };
}
