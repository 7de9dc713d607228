//! Datagrams out of the lines of `decode --json`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use serde_json::{Map, Value};

use super::{Format, Sink, message};
use crate::cli::failure::Failure;
use crate::cli::payload::Safe;
use crate::cli::pcap::Packet;
use crate::cli::record::{Protocol, Record, SCHEMA, payloads};

/// The most octets of a line. Data, text and `raw` of the longest UDP payload take half of it.
const MAX_LINE: u64 = 1 << 20;

/// Writes the datagrams of each line; up to the first that is none.
pub(super) fn encode(path: &Path, format: Format) -> Result<(), Failure> {
    let (name, input) = open(path)?;
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut sink = Sink::open(format)?;
    let mut octets = Vec::new();
    let mut number = 0_u64;
    loop {
        // Somebody may wait for what the next read waits for.
        if input.buffer().is_empty() {
            sink.out.flush()?;
        }
        octets.clear();
        let length = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut octets);
        let length = length.map_err(|error| Failure::input(format!("{name}: {error}")))?;
        if length == 0 {
            return Ok(sink.out.flush()?);
        }
        number += 1;
        let line = octets.trim_ascii();
        let result = if length as u64 == MAX_LINE && !octets.ends_with(b"\n") {
            Err(Stop::Line(format!("more than {MAX_LINE} octets")))
        } else if line.is_empty() {
            Ok(())
        } else {
            datagrams(line, &mut sink)
        };
        match result {
            Ok(()) => {}
            Err(Stop::Output(error)) => return Err(error.into()),
            Err(Stop::Line(reason)) => {
                sink.out.flush()?;
                return Err(Failure::input(format!("{name}: line {number}: {}", Safe(&reason))));
            }
        }
    }
}

/// Standard input for `-`, or a file; and what to call it.
fn open(path: &Path) -> Result<(String, Box<dyn Read>), Failure> {
    if path == Path::new("-") {
        let input = io::stdin();
        if input.is_terminal() {
            let hint =
                "name a file, or pipe one in: mailslot decode --json FILE | mailslot encode --json";
            return Err(Failure::usage("standard input is a terminal").with_hint(hint));
        }
        return Ok(("standard input".into(), Box::new(input.lock())));
    }
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => Ok((name, Box::new(file))),
        Err(error) => Err(Failure::usage(format!("{name}: {error}"))),
    }
}

/// Why no more lines are read.
enum Stop {
    /// Field and reason.
    Line(String),
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn datagrams(octets: &[u8], sink: &mut Sink) -> Result<(), Stop> {
    let mut record = parse(octets).map_err(Stop::Line)?;
    place(&mut record);
    let payloads = payloads(&record).map_err(Stop::Line)?;
    for payload in &payloads {
        let packet = Packet {
            time: record.time.unwrap_or_default(),
            src: record.src,
            dst: record.dst,
            payload,
            missing: record.missing,
        };
        let octets = sink.format.octets(&packet);
        let octets = octets.map_err(|refused| Stop::Line(refused.to_string()))?;
        sink.out.write_all(&octets)?;
    }
    Ok(())
}

fn parse(octets: &[u8]) -> Result<Record<'_>, String> {
    // The parser would take the values of an array for fields.
    if octets.first() != Some(&b'{') {
        return Err("not a JSON object".into());
    }
    let record: Record<'_> =
        serde_json::from_slice(octets).map_err(|error| fault(octets, &error))?;
    if record.schema != SCHEMA {
        return Err(format!("schema: {} is not known, only {SCHEMA}", record.schema));
    }
    Ok(record)
}

/// Gives addresses to a record without any, such that a capture of it is one of its protocol.
fn place(record: &mut Record<'_>) {
    let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
    if (record.src, record.dst) != (nowhere, nowhere) {
        return;
    }
    let port = match record.protocol {
        Protocol::Nbdgm => 138,
        Protocol::Nbns => 137,
    };
    record.src = SocketAddrV4::new(record.source_ip.unwrap_or(message::SOURCE), port);
    record.dst = SocketAddrV4::new(message::ONE, port);
}

/// The field at fault and the reason. The parser knows only a column: each field is tried alone,
/// since none needs another.
fn fault(octets: &[u8], error: &serde_json::Error) -> String {
    let fields: Map<String, Value> = match serde_json::from_slice(octets) {
        Ok(fields) => fields,
        Err(error) => return format!("column {}: {}", error.column(), without_place(&error)),
    };
    for (name, value) in fields {
        let alone = Value::Object(Map::from_iter([(name.clone(), value)])).to_string();
        if let Err(error) = serde_json::from_str::<Record<'_>>(&alone) {
            let reason = without_place(&error);
            let unknown = reason.starts_with(&format!("unknown field `{name}`"));
            return format!("{name}: {}", if unknown { "unknown field" } else { &reason });
        }
    }
    without_place(error)
}

/// What the parser says, without the line, which is always 1 to it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), Into::into)
}
