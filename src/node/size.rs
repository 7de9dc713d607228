//! How large a message may be that comes from the network.

use crate::wire::smb::{MAX_DATA, MAX_SMB, MailslotWrite};

/// Which messages are too large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SizePolicy {
    /// As Windows does: up to 424 octets, or whatever fits an SMB of 512 with its headers and name:
    /// up to 428 for names of 1 to 4 characters ([MS-MAIL] 2.1 note 2).
    #[default]
    Windows,
    /// As Windows documents: up to 424 octets.
    Documented,
    /// Whatever a datagram holds.
    Lab,
}

impl SizePolicy {
    /// Whether a write that came in a datagram is taken.
    pub fn accepts(self, write: &MailslotWrite<'_>) -> bool {
        let data = write.data.len();
        match self {
            Self::Windows => {
                data <= MAX_DATA || usize::from(write.transaction.data_offset) + data <= MAX_SMB
            }
            Self::Documented => data <= MAX_DATA,
            Self::Lab => true,
        }
    }
}
