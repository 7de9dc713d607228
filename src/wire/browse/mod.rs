//! Messages of the Computer Browser: `\MAILSLOT\BROWSE` ([MS-BRWS] 2.2).
//!
//! Nobody signs them: a name, a version or a wish to be the master is what the sender says.

mod announcement;
mod announcement_request;
mod become_backup;
mod domain_announcement;
mod get_backup_list_request;
mod get_backup_list_response;
mod machine;
mod master_announcement;
mod os;
mod request_election;
mod reset_state_request;
mod server_type;

use core::fmt::{self, Display as _};

pub use announcement::{Announcement, HostAnnouncement, LocalMasterAnnouncement};
pub use announcement_request::AnnouncementRequest;
pub use become_backup::BecomeBackup;
pub use domain_announcement::DomainAnnouncement;
pub use get_backup_list_request::GetBackupListRequest;
pub use get_backup_list_response::GetBackupListResponse;
pub(super) use machine::Machine;
pub use master_announcement::MasterAnnouncement;
pub use os::os_name;
pub use request_election::{ElectionRole, RequestElection};
pub use reset_state_request::{ResetState, ResetStateRequest};
pub use server_type::ServerType;

use super::oem::CodePage;

/// A name, or that there is none.
fn write_name(f: &mut fmt::Formatter<'_>, octets: &[u8], page: CodePage) -> fmt::Result {
    if octets.is_empty() { f.write_str("(no name)") } else { page.printable(octets).fmt(f) }
}
