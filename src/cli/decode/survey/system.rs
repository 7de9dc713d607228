//! Which operating system a host has, as far as that can be guessed.

use std::fmt;

use serde::Serialize;

use crate::cli::record::Record;
use crate::wire::Note;
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

impl System {
    fn possible(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, confidence: Confidence::Possible, why: why.into() }
    }
}

/// The way in which a host's messages are written, where it is that of some systems and not of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Programs on Windows.
    Program,
    /// The kernel of Windows NT and its successors.
    Kernel,
    /// As Samba's, but for the node type, of which Samba says M always: Windows 9x and for
    /// Workgroups; printers, routers.
    Plain,
    Samba,
    /// Tools of macOS that browse, which number requests in the SMB header and have no port.
    Mac,
    /// `DGM_LENGTH` counts what it should not: printers, Samba 1.9 in devices; never Windows.
    Device,
}

impl Style {
    /// That of a datagram.
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        /// Of FLAGS, and its value for an M node ([RFC 1002] 4.4.1).
        const NODE_TYPE: u8 = 0x0c;
        const M_NODE: u8 = 0x08;
        let odd = Note::DgmLengthCountsHeader.name();
        if record.notes.iter().any(|note| note == odd) {
            return Some(Self::Device);
        }
        let usual = record.smb.is_empty();
        let m_node = record.flags.is_some_and(|flags| flags & NODE_TYPE == M_NODE);
        match record.profile.as_deref()? {
            "api" if usual => Some(Self::Program),
            "browser" if usual => Some(Self::Kernel),
            "samba" if usual && m_node => Some(Self::Samba),
            "samba" if usual => Some(Self::Plain),
            "samba" if record.source_port == Some(0) => Some(Self::Mac),
            _ => None,
        }
    }

    /// Whether systems that announce such a type write so.
    fn befits(self, types: ServerType) -> bool {
        match self {
            Self::Program => true,
            Self::Kernel => types.contains(ServerType::NT),
            Self::Plain => !types.contains(ServerType::NT),
            Self::Samba | Self::Mac | Self::Device => false,
        }
    }

    fn system(self) -> System {
        let (name, why) = match self {
            Self::Program => ("Windows", "its messages are written as Windows programs write them"),
            Self::Kernel => {
                ("Windows", "its messages are written as the Windows kernel writes them")
            }
            Self::Plain => (
                "Windows 95, 98 or a device",
                "its messages are written as those of Windows 95, 98 and printers",
            ),
            Self::Samba => ("Samba", "its messages are written as Samba writes them"),
            Self::Mac => ("macOS", "its messages are written as macOS writes them"),
            Self::Device => (DEVICE, "its DGM_LENGTH counts the header, as that of printers does"),
        };
        System::possible(name, why)
    }
}

const DEVICE: &str = "a printer, router or other device";

/// The system of a host by all that is known: what it announces, how it writes, and what its node
/// status says.
pub(super) fn guess(
    announced: Option<((u8, u8), ServerType)>,
    style: Option<Style>,
    status: Option<&System>,
) -> Option<System> {
    let said = announced.and_then(|(version, types)| of_announcement(version, types, style));
    said.or_else(|| status.cloned()).or_else(|| style.map(Style::system))
}

/// What an announcement says of the system.
fn of_announcement(version: (u8, u8), types: ServerType, style: Option<Style>) -> Option<System> {
    const FAMILIES: ServerType = ServerType::NT
        .union(ServerType::WINDOWS)
        .union(ServerType::WFW)
        .union(ServerType::XENIX_SERVER);
    if types.is_empty() {
        return None;
    }
    let announces = format!("announces version {}.{}", version.0, version.1);
    if !types.intersects(FAMILIES) {
        return Some(System::possible(DEVICE, format!("{announces} of no operating system")));
    }
    let name = os_name(version.0, version.1, types)?;
    let unix = types.contains(ServerType::XENIX_SERVER);
    let announces = if unix { format!("{announces}, xenix_server") } else { announces };
    let likely = |name, why| Some(System { name, confidence: Confidence::Likely, why });
    match style {
        // It behaves as it says, which is more than either.
        Some(Style::Samba) if unix || name == "Samba" => {
            likely("Samba", format!("{announces}, and writes as Samba does"))
        }
        _ if unix => likely(name, announces),
        // Of Samba 4.9 is a habit that others can have.
        _ if name == "Samba" => Some(System::possible(name, announces)),
        Some(style) if !style.befits(types) => {
            let why = format!("{announces} of {name}, but writes as no such system does");
            Some(System::possible(DEVICE, why))
        }
        _ => likely(name, announces),
    }
}

