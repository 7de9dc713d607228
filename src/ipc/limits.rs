//! Every bound of the protocol, with its reason.

/// Octets of one message that is written or read through the service: what a client makes the
/// service keep of a request that has not come whole. What is read is no longer, so that it can be
/// put back.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Octets of a request: a message, or a path of 32,753 characters, and the fields around them.
pub const MAX_REQUEST: usize = MAX_MESSAGE + (256 << 10);

/// Octets of a reply: one message, and the fields around it. All others are smaller: of what they
/// list there are [`MAX_LIST`] at most, whose names are cut, or a connection has so much room for.
pub const MAX_REPLY: usize = MAX_MESSAGE + (256 << 10);

/// Octets of messages that one reply carries, where it has more than one.
pub const MAX_BATCH: usize = 64 << 10;

/// Messages, slots or handles that one reply carries: nobody else is served meanwhile.
pub const MAX_LIST: usize = 256;
