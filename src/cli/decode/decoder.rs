//! From UDP payloads to what is shown of them, NetBIOS fragments put together.

use std::io::Write as _;

use super::Args;
use super::survey::Survey;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::record::{self, Context, ErrorRecord, Octets, Protocol, Raw, Record};
use crate::cli::source::Datagram;
use crate::cli::{json, line, tree};
use crate::node::reassembly::{Progress, Reassembler};
use crate::time::Instant;
use crate::wire;

pub(super) struct Decoder<'a> {
    args: &'a Args,
    /// Where datagrams are not to be shown, what is told of them all.
    survey: Option<&'a mut Survey>,
    out: Output,
    /// A line in the making: one write each is quicker than one a token.
    json: Vec<u8>,
    fragments: Reassembler<Fragment>,
    now: Instant,
    count: Count,
}

/// Datagrams: those that came, and those that the filters let through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) all: u64,
    pub(super) shown: u64,
}

/// A fragment that waits: all that is needed to show it alone.
#[derive(Clone, Debug)]
struct Fragment {
    context: Context,
    payload: Vec<u8>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(args: &'a Args, survey: Option<&'a mut Survey>, live: bool) -> Self {
        Self {
            args,
            survey,
            out: Output::new(live),
            json: Vec::new(),
            fragments: Reassembler::default(),
            now: Instant::ZERO,
            count: Count::default(),
        }
    }

    pub(super) fn datagram(&mut self, datagram: &Datagram<'_>) -> Result<(), Failure> {
        if let Some(time) = datagram.time {
            self.now = Instant::from_micros(time.0.as_micros());
        }
        let now = self.now;
        self.expire(|fragments, each| fragments.expire(now, |unfinished| each(unfinished.parts)))?;
        let context = self.context(datagram);
        if datagram.protocol == Protocol::Nbdgm
            && datagram.missing == 0
            && datagram.transport.is_udp()
            && !datagram.quoted
        {
            if let Ok(decoded) = wire::datagram::Datagram::decode(datagram.payload) {
                if decoded.value.is_fragment() {
                    return self.fragment(context, datagram, &decoded.value);
                }
            }
        }
        self.show(&context, datagram.payload, None)
    }

    fn fragment(
        &mut self,
        context: Context,
        datagram: &Datagram<'_>,
        decoded: &wire::datagram::Datagram<'_>,
    ) -> Result<(), Failure> {
        let src = context.src;
        let mark = Fragment { context, payload: datagram.payload.to_vec() };
        match self.fragments.input(self.now, src, datagram.payload, decoded, mark) {
            Progress::Held => Ok(()),
            Progress::Complete { payload, parts } => {
                let Some(last) = parts.last() else { return Ok(()) };
                let fragments = parts.iter().map(|part| part.context.frame).collect();
                let context = Context { fragments, ..last.context.clone() };
                let raw = parts.into_iter().map(|part| Octets(part.payload.into())).collect();
                self.show(&context, &payload, Some(Raw::Fragments(raw)))
            }
            Progress::Dropped { parts, .. } => self.alone(&parts),
        }
    }

    /// Shows fragments whose others did not come.
    fn alone(&mut self, parts: &[Fragment]) -> Result<(), Failure> {
        parts.iter().try_for_each(|part| self.show(&part.context, &part.payload, None))
    }

    fn expire(
        &mut self,
        forget: impl FnOnce(&mut Reassembler<Fragment>, &mut dyn FnMut(Vec<Fragment>)),
    ) -> Result<(), Failure> {
        let mut parts = Vec::new();
        forget(&mut self.fragments, &mut |expired| parts.extend(expired));
        self.alone(&parts)
    }

    /// Shows what waits for fragments.
    pub(super) fn finish(mut self) -> Result<Count, Failure> {
        self.expire(|fragments, each| fragments.finish(|unfinished| each(unfinished.parts)))?;
        self.out.flush()?;
        Ok(self.count)
    }

    fn context(&self, datagram: &Datagram<'_>) -> Context {
        Context {
            frame: datagram.frame,
            fragments: Vec::new(),
            time: datagram.time,
            src: datagram.src,
            dst: datagram.dst,
            transport: datagram.transport,
            hardware: datagram.hardware,
            quoted: datagram.quoted,
            protocol: datagram.protocol,
            missing: datagram.missing,
            page: self.args.text.code_page,
            encoding: self.args.text.encoding,
        }
    }

    fn show(
        &mut self,
        context: &Context,
        payload: &[u8],
        raw: Option<Raw<'_>>,
    ) -> Result<(), Failure> {
        self.count.all += 1;
        let Args { verbose, json, filter, text, .. } = self.args;
        let packet = context.protocol == Protocol::Nbns && !json;
        // A tree and a packet's line need no record; a filter does, and a survey.
        let needs_none = filter.is_empty() && self.survey.is_none() && (*verbose || packet);
        let record = (!needs_none).then(|| whole_record(context, payload, raw));
        if record.as_ref().is_some_and(|record| !filter.matches(record)) {
            return Ok(());
        }
        self.count.shown += 1;
        if let (Some(survey), Some(record)) = (&mut self.survey, &record) {
            survey.add(context, payload, record);
            return Ok(());
        }
        match record {
            _ if *verbose => tree::write(&mut self.out, context, payload)?,
            Some(record) if *json => {
                self.json.clear();
                json::write(&mut self.json, &record)?;
                self.json.push(b'\n');
                self.out.write_all(&self.json)?;
            }
            Some(record) if !packet => line::write(&mut self.out, &record, text.full)?,
            _ => line::write_packet(&mut self.out, context, payload, text.full)?,
        }
        Ok(self.out.message_done()?)
    }
}

fn whole_record<'a>(context: &Context, payload: &'a [u8], raw: Option<Raw<'a>>) -> Record<'a> {
    let mut record = record::record(context, payload);
    if raw.is_some() {
        record.raw = raw;
    }
    if context.missing > 0 {
        record.error = Some(ErrorRecord::cut(payload.len(), context));
    }
    record
}
