//! Which operating system a version is ([MS-BRWS] 2.2.1 note 4).

use super::ServerType;

/// The operating systems that announce this version and type, where they are known. It is what a
/// machine says of itself: printers and routers say that they are Windows, too.
///
/// Where [`XENIX_SERVER`](ServerType::XENIX_SERVER) is set it is no Windows, whatever the version:
/// Samba takes 4.9 or 6.1.
pub const fn os_name(major: u8, minor: u8, server_type: ServerType) -> Option<&'static str> {
    if server_type.contains(ServerType::XENIX_SERVER) {
        return Some("Samba or another Unix");
    }
    Some(if server_type.contains(ServerType::WINDOWS) {
        match (major, minor) {
            // Windows 98 has this, and not the 4.10 of the specification.
            (4, 0) => "Windows 95 or 98",
            (4, 10) => "Windows 98",
            (4, 90) => "Windows ME",
            _ => return None,
        }
    } else if server_type.contains(ServerType::NT) {
        match (major, minor) {
            (4, 0) => "Windows NT 4",
            (4, 9) => "Samba",
            (5, 0) => "Windows 2000",
            (5, 1) => "Windows XP",
            (5, 2) => "Windows Server 2003",
            (6, 0) => "Windows Vista or Server 2008",
            (6, 1) => "Windows 7 or Server 2008 R2",
            (6, 2) => "Windows 8 or Server 2012",
            (6, 3) => "Windows 8.1 or Server 2012 R2",
            (10, 0) => "Windows 10, Server 2016 or later",
            _ => return None,
        }
    } else if server_type.contains(ServerType::WFW) && major == 1 && minor == 51 {
        "Windows for Workgroups"
    } else {
        return None;
    })
}
