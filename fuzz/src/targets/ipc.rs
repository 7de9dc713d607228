//! Frames of the service's socket, and what is in them.

use bytes::BytesMut;
use mailslot::ipc::{Frame, FrameError, HEADER_OCTETS, Reply, Request, VERSION, next_frame};

/// So long that a frame of every kind fits.
const MAX_FRAME: usize = 4096;

/// A stream, from either side: what can be read encodes back to the same octets.
pub fn ipc(data: &[u8]) {
    let mut stream = data;
    loop {
        match next_frame(stream, MAX_FRAME) {
            Ok(Some((frame, octets))) => {
                assert_eq!(frame.body.len() + HEADER_OCTETS, octets);
                request(frame, &stream[..octets]);
                reply(frame, &stream[..octets]);
                stream = &stream[octets..];
            }
            Ok(None) => {
                let claimed = stream.first_chunk().map(|length| u32::from_le_bytes(*length));
                assert!(claimed.is_none_or(|claimed| claimed as usize + 4 > stream.len()));
                break;
            }
            Err(FrameError::TooShort(length)) => {
                assert!(length < 5);
                break;
            }
            Err(FrameError::TooLong(length)) => {
                assert!(length as usize > MAX_FRAME);
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn request(frame: Frame<'_>, octets: &[u8]) {
    match Request::decode(frame) {
        Ok(Some(request)) => {
            let mut again = BytesMut::new();
            request.encode(frame.id, &mut again);
            // What a later version says more is not kept.
            if !matches!(request, Request::Hello { version } if version != VERSION) {
                assert_eq!(again, octets, "every octet is kept");
            }
        }
        Ok(None) => {}
        Err(error) => assert!(error.offset <= frame.body.len(), "{error}"),
    }
}

fn reply(frame: Frame<'_>, octets: &[u8]) {
    match Reply::decode(frame) {
        Ok(reply) => {
            let mut again = BytesMut::new();
            reply.encode(frame.id, &mut again);
            assert_eq!(again, octets, "every octet is kept");
        }
        Err(error) => assert!(error.offset <= frame.body.len(), "{error}"),
    }
}
