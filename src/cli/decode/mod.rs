//! `mailslot decode`: every NetBIOS datagram of a capture, as a line, a tree or JSON.

mod decoder;
mod filter;
mod pool;
mod survey;
mod view;

use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;

use super::failure::Failure;
use super::output::remark;
use super::payload::{Encoding, Safe};
use super::source::feed::{Ended, Feed};
use super::source::follow::follow;
use super::source::interface::capture;
use super::source::{Source, Tally, frames_of, is_stdin, pasted, stdin};
use crate::wire::oem::CodePage;

use decoder::{Count, Decoder};
use filter::FilterArgs;
use survey::{Report, Survey};

/// Show every NetBIOS datagram of a capture, one line each
///
/// Reads pcap and pcapng: the datagram service, UDP port 138, and the name service, port 137;
/// datagrams over IPX and NetBEUI, and what ICMP errors quote.
/// NetBIOS fragments are put together and shown at the last one. What cannot be read is shown as
/// far as it can, with the place and the reason. Times are UTC; the day is in trees, JSON and
/// reports. Of several files each has a line with its name before it, in JSON a field `file`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Args {
    /// Captures; `-` is standard input
    #[arg(required_unless_present_any = ["hex", "interface"], value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Go on when a capture ends, and show what is written to it, as `tail -F` does
    #[arg(short, long, conflicts_with_all = ["hex", "interface"], help_heading = "Input")]
    follow: bool,

    /// Capture on this interface, through dumpcap or tcpdump
    #[arg(short, long, value_name = "IF", conflicts_with_all = ["files", "hex"], help_heading = "Input")]
    interface: Option<String>,

    /// The files, or standard input, have pasted octets: hex digits, a dump of xxd, hexdump -C, od
    /// -A x -t x1, tcpdump or Wireshark, a C array, an escaped string. Whether they are frames, IP
    /// packets or UDP payloads is found out
    #[arg(long, help_heading = "Input")]
    hex: bool,

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
  mailslot encode --from WINBOX --to 'NAS:chat' hello | mailslot decode --hex
  mailslot decode --follow testdata/office.pcap
  mailslot decode --interface eth0 --report hosts
  tcpdump -w - udp portrange 137-138 | mailslot decode -

Which machines are on this network, and what are they? `mailslot decode --interface eth0 --report
hosts`, ended by Ctrl-C after a quarter of an hour: by then each has announced itself.";

pub(super) fn code_page(number: &str) -> Result<CodePage, String> {
    let page = number.parse().ok().and_then(CodePage::from_number);
    page.ok_or_else(|| "one of 437, 850, 852, 858, 866".into())
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let report = args.report.or_else(|| args.summary.then_some(Report::Summary));
    let mut survey = report.map(|_| Survey::new());
    let result = all(args, &mut survey);
    let quiet = result.as_ref().is_err_and(Failure::is_closed_pipe);
    let failed = result.as_ref().is_err_and(|failure| !failure.is_quiet());
    if let (Some(survey), Some(report), false) = (survey, report, quiet) {
        // Of what could not be read there is nothing to tell, not even that it has nothing.
        if !failed || !survey.is_empty() {
            survey.write(report, args.json)?;
        }
    }
    result
}

/// Where datagrams come from.
#[derive(Clone, Copy, Debug)]
enum Input<'a> {
    File(&'a Path),
    Growing(&'a Path),
    Interface(&'a str),
    Pasted(&'a Path),
}

impl fmt::Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Pasted(path) if is_stdin(path) => {
                f.write_str("standard input")
            }
            Self::File(path) | Self::Growing(path) | Self::Pasted(path) => path.display().fmt(f),
            Self::Interface(name) => Safe(name).fmt(f),
        }
    }
}

fn inputs(args: &Args) -> Result<Vec<Input<'_>>, Failure> {
    if let Some(interface) = &args.interface {
        return Ok(vec![Input::Interface(interface)]);
    }
    if args.follow && args.files.len() > 1 {
        return Err(Failure::usage("--follow takes one file"));
    }
    if args.files.is_empty() {
        return Ok(vec![Input::Pasted(Path::new("-"))]);
    }
    let input = match (args.hex, args.follow) {
        (true, _) => Input::Pasted,
        (_, true) => Input::Growing,
        _ => Input::File,
    };
    Ok(args.files.iter().map(|path| input(path)).collect())
}

