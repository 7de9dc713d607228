//! What a handle cannot do (rows C11, W6, O6, O7, H7) is no method of it. These stand in for the
//! ones that are missing; where one is added, it is found first, and this does not compile.

#![expect(dead_code, reason = "compiling is the proof")]

use mailslot::{api, blocking};

struct Missing;

trait NotAWriter {
    fn write(&self, _data: &[u8]) -> Missing {
        Missing
    }
}

impl NotAWriter for api::Mailslot {}
impl NotAWriter for blocking::Mailslot {}

trait NotAReader {
    fn read(&self, _buffer: &mut [u8]) -> Missing {
        Missing
    }

    fn recv(&self) -> Missing {
        Missing
    }

    fn set_read_timeout(&self) -> Missing {
        Missing
    }
}

impl NotAReader for api::MailslotWriter {}
impl NotAReader for blocking::MailslotWriter {}

fn a_server_does_not_write(slot: &api::Mailslot, same: &blocking::Mailslot) -> [Missing; 2] {
    [slot.write(b""), same.write(b"")]
}

fn a_client_does_not_read(writer: &api::MailslotWriter) -> [Missing; 3] {
    [writer.read(&mut []), writer.recv(), writer.set_read_timeout()]
}

fn nor_does_that_of_threads(writer: &blocking::MailslotWriter) -> [Missing; 3] {
    [writer.read(&mut []), writer.recv(), writer.set_read_timeout()]
}
