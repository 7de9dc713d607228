//! `mailslot send`: one message to a mailslot of other machines.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::decode::TextArgs;
use super::failure::Failure;
use super::network::{NetworkArgs, runtime, start};
use super::output::remark;
use super::payload::Safe;
use super::target::{Host, Target};
use crate::node::{Destination, Route, WriteError};
use crate::runtime::Live;
use crate::slot::{LocalName, Table};
use crate::wire::netbios::Suffix;

/// Write one message to a mailslot: of one machine, of a domain or workgroup, or of one's own
///
/// The target's name is asked for on the network. It takes no port and no name, so no privileges.
/// Nobody tells whether a message arrives: mailslots have no receipts.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// HOST:NAME, //HOST/mailslot/NAME or '\\HOST\mailslot\NAME'; a workgroup in HOST's place is
    /// all of its machines
    #[arg(required_unless_present = "all", value_name = "TARGET")]
    target: Option<String>,

    /// The message [default: standard input]
    #[arg(value_name = "MESSAGE")]
    message: Option<String>,

    /// All machines of the own workgroup: '\\*\mailslot\NAME'
    #[arg(long, value_name = "NAME")]
    all: Option<String>,

    /// The message is this file's content
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    file: Option<PathBuf>,

    /// Say nothing where it goes well
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    text: TextArgs,
}

const AFTER_HELP: &str = r"Examples:
  mailslot send WINBOX:alerts 'disk full'
  mailslot send '\\OFFICE\mailslot\chat' 'lunch?'
  mailslot send --all alerts 'the server restarts at noon'
  mailslot send --loopback LINUXBOX:alerts hello";

impl Args {
    fn target(&self) -> Result<(Target, Option<&str>), Failure> {
        match (&self.all, &self.target, &self.message) {
            (Some(slot), message, None) => Ok((
                Target { host: Host::Workgroup, slot: slot.replace('/', r"\") },
                message.as_deref(),
            )),
            (Some(_), ..) => Err(Failure::usage("--all takes the target's place")),
            (None, Some(target), message) => Ok((Target::parse(target)?, message.as_deref())),
            (None, None, _) => Err(Failure::usage("no target")),
        }
    }

    fn data(&self, message: Option<&str>) -> Result<Vec<u8>, Failure> {
        if let Some(text) = message {
            return self
                .text
                .encoding
                .encode(text, self.text.code_page)
                .map_err(|c| Failure::usage(format!("{c:?} cannot be written in this encoding")));
        }
        if let Some(path) = &self.file {
            return std::fs::read(path)
                .map_err(|error| Failure::usage(format!("{}: {error}", path.display())));
        }
        if io::stdin().is_terminal() {
            return Err(Failure::usage("no message").with_hint("give it, or pipe it in"));
        }
        // One octet more than any datagram carries shows that there is too much.
        let mut data = Vec::new();
        io::stdin().take(1 << 16).read_to_end(&mut data)?;
        Ok(data)
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let identity = args.network.identity(args.text)?;
    let (target, message) = args.target()?;
    let data = args.data(message)?;
    let slot = LocalName::from_chars(target.slot.chars())
        .map_err(|error| Failure::usage(format!("{}: {error}", Safe(&target.slot))))?;
    let destination = match &target.host {
        Host::Local => {
            let hint = "a mailslot of this machine belongs to the program that created it: \
                        write to its computer's name";
            return Err(Failure::usage("'.' is no other machine").with_hint(hint));
        }
        Host::Workgroup => Destination::OwnDomain,
        Host::Named(host) => Destination::Name(
            host.name(Suffix::WORKSTATION, identity.page())
                .map_err(|error| Failure::usage(format!("{}: {error}", Safe(&host.text))))?,
        ),
    };
    let runtime = runtime()?;
    let (live, _events) = start(identity.asks(), Arc::new(Table::new()))?;
    let route =
        runtime.block_on(live.write(destination, &slot, &data)).map_err(|error| failed(&error))?;
    if let (1.., Some(error)) = live.send_errors() {
        return Err(Failure::ports(format!("cannot send: {error}")));
    }
    if !args.quiet {
        remark(&said(&live, &route, &slot, data.len()));
    }
    Ok(())
}

fn failed(error: &WriteError) -> Failure {
    match error {
        WriteError::TooLong { .. } => Failure::usage(error.to_string()).with_hint(
            "mailslots between machines are for short messages: send it in parts, or use a socket",
        ),
        WriteError::SlotName => Failure::usage(error.to_string()),
        WriteError::NameNotFound(_) => Failure::not_found(error.to_string())
            .with_hint("is it on, in this network, and NetBIOS on? `mailslot name query` asks too"),
        _ => Failure::ports(error.to_string()),
    }
}

fn said(live: &Live, route: &Route, slot: &LocalName, octets: usize) -> String {
    let slot = slot.to_string();
    let slot = Safe(&slot);
    match route {
        Route::Local { name } => format!("{octets} octets into {slot} of {name}, this machine"),
        Route::Host { name, address } => {
            format!("{octets} octets sent to {slot} of {name} at {address}")
        }
        Route::Group { name, .. } => {
            let through = live.with_node(|node, _| {
                node.attached().map(|interface| interface.broadcast.to_string()).collect::<Vec<_>>()
            });
            format!("{octets} octets broadcast to {slot} of every {name} at {}", through.join(", "))
        }
    }
}