/// What a node status says of it: Samba has no hardware address to tell.
pub(super) fn of_unit_id(unit_id: [u8; 6]) -> Option<System> {
    (unit_id == [0; 6])
        .then(|| System::possible("Samba", "its node status has no hardware address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NT: ServerType = ServerType::WORKSTATION.union(ServerType::SERVER).union(ServerType::NT);

    fn guessed(
        version: (u8, u8),
        types: ServerType,
        style: Option<Style>,
    ) -> Option<(&'static str, Confidence)> {
        guess(Some((version, types)), style, None).map(|system| (system.name, system.confidence))
    }

    #[test]
    fn announcements() {
        let likely = |name| Some((name, Confidence::Likely));
        let possible = |name| Some((name, Confidence::Possible));
        let guess = |version, types| guessed(version, types, None);
        assert_eq!(guess((10, 0), NT), likely("Windows 10, Server 2016 or later"));
        assert_eq!(guess((6, 1), NT), likely("Windows 7 or Server 2008 R2"));
        let unix = NT | ServerType::XENIX_SERVER;
        assert_eq!(guess((6, 1), unix), likely("Samba or another Unix"));
        assert_eq!(guess((4, 0), ServerType::WINDOWS), likely("Windows 95 or 98"));
        assert_eq!(guess((1, 51), ServerType::WFW), likely("Windows for Workgroups"));
        assert_eq!(guess((4, 9), NT), possible("Samba"));
        assert_eq!(guess((77, 0), NT), None);
        // It leaves, and says nothing any more.
        assert_eq!(guess((10, 0), ServerType::empty()), None);
    }

    /// Epson, HP, Gigaset and others announce some version, and none of the bits of systems.
    #[test]
    fn announcements_of_devices() {
        let device = Some((DEVICE, Confidence::Possible));
        for version in [(0, 1), (1, 0), (4, 0), (4, 22), (4, 32), (6, 2)] {
            let printer = ServerType::SERVER | ServerType::PRINTQ_SERVER;
            assert_eq!(guessed(version, printer, Some(Style::Kernel)), device);
        }
    }

    #[test]
    fn announcements_and_how_they_are_written() {
        let likely = |name| Some((name, Confidence::Likely));
        let possible = |name| Some((name, Confidence::Possible));
        let nine = ServerType::SERVER | ServerType::WFW | ServerType::WINDOWS;
        let unix = NT | ServerType::XENIX_SERVER;
        let windows_10 = likely("Windows 10, Server 2016 or later");
        for (version, types, style, expected) in [
            ((10, 0), NT, Style::Kernel, windows_10),
            ((10, 0), NT, Style::Program, windows_10),
            ((10, 0), NT, Style::Plain, possible(DEVICE)),
            ((10, 0), NT, Style::Samba, possible(DEVICE)),
            ((4, 0), nine, Style::Plain, likely("Windows 95 or 98")),
            // A printer of OKI; one of Brother.
            ((4, 0), nine, Style::Device, possible(DEVICE)),
            ((1, 51), ServerType::WFW, Style::Samba, possible(DEVICE)),
            ((4, 9), unix, Style::Samba, likely("Samba")),
            ((4, 9), NT, Style::Samba, likely("Samba")),
            // A print server with an old Samba.
            ((4, 2), unix, Style::Device, likely("Samba or another Unix")),
        ] {
            assert_eq!(guessed(version, types, Some(style)), expected, "{version:?} {style:?}");
        }
    }

    #[test]
    fn what_is_announced_comes_first_then_a_status_then_a_style() {
        let status = of_unit_id([0; 6]).expect("Samba's");
        let name = |system: Option<System>| system.map(|system| system.name);
        let announced = Some(((10, 0), NT));
        let kernel = Some(Style::Kernel);
        let first = name(guess(announced, kernel, Some(&status)));
        assert_eq!(first, Some("Windows 10, Server 2016 or later"));
        assert_eq!(name(guess(None, kernel, Some(&status))), Some("Samba"));
        assert_eq!(name(guess(None, kernel, None)), Some("Windows"));
        assert_eq!(name(guess(None, None, None)), None);
        assert_eq!(of_unit_id([2, 0, 0, 0, 0, 1]), None);
    }
}
