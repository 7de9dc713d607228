//! Octet 15 of a name: which service it stands for ([MS-NBTE] notes 2 and 3, [MS-BRWS] 2.1.1).

use core::fmt;

/// Octet 15 of a NetBIOS name. The datagram service gives it no meaning of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suffix(pub u8);

/// Whether one host owns a name or many share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One host.
    Unique,
    /// Any number of hosts: a workgroup, the domain controllers, ...
    Group,
}

/// One use of a suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// For unique or for group names.
    pub kind: Kind,
    /// What a name with it stands for.
    pub text: &'static str,
}

impl Suffix {
    /// 00: a computer (unique), or its domain or workgroup (group). Application mailslots use it.
    pub const WORKSTATION: Self = Self(0x00);
    /// 01: `__MSBROWSE__`.
    pub const MSBROWSE: Self = Self(0x01);
    /// 03: the messenger service, for computers and users.
    pub const MESSENGER: Self = Self(0x03);
    /// 1B: the domain master browser.
    pub const DOMAIN_MASTER_BROWSER: Self = Self(0x1b);
    /// 1C: the domain controllers.
    pub const DOMAIN_CONTROLLERS: Self = Self(0x1c);
    /// 1D: the subnet's local master browser.
    pub const LOCAL_MASTER_BROWSER: Self = Self(0x1d);
    /// 1E: the browsers that take part in elections.
    pub const BROWSER_ELECTIONS: Self = Self(0x1e);
    /// 20: the server service.
    pub const SERVER: Self = Self(0x20);

    /// Its known uses, unique ones first. Any other suffix is legal and opaque.
    pub fn meanings(self) -> impl Iterator<Item = Meaning> {
        use Kind::{Group, Unique};
        MEANINGS
            .iter()
            .filter(move |(suffix, ..)| *suffix == self.0)
            .map(|&(_, group, text)| Meaning { kind: if group { Group } else { Unique }, text })
    }

    /// Its known use for names of that kind.
    pub fn meaning(self, kind: Kind) -> Option<&'static str> {
        self.meanings().find(|meaning| meaning.kind == kind).map(|meaning| meaning.text)
    }
}

/// Two hex digits.
impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

/// Suffix, whether for group names, meaning.
const MEANINGS: &[(u8, bool, &str)] = &[
    (0x00, false, "computer (workstation service)"),
    (0x00, true, "domain or workgroup"),
    (0x01, false, "messenger service (old)"),
    (0x01, true, "master browsers of the subnet"),
    (0x02, false, "workstation redirector (old)"),
    (0x03, false, "messenger service"),
    (0x05, false, "forwarded name (old)"),
    (0x06, false, "remote access server"),
    (0x1b, false, "domain master browser"),
    (0x1c, true, "domain controllers"),
    (0x1d, false, "local master browser"),
    (0x1e, true, "browser elections"),
    (0x1f, false, "NetDDE"),
    (0x20, false, "server service"),
    (0x20, true, "internet group"),
    (0x21, false, "remote access client"),
    (0x22, false, "Exchange interchange"),
    (0x23, false, "Exchange store"),
    (0x24, false, "Exchange directory"),
    (0x2b, false, "Lotus Notes server"),
    (0x2f, true, "Lotus Notes multicast"),
    (0x30, false, "modem sharing server"),
    (0x31, false, "modem sharing client"),
    (0x33, true, "Lotus Notes name server"),
    (0x42, false, "McAfee antivirus"),
    (0x43, false, "SMS remote control client"),
    (0x44, false, "SMS remote control administrator"),
    (0x45, false, "SMS remote chat"),
    (0x46, false, "SMS remote transfer"),
    (0x4c, false, "DEC Pathworks"),
    (0x52, false, "DEC Pathworks"),
    (0x6a, false, "Exchange Internet mail connector"),
    (0x87, false, "Exchange message transfer agent"),
    (0xbe, false, "Network Monitor agent"),
    (0xbf, false, "Network Monitor application"),
];
