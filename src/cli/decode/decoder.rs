//! From UDP payloads to what is shown of them, NetBIOS fragments put together.

use std::io::Write as _;
use std::sync::Arc;
use std::thread::Scope;

use super::Args;
use super::pool::{Pool, Shown};
use super::survey::Survey;
use super::view::{View, whole_record};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::payload::Safe;
use crate::cli::record::{Context, Octets, Protocol, Raw};
use crate::cli::source::Datagram;
use crate::node::reassembly::{Progress, Reassembler};
use crate::time::Instant;
use crate::wire;

pub(super) struct Decoder<'a, 'scope> {
    args: &'a Args,
    /// Which of several files it is.
    file: Option<Arc<str>>,
    /// Where datagrams are not to be shown, what is told of them all.
    survey: Option<&'a mut Survey>,
    /// Where nobody waits for each of them.
    pool: Option<Pool<'scope, 'a>>,
    out: Output,
    /// Text in the making: one write each is quicker than one a token.
    text: Vec<u8>,
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

impl<'a, 'scope> Decoder<'a, 'scope> {
    /// For what comes live, where a line must not wait for the next ones; or for a survey.
    pub(super) fn new(args: &'a Args, survey: Option<&'a mut Survey>, live: bool) -> Self {
        Self {
            args,
            file: None,
            survey,
            pool: None,
            out: Output::new(live),
            text: Vec::new(),
            fragments: Reassembler::default(),
            now: Instant::ZERO,
            count: Count::default(),
        }
    }

    /// For what is there already, on all processors.
    pub(super) fn pooled(args: &'a Args, scope: &'scope Scope<'scope, 'a>) -> Self {
        Self { pool: Pool::new(scope, View(args)), ..Self::new(args, None, false) }
    }

    /// Says which of several files what comes now is of: before it, or in each object.
    pub(super) fn of_file(mut self, name: Option<&str>) -> Result<Self, Failure> {
        let Some(name) = name else { return Ok(self) };
        if self.args.json {
            self.file = Some(name.into());
        } else if self.survey.is_none() {
            writeln!(self.out, "==> {} <==", Safe(name))?;
        }
        Ok(self)
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
        self.show(context, datagram.payload, None)
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
                self.show(context, &payload, Some(Raw::Fragments(raw)))
            }
            Progress::Dropped { parts, .. } => self.alone(parts),
        }
    }

    /// Shows fragments whose others did not come.
    fn alone(&mut self, mut parts: Vec<Fragment>) -> Result<(), Failure> {
        parts.sort_by_key(|part| part.context.frame);
        parts.into_iter().try_for_each(|part| self.show(part.context, &part.payload, None))
    }

    fn expire(
        &mut self,
        forget: impl FnOnce(&mut Reassembler<Fragment>, &mut dyn FnMut(Vec<Fragment>)),
    ) -> Result<(), Failure> {
        let mut parts = Vec::new();
        forget(&mut self.fragments, &mut |expired| parts.extend(expired));
        self.alone(parts)
    }

    /// Shows what waits for fragments.
    pub(super) fn finish(mut self) -> Result<Count, Failure> {
        self.expire(|fragments, each| fragments.finish(|unfinished| each(unfinished.parts)))?;
        if let Some(pool) = self.pool {
            pool.finish(|shown| shown_in(&mut self.out, &mut self.count, &shown))?;
        }
        self.out.flush()?;
        Ok(self.count)
    }

    fn context(&self, datagram: &Datagram<'_>) -> Context {
        Context {
            file: self.file.clone(),
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
        context: Context,
        payload: &[u8],
        raw: Option<Raw<'static>>,
    ) -> Result<(), Failure> {
        self.count.all += 1;
        if let Some(survey) = &mut self.survey {
            let record = whole_record(&context, payload, raw);
            if self.args.filter.matches(&record) {
                self.count.shown += 1;
                survey.add(&context, payload, &record);
            }
            return Ok(());
        }
        if let Some(pool) = &mut self.pool {
            let each = |shown: Shown<'_>| shown_in(&mut self.out, &mut self.count, &shown);
            return pool.add(context, payload, raw, each);
        }
        self.text.clear();
        if View(self.args).write(&mut self.text, &context, payload, raw)? {
            shown_in(&mut self.out, &mut self.count, &Shown { text: &self.text, datagrams: 1 })?;
        }
        Ok(())
    }
}

fn shown_in(out: &mut Output, count: &mut Count, shown: &Shown<'_>) -> Result<(), Failure> {
    count.shown += shown.datagrams;
    out.write_all(shown.text)?;
    Ok(out.message_done()?)
}
