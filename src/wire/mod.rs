//! Bytes to values and back; pure, borrowing, never panicking.
//!
//! One protocol structure a file. Every structure has `decode`, `encode`, `encoded_len` and
//! `Display`, and keeps what it does not understand. Decoding is tolerant: what deviates from the
//! specification and can be read all the same becomes a [`Note`]; [`Decoded::strict`] refuses the
//! [faults](Class::Fault) among them. Offsets in errors count from the start of the UDP payload.
//!
//! What a mailslot write says to a mailslot that is known is a [`Payload`]; offsets in its errors
//! count from the first octet of the data. Names of mailslots stand behind `\MAILSLOT\` and are
//! compared without regard to case; data of others, and of messages that are not known, are
//! [`Raw`](Payload::Raw).
//!
//! | mailslot | messages | to | type | source |
//! |---|---|---|---|---|
//! | `BROWSE` | 0x01 a machine is there, or leaves | workgroup `<1d>` | [`HostAnnouncement`](browse::HostAnnouncement) | [MS-BRWS] 2.2.1 |
//! | | 0x02 who is there? | workgroup `<00>`, `<1d>` | [`AnnouncementRequest`](browse::AnnouncementRequest) | [MS-BRWS] 2.2.2 |
//! | | 0x08 who is to be the master browser? | workgroup `<1e>` | [`RequestElection`](browse::RequestElection) | [MS-BRWS] 2.2.3 |
//! | | 0x09 who has the list of the workgroup? | workgroup `<1d>`, domain `<1b>` | [`GetBackupListRequest`](browse::GetBackupListRequest) | [MS-BRWS] 2.2.4 |
//! | | 0x0A these machines have it | who asked `<00>` | [`GetBackupListResponse`](browse::GetBackupListResponse) | [MS-BRWS] 2.2.5 |
//! | | 0x0B that machine is to keep it, too | workgroup `<1e>` | [`BecomeBackup`](browse::BecomeBackup) | [MS-BRWS] 2.2.6 |
//! | | 0x0C a workgroup is there | [`MSBROWSE`](netbios::Name::MSBROWSE) | [`DomainAnnouncement`](browse::DomainAnnouncement) | [MS-BRWS] 2.2.7 |
//! | | 0x0D a master browser tells its domain's | machine `<00>` | [`MasterAnnouncement`](browse::MasterAnnouncement) | [MS-BRWS] 2.2.8 |
//! | | 0x0E a browser is to stop | | [`ResetStateRequest`](browse::ResetStateRequest) | [MS-BRWS] 2.2.9 |
//! | | 0x0F a master browser is there | workgroup `<1e>` | [`LocalMasterAnnouncement`](browse::LocalMasterAnnouncement) | [MS-BRWS] 2.2.10 |
//! | `LANMAN` | 1 a machine is there, or leaves | workgroup `<00>` | [`LanmanAnnouncement`](lanman::LanmanAnnouncement) | what Windows and Samba send |
//! | | 0x01 as to `BROWSE`, told by its signature | | [`HostAnnouncement`](browse::HostAnnouncement) | [MS-BRWS] 2.2.1 |
//! | `NET\NETLOGON`, `NET\NTLOGON`; answers: `NET\GETDC` and digits, `TEMP\` and a name | 0 a user logs on | | [`LogonRequest`](netlogon::LogonRequest) | [MS-ADTS] 6.3.1.3, Samba |
//! | | 1 a server of LAN Manager 1.0 lets it | | [`LogonResponse`](netlogon::LogonResponse) | Wireshark |
//! | | 2 to 5 a workstation of LAN Manager 1.0 starts | | [`Initialization`](netlogon::Initialization) | Wireshark |
//! | | 6 a server lets it | who asked `<00>` | [`LogonResponse2`](netlogon::LogonResponse2) | Samba |
//! | | 7 who is the primary domain controller? | domain `<1b>`, `<1c>` | [`PrimaryQuery`](netlogon::PrimaryQuery) | [MS-ADTS] 6.3.1.4 |
//! | | 8 it starts | | [`PdcStartup`](netlogon::PdcStartup) | Wireshark |
//! | | 9 it stops | | [`PdcFailure`](netlogon::PdcFailure) | Wireshark |
//! | | 10 the accounts of a domain changed | domain `<00>`, `<1c>` | [`AnnounceUas`](netlogon::AnnounceUas) | [MS-NRPC] 2.2.1.5.1 |
//! | | 11 nobody uses a machine | | [`NoUser`](netlogon::NoUser) | Wireshark |
//! | | 12 that one is | who asked `<00>` | [`PrimaryResponse`](netlogon::PrimaryResponse) | [MS-ADTS] 6.3.1.5 |
//! | | 13 a workstation logs on again | | [`RelogonResponse`](netlogon::RelogonResponse) | Wireshark |
//! | | 14 what a workstation is | | [`InterrogateResponse`](netlogon::InterrogateResponse) | Wireshark |
//! | | 15 nobody may log on for now | | [`LogonPauseResponse`](netlogon::LogonPauseResponse) | Wireshark |
//! | | 16 a server does not know a user | | [`UserUnknown`](netlogon::UserUnknown) | Wireshark |
//! | | 17 an account changed | | [`AccountUpdate`](netlogon::AccountUpdate) | Wireshark |
//! | | 18 which domain controller is there, or knows an account? | domain `<1c>`, `<1b>` | [`SamLogonRequest`](netlogon::SamLogonRequest) | [MS-ADTS] 6.3.1.6 |
//! | | 19 to 21, 23 to 25 that one is, or does | who asked `<00>` | [`SamLogonResponse`](netlogon::SamLogonResponse) | [MS-ADTS] 6.3.1.7 to 6.3.1.9 |
//! | | 22 an answer of unknown fields | | [`SamInterrogateResponse`](netlogon::SamInterrogateResponse) | Wireshark |
//! | `MESSNGR` | somebody tells somebody something | addressee `<03>`, workgroup `<00>` | [`Messenger`](messenger::Messenger) | [MS-MSRP] 2.1.2 |
//! | `ALERTER` | a service tells that something happened | the own machine | [`Alerter`](alerter::Alerter) | `lmalert.h` |
//! | `waitfor.exe\` and a name | a signal | machine `<00>`, domain `<00>` | [`Waitfor`](waitfor::Waitfor) | what the `waitfor` command does |
//!
//! Whom a message is for is a NetBIOS name, here with its [`Suffix`](netbios::Suffix) in hex: what
//! Windows and Samba send to. Who reads a mailslot need not look at it. Where Wireshark is the source,
//! no specification is public and no capture is known.
//!
//! # From a packet to what it says
//!
//! ```
//! use mailslot::wire::datagram::{Body, Datagram};
//! use mailslot::wire::smb::MailslotWrite;
//! use mailslot::wire::{DecodeError, Payload};
//!
//! /// One line about a UDP payload of port 138. Offsets in errors count from its first octet.
//! fn line(packet: &[u8]) -> Result<String, DecodeError> {
//!     let datagram = Datagram::decode(packet)?.value;
//!     let Body::Data(data) = datagram.body else { return Ok(datagram.to_string()) };
//!     let smb_at = packet.len() - data.user_data.len();
//!     let write = MailslotWrite::decode_at(packet, smb_at)?.value;
//!     let message = Payload::decode(write.mailslot_name, write.data)
//!         .map_err(|error| error.behind(write.data_at(packet.len())))?;
//!     Ok(format!("{}: {}", write.mailslot_name, message.value))
//! }
//! # assert_eq!(line(b"\x11").unwrap_err().field, "flags");
//! ```
//!
//! # And back
//!
//! Every message is a [`Structure`]: its fields are public, `..Default::default()` is what Windows
//! sends, and [`to_vec`](Structure::to_vec) makes the data of a write.
//!
//! ```
//! use mailslot::wire::browse::RequestElection;
//! use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
//! use mailslot::wire::netbios::{Name, Suffix};
//! use mailslot::wire::smb::{Profile, SlotName};
//! use mailslot::wire::{Payload, Structure};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let election = RequestElection::default(); // forced
//! assert!(Payload::from(election).reads_back(SlotName::BROWSE));
//!
//! let sender = Profile::for_slot(SlotName::BROWSE);
//! let data = election.to_vec();
//! assert!(data.len() <= sender.max_data(SlotName::BROWSE));
//! let smb = sender.write(SlotName::BROWSE, &data).to_vec();
//!
//! let from = Name::new("linuxbox", Suffix::WORKSTATION)?;
//! let to = Name::new("workgroup", Suffix::BROWSER_ELECTIONS)?;
//! let header = Header {
//!     msg_type: MsgType::DIRECT_GROUP,
//!     flags: Flags::FIRST,
//!     dgm_id: 1, // another one for each
//!     source_ip: [192, 0, 2, 1].into(),
//!     source_port: 138,
//! };
//! let body = Body::Data(Data::whole(from.into(), to.into(), &smb));
//! let packet = Datagram { header, body }.to_vec(); // to port 138 of the broadcast address
//! # assert_eq!(packet.len(), 82 + 69 + 17 + 15);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing is refused when it is written: neither data of more than
//! [`Profile::max_data`](smb::Profile::max_data) octets, which receivers drop, nor a message that
//! is read as another, which [`Payload::reads_back`] tells.
//!
//! Encoding into memory of a fixed size, a `&mut [u8]` as a [`BufMut`](bytes::BufMut), panics where
//! there is less than `encoded_len`.

pub mod alerter;
pub mod browse;
pub mod datagram;
mod dns_name;
mod error;
mod flags;
mod guid;
pub mod lanman;
pub mod messenger;
pub mod nbns;
pub mod netbios;
pub mod netlogon;
mod notes;
pub mod oem;
mod payload;
mod reader;
mod sid;
pub mod smb;
mod structure;
mod text;
pub mod waitfor;

pub use dns_name::{DnsName, MAX_DNS_NAME, MAX_LABEL};
pub use error::{DecodeError, Reason};
pub use guid::{Guid, NoGuid};
pub use notes::{Class, Decoded, Note, Notes};
pub use payload::Payload;
pub use sid::{MAX_SUB_AUTHORITIES, Sid};
pub use structure::Structure;
#[cfg(feature = "cli")]
pub(crate) use structure::{ByteOrder, Entry, Form, Opcode, Visitor, write_flags};
pub(crate) use text::OctetCount;
#[cfg(feature = "cli")]
pub(crate) use text::split_utf16;
pub use text::{Name16, Oem, Padding, Utf16, Utf16Field};
