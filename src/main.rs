//! The `mailslot` command.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    mailslot::cli::main()
}
