//! When something was seen first and last, and how often.

use serde::Serialize;

use crate::cli::when::When;

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Span {
    pub(super) first: Option<When>,
    pub(super) last: Option<When>,
    pub(super) datagrams: u64,
}

impl Span {
    /// Once more, at that time, where the capture has one.
    pub(super) fn add(&mut self, time: Option<When>) {
        self.datagrams += 1;
        self.reach(time, time);
    }

    /// With what was seen there.
    pub(super) fn join(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.reach(other.first, other.last);
    }

    fn reach(&mut self, first: Option<When>, last: Option<When>) {
        self.first = self.first.into_iter().chain(first).min();
        self.last = self.last.max(last);
    }
}
