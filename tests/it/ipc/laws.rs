//! The laws of requests and replies: what is encoded comes back, nothing less and nothing more
//! passes for it.

use std::collections::BTreeSet;

use bytes::BytesMut;
use mailslot::ipc::{Frame, HEADER_OCTETS, Malformed, Reply, Request, VERSION, next_frame};
use proptest::prelude::*;

use super::values::{LAST_KIND, REPLY_KINDS, kind, parts, reply_kind};

/// The laws of one frame, which `is_it` decodes and compares. `open` where what follows the body
/// belongs to a later version.
fn check(
    (kind, id): (u8, u32),
    octets: &[u8],
    open: bool,
    is_it: impl Fn(Frame<'_>) -> Result<bool, Malformed>,
) {
    let (frame, taken) = next_frame(octets, octets.len()).expect("a frame").expect("all of it");
    assert_eq!((frame.kind, frame.id, taken), (kind, id, octets.len()));
    assert_eq!(frame.body.len(), octets.len() - HEADER_OCTETS);
    assert_eq!(is_it(frame), Ok(true), "an encoded value comes back");
    for end in 0..octets.len() {
        assert_eq!(next_frame(&octets[..end], octets.len()), Ok(None), "{end} octets");
    }
    for end in 0..frame.body.len() {
        let body = &frame.body[..end];
        let error = is_it(Frame { body, ..frame }).expect_err("a part is not the whole");
        assert!(error.offset <= end, "{error} in {end} octets");
        assert!(!error.to_string().is_empty());
    }
    let longer = [frame.body, b"\0"].concat();
    let more = is_it(Frame { body: &longer, ..frame });
    if open {
        assert_eq!(more, Ok(true), "a later version says more");
    } else {
        let error = more.expect_err("octets are left over");
        assert!(error.offset <= longer.len(), "{error}");
    }
}

fn encoded(encode: impl FnOnce(&mut BytesMut)) -> BytesMut {
    // Behind others, as in a buffer that fills.
    let mut octets = BytesMut::from(&b"before"[..]);
    encode(&mut octets);
    assert_eq!(octets.split_to(6), "before");
    octets
}

proptest! {
    #[test]
    fn requests_come_back(parts in parts(), id in any::<u32>()) {
        let requests = parts.requests();
        let kinds: BTreeSet<u8> = requests.iter().map(kind).collect();
        prop_assert_eq!(kinds, (1..=LAST_KIND).collect());
        for request in &requests {
            let octets = encoded(|out| request.encode(id, out));
            let open = matches!(request, Request::Hello { version } if *version != VERSION);
            check((kind(request), id), &octets, open, |frame| {
                Ok(Request::decode(frame)?.as_ref() == Some(request))
            });
        }
    }

    #[test]
    fn replies_come_back(parts in parts(), id in any::<u32>()) {
        let replies = parts.replies();
        let kinds: BTreeSet<u8> = replies.iter().map(reply_kind).collect();
        prop_assert_eq!(kinds, REPLY_KINDS.into());
        for reply in &replies {
            let octets = encoded(|out| reply.encode(id, out));
            check((reply_kind(reply), id), &octets, false, |frame| {
                Ok(Reply::decode(frame)? == *reply)
            });
        }
    }

    #[test]
    fn any_body_decodes_or_says_where_not(
        (kind, id) in (any::<u8>(), any::<u32>()),
        body in prop::collection::vec(prop_oneof![any::<u8>(), 0..4_u8], 0..80),
    ) {
        let frame = Frame { kind, id, body: &body };
        let known = (1..=LAST_KIND).contains(&kind);
        match Request::decode(frame) {
            Ok(Some(request)) => {
                let octets = encoded(|out| request.encode(id, out));
                // What a later version says more is not kept.
                let whole = !matches!(request, Request::Hello { version } if version != VERSION);
                prop_assert!(!whole || octets[HEADER_OCTETS..] == body);
            }
            Ok(None) => prop_assert!(!known),
            Err(error) => prop_assert!(known && error.offset <= body.len()),
        }
        match Reply::decode(frame) {
            Ok(reply) => {
                let octets = encoded(|out| reply.encode(id, out));
                prop_assert_eq!(&octets[HEADER_OCTETS..], &body[..]);
            }
            Err(error) => {
                prop_assert!(error.offset <= body.len());
                let unknown = !REPLY_KINDS.contains(&kind);
                prop_assert_eq!(error.reason == "no kind of reply", unknown);
            }
        }
    }
}
