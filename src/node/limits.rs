//! Every bound of the node, with its reason. What a stranger can make the node keep is bounded here
//! and nowhere else; the bounds of the slots are in `slot::limits`.

use core::time::Duration;

use crate::wire::datagram::MAX_REASSEMBLED;

/// How long fragments wait for the others ([RFC 1002] 6, `FRAGMENT_TO`).
pub const FRAGMENT_TIMEOUT: Duration = Duration::from_secs(2);

/// Unfinished datagrams that are kept. Nobody is known to send fragments, so a few are plenty.
pub const MAX_REASSEMBLIES: usize = 64;

/// Of these, from one address: one sender cannot take all the room.
pub const MAX_REASSEMBLIES_PER_SOURCE: usize = 4;

/// Fragments of one datagram. At the smallest MTU of the internet there are two.
pub const MAX_FRAGMENTS: usize = 8;

/// Octets of names and user data of a datagram in parts.
pub const MAX_REASSEMBLED_OCTETS: usize = MAX_REASSEMBLED;

/// How long an equal datagram is a duplicate. In real captures all true duplicates lie within
/// 4 ms, and all repeats have another `DGM_ID`.
pub const DUPLICATE_WINDOW: Duration = Duration::from_millis(250);

/// Datagrams that are remembered for it, in 1 MiB: 80,000 a second fill a window with 20,000. Where
/// more come, the oldest are forgotten, and a duplicate of one would be delivered twice.
pub const MAX_REMEMBERED: usize = 32_768;

/// How often a claim, a query or a release is broadcast, and how long after each
/// ([RFC 1002] 6, `BCAST_REQ_RETRY_COUNT` and `BCAST_REQ_RETRY_TIMEOUT`).
pub const BROADCAST_REQUESTS: u8 = 3;

/// See [`BROADCAST_REQUESTS`].
pub const BROADCAST_RETRY: Duration = Duration::from_millis(250);

/// The same for a request to one node, [MS-NBTE]'s 1.5 s.
pub const UNICAST_RETRY: Duration = Duration::from_millis(1500);

/// How long after the last broadcast answers are waited for, where more than the first is wanted:
/// 1 s in all ([RFC 1002] 6, `CONFLICT_TIMER`).
pub const ALL_ANSWERS_WAIT: Duration = Duration::from_millis(500);

/// How long after a conflict a name is claimed again.
pub const CONFLICT_RETRY: Duration = Duration::from_secs(60);

/// How soon after taking a name for itself a node makes sure that nobody else has it, to twice that:
/// the objection may have been lost. Each time after that it waits four times as long.
pub const FIRST_CHECK: Duration = Duration::from_secs(2);

/// How long at most: a network that was parted may have two owners when it is whole again, and
/// nothing in the protocol tells them.
pub const CHECK_EVERY: Duration = Duration::from_secs(600);

/// How long a host is expected to keep the address that it answered, in seconds: what Windows says.
pub const ANSWER_TTL: u32 = 300_000;

/// Names whose address is remembered.
pub const MAX_CACHED_NAMES: usize = 1024;

/// For how long at most: as Windows does.
pub const MAX_CACHE_TIME: Duration = Duration::from_secs(600);

/// Questions of programs of this machine that wait for an answer at a time.
pub const MAX_QUERIES: usize = 256;

/// Owners of one answer that are kept: as many as fit the 576 octets that every host takes.
pub const MAX_OWNERS: usize = 86;

/// Answers to one question that are kept.
pub const MAX_ANSWERS: usize = 1024;

/// Mailslots that are created for messages to them, where strangers choose their names: more than
/// people look at, and a megabyte.
pub const MAX_CREATED_SLOTS: usize = 1024;

/// Own names; a node status has room for more, but not within 576 octets.
pub const MAX_NAMES: usize = 24;

/// Addresses of this machine that are used.
pub const MAX_INTERFACES: usize = 256;

/// Node status and negative answers a second to one source: no tool needs more.
pub const ANSWERS_PER_SOURCE: u32 = 20;

/// The same for all sources.
pub const ANSWERS_PER_SECOND: u32 = 200;

/// Sources that are counted at a time; beyond, a new one gets no such answer.
pub const MAX_SOURCES: usize = 4096;

/// Kinds of messages for others that are remembered, to tell who waits in vain.
pub const MAX_SIGHTINGS: usize = 32;

/// Packets that wait to be sent. Whoever drives the node takes them after each call, so only a call
/// that yields more at once would reach this: none does.
pub const MAX_TRANSMITS: usize = 65_536;
