//! `mailslot man`: the pages of the manual.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::failure::Failure;
use super::output::Output;

/// Write the pages of the manual: one of the command, one of each verb
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder that they go to; it is made where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const AFTER_HELP: &str = "Examples:
  mailslot man man1
  mailslot man man1 && ls man1/mailslot-decode.1

`man` finds them in /usr/local/share/man/man1, and in ~/.local/share/man/man1 where
~/.local/bin is in PATH.";

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let folder = &args.folder;
    let wrong =
        |path: &Path, error: io::Error| Failure::usage(format!("{}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
    let mut command = super::Cli::command();
    command.build();
    let mut out = Output::new(false);
    for (name, command) in pages("mailslot", &command) {
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        // Memory takes all.
        let _ = Man::new(command.display_name(&name)).title(name.to_uppercase()).render(&mut page);
        fs::write(&path, page).map_err(|error| wrong(&path, error))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(out.flush()?)
}

/// A command and all below it, each with the name of its page: `mailslot-name-query`.
fn pages(name: &str, command: &Command) -> Vec<(String, Command)> {
    let below = command.get_subcommands().flat_map(|below| {
        let name = format!("{name}-{}", below.get_name());
        pages(&name, below)
    });
    std::iter::once((name.to_owned(), command.clone())).chain(below).collect()
}
