//! The books of slots: every message ends in exactly one counter.

use std::sync::atomic::{AtomicU64, Ordering};

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

/// The same of all slots that there are and were, so that nobody has to ask each of them. A slot
/// counts here while it holds its lock.
#[derive(Debug, Default)]
pub(super) struct Totals {
    written: AtomicU64,
    read: AtomicU64,
    put_back: AtomicU64,
    vanished: AtomicU64,
}

impl Totals {
    pub(super) fn written(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn put_back(&self) {
        self.put_back.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn vanished(&self, messages: u64) {
        self.vanished.fetch_add(messages, Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> Counters {
        // What came after what went: never less than nothing is there.
        let read = self.read.load(Ordering::Acquire);
        let vanished = self.vanished.load(Ordering::Acquire);
        let put_back = self.put_back.load(Ordering::Acquire);
        let written = self.written.load(Ordering::Acquire);
        let queued = (written + put_back).saturating_sub(read + vanished);
        Counters { written, read, put_back, vanished, queued }
    }
}
