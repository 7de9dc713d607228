//! Findings as text and as JSON.

use std::io::Write as _;

use super::evidence::Evidence;
use super::finding::{Finding, Severity};
use super::judge::bare;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::payload::Safe;

pub(super) fn print(findings: &[Finding], evidence: &Evidence, json: bool) -> Result<(), Failure> {
    let mut out = Output::new(false);
    if json {
        for finding in findings {
            serde_json::to_writer(&mut out, finding)?;
            writeln!(out)?;
        }
        return Ok(out.flush()?);
    }
    if findings.first().is_none_or(|first| first.severity != Severity::Fault) {
        let (computer, workgroup) = evidence.own();
        let (computer, workgroup) = (bare(computer), bare(workgroup));
        writeln!(out, "no fault found for {} in {}", Safe(&computer), Safe(&workgroup))?;
    }
    let mut before = None;
    for finding in findings {
        let Finding { severity, what, why, remedy, .. } = finding;
        let head = match severity {
            Severity::Fault if before.is_none() => "fault",
            Severity::Fault => "another fault",
            Severity::Warning => "beware",
            Severity::Fine => "fine",
            Severity::Unseen => "cannot be seen from here",
        };
        if before.is_some_and(|before| before != *severity) {
            writeln!(out)?;
        }
        before = Some(*severity);
        // Names in it are what strangers say.
        writeln!(out, "{head}: {}", Safe(what))?;
        for line in why {
            writeln!(out, "  {}", Safe(line))?;
        }
        for command in remedy {
            writeln!(out, "    {}", Safe(command))?;
        }
    }
    Ok(out.flush()?)
}
