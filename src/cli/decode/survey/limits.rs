//! What a summary keeps at most: a capture may be of any length, and its senders of any mind.

/// Hosts. No network that broadcasts has as many; with all that is kept of each, 20 MB.
pub(super) const MAX_HOSTS: usize = 4096;

/// Addresses of a host, names of an address, workgroups and NetBIOS names of a host: what an honest
/// node has at most is some two dozen.
pub(super) const MAX_OF_HOST: usize = 32;

/// Mailslots, and names of workgroups or domains.
pub(super) const MAX_SLOTS: usize = 1024;

/// Senders of a mailslot, clients of a domain.
pub(super) const MAX_SENDERS: usize = 256;

/// Oddities, each of one kind and one sender.
pub(super) const MAX_ODDITIES: usize = 1024;

/// Characters of a comment.
pub(super) const MAX_COMMENT: usize = 256;
