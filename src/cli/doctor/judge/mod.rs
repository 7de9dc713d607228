//! What follows from the evidence. Nothing here asks the machine.

mod filter;
mod machine;
mod network;
#[cfg(test)]
mod tests;

use super::evidence::{Evidence, Names};
use super::finding::{Check, Finding, Severity};
use crate::wire::netbios::Name;
use crate::wire::oem::CodePage;

/// All findings: faults first, in the order of cause.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = machine::findings(evidence);
    findings.extend(filter::findings(evidence));
    findings.extend(network::findings(evidence));
    findings.extend(unseen(evidence));
    findings.sort_by_key(|finding| (finding.severity, finding.check));
    findings
}

impl Evidence {
    /// The names that are to be found: those of the node that runs here, where one does.
    pub(super) fn own(&self) -> (Name, Name) {
        let running = self.running.as_ref();
        let or = |found: Option<Name>, option| found.unwrap_or(option);
        (
            or(running.and_then(|names| names.computer), self.computer),
            or(running.and_then(|names| names.workgroup), self.workgroup),
        )
    }

    /// A command that is root's.
    fn sudo(&self, command: &str) -> String {
        if self.root { command.to_owned() } else { format!("sudo {command}") }
    }
}

/// A name without its suffix, as options take it.
pub(super) fn bare(name: Name) -> String {
    name.text(CodePage::default()).to_string()
}

/// `WINBOX in OFFICE`, as far as it is known.
fn called(names: &Names) -> Option<String> {
    let computer = bare(names.computer?);
    Some(match names.workgroup {
        Some(workgroup) => format!("{computer} in {}", bare(workgroup)),
        None => computer,
    })
}

/// `137`, `137 and 138`
fn listed<T: ToString>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(T::to_string).collect();
            format!("{} and {}", first.join(", "), last.to_string())
        }
    }
}

/// `UDP port 137`, `UDP ports 137 and 138`
fn udp_ports(ports: &[u16]) -> String {
    let plural = if ports.len() == 1 { "" } else { "s" };
    format!("UDP port{plural} {}", listed(ports))
}

/// What only the other end can tell.
fn unseen(evidence: &Evidence) -> Vec<Finding> {
    let finding = |what| Finding::new(Severity::Unseen, Check::Windows, what);
    let (computer, _) = evidence.own();
    vec![
        finding("Windows 11 24H2 and Server 2025 turned remote mailslots off")
            .because("on the sender, in an elevated PowerShell:")
            .mend("Set-SmbClientConfiguration -EnableMailslots $true"),
        finding("whether a Windows machine reaches this one; every Windows has a test")
            .because(
                "here the first command, at a prompt of Windows the second; without /s it is for \
                 the whole workgroup, and needs no connection before:",
            )
            .mend(r"mailslot recv 'waitfor.exe\HELLO'")
            .mend(format!("waitfor /s {} /si HELLO", bare(computer))),
    ]
}
