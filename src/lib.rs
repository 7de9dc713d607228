//! Windows mailslots on Linux.
//!
//! A mailslot is one-way, message-oriented IPC: a server creates `\\.\mailslot\[path\]name` and
//! reads; any process writes, on the same machine or on others, to one machine, to a domain, or to
//! its own. Between machines a write is one SMB in one NetBIOS datagram, at most 424 octets of
//! data ([MS-MAIL], RFC 1001 and 1002).
//!
//! This crate decodes and encodes these datagrams, routes them into local mailslots with Windows'
//! semantics, takes NetBIOS names on a network and is found by them, writes to other machines, and
//! reads captures through the same router. It is not an SMB server, and no other transport than UDP
//! over IPv4.
//!
//! ```text
//! sockets ──► net ──► runtime ─┐                             ┌─► api, blocking (handles)
//! capture files ──► capture ───┼─► node ──► slot (queues) ───┼─► the mailslot command
//! a LAN in memory ───── sim ───┘    │ ▲                      └─► service ──ipc──► client ──► api
//!                                   │ └─ time, handed in             (another process)
//!                                   └─ wire (octets to values, and back)
//! ```
//!
//! # Levels
//!
//! * [`wire`]: the codec; borrows, never panics, `no_std` with `alloc`.
//! * [`slot`] and [`node`] (feature `node`): local mailslots, the router and the name service,
//!   without I/O and clock: time is handed in. [`sim`]: many such nodes under one clock and one
//!   seed, to test programs with.
//! * [`capture`] (feature `capture`): pcap and pcapng to UDP payloads.
//! * [`api`] (feature `runtime`): handles for async programs; [`blocking`] (feature `blocking`): the
//!   same for threads. On Linux [`net`], what a node needs of the system, [`runtime::Live`], a node on
//!   the network, [`service`], what shares it among processes, and [`client`], its other side; [`ipc`]
//!   is what they say to each other.
//!
//! How far all this is what Windows does, row by row, stands in `docs/windows.md` of the repository.
//!
//! # The first program
//!
//! ```
//! # #[cfg(feature = "blocking")] {
//! use mailslot::blocking::Mailslots;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mailslots = Mailslots::local()?; // of this process alone; auto(): those that programs share
//! let slot = mailslots.create("alerts")?;
//! mailslots.open(r"\\.\mailslot\alerts")?.write(b"disk is full")?;
//! assert_eq!(slot.recv()?.data, "disk is full");
//! # Ok(())
//! # }
//! # main().unwrap();
//! # }
//! ```
//!
//! # A datagram
//!
//! ```
//! use mailslot::wire::datagram::{Body, Data, Datagram, Flags, Header, MsgType};
//! use mailslot::wire::netbios::{Name, Suffix};
//! use mailslot::wire::smb::{MailslotWrite, Profile, SlotName};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let slot = SlotName::new(br"\MAILSLOT\alerts")?;
//! let smb = Profile::Api.write(slot, b"disk is full").to_vec();
//! let (from, to) = (Name::new("winbox", Suffix::WORKSTATION)?, Name::new("linuxbox", Suffix::WORKSTATION)?);
//! let header = Header {
//!     msg_type: MsgType::DIRECT_UNIQUE,
//!     flags: Flags::FIRST,
//!     dgm_id: 0x8001,
//!     source_ip: [192, 0, 2, 1].into(),
//!     source_port: 138,
//! };
//! let body = Body::Data(Data::whole(from.into(), to.into(), &smb));
//! let payload = Datagram { header, body }.to_vec();
//!
//! let decoded = Datagram::decode(&payload)?;
//! assert!(decoded.notes.is_empty());
//! let Body::Data(data) = decoded.value.body else { panic!() };
//! assert_eq!(data.destination_name.to_string(), "LINUXBOX<00>");
//! let write = MailslotWrite::decode_at(&payload, payload.len() - data.user_data.len())?;
//! assert_eq!(write.value.data, b"disk is full");
//! # Ok(())
//! # }
//! ```
//!
//! # What it says
//!
//! Messages of well-known mailslots are values too: those of the Computer Browser, LAN Manager,
//! Netlogon, the Messenger and Alerter services and `waitfor`. The table in [`wire`] has them all.
//!
//! ```
//! use mailslot::wire::browse::{HostAnnouncement, ServerType};
//! use mailslot::wire::netbios::{Name, Suffix};
//! use mailslot::wire::smb::SlotName;
//! use mailslot::wire::{Oem, Payload, Structure};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let here = HostAnnouncement {
//!     server_name: Name::new("linuxbox", Suffix::WORKSTATION)?.into(),
//!     server_type: ServerType::WORKSTATION | ServerType::SERVER,
//!     comment: Oem::new(b"file server"),
//!     ..HostAnnouncement::default()
//! };
//! let data = here.to_vec(); // the data of a write to \\WORKGROUP\mailslot\BROWSE
//!
//! let read = Payload::decode(SlotName::BROWSE, &data)?.value;
//! assert_eq!(read.kind(), "host_announcement");
//! let text = r#"LINUXBOX, version 10.0, every 720 s: workstation, server; "file server""#;
//! assert_eq!(read.to_string(), text);
//! let Payload::HostAnnouncement(read) = read else { panic!() };
//! assert_eq!(read.periodicity, 720_000); // ms
//! # Ok(())
//! # }
//! ```
//!
//! # Coming from Win32
//!
//! | Windows | here |
//! |---|---|
//! | `CreateMailslot` | `api::Mailslots::create`, `slot::Table::create` |
//! | `CreateFile` | `api::Mailslots::open`, `slot::Table::open` |
//! | `ReadFile`, `ReadFileEx` | `api::Mailslot::read` and `recv`; awaiting the future |
//! | `CancelIo` | dropping the future; no message is lost |
//! | `WriteFile`, `WriteFileEx` | `api::MailslotWriter::write`: one call, one message |
//! | `GetMailslotInfo`, `SetMailslotInfo` | `info`, `set_read_timeout` |
//! | `DuplicateHandle` | `Clone`; in another process `share` and `take` |
//! | inheritance | `inherit`, `inherited` |
//! | `GetFileTime`, `SetFileTime` | `times`, `set_created` |
//! | `GetHandleInformation`, `SetHandleInformation` | `flags`, `set_flags` |
//! | `CloseHandle` | dropping, or `close` for the error |
//! | `GetLastError` | `win32_code` of the error |
#![forbid(unsafe_code)]
#![cfg_attr(not(any(test, feature = "capture", feature = "node")), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a feature there is nothing behind some links.
#![cfg_attr(
    not(all(feature = "capture", feature = "runtime", feature = "blocking")),
    allow(rustdoc::broken_intra_doc_links, reason = "items of features that are off")
)]

extern crate alloc;

pub mod time;
pub mod wire;

#[cfg(feature = "runtime")]
pub mod api;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "capture")]
pub mod capture;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(all(feature = "runtime", target_os = "linux"))]
pub mod client;
#[cfg(feature = "runtime")]
pub mod ipc;
#[cfg(all(feature = "runtime", target_os = "linux"))]
pub mod net;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(all(feature = "runtime", target_os = "linux"))]
pub mod service;
#[cfg(feature = "node")]
pub mod sim;
#[cfg(feature = "node")]
pub mod slot;

/// The README's program.
#[cfg(all(doctest, feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct Readme;
