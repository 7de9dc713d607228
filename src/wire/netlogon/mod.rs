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
