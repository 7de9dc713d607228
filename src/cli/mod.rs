//! The command line.

mod payload;
mod record;
mod when;

/// Runs the command.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
