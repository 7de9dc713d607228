//! The SMB of a mailslot write: a header and one `SMB_COM_TRANSACTION` request ([MS-MAIL] 2.2.1,
//! [MS-CIFS] 2.2.3.1 and 2.2.4.33.1).
//!
//! ```text
//!  0 FF 'SMB'   4 Command 0x25   5 Status   9 Flags   10 Flags2   12 ..  24 TID  26 PIDLow  28 UID  30 MID
//! 32 WordCount 17   33 .. 54 counts   55 DataCount   57 DataOffset   59 SetupCount 3
//! 61 opcode 1   63 priority   65 class   67 ByteCount   69 MailslotName NUL   padding   data
//! ```
//!
//! Integers are little-endian; these offsets count from the `FF`. Only what decides where the data
//! is gets checked on receipt ([MS-MAIL] 3.2.5.1), the rest is kept, so that it can be shown and
//! written again.

mod header;
mod mailslot;
mod partial;
mod profile;
mod transaction;

pub use header::{Flags2, Header};
pub use mailslot::{MAX_SLOT_NAME, MailslotWrite, PREFIX, SlotName};
pub use partial::Partial;
pub use profile::Profile;
pub use transaction::Transaction;

/// The most octets of data that hosts exchange: what the datagram service's 512 octets leave for
/// names of 5 to 8 characters, and what Windows documents ([MS-MAIL] 2.1, "424 bytes").
pub const MAX_DATA: usize = 424;

/// The most octets of an SMB in a datagram ([MS-MAIL] 2.1).
pub const MAX_SMB: usize = 512;
