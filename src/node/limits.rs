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

/// Datagrams that are remembered for it: 80,000 a second fill a window with 20,000. Beyond, the
/// oldest is forgotten, and a duplicate of it would be delivered twice.
pub const MAX_REMEMBERED: usize = 32_768;

/// Octets of their data: 32,768 of the longest that Windows writes, and some.
pub const MAX_REMEMBERED_OCTETS: usize = 16 << 20;
