//! What the faces of the crate have in common: their types in the terms of Win32.

use std::time::Duration;

use mailslot::api::{self, ErrorKind};

use super::{FOREVER, Info, NO_MESSAGE, Times};

/// What a buffer holds that nothing was read into.
const UNTOUCHED: u8 = 0xee;

/// A buffer as it is given to a read.
pub(super) fn buffer(capacity: usize) -> Vec<u8> {
    vec![UNTOUCHED; capacity]
}

/// What was read into a buffer, of which all else must be as it was.
pub(super) fn read(buffer: &[u8], read: Result<usize, api::Error>) -> Result<Vec<u8>, u32> {
    let octets = *read.as_ref().unwrap_or(&0);
    assert!(buffer[octets..].iter().all(|&octet| octet == UNTOUCHED), "behind {octets} octets");
    match read {
        Ok(octets) => Ok(buffer[..octets].to_vec()),
        Err(error) => {
            if let ErrorKind::BufferTooSmall { needed } = error.kind() {
                assert!(needed > buffer.len(), "{needed} octets are not too many");
            }
            Err(code(&error))
        }
    }
}

pub(super) fn code(error: &api::Error) -> u32 {
    error.win32_code()
}

pub(super) fn timeout(millis: u32) -> Option<Duration> {
    (millis != FOREVER).then(|| Duration::from_millis(millis.into()))
}

pub(super) fn options(path: &str, most: u32, millis: u32) -> api::MailslotOptions {
    api::MailslotOptions::new(path).max_message_size(most).read_timeout(timeout(millis))
}

impl From<api::Info> for Info {
    fn from(info: api::Info) -> Self {
        let number = |number: usize| u32::try_from(number).expect("few");
        Self {
            max_message_size: info.max_message_size,
            next_size: info.next_size.map_or(NO_MESSAGE, number),
            message_count: number(info.message_count),
            read_timeout: info.read_timeout.map_or(FOREVER, |timeout| {
                u32::try_from(timeout.as_millis()).expect("as it was given")
            }),
        }
    }
}

impl From<api::Times> for Times {
    fn from(api::Times { created, last_read, last_write }: api::Times) -> Self {
        Self { created, last_read, last_write }
    }
}
