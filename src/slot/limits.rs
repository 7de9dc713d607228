//! Every bound of local mailslots, with its reason. Windows queues without limit ([MS-MAIL] notes
//! 14 and 15); here whoever writes must not be able to exhaust the memory of all.

/// Messages in a slot, by default.
pub const MAX_MESSAGES: usize = 65_536;

/// Octets that the messages of a slot take, [`MESSAGE_OVERHEAD`] included, by default: 64 MiB.
pub const MAX_SLOT_OCTETS: u64 = 64 << 20;

/// Octets that the messages in all slots of a user take: 256 MiB.
pub const MAX_USER_OCTETS: u64 = 256 << 20;

/// Octets that the messages in all slots take: 1 GiB.
pub const MAX_OCTETS: u64 = 1 << 30;

/// What a queued message takes besides its data: its place in the queue, the header of its buffer,
/// and what the allocator rounds up to. Without it, messages of no octets would be free.
pub const MESSAGE_OVERHEAD: u64 = 128;

/// Slots in a table. Each costs a few hundred octets before the first message.
pub const MAX_SLOTS: usize = 1 << 20;

/// Reads that wait at one slot, and results that nobody collected yet.
pub const MAX_PENDING_READS: usize = 65_536;

/// UTF-16 units of a name. NT takes 65,532 octets of `\??\MAILSLOT\` and name, and no more.
pub const MAX_NAME_UNITS: usize = 65_532 / 2 - r"\??\MAILSLOT\".len();