fn all(args: &Args, survey: &mut Option<Survey>) -> Result<(), Failure> {
    let inputs = inputs(args)?;
    let mut failures = Vec::new();
    for input in &inputs {
        match decode(args, *input, survey) {
            Ok(None) => {}
            Ok(Some(failure)) | Err(failure) if inputs.len() == 1 => return Err(failure),
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

/// One input; a failure beside what could be read of it.
fn decode(
    args: &Args,
    input: Input<'_>,
    survey: &mut Option<Survey>,
) -> Result<Option<Failure>, Failure> {
    match input {
        // A signal ends it with its report.
        Input::File(path) if survey.is_some() && is_stdin(path) => {
            let feed = Feed::of(stdin()?, || {});
            live(args, input, survey, "standard input", &feed)
        }
        Input::File(path) => {
            let source = Source::open(path, survey.is_none())?;
            show(args, input, survey, source)
        }
        Input::Pasted(path) => {
            let decoder = Decoder::new(args, survey.as_mut(), false);
            let mut decoder = decoder.of_file(file_of(args, input).as_deref())?;
            let (tally, damage) = pasted::read(path, |datagram| decoder.datagram(&datagram))?;
            let count = decoder.finish()?;
            said(args, input, (&tally, count, damage.is_none()), survey.is_some());
            Ok(damage)
        }
        Input::Growing(path) => {
            live(args, input, survey, &path.display().to_string(), &follow(path)?)
        }
        Input::Interface(name) => {
            let capture = capture(name)?;
            let feed = capture.feed.clone();
            let shown = Source::live(name, Box::new(feed.clone())).and_then(|source| {
                capture.begun();
                show(args, input, survey, source)
            });
            let stopped = match feed.ended() {
                Some(Ended::Stopped(signal)) => Some(Failure::interrupted(128 + signal)),
                _ => None,
            };
            drop(feed);
            let quiet = shown.as_ref().is_err_and(Failure::is_closed_pipe);
            let ended = capture.finish(stopped.is_some() || quiet);
            match stopped {
                Some(stopped) if !quiet => Err(stopped),
                // Why nothing came says the program better than its empty capture.
                _ => ended.and(shown),
            }
        }
    }
}

/// A capture that grows, until it ends or a signal comes.
fn live(
    args: &Args,
    input: Input<'_>,
    survey: &mut Option<Survey>,
    name: &str,
    feed: &Feed,
) -> Result<Option<Failure>, Failure> {
    loop {
        let shown = Source::live(name, Box::new(feed.clone()))
            .and_then(|source| show(args, input, survey, source));
        match (feed.ended(), shown) {
            (_, Err(failure)) if failure.is_closed_pipe() => return Err(failure),
            // What ends in the middle of a record is no damage then.
            (Some(Ended::Stopped(signal)), _) => return Err(Failure::interrupted(128 + signal)),
            (Some(Ended::Restarted(why)), _) => remark(&format!("{name}: {why}")),
            (None, shown) => return shown,
        }
    }
}

/// What to call an input that is not the only one.
fn file_of(args: &Args, input: Input<'_>) -> Option<String> {
    (args.files.len() > 1).then(|| input.to_string())
}

/// All of a capture.
fn show(
    args: &Args,
    input: Input<'_>,
    survey: &mut Option<Survey>,
    source: Source,
) -> Result<Option<Failure>, Failure> {
    let (tally, damage, count) = thread::scope(|scope| {
        let decoder = if source.live || survey.is_some() {
            Decoder::new(args, survey.as_mut(), source.live)
        } else {
            Decoder::pooled(args, scope)
        };
        let mut decoder = decoder.of_file(file_of(args, input).as_deref())?;
        let (tally, damage) = source.read(|datagram| decoder.datagram(&datagram))?;
        Ok::<_, Failure>((tally, damage, decoder.finish()?))
    })?;
    said(args, input, (&tally, count, damage.is_none()), survey.is_some());
    Ok(damage)
}

/// What is said of an input beside its datagrams.
fn said(
    args: &Args,
    input: Input<'_>,
    (tally, count, whole): (&Tally, Count, bool),
    counted: bool,
) {
    if tally.datagrams + tally.name_packets + tally.quoted == 0 && whole {
        remark(&format!("{input}: no NetBIOS datagram in {}", frames_of(tally.frames)));
    }
    for text in tally.remarks() {
        remark(&format!("{input}: {text}"));
    }
    if !args.filter.is_empty() {
        let (shown, all) = (count.shown, count.all);
        let done = if counted { "counted" } else { "shown" };
        remark(&format!("{input}: {shown} of {all} datagrams {done}"));
    }
}
