//! What came for mailslots that are not here, for whoever wonders why nothing arrives.

use std::fmt;

use super::counters::DropReason;
use super::limits::MAX_SIGHTINGS;
use crate::wire::netbios::Name;
use crate::wire::oem::CodePage;
use crate::wire::smb::SlotName;

/// Messages that were dropped for the same reason on their way to the same mailslot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What follows `\MAILSLOT\`.
    pub slot: String,
    /// Whom the last one was for.
    pub to: Name,
    /// Whom it came from, as it says.
    pub from: Name,
    /// Why it was dropped.
    pub reason: DropReason,
    /// How many.
    pub count: u64,
}

/// The first [`MAX_SIGHTINGS`] kinds of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings(pub(super) Vec<Sighting>);

impl Sightings {
    #[cold]
    pub(super) fn add(
        &mut self,
        slot: SlotName<'_>,
        page: CodePage,
        (from, to): (Name, Name),
        reason: DropReason,
    ) {
        let same = |sighting: &&mut Sighting| {
            sighting.reason == reason
                && sighting.to == to
                && slot.leaf_chars(page).eq(sighting.slot.chars())
        };
        if let Some(sighting) = self.0.iter_mut().find(same) {
            sighting.count += 1;
            sighting.from = from;
        } else if self.0.len() < MAX_SIGHTINGS {
            let slot = slot.leaf_chars(page).collect();
            self.0.push(Sighting { slot, to, from, reason, count: 1 });
        }
    }
}

/// `3 \MAILSLOT\ALERT from WINBOX<00> (no_such_slot)`
impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slot, to, from, reason, count } = self;
        write!(f, r"{count} \MAILSLOT\{} from {from} to {to} ({reason})", slot.escape_debug())
    }
}
