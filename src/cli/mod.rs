//! The command line. One file a verb; data on standard output, everything else on standard error.

#[cfg(target_os = "linux")]
mod beside;
mod books;
mod completions;
mod decode;
#[cfg(target_os = "linux")]
mod doctor;
mod encode;
#[cfg(target_os = "linux")]
mod exec;
mod failure;
mod json;
mod line;
#[cfg(target_os = "linux")]
mod log;
mod man;
mod moment;
#[cfg(target_os = "linux")]
mod name;
#[cfg(target_os = "linux")]
mod network;
mod output;
mod payload;
mod pcap;
mod printer;
mod record;
#[cfg(target_os = "linux")]
mod recv;
mod replay;
#[cfg(target_os = "linux")]
mod send;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod shared;
#[cfg(unix)]
mod signals;
#[cfg(target_os = "linux")]
mod silence;
#[cfg(target_os = "linux")]
mod slots;
mod source;
#[cfg(target_os = "linux")]
mod stats;
mod target;
mod tree;
mod when;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Windows mailslots on Linux: receive, send, replay captures, decode and encode frames
#[derive(Debug, Parser)]
#[command(name = "mailslot", version, propagate_version = true, after_help = AFTER_HELP)]
#[command(max_term_width = 100, disable_help_subcommand = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = r"Examples:
  mailslot recv alerts
  mailslot send WINBOX:alerts 'disk full'
  mailslot send .:chat hi
  mailslot name status WINBOX
  mailslot doctor WINBOX
  mailslot replay testdata/office.pcap
  mailslot decode testdata/office.pcap
  mailslot encode --from WINBOX --to '\\LINUXBOX\mailslot\alerts' 'disk full'

Exit codes:
  0    all went well
  1    nothing came before the timeout; the doctor found a fault
  2    the command line cannot be meant so
  3    ports or permission are missing
  4    another machine has the name, or another program the mailslot
  5    the input is damaged or refused; what could be read was printed
  6    nobody answers to the name, or has the mailslot
  7    the service is lost
  130  ended by Ctrl-C, names given back; 143 by SIGTERM, 129 by the terminal's end

Data goes to standard output, everything else to standard error. `mailslot VERB --help` has the
options and examples of a verb.";

#[derive(Debug, Subcommand)]
enum Verb {
    #[cfg(target_os = "linux")]
    Recv(Box<recv::Args>),
    #[cfg(target_os = "linux")]
    Send(Box<send::Args>),
    #[cfg(target_os = "linux")]
    Name(Box<name::Args>),
    #[cfg(target_os = "linux")]
    Serve(Box<serve::Args>),
    #[cfg(target_os = "linux")]
    Slots(Box<slots::Args>),
    #[cfg(target_os = "linux")]
    Stats(Box<stats::Args>),
    #[cfg(target_os = "linux")]
    Doctor(Box<doctor::Args>),
    Replay(replay::Args),
    Decode(decode::Args),
    Encode(Box<encode::Args>),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        #[cfg(target_os = "linux")]
        Verb::Recv(args) => recv::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Send(args) => send::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Name(args) => name::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Serve(args) => serve::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Slots(args) => slots::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Stats(args) => stats::run(&args),
        #[cfg(target_os = "linux")]
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Replay(args) => replay::run(&args),
        Verb::Decode(args) => decode::run(&args),
        Verb::Encode(args) => encode::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
