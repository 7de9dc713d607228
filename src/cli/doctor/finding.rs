//! What the doctor says.

use serde::Serialize;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// It explains why nothing arrives.
    Fault,
    /// It may cost messages.
    Warning,
    /// It is as it should be.
    Fine,
    /// It cannot be seen from this machine.
    Unseen,
}

/// What was looked at, in the order of cause: a fault of an earlier one explains those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    Interface,
    Broadcast,
    Port,
    Permission,
    Filter,
    Name,
    Peer,
    Workgroup,
    Slot,
    Buffer,
    Windows,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) check: Check,
    /// One line.
    pub(super) what: String,
    /// By which evidence, and what follows; a line each.
    pub(super) why: Vec<String>,
    /// Commands that mend it, in their order.
    pub(super) remedy: Vec<String>,
}

impl Finding {
    pub(super) fn new(severity: Severity, check: Check, what: impl Into<String>) -> Self {
        Self { severity, check, what: what.into(), why: Vec::new(), remedy: Vec::new() }
    }

    pub(super) fn fault(check: Check, what: impl Into<String>) -> Self {
        Self::new(Severity::Fault, check, what)
    }

    pub(super) fn warning(check: Check, what: impl Into<String>) -> Self {
        Self::new(Severity::Warning, check, what)
    }

    pub(super) fn fine(check: Check, what: impl Into<String>) -> Self {
        Self::new(Severity::Fine, check, what)
    }

    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    pub(super) fn mend(mut self, command: impl Into<String>) -> Self {
        self.remedy.push(command.into());
        self
    }

    /// The exit code of a run whose first fault it is.
    pub(super) fn exit_code(&self) -> u8 {
        match self.check {
            Check::Port | Check::Permission => 3,
            Check::Name => 4,
            Check::Peer => 6,
            _ => 1,
        }
    }
}

/// A word for a shell: what strangers say may stand in a command that is copied.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(quoted("OFFICE"), "OFFICE");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
        assert_eq!(quoted("a'b;c"), r"'a'\''b;c'");
        assert_eq!((&*quoted(""), &*quoted("-rf")), ("''", "'-rf'"));
    }
}
