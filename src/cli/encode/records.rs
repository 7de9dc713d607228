//! Datagrams out of the objects of `decode --json`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use serde_json::{Map, Value};

use super::{Format, Sink, message};
use crate::cli::failure::Failure;
use crate::cli::payload::Safe;
use crate::cli::pcap::Packet;
use crate::cli::record::{PassedOver, Protocol, Record, SCHEMA, passed_over, payloads};

/// The most octets of an object. Data, text and `raw` of the longest UDP payload take half of it.
const MAX_OBJECT: u64 = 1 << 20;

/// Writes the datagrams of each object; up to the first that is none.
pub(super) fn encode(path: &Path, format: Format) -> Result<(), Failure> {
    let (name, input) = open(path)?;
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut sink = Sink::open(format)?;
    let mut octets = Vec::new();
    let mut line = 1;
    loop {
        // Somebody may wait for what the next read waits for.
        if input.buffer().is_empty() {
            sink.out.flush()?;
        }
        octets.clear();
        let lines = object(&mut input, &mut octets)
            .map_err(|error| Failure::input(format!("{name}: {error}")))?;
        if lines == 0 {
            return Ok(sink.out.flush()?);
        }
        let object = octets.trim_ascii();
        let result = if octets.len() as u64 == MAX_OBJECT && !octets.ends_with(b"\n") {
            Err(Stop::line(format!("more than {MAX_OBJECT} octets")))
        } else if object.is_empty() {
            Ok(())
        } else {
            datagrams(object, &mut sink)
        };
        match result {
            Ok(()) => {}
            Err(Stop::Output(error)) => return Err(error.into()),
            Err(Stop::Line { below, reason, hint }) => {
                sink.out.flush()?;
                let line = line + below;
                let failure = Failure::input(format!("{name}: line {line}: {}", Safe(&reason)));
                return Err(match hint {
                    Some(hint) => failure.with_hint(hint),
                    None => failure,
                });
            }
        }
        line += lines;
    }
}

/// The lines of the next object, whose end is where its braces are closed: one, or several as jq
/// writes it for people. How many, 0 at the end of the input.
fn object(input: &mut impl BufRead, octets: &mut Vec<u8>) -> io::Result<usize> {
    let mut nesting = Nesting::default();
    let mut lines = 0;
    loop {
        let start = octets.len();
        let room = MAX_OBJECT - start as u64;
        if input.by_ref().take(room).read_until(b'\n', octets)? == 0 {
            return Ok(lines);
        }
        lines += 1;
        nesting.read(octets.get(start..).unwrap_or_default());
        // What begins a line is the next object: this one has no end.
        if !nesting.goes_on() || input.fill_buf()?.first() == Some(&b'{') {
            return Ok(lines);
        }
    }
}

/// How deep in braces and brackets.
#[derive(Clone, Copy, Debug, Default)]
struct Nesting {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Nesting {
    fn read(&mut self, octets: &[u8]) {
        for octet in octets {
            match octet {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => self.in_text = !self.in_text,
                _ if self.in_text => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Whether more is to come. No text has an end of line in it.
    const fn goes_on(self) -> bool {
        self.depth > 0 && !self.in_text
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

/// Why no more objects are read.
enum Stop {
    /// The line, from the object's first on; field and reason; and what to do.
    Line {
        below: usize,
        reason: String,
        hint: Option<&'static str>,
    },
    Output(io::Error),
}

impl Stop {
    fn line(reason: String) -> Self {
        Self::Line { below: 0, reason, hint: None }
    }
}

impl From<PassedOver> for Stop {
    fn from(passed_over: PassedOver) -> Self {
        Self::Line { below: 0, reason: passed_over.to_string(), hint: passed_over.hint() }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn datagrams(octets: &[u8], sink: &mut Sink) -> Result<(), Stop> {
    let mut record = parse(octets)?;
    place(&mut record);
    let payloads = payloads(&record).map_err(Stop::line)?;
    if let Some(passed_over) = passed_over(&record, &payloads) {
        return Err(passed_over.into());
    }
    for payload in &payloads {
        let packet = Packet {
            time: record.time.unwrap_or_default(),
            src: record.src,
            dst: record.dst,
            payload,
            missing: record.missing,
        };
        let octets = sink.format.octets(&packet);
        let octets = octets.map_err(|refused| Stop::line(refused.to_string()))?;
        sink.out.write_all(&octets)?;
    }
    Ok(())
}

fn parse(octets: &[u8]) -> Result<Record<'_>, Stop> {
    // The parser would take the values of an array for fields.
    if octets.first() != Some(&b'{') {
        let hint = (octets.first() == Some(&b'['))
            .then_some("objects of an array are to stand by themselves, as by jq -c '.[]'");
        return Err(Stop::Line { below: 0, reason: "not a JSON object".into(), hint });
    }
    let record: Record<'_> =
        serde_json::from_slice(octets).map_err(|error| fault(octets, &error))?;
    if record.schema != SCHEMA {
        return Err(Stop::line(format!("schema: {} is not known, only {SCHEMA}", record.schema)));
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

/// The field at fault and the reason. The parser knows only a place: each field is tried alone,
/// since none needs another.
fn fault(octets: &[u8], error: &serde_json::Error) -> Stop {
    let fields: Map<String, Value> = match serde_json::from_slice(octets) {
        Ok(fields) => fields,
        Err(error) => {
            let reason = format!("column {}: {}", error.column(), without_place(&error));
            return Stop::Line { below: error.line().saturating_sub(1), reason, hint: None };
        }
    };
    for (name, value) in fields {
        let alone = Value::Object(Map::from_iter([(name.clone(), value)])).to_string();
        if let Err(error) = serde_json::from_str::<Record<'_>>(&alone) {
            let reason = without_place(&error);
            let unknown = reason.starts_with(&format!("unknown field `{name}`"));
            let reason = if unknown { "unknown field" } else { &reason };
            return Stop::line(format!("{name}: {reason}"));
        }
    }
    Stop::line(without_place(error))
}

/// What the parser says, without the line, which it counts from the object's first.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), Into::into)
}
