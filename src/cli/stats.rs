//! `mailslot stats`: what the service of this machine and its node counted.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::failure::Failure;
use super::network::{NetworkArgs, runtime};
use super::output::Output;
use super::shared::{existing, refused};
use crate::node::{DropReason, NameDropReason};
use crate::wire::oem::CodePage;

/// Show what the service of this machine counted: messages, datagrams, drops
///
/// It is asked for at the service, or the program that has the mailslots of this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Write one JSON object
    #[arg(long, group = "form")]
    json: bool,

    /// Write Prometheus' text format, for a textfile collector or a probe
    #[arg(long, group = "form")]
    prometheus: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot stats
  mailslot stats --json
  mailslot stats --prometheus";

/// A number that only grows, or one that goes down too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

use Kind::{Counter, Gauge};

/// What each number is; of drops, what all of their reasons have in common.
const NUMBERS: &[(&str, Kind, &str)] = &[
    ("service.connections", Gauge, "Connections of programs"),
    ("service.connections_accepted", Counter, "Connections there were"),
    ("service.connections_refused", Counter, "Connections that were not taken"),
    ("service.requests", Counter, "Requests that were read"),
    ("service.requests_malformed", Counter, "Requests that cannot be read"),
    ("service.requests_denied", Counter, "Requests that the rights or a quota refuse"),
    ("service.requests_failed", Counter, "Requests that failed otherwise"),
    (
        "service.messages_written",
        Counter,
        "Messages that programs wrote to this machine's mailslots",
    ),
    ("service.messages_sent", Counter, "Messages that programs sent to other machines"),
    ("service.messages_read", Counter, "Messages that were handed to programs who read"),
    ("service.messages_put_back", Counter, "Messages that programs read and put back"),
    ("slots", Gauge, "Mailslots there are"),
    ("octets", Gauge, "Octets of memory that waiting messages take"),
    ("messages.written", Counter, "Messages written to mailslots, from this machine or another"),
    ("messages.read", Counter, "Messages handed to who reads"),
    ("messages.put_back", Counter, "Messages put back after that, to be read again"),
    ("messages.vanished", Counter, "Messages that nobody had read when their mailslot was closed"),
    ("messages.queued", Gauge, "Messages that wait"),
    ("datagrams.received", Counter, "Datagrams of mailslots that came in"),
    ("datagrams.delivered", Counter, "Datagrams put into a mailslot"),
    ("datagrams.observed", Counter, "Datagrams put into a mailslot though for another name"),
    ("datagrams.merged", Counter, "Fragments that became part of a datagram"),
    ("datagrams.held", Gauge, "Fragments that wait for the others"),
    ("datagrams.dropped", Counter, "Datagrams that were dropped, by the reason"),
    ("datagrams.kernel_drops", Counter, "Datagrams that the kernel dropped: the buffer was full"),
    ("names.received", Counter, "Packets of the name service that came in"),
    ("names.answered", Counter, "Packets of the name service that were answered"),
    ("names.used", Counter, "Answers to what was asked, and news about names of others"),
    ("names.dropped", Counter, "Packets of the name service that were dropped, by the reason"),
    ("names.kernel_drops", Counter, "Packets of the name service that the kernel dropped"),
    ("node.send_errors", Counter, "Packets that could not be sent"),
    ("node.lost_events", Counter, "Events that nobody took out in time"),
];

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let identity = args.network.identity(CodePage::default())?;
    let stats = runtime()?.block_on(async {
        let mailslots = existing(&identity).await?;
        mailslots.stats().await.map_err(|error| refused(&error))
    })?;
    let mut out = Output::new(true);
    if args.json {
        let object: BTreeMap<_, _> = stats.iter().map(|(name, number)| (name, number)).collect();
        super::json::write(&mut out, &object)?;
        out.write_all(b"\n")?;
    } else if args.prometheus {
        prometheus(&mut out, &stats)?;
    } else {
        for (name, number) in &stats {
            writeln!(out, "{number:>12}  {name}{}", meaning(name))?;
        }
    }
    Ok(out.flush()?)
}

/// Why something was dropped, behind its counter.
fn meaning(name: &str) -> String {
    let reason = |prefix| name.strip_prefix(prefix);
    let drop = reason("datagrams.dropped.").and_then(|reason| {
        DropReason::ALL.iter().find(|all| all.name() == reason).map(|all| all.meaning())
    });
    let name_drop = reason("names.dropped.").and_then(|reason| {
        NameDropReason::ALL.iter().find(|all| all.name() == reason).map(|all| all.meaning())
    });
    drop.or(name_drop).map(|meaning| format!(": {meaning}")).unwrap_or_default()
}

/// `mailslot_datagrams_dropped_total{reason="duplicate"} 3`
fn prometheus(out: &mut Output, stats: &[(String, u64)]) -> Result<(), Failure> {
    let mut last = "";
    for (name, number) in stats {
        let (number_of, reason) = match name.find(".dropped.") {
            Some(at) => name.split_at(at + ".dropped".len()),
            None => (&**name, ""),
        };
        let known = NUMBERS.iter().find(|(known, ..)| *known == number_of);
        // A service may be newer than this program.
        let (kind, help) = known.map_or((Gauge, number_of), |(_, kind, help)| (*kind, *help));
        let (kind, suffix) = if kind == Counter { ("counter", "_total") } else { ("gauge", "") };
        let metric = format!("mailslot_{}{suffix}", number_of.replace('.', "_"));
        if number_of != last {
            writeln!(out, "# HELP {metric} {help}\n# TYPE {metric} {kind}")?;
            last = number_of;
        }
        match reason.strip_prefix('.') {
            Some(reason) => writeln!(out, "{metric}{{reason=\"{reason}\"}} {number}")?,
            None => writeln!(out, "{metric} {number}")?,
        }
    }
    Ok(())
}
