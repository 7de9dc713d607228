//! Capture files and what is found in their frames.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "helpers of tests: to panic is to fail, and patterns of octets are cut from numbers"
)]

mod build;
mod carriers;
mod damage;
mod files;
mod fragments;
mod frames;
mod framings;
mod tunnels;
mod wireless;

use std::io::Read;

use mailslot::capture::{Error, Frame, LinkType, Reader, Timestamp};

/// A frame that outlives its reader.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    number: u64,
    time: Option<Timestamp>,
    interface: u32,
    link_type: LinkType,
    original_len: u32,
    data: Vec<u8>,
}

impl Kept {
    fn frame(&self) -> Frame<'_> {
        let Self { number, time, interface, link_type, original_len, .. } = *self;
        Frame { number, time, interface, link_type, original_len, data: &self.data }
    }
}

/// All frames, and the error that ended them.
fn read(source: impl Read) -> (Vec<Kept>, Option<Error>) {
    let mut frames = Vec::new();
    let mut reader = match Reader::new(source) {
        Ok(reader) => reader,
        Err(error) => return (frames, Some(error)),
    };
    loop {
        match reader.next() {
            Ok(Some(frame)) => frames.push(Kept {
                number: frame.number,
                time: frame.time,
                interface: frame.interface,
                link_type: frame.link_type,
                original_len: frame.original_len,
                data: frame.data.to_vec(),
            }),
            end => {
                let error = end.err();
                assert!(matches!(reader.next(), Ok(None)), "something came after the end");
                return (frames, error);
            }
        }
    }
}

/// All frames of a file that is whole.
fn read_whole(source: impl Read) -> Vec<Kept> {
    let (frames, error) = read(source);
    assert!(error.is_none(), "{error:?}");
    frames
}
