//! What a replay shows.

use std::io::Write as _;
use std::net::SocketAddrV4;

use serde::Serialize;

use super::{Args, Reader};
use crate::cli::books::Books;
use crate::cli::failure::Failure;
use crate::cli::line::Pair;
use crate::cli::output::{Output, remark};
use crate::cli::payload::Safe;
use crate::cli::printer::{Printer, Seen};
use crate::cli::source::{Datagram, Tally, frames_of};
use crate::cli::when::When;
use crate::node::{Counters, DropReason};
use crate::slot::{Message, Server};
use crate::wire;
use crate::wire::datagram::Body;
use crate::wire::netbios::Name;
use crate::wire::oem::CodePage;
use crate::wire::smb::MailslotWrite;
use crate::wire::{DecodeError, OctetCount};

/// Datagrams that the snap length cut are no business of the router's.
const CUT: &str = "cut_by_snap_length";

/// Writes messages, drops and tables, as text or JSON.
pub(super) struct Report<'a> {
    to: Printer,
    args: &'a Args,
    cut: u64,
}

/// A datagram that was dropped.
pub(super) struct Drop<'a> {
    pub(super) datagram: &'a Datagram<'a>,
    pub(super) reason: DropReason,
    pub(super) error: Option<DecodeError>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    Drop {
        #[serde(flatten)]
        seen: Option<Seen>,
        time: Option<When>,
        address: Option<SocketAddrV4>,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Name>,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<Name>,
        #[serde(skip_serializing_if = "Option::is_none")]
        slot: Option<String>,
        datagrams: usize,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    End {
        frames: u64,
        name_packets: u64,
        slots: Vec<SlotLine>,
        counters: &'a Counters,
        cut_by_snap_length: u64,
    },
}

#[derive(Serialize)]
struct SlotLine {
    slot: String,
    messages: u64,
    octets: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued: Option<usize>,
}

/// Whom a dropped datagram was for, as far as it can be read.
#[derive(Default)]
struct Route {
    from: Option<Name>,
    to: Option<Name>,
    slot: Option<String>,
}

impl Route {
    fn of(payload: &[u8], page: CodePage) -> Self {
        let Ok(decoded) = wire::datagram::Datagram::decode(payload) else { return Self::default() };
        let Body::Data(data) = decoded.value.body else { return Self::default() };
        let at = payload.len() - data.user_data.len();
        let write = MailslotWrite::decode_at(payload, at).ok();
        Self {
            from: Some(data.source_name.name),
            to: Some(data.destination_name.name),
            slot: write.map(|write| write.value.mailslot_name.leaf_text(page).to_string()),
        }
    }
}

impl<'a> Report<'a> {
    pub(super) fn new(out: Output, args: &'a Args) -> Self {
        Self { to: Printer::new(out, args.text), args, cut: 0 }
    }

    /// A message, as its reader got it.
    pub(super) fn message(
        &mut self,
        datagram: &Datagram<'_>,
        server: &Server,
        message: &Message,
    ) -> Result<(), Failure> {
        let slot = server.name().as_str();
        match self.args {
            Args { quiet: true, .. } => Ok(()),
            Args { json: true, .. } => {
                self.to.message_json(Some(Seen::of(datagram)), datagram.time, slot, message)
            }
            _ => self.to.message(datagram.time, slot, message, datagram.transport),
        }
    }

    /// A datagram that did not arrive.
    pub(super) fn drop(&mut self, drop: &Drop<'_>) -> Result<(), Failure> {
        let Drop { datagram, reason, error } = drop;
        let error = error.map(|error| error.to_string());
        self.dropped(datagram, reason.name(), reason.meaning(), error)
    }

    /// A datagram that the snap length cut.
    pub(super) fn cut(&mut self, datagram: &Datagram<'_>) -> Result<(), Failure> {
        self.cut += 1;
        let error = format!("{} not captured", OctetCount(datagram.missing));
        self.dropped(datagram, CUT, "", Some(error))
    }

