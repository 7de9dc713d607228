//! The command line. One file a verb; data on standard output, everything else on standard error.

mod decode;
mod encode;
mod failure;
mod line;
mod output;
mod payload;
mod pcap;
mod record;
mod replay;
mod source;
mod target;
mod tree;
mod when;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Windows mailslots on Linux: replay captures into local slots, decode and encode frames
#[derive(Debug, Parser)]
#[command(name = "mailslot", version, propagate_version = true, after_help = AFTER_HELP)]
#[command(max_term_width = 100, disable_help_subcommand = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = r"Examples:
  mailslot replay testdata/office.pcap
  mailslot decode testdata/office.pcap
  mailslot encode --from WINBOX --to '\\LINUXBOX\mailslot\alerts' 'disk full'

Exit codes:
  0  all went well
  2  the command line cannot be meant so
  5  the input is damaged or refused; what could be read was printed

Data goes to standard output, everything else to standard error. `mailslot VERB --help` has the
options and examples of a verb.";

#[derive(Debug, Subcommand)]
enum Verb {
    Replay(replay::Args),
    Decode(decode::Args),
    Encode(Box<encode::Args>),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::Replay(args) => replay::run(&args),
        Verb::Decode(args) => decode::run(&args),
        Verb::Encode(args) => encode::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
