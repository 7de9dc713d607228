//! `mailslot decode`: every NetBIOS datagram of a capture, as a line, a tree or JSON.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output::{Output, remark};
use super::payload::Encoding;
use super::record::{self, Context, ErrorRecord, Octets, Protocol, Raw};
use super::source::{Datagram, Source, frames_of};
use super::{json, line, tree};
use crate::node::reassembly::{Progress, Reassembler};
use crate::time::Instant;
use crate::wire;
use crate::wire::oem::CodePage;

/// Show every NetBIOS datagram of a capture, one line each
///
/// Reads pcap and pcapng: the datagram service, UDP port 138, and the name service, port 137.
/// NetBIOS fragments are put together and shown at the last one. What cannot be read is shown as
/// far as it can, with the place and the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Captures; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Show a tree of all fields, with their offsets in the UDP payload
    #[arg(short, long, conflicts_with = "json")]
    verbose: bool,

    /// Write one JSON object a datagram
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    text: TextArgs,
}

/// Options for payloads as text; of several verbs.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Text")]
pub(super) struct TextArgs {
    /// Encoding of payloads
    #[arg(long, value_enum, default_value_t, value_name = "ENCODING")]
    pub(super) encoding: Encoding,

    /// Show long payloads whole; otherwise a line ends after 72 characters or 16 octets
    #[arg(long)]
    pub(super) full: bool,

    /// OEM code page of names and of OEM text: 437, 850, 852, 858 or 866
    #[arg(long, value_parser = code_page, default_value = "850", value_name = "NUMBER")]
    pub(super) code_page: CodePage,
}

const AFTER_HELP: &str = "Examples:
  mailslot decode testdata/office.pcap
  mailslot decode -v testdata/office.pcap
  mailslot decode --json testdata/office.pcap
  tcpdump -w - udp portrange 137-138 | mailslot decode -";

pub(super) fn code_page(number: &str) -> Result<CodePage, String> {
    let page = number.parse().ok().and_then(CodePage::from_number);
    page.ok_or_else(|| "one of 437, 850, 852, 858, 866".into())
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for file in &args.files {
        match decode(args, file) {
            Ok(None) => {}
            Ok(Some(failure)) | Err(failure) if args.files.len() == 1 => return Err(failure),
            Ok(Some(failure)) | Err(failure) if failure.is_quiet() => return Err(failure),
            Ok(Some(failure)) | Err(failure) => failures.push(failure),
        }
    }
    // The last one decides the exit code; the others are said before it.
    let last = failures.pop();
    for failure in failures {
        failure.report();
    }
    last.map_or(Ok(()), Err)
}

/// One file; a failure beside what could be read of it.
fn decode(args: &Args, file: &Path) -> Result<Option<Failure>, Failure> {
    let source = Source::open(file)?;
    let mut decoder = Decoder {
        args,
        out: Output::new(source.live),
        json: Vec::new(),
        fragments: Reassembler::default(),
        now: Instant::ZERO,
    };
    let (tally, damage) = source.read(|datagram| decoder.datagram(&datagram))?;
    decoder.finish()?;
    if tally.datagrams + tally.name_packets == 0 && damage.is_none() {
        remark(&format!("{}: no NetBIOS datagram in {}", file.display(), frames_of(tally.frames)));
    }
    for text in tally.remarks() {
        remark(&format!("{}: {text}", file.display()));
    }
    Ok(damage)
}

struct Decoder<'a> {
    args: &'a Args,
    out: Output,
    /// A line in the making: one write each is quicker than one a token.
    json: Vec<u8>,
    fragments: Reassembler<Fragment>,
    now: Instant,
}

/// A fragment that waits: all that is needed to show it alone.
#[derive(Clone, Debug)]
struct Fragment {
    context: Context,
    payload: Vec<u8>,
}

impl Decoder<'_> {
    fn datagram(&mut self, datagram: &Datagram<'_>) -> Result<(), Failure> {
        if let Some(time) = datagram.time {
            self.now = Instant::from_micros(time.0.as_micros());
        }
        let now = self.now;
        self.expire(|fragments, each| fragments.expire(now, |unfinished| each(unfinished.parts)))?;
        let context = self.context(datagram);
        if datagram.protocol == Protocol::Nbdgm && datagram.missing == 0 {
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

    fn finish(&mut self) -> Result<(), Failure> {
        self.expire(|fragments, each| fragments.finish(|unfinished| each(unfinished.parts)))?;
        Ok(self.out.flush()?)
    }

    fn context(&self, datagram: &Datagram<'_>) -> Context {
        Context {
            frame: datagram.frame,
            fragments: Vec::new(),
            time: datagram.time,
            src: datagram.src,
            dst: datagram.dst,
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
        if self.args.verbose {
            tree::write(&mut self.out, context, payload)?;
        } else if context.protocol == Protocol::Nbns && !self.args.json {
            line::write_packet(&mut self.out, context, payload, self.args.text.full)?;
        } else {
            let mut record = record::record(context, payload);
            if raw.is_some() {
                record.raw = raw;
            }
            if context.missing > 0 {
                record.error = Some(ErrorRecord::cut(payload.len(), context.missing));
            }
            if self.args.json {
                self.json.clear();
                json::write(&mut self.json, &record)?;
                self.json.push(b'\n');
                self.out.write_all(&self.json)?;
            } else {
                line::write(&mut self.out, &record, self.args.text.full)?;
            }
        }
        Ok(self.out.message_done()?)
    }
}
