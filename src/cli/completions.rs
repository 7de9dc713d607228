//! `mailslot completions`: what a shell needs to complete the command.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::failure::Failure;
use super::output::Output;

/// Write the completions of a shell: verbs, options and their values
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

const AFTER_HELP: &str = "Examples:
  mailslot completions bash | tee completions.bash
  mailslot completions zsh | tee _mailslot
  mailslot completions fish | tee mailslot.fish

bash reads them from ~/.local/share/bash-completion/completions/mailslot, zsh from _mailslot in a
folder of $fpath, fish from ~/.config/fish/completions/mailslot.fish.";

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    // Not straight to standard output: there it would panic where nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "mailslot", &mut script);
    let mut out = Output::new(false);
    out.write_all(&script)?;
    Ok(out.flush()?)
}
