//! Messages of the Netlogon service: how a domain controller is found, and how it tells of changes
//! ([MS-ADTS] 6.3, [MS-NRPC] 2.2.1.5.1, 3.6).
//!
//! Questions go to `\MAILSLOT\NET\NETLOGON` or `\MAILSLOT\NET\NTLOGON`; answers to the mailslot that
//! the question names, `\MAILSLOT\NET\GETDC` and digits, or below `\MAILSLOT\TEMP\`. Nothing in them
//! is proven: whoever can send a datagram can say all of it.
//!
//! Of LAN Manager's messages, opcodes 1 to 5, 8, 9, 11, 13 to 17 and 22, no specification is public
//! and no capture is known. What is said of them here is what Wireshark reads; they are read as far
//! as that goes, and the rest is kept.
//!
//! ```
//! use mailslot::wire::netlogon::{
//!     DsFlags, SamLogonRequest, SamLogonResponse, SockAddr, V5Ex, Version,
//! };
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{DnsName, Oem, Payload, Sid, Structure, Utf16};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // To OFFICE<1c>: which domain controller is there?
//! let asker = Utf16::encode("LINUXBOX");
//! let domain = Sid::parse("S-1-5-21-1-2-3").ok_or("no identifier")?;
//! let question = SamLogonRequest {
//!     unicode_computer_name: Utf16::new(&asker),
//!     mailslot_name: Oem::new(br"\MAILSLOT\NET\GETDC518"),
//!     domain_sid: Sid(&domain),
//!     ..SamLogonRequest::default()
//! };
//! let data = question.to_vec();
//! assert_eq!(
//!     Payload::decode(SlotName::NETLOGON, &data)?.value.to_string(),
//!     r"LINUXBOX asks for any DC of S-1-5-21-1-2-3, reply to \MAILSLOT\NET\GETDC518, NT version 11"
//! );
//!
//! // To LINUXBOX<00>, the mailslot that it named: this one.
//! let name = |text| DnsName::new(text).ok_or("no domain name");
//! let answer = SamLogonResponse::from(Version::V5Ex(Box::new(V5Ex {
//!     flags: DsFlags::LDAP | DsFlags::DS,
//!     domain_guid: "95432206-f3d5-4543-ba99-2ce0f3bc5602".parse()?,
//!     dns_forest_name: name("office.example")?,
//!     dns_domain_name: name("office.example")?,
//!     dns_host_name: name("dc1.office.example")?,
//!     netbios_domain_name: name("OFFICE")?,
//!     netbios_computer_name: name("DC1")?,
//!     dc_site_name: name("Main")?,
//!     client_site_name: name("Main")?,
//!     dc_sock_addr: Some(SockAddr::new([192, 0, 2, 1].into())),
//!     ..V5Ex::default()
//! })));
//! let data = answer.to_vec();
//! let slot = SlotName::new(br"\MAILSLOT\NET\GETDC518")?;
//! assert_eq!(
//!     Payload::decode(slot, &data)?.value.to_string(),
//!     "DC1 is a DC of OFFICE (office.example), site Main, at 192.0.2.1: ldap, ds"
//! );
//! # Ok(())
//! # }
//! ```

mod account_update;
mod announce_uas;
mod flags;
mod initialization;
mod logon_request;
mod logon_response;
mod logon_response2;
mod no_user;
mod notice;
mod primary_query;
mod primary_response;
mod sam_interrogate_response;
mod sam_logon_request;
mod sam_logon_response;
mod trailer;
mod workstation_response;

pub use account_update::AccountUpdate;
pub use announce_uas::{AnnounceUas, DbChange, MAX_DB_CHANGES, UasChange};
pub use flags::{AccountControl, DsFlags, NtVersion};
pub use initialization::{Initialization, InitializationOpcode, LmVersion};
pub use logon_request::LogonRequest;
pub use logon_response::LogonResponse;
pub use logon_response2::LogonResponse2;
pub use no_user::NoUser;
pub use notice::{LogonPauseResponse, Notice, PdcFailure, UserUnknown};
pub use primary_query::{NtQuery, PrimaryQuery};
pub use primary_response::{NtResponse, PdcStartup, PrimaryController, PrimaryResponse};
pub use sam_interrogate_response::SamInterrogateResponse;
pub use sam_logon_request::SamLogonRequest;
pub use sam_logon_response::{Nt40, Opcode, SamLogonResponse, SockAddr, V5, V5Ex, Version};
pub use trailer::{ShortTrailer, Tail, Trailer};
pub use workstation_response::{InterrogateResponse, RelogonResponse, WorkstationResponse};
