//! Messages of the Computer Browser: `\MAILSLOT\BROWSE` ([MS-BRWS] 2.2).
//!
//! Nobody signs them: a name, a version or a wish to be the master is what the sender says.
//!
//! ```
//! use mailslot::wire::browse::{GetBackupListResponse, HostAnnouncement, RequestElection, ServerType};
//! use mailslot::wire::netbios::{Name, Suffix};
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{Oem, Payload, Structure};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let name = Name::new("linuxbox", Suffix::WORKSTATION)?;
//! // To WORKGROUP<1d>: this machine is there.
//! let here = HostAnnouncement {
//!     server_name: name.into(),
//!     server_type: ServerType::SERVER | ServerType::POTENTIAL_BROWSER,
//!     ..HostAnnouncement::default()
//! };
//! // To WORKGROUP<1e>: it would be the master browser.
//! let election = RequestElection {
//!     version: 1,
//!     uptime: 3_600_000, // ms
//!     server_name: Oem::new(name.trimmed()),
//!     ..RequestElection::default().with_criteria(0x1001_0f20)
//! };
//! // To who asked for the list, with its token.
//! let list = GetBackupListResponse::new(1, vec![Oem::new(name.trimmed())]);
//!
//! for (data, line) in [
//!     (here.to_vec(), "LINUXBOX, version 10.0, every 720 s: server, potential_browser"),
//!     (election.to_vec(), "LINUXBOX, criteria 0x10010f20: nt_workstation, wins; up 3600 s"),
//!     (list.to_vec(), "token 0x1: LINUXBOX"),
//! ] {
//!     assert_eq!(Payload::decode(SlotName::BROWSE, &data)?.value.to_string(), line);
//! }
//! # Ok(())
//! # }
//! ```

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
