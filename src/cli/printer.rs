//! Messages as lines of text or JSON, for every verb that shows them.

use std::io::Write as _;
use std::net::SocketAddrV4;

use serde::Serialize;

use super::decode::TextArgs;
use super::failure::Failure;
use super::json;
use super::line::{Pair, Payload, meaning, slot_name};
use super::output::Output;
use super::payload::Safe;
use super::record::{BodyRecord, Octets, Transport};
use super::source::Datagram;
use super::when::When;
use crate::slot::{Message, Sender};
use crate::wire::netbios::Name;

/// Standard output for messages, a line or an object each.
pub(super) struct Printer {
    pub(super) out: Output,
    pub(super) text: TextArgs,
    /// Under which day the last line stands.
    day: Option<String>,
}

/// Where a capture has a message.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Seen {
    pub(super) frame: u64,
    #[serde(skip_serializing_if = "Transport::is_udp")]
    pub(super) transport: Transport,
    /// Of another transport than UDP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) src_hw: Option<String>,
}

impl Seen {
    pub(super) fn of(datagram: &Datagram<'_>) -> Self {
        let Datagram { frame, transport, hardware: [source, _], .. } = *datagram;
        Self { frame, transport, src_hw: source.map(|source| source.to_string()) }
    }
}

/// A message in JSON.
#[derive(Serialize)]
struct MessageLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    seen: Option<Seen>,
    time: Option<When>,
    slot: &'a str,
    from: Option<Name>,
    address: Option<SocketAddrV4>,
    to: Option<Name>,
    data: Octets<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'a str>,
    /// Where it is of a kind that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyRecord<'a>>,
}

impl Printer {
    pub(super) fn new(out: Output, text: TextArgs) -> Self {
        Self { out, text, day: None }
    }

    /// `09:14:02.118  WINBOX<00> -> LINUXBOX<00>  alerts  "backup"`
    pub(super) fn message(
        &mut self,
        time: Option<When>,
        slot: &str,
        message: &Message,
        transport: Transport,
    ) -> Result<(), Failure> {
        let text = self.text.encoding.text(&message.data, self.text.code_page);
        let encoding = text.as_ref().map_or("", |text| text.encoding);
        let text = text.as_ref().map(|text| &*text.text);
        let page = self.text.code_page;
        let name = slot_name(slot, page);
        let meaning = meaning(name.as_deref(), &message.data);
        let known = meaning.as_ref().map(|payload| (payload, page));
        let payload = Payload { data: &message.data, known, text, encoding, full: self.text.full };
        self.time(time)?;
        let slot = Safe(slot).to_string();
        match (&message.from, message.to) {
            (Some(from), Some(to)) => write!(self.out, "{}", Pair(&from.name, &to))?,
            _ => write!(self.out, "{}", Pair(&"this machine", &slot))?,
        }
        writeln!(self.out, "  {slot:<12}  {payload}{}", transport.mark())?;
        Ok(self.out.message_done()?)
    }

    /// The same as an object.
    pub(super) fn message_json(
        &mut self,
        seen: Option<Seen>,
        time: Option<When>,
        slot: &str,
        message: &Message,
    ) -> Result<(), Failure> {
        let text = self.text.encoding.text(&message.data, self.text.code_page);
        let name = slot_name(slot, self.text.code_page);
        let meaning = meaning(name.as_deref(), &message.data).map(Box::new);
        let line = MessageLine {
            event: "message",
            seen,
            time,
            slot,
            from: message.from.as_ref().map(|sender| sender.name),
            address: message.from.as_ref().and_then(Sender::udp_address),
            to: message.to,
            data: Octets((&*message.data).into()),
            text: text.as_ref().map(|text| &*text.text),
            encoding: text.as_ref().map(|text| text.encoding),
            body: meaning.map(|payload| BodyRecord::Payload(payload, self.text.code_page)),
        };
        self.json(&line)
    }

    /// The time of day, under the day where that is another than before.
    pub(super) fn time(&mut self, time: Option<When>) -> Result<(), Failure> {
        let Some(time) = time else {
            write!(self.out, "--:--:--.---  ")?;
            return Ok(());
        };
        let day = time.day().to_string();
        if self.day.as_ref() != Some(&day) {
            writeln!(self.out, "{day} UTC")?;
            self.day = Some(day);
        }
        write!(self.out, "{}  ", time.clock())?;
        Ok(())
    }

    /// Whether a line stands under a day already.
    pub(super) fn is_empty(&self) -> bool {
        self.day.is_none()
    }

    /// One object, a line.
    pub(super) fn json(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        json::write(&mut self.out, line)?;
        self.out.write_all(b"\n")?;
        Ok(self.out.message_done()?)
    }
}
