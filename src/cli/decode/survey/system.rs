//! Which operating system a host has, as far as that can be guessed.

use std::fmt;

use serde::Serialize;

use crate::wire::browse::{ServerType, os_name};

/// A guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct System {
    pub(super) name: &'static str,
    pub(super) confidence: Confidence,
    /// What it is guessed from.
    pub(super) why: String,
}

/// How much a guess is worth. None is sure: a host can say what it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Confidence {
    /// The host says so, and its bits agree.
    Likely,
    /// It behaves so, or says half of it.
    Possible,
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let confidence = match self.confidence {
            Confidence::Likely => "likely",
            Confidence::Possible => "possibly",
        };
        write!(f, "{confidence} {} ({})", self.name, self.why)
    }
}

/// What an announcement says of the system.
pub(super) fn announced(version: (u8, u8), types: ServerType) -> Option<System> {
    let (major, minor) = version;
    if types.is_empty() {
        return None;
    }
    let name = os_name(major, minor, types)?;
    // Of Samba 4.9 is a habit that others can have; the bits of a family are more.
    let confidence = if name == "Samba" { Confidence::Possible } else { Confidence::Likely };
    let unix = if types.contains(ServerType::XENIX_SERVER) { ", xenix_server" } else { "" };
    Some(System { name, confidence, why: format!("announces version {major}.{minor}{unix}") })
}

/// What a node status says of it: Samba has no hardware address to tell.
pub(super) fn of_unit_id(unit_id: [u8; 6]) -> Option<System> {
    (unit_id == [0; 6]).then(|| System {
        name: "Samba",
        confidence: Confidence::Possible,
        why: "its node status has no hardware address".into(),
    })
}

/// What the way says in which its messages are written.
pub(super) fn of_profile(profile: &str) -> Option<System> {
    let (name, why) = match profile {
        "api" => ("Windows", "its messages are written as Windows programs write them"),
        "browser" => ("Windows", "its messages are written as the Windows kernel writes them"),
        "samba" => ("Samba", "its messages are written as Samba writes them"),
        _ => return None,
    };
    Some(System { name, confidence: Confidence::Possible, why: why.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements() {
        let nt = ServerType::WORKSTATION | ServerType::SERVER | ServerType::NT;
        let guess = |version, types| {
            announced(version, types).map(|system| (system.name, system.confidence))
        };
        let likely = |name| Some((name, Confidence::Likely));
        assert_eq!(guess((10, 0), nt), likely("Windows 10, Server 2016 or later"));
        assert_eq!(guess((6, 1), nt), likely("Windows 7 or Server 2008 R2"));
        let unix = nt | ServerType::XENIX_SERVER;
        assert_eq!(guess((6, 1), unix), likely("Samba or another Unix"));
        assert_eq!(guess((4, 0), ServerType::WINDOWS), likely("Windows 95 or 98"));
        // A printer.
        let printer = ServerType::PRINTQ_SERVER;
        assert_eq!(guess((4, 0), printer), None);
        assert_eq!(guess((4, 9), nt), Some(("Samba", Confidence::Possible)));
        assert_eq!(guess((77, 0), nt), None);
        // It leaves, and says nothing any more.
        assert_eq!(guess((10, 0), ServerType::empty()), None);
    }
}
