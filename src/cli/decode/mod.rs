//! `mailslot decode`: every NetBIOS datagram of a capture, as a line, a tree or JSON.

mod decoder;
mod filter;
mod survey;

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output::remark;
use super::payload::Encoding;
use super::source::{Source, frames_of};
use crate::wire::oem::CodePage;

use decoder::Decoder;
use filter::FilterArgs;
use survey::{Report, Survey};

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

    /// Instead of the datagrams, at the end: hosts, mailslots, kinds of messages, and what is odd
    #[arg(long, conflicts_with = "verbose")]
    summary: bool,

    /// Instead of the datagrams, at the end, what they say together
    #[arg(long, value_enum, value_name = "REPORT", conflicts_with_all = ["verbose", "summary"])]
    report: Option<Report>,

    #[command(flatten)]
    filter: FilterArgs,

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
  mailslot decode --slot BROWSE --host WINBOX testdata/office.pcap
  mailslot decode --summary testdata/office.pcap
  mailslot decode --report hosts testdata/office.pcap
  tcpdump -w - udp portrange 137-138 | mailslot decode -";

pub(super) fn code_page(number: &str) -> Result<CodePage, String> {
    let page = number.parse().ok().and_then(CodePage::from_number);
    page.ok_or_else(|| "one of 437, 850, 852, 858, 866".into())
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let report = args.report.or(args.summary.then_some(Report::Summary));
    let mut survey = report.map(|_| Survey::new());
    let result = all(args, &mut survey);
    let quiet = result.as_ref().is_err_and(Failure::is_closed_pipe);
    if let (Some(survey), Some(report), false) = (survey, report, quiet) {
        survey.write(report, args.json)?;
    }
    result
}

fn all(args: &Args, survey: &mut Option<Survey>) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for file in &args.files {
        match decode(args, file, survey) {
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
fn decode(
    args: &Args,
    file: &Path,
    survey: &mut Option<Survey>,
) -> Result<Option<Failure>, Failure> {
    let source = Source::open(file)?;
    let mut decoder = Decoder::new(args, survey.as_mut(), source.live);
    let (tally, damage) = source.read(|datagram| decoder.datagram(&datagram))?;
    let count = decoder.finish()?;
    if tally.datagrams + tally.name_packets == 0 && damage.is_none() {
        remark(&format!("{}: no NetBIOS datagram in {}", file.display(), frames_of(tally.frames)));
    }
    for text in tally.remarks() {
        remark(&format!("{}: {text}", file.display()));
    }
    if !args.filter.is_empty() {
        let (shown, all) = (count.shown, count.all);
        let done = if survey.is_some() { "counted" } else { "shown" };
        remark(&format!("{}: {shown} of {all} datagrams {done}", file.display()));
    }
    Ok(damage)
}
