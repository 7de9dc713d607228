//! What the faces of the crate have in common: their handles and values in the terms of Win32.

use std::time::Duration;

use mailslot::api::{self, ErrorKind, HandleFlags};

use super::{FOREVER, Info, NO_MESSAGE, Times};

/// A handle that reads. Fields are dropped in their order.
#[derive(Clone)]
pub(super) struct Reading<S> {
    pub(super) slot: S,
    pub(super) closed: Closed,
}

/// Behind the end of a handle: until a service knows of it. What one connection tells, a request of
/// another may overtake.
#[derive(Clone, Default)]
pub(super) struct Closed(pub(super) Option<api::Mailslots>);

impl Drop for Closed {
    fn drop(&mut self) {
        if let Some(through) = &self.0 {
            // Requests of a connection are done in order.
            super::tasks::wait(through.node()).expect("a service");
        }
    }
}

/// A handle that writes.
#[derive(Clone)]
pub(super) struct Writing<W>(pub(super) W);

/// The calls of [`Server`](super::Server) that are the same but for how they wait.
macro_rules! server_calls {
    ($wait:path) => {
        fn info(&self) -> Result<Info, u32> {
            $wait(self.slot.info()).map(Into::into).map_err(face::code)
        }

        fn set_read_timeout(&self, timeout: u32) -> Result<(), u32> {
            $wait(self.slot.set_read_timeout(face::timeout(timeout))).map_err(face::code)
        }

        fn duplicate(&self) -> Box<dyn Server> {
            Box::new(self.clone())
        }

        fn close(self: Box<Self>) -> Result<(), (Box<dyn Server>, u32)> {
            let Self { slot, closed } = *self;
            match slot.close() {
                Ok(()) => Ok(()),
                Err((slot, error)) => Err((Box::new(Self { slot, closed }), face::code(error))),
            }
        }

        fn flags(&self) -> u8 {
            self.slot.flags().bits()
        }

        fn set_flags(&self, mask: u8, flags: u8) {
            self.slot.set_flags(face::flags(mask), face::flags(flags));
        }

        fn times(&self) -> Result<Times, u32> {
            $wait(self.slot.times()).map(Into::into).map_err(face::code)
        }

        fn set_created(&self, created: SystemTime) -> Result<(), u32> {
            $wait(self.slot.set_created(created)).map_err(face::code)
        }
    };
}

/// The calls of [`Client`](super::Client), likewise.
macro_rules! client_calls {
    ($wait:path) => {
        fn write(&self, data: &[u8]) -> Result<usize, u32> {
            $wait(self.0.write(data)).map_err(face::code)
        }

        fn info(&self) -> Result<Info, u32> {
            $wait(self.0.info()).map(Into::into).map_err(face::code)
        }

        fn duplicate(&self) -> Box<dyn Client> {
            Box::new(self.clone())
        }

        fn close(self: Box<Self>) -> Result<(), (Box<dyn Client>, u32)> {
            match self.0.close() {
                Ok(()) => Ok(()),
                Err((writer, error)) => Err((Box::new(Self(writer)), face::code(error))),
            }
        }

        fn flags(&self) -> u8 {
            self.0.flags().bits()
        }

        fn set_flags(&self, mask: u8, flags: u8) {
            self.0.set_flags(face::flags(mask), face::flags(flags));
        }
    };
}

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
            Err(code(error))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
pub(super) fn code(error: api::Error) -> u32 {
    error.win32_code()
}

pub(super) fn flags(bits: u8) -> HandleFlags {
    HandleFlags::from_bits(bits).expect("flags of Windows")
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
    fn from(times: api::Times) -> Self {
        let api::Times { created, last_read, last_write, .. } = times;
        Self { created, last_read, last_write }
    }
}
