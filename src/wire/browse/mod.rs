//! Messages of the Computer Browser: `\MAILSLOT\BROWSE` ([MS-BRWS] 2.2).

mod announcement;
mod server_type;

pub use announcement::{Announcement, HostAnnouncement, LocalMasterAnnouncement};
pub use server_type::ServerType;
