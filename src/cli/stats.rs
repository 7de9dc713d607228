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

/// Numbers that go down too.
const GAUGES: [&str; 4] = ["service.connections", "slots", "octets", "datagrams.held"];

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
    let mut last = String::new();
    for (name, number) in stats {
        let (metric, reason) = match name.split_once(".dropped.") {
            Some((port, reason)) => (format!("{port}_dropped"), Some(reason)),
            None => (name.replace('.', "_"), None),
        };
        let gauge = GAUGES.contains(&&**name);
        let suffix = if gauge { "" } else { "_total" };
        let metric = format!("mailslot_{metric}{suffix}");
        if metric != last {
            let kind = if gauge { "gauge" } else { "counter" };
            writeln!(out, "# TYPE {metric} {kind}")?;
            last.clone_from(&metric);
        }
        match reason {
            Some(reason) => writeln!(out, "{metric}{{reason=\"{reason}\"}} {number}")?,
            None => writeln!(out, "{metric} {number}")?,
        }
    }
    Ok(())
}
