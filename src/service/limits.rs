//! What one user of the service, and all of them, may take of it, with the reason. All but the
//! lengths are defaults of the configuration's `[quotas]`.

use std::time::Duration;

use crate::slot::limits::{MAX_OCTETS, MAX_USER_OCTETS};

/// Mailslots of a user. A program has a handful; each costs a few hundred octets when empty.
pub const USER_SLOTS: usize = 1024;

/// Octets that the messages in all slots of a user take: 256 MiB.
pub const USER_OCTETS: u64 = MAX_USER_OCTETS;

/// Connections of a user. Each is a file descriptor and its buffers.
pub const USER_CONNECTIONS: usize = 128;

/// Handles that a connection has open.
pub const CONNECTION_HANDLES: usize = 4096;

/// Octets of the names of a connection's handles, and of those that it shares: 256 for each of the
/// most handles. A name can be of 98,259 octets, and a computer's of any.
pub const CONNECTION_NAMES: usize = 256 * CONNECTION_HANDLES;

/// Reads that wait on a connection. Each is a task and a place in its slot's queue.
pub const CONNECTION_READS: usize = 1024;

/// Mailslots of all users: 64 who take all of theirs.
pub const ALL_SLOTS: usize = 65_536;

/// Octets that the messages of all users take: 1 GiB.
pub const ALL_OCTETS: u64 = MAX_OCTETS;

/// Connections of all users. Each is a file descriptor, of which a process has 1024 unless more are
/// asked for.
pub const ALL_CONNECTIONS: usize = 4096;

/// Rules of the configuration, and names or users of one. Every creation goes through them.
pub const MAX_RULES: usize = 1024;

/// Characters of a mailslot's name that the list of slots has.
pub const LISTED_NAME: usize = 255;

/// Characters of a mailslot's name that a refusal repeats: the name is a client's, and goes into a
/// log.
pub const SHOWN_NAME: usize = 80;

/// Octets of replies that wait for a client to read them: beyond, nothing more is done for it. A
/// message that is larger goes alone.
pub const MAX_UNSENT: usize = 256 << 10;

/// Octets that are read from a client at a time. Larger requests need room, which their user and
/// all users have so much of:
pub const INPUT_BUFFER: usize = 16 << 10;

/// Octets of a user's requests that are not whole yet: four of the largest.
pub const USER_INPUT: usize = 66 << 20;

/// Octets of all users' requests that are not whole yet.
pub const ALL_INPUT: usize = 4 * USER_INPUT;

/// How long a request may have its room before it is whole. A program of the same machine that
/// writes it needs some milliseconds.
pub const INPUT_TIME: Duration = Duration::from_secs(10);

/// Writes to other machines of one connection that wait for a name to be found.
pub const CONNECTION_WRITES: usize = 64;

/// How long requests of one connection are worked off before others have their turn: about as many
/// as are read at a time. What others then wait is of the order of a system call.
pub const TURN: Duration = Duration::from_micros(20);

/// What a connection takes of the service's time in a [`WINDOW`] before it has to stand in the line
/// with all others who want much: some ten requests.
pub const CREDIT: Duration = Duration::from_micros(50);

/// How long that counts.
pub const WINDOW: Duration = Duration::from_millis(1);

/// Octets of replies that are handed to a client's socket in a turn: the system copies each.
pub const TURN_OCTETS: usize = 64 << 10;

/// Messages of mailslots that are closed, which are dropped between two looks at the time.
pub const DROPPED: usize = 128;

/// What a service tells in a second, and what nobody took out yet: more is counted.
pub const MAX_NOTES: usize = 256;
