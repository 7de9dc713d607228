//! The books of slots: every message ends in exactly one counter.

/// What became of the messages of a slot, or of all of a table. They balance at any moment:
/// `written + put_back = read + vanished + queued`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages that were written, from this machine or another.
    pub written: u64,
    /// Messages that were handed to who reads.
    pub read: u64,
    /// Messages that were put back after that, to be read again.
    pub put_back: u64,
    /// Messages that nobody had read when their slot was closed.
    pub vanished: u64,
    /// Messages that are there: in the queue, or assigned to a read that has not got them yet.
    pub queued: u64,
}

impl Counters {
    /// Takes in what happened between `before` and `now`.
    pub(super) fn advance(&mut self, before: &Self, now: &Self) {
        self.written += now.written - before.written;
        self.read += now.read - before.read;
        self.put_back += now.put_back - before.put_back;
        self.vanished += now.vanished - before.vanished;
        // The one that goes down too.
        self.queued = self.queued + now.queued - before.queued;
    }
}
