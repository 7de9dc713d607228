//! The messages of well-known mailslots in a capture, and how many there are of each kind.
//!
//! `cargo run --example messages testdata/office.pcap`; without a file the capture comes from
//! standard input.

#![expect(clippy::print_stdout, reason = "what an example shows")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};

use mailslot::capture::{Dissector, Packet, Reader};
use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::smb::MailslotWrite;
use mailslot::wire::{DecodeError, Payload};

/// Of the datagram service.
const PORT: u16 = 138;

fn main() -> Result<(), Box<dyn Error>> {
    let input: Box<dyn Read> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin()),
    };
    let mut reader = Reader::new(input)?;
    let mut dissector = Dissector::new();
    let mut kinds = BTreeMap::new();
    while let Some(frame) = reader.next()? {
        let Packet::Udp(udp) = dissector.udp(&frame) else { continue };
        if udp.destination.port() != PORT {
            continue;
        }
        match kind(frame.number, udp.payload) {
            Ok(Some(kind)) => *kinds.entry(kind).or_insert(0) += 1,
            Ok(None) => {}
            Err(error) => println!("{:>3}  {error}", frame.number),
        }
    }
    for (kind, count) in kinds {
        println!("{count} {kind}");
    }
    Ok(())
}

/// Prints a message that is known. Its kind, if it is a mailslot write at all.
fn kind(number: u64, packet: &[u8]) -> Result<Option<&'static str>, DecodeError> {
    let Body::Data(data) = Datagram::decode(packet)?.value.body else { return Ok(None) };
    let write = MailslotWrite::decode_at(packet, packet.len() - data.user_data.len())?.value;
    let message = Payload::decode(write.mailslot_name, write.data)
        .map_err(|error| error.behind(write.data_at(packet.len())))?
        .value;
    if message.is_known() {
        println!("{number:>3}  {} -> {}: {message}", data.source_name, data.destination_name);
    }
    Ok(Some(message.kind()))
}
