//! What became of all datagrams, as one line.

use std::fmt;

use crate::node::Counters;

/// `datagrams 9 = delivered 5 + observed 1 + dropped 3 (no_such_slot 3)`
pub(super) struct Books<'a> {
    pub(super) datagrams: u64,
    pub(super) counters: &'a Counters,
    /// What was dropped before the node saw it, and its reason.
    pub(super) before: (&'static str, u64),
}

impl fmt::Display for Books<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { datagrams, counters, before: (reason, before) } = *self;
        write!(f, "datagrams {datagrams} = delivered {}", counters.delivered)?;
        for (what, count) in
            [("observed", counters.observed), ("merged", counters.merged), ("held", counters.held)]
        {
            if count > 0 {
                write!(f, " + {what} {count}")?;
            }
        }
        write!(f, " + dropped {}", counters.dropped_in_all() + before)?;
        let mut drops: Vec<_> =
            counters.drops().map(|(reason, count)| format!("{reason} {count}")).collect();
        if before > 0 {
            drops.push(format!("{reason} {before}"));
        }
        if drops.is_empty() { Ok(()) } else { write!(f, " ({})", drops.join(", ")) }
    }
}