    fn dropped(
        &mut self,
        datagram: &Datagram<'_>,
        reason: &'static str,
        meaning: &str,
        error: Option<String>,
    ) -> Result<(), Failure> {
        if self.args.quiet {
            return Ok(());
        }
        let route = Route::of(datagram.payload, self.args.text.code_page);
        if self.args.json {
            return self.to.json(&Line::Drop {
                seen: Some(Seen::of(datagram)),
                time: datagram.time,
                address: datagram.transport.is_udp().then_some(datagram.src),
                from: route.from,
                to: route.to,
                slot: route.slot,
                datagrams: 1,
                reason,
                error,
            });
        }
        self.to.time(datagram.time)?;
        match (&route.from, &route.to) {
            (Some(from), Some(to)) => write!(self.to.out, "{}", Pair(from, to))?,
            _ => write!(self.to.out, "{}", Pair(&datagram.src, &datagram.dst))?,
        }
        let slot = route.slot.unwrap_or_default();
        let why = error.as_deref().unwrap_or(meaning);
        let mark = datagram.transport.mark();
        writeln!(self.to.out, "  {slot:<12}  dropped: {reason}: {why}{mark}")?;
        Ok(self.to.out.message_done()?)
    }

    /// Fragments whose others did not come, or did not fit.
    pub(super) fn fragments(
        &mut self,
        time: Option<When>,
        address: SocketAddrV4,
        dgm_id: u16,
        fragments: usize,
        reason: DropReason,
    ) -> Result<(), Failure> {
        if self.args.quiet {
            return Ok(());
        }
        if self.args.json {
            return self.to.json(&Line::Drop {
                seen: None,
                time,
                address: Some(address),
                from: None,
                to: None,
                slot: None,
                datagrams: fragments,
                reason: reason.name(),
                error: Some(format!("fragments of datagram {dgm_id:#06x}")),
            });
        }
        self.to.time(time)?;
        let what =
            if fragments == 1 { "1 fragment".into() } else { format!("{fragments} fragments") };
        let id = format!("{address}, id {dgm_id:#06x}");
        writeln!(self.to.out, "{id:<32}  {what:<12}  dropped: {reason}: {}", reason.meaning())?;
        Ok(())
    }

    /// What became of all: the slots, the sum, and what could not be looked into.
    pub(super) fn tables(
        mut self,
        counters: &Counters,
        readers: &[Reader],
        tally: &Tally,
    ) -> Result<(), Failure> {
        let slots: Vec<_> = readers.iter().map(|reader| self.slot_line(reader)).collect();
        if self.args.json {
            self.to.json(&Line::End {
                frames: tally.frames,
                name_packets: tally.name_packets,
                slots,
                counters,
                cut_by_snap_length: self.cut,
            })?;
        } else {
            self.text_tables(counters, &slots, tally)?;
        }
        self.to.out.flush()?;
        if tally.quoted > 0 {
            remark(&format!("{} quoted by ICMP errors: not delivered", frames_of(tally.quoted)));
        }
        for text in tally.remarks() {
            remark(&text);
        }
        Ok(())
    }

    fn slot_line(&self, reader: &Reader) -> SlotLine {
        let queued = self.args.keep.then(|| reader.server.info().message_count);
        SlotLine {
            slot: reader.server.name().to_string(),
            messages: reader.messages,
            octets: reader.octets,
            queued,
        }
    }

    fn text_tables(
        &mut self,
        counters: &Counters,
        slots: &[SlotLine],
        tally: &Tally,
    ) -> Result<(), Failure> {
        if !self.args.quiet && !self.to.is_empty() {
            writeln!(self.to.out)?;
        }
        let widest = slots.iter().map(|slot| slot.slot.chars().count()).max().unwrap_or(0).max(16);
        if !slots.is_empty() {
            let queued = if self.args.keep { "    queued" } else { "" };
            writeln!(self.to.out, "{:widest$}  messages      octets{queued}", "slot")?;
        }
        for slot in slots {
            let name = Safe(&slot.slot).to_string();
            write!(self.to.out, "{name:widest$}  {:>8}  {:>10}", slot.messages, slot.octets)?;
            match slot.queued {
                Some(queued) => writeln!(self.to.out, "  {queued:>8}")?,
                None => writeln!(self.to.out)?,
            }
        }
        if !slots.is_empty() {
            writeln!(self.to.out)?;
        }
        let books = Books { datagrams: tally.datagrams, counters, before: (CUT, self.cut) };
        let others = tally.frames.saturating_sub(tally.datagrams + tally.name_packets);
        writeln!(
            self.to.out,
            "{books}\n{}: {} of the datagram service, {} of the name service, {others} {}",
            frames_of(tally.frames),
            tally.datagrams,
            tally.name_packets,
            if others == 1 { "other" } else { "others" },
        )?;
        Ok(())
    }
}
