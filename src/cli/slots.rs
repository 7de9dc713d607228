//! `mailslot slots`: the mailslots of this machine, and whose they are.

use std::io::Write as _;

use serde::Serialize;

use super::failure::Failure;
use super::network::{NetworkArgs, runtime};
use super::output::Output;
use super::payload::Safe;
use super::shared::{existing, refused};
use super::when::When;
use crate::ipc::SlotEntry;
use crate::net::peer::user_name;
use crate::wire::oem::CodePage;

/// List the mailslots of this machine, whose they are, and what waits in them
///
/// They are asked for at the service, or the program that has the mailslots of this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Write one JSON object a mailslot
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot slots
  mailslot slots --json";

/// A mailslot in JSON.
#[derive(Serialize)]
struct SlotLine<'a> {
    slot: &'a str,
    /// The user, by number and, where there is one, name.
    owner: u32,
    user: Option<&'a str>,
    /// The process that created it.
    pid: Option<u32>,
    /// Handles to read it.
    readers: u32,
    messages: usize,
    /// Octets of the first message.
    next_size: Option<usize>,
    /// Octets that all of them take in memory.
    octets: u64,
    /// 0 for any.
    max_message_size: u32,
    /// Milliseconds; none for ever.
    read_timeout: Option<u32>,
    owner_only: bool,
    created: Option<When>,
    last_read: Option<When>,
    last_write: Option<When>,
}

impl<'a> SlotLine<'a> {
    fn new(entry: &'a SlotEntry, user: Option<&'a str>) -> Self {
        let SlotEntry { name, owner, pid, readers, octets, owner_only, info, times, .. } = entry;
        Self {
            slot: name,
            owner: *owner,
            user,
            pid: Some(*pid).filter(|pid| *pid != 0),
            readers: *readers,
            messages: info.message_count,
            next_size: info.next_size,
            octets: *octets,
            max_message_size: info.max_message_size,
            read_timeout: Some(info.read_timeout.0).filter(|timeout| *timeout != u32::MAX),
            owner_only: *owner_only,
            created: When::at(times.created),
            last_read: When::at(times.last_read),
            last_write: When::at(times.last_write),
        }
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let identity = args.network.identity(CodePage::default())?;
    let slots = runtime()?.block_on(async {
        let mailslots = existing(&identity).await?;
        mailslots.slots().await.map_err(|error| refused(&error))
    })?;
    let mut out = Output::new(true);
    if args.json {
        for entry in &slots {
            let user = user_name(entry.owner);
            super::json::write(&mut out, &SlotLine::new(entry, user.as_deref()))?;
            out.write_all(b"\n")?;
        }
        return Ok(out.flush()?);
    }
    if slots.is_empty() {
        writeln!(out, "no mailslot")?;
        return Ok(out.flush()?);
    }
    writeln!(
        out,
        "{:<24}{:>9}{:>9}{:>12}  {:<12}{:>8}{:>9}",
        "slot", "messages", "next", "octets", "user", "pid", "readers"
    )?;
    for entry in &slots {
        let SlotEntry { name, owner, pid, readers, octets, info, .. } = entry;
        let next = info.next_size.map_or_else(|| "-".into(), |octets| octets.to_string());
        let user = user_name(*owner).unwrap_or_else(|| owner.to_string());
        let only = if entry.owner_only { "  its owner's alone" } else { "" };
        let pid = if *pid == 0 { "-".into() } else { pid.to_string() };
        let (name, messages) = (Safe(name).to_string(), info.message_count);
        writeln!(
            out,
            "{name:<24}{messages:>9}{next:>9}{octets:>12}  {user:<12}{pid:>8}{readers:>9}{only}"
        )?;
    }
    Ok(out.flush()?)
}
