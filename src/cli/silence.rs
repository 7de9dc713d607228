//! What came instead, where nothing came for the mailslots that are listened to.

use std::fmt::Write as _;

use crate::node::{DropReason, Sighting};
use crate::slot::LocalName;

/// Kinds of messages that are told of; the rest is one number.
const MOST_SHOWN: usize = 6;

/// `nothing for alerts yet. Seen: 41 datagrams, 1 for ALERT from WINBOX<00> (near miss: no such
/// mailslot here), 40 for BROWSE`
pub(super) fn silent(slots: &[LocalName], datagrams: u64, sightings: &[Sighting]) -> String {
    let names: Vec<_> = slots.iter().map(LocalName::as_str).collect();
    let names = if names.is_empty() { "any mailslot".into() } else { names.join(", ") };
    let mut text = format!("nothing for {names} yet. Seen: {datagrams} datagrams");
    let mut sightings: Vec<_> = sightings.iter().map(|one| (near_miss(slots, one), one)).collect();
    sightings.sort_by_key(|(near, sighting)| (near.is_none(), std::cmp::Reverse(sighting.count)));
    for (near, Sighting { slot, to, from, count, .. }) in sightings.iter().take(MOST_SHOWN) {
        let slot = slot.escape_debug();
        // Writing to a string never fails.
        let _ = match near {
            Some(why) => write!(text, ", {count} for {slot} from {from} (near miss: {why})"),
            None => write!(text, ", {count} for {slot} of {to}"),
        };
    }
    let others: u64 = sightings.iter().skip(MOST_SHOWN).map(|(_, sighting)| sighting.count).sum();
    if others > 0 {
        let _ = write!(text, ", {others} others");
    }
    if datagrams == 0 {
        text.push_str("; `mailslot doctor` looks for the reason");
    }
    text
}

/// Why a message nearly came to one of our mailslots.
fn near_miss(slots: &[LocalName], sighting: &Sighting) -> Option<String> {
    let theirs = LocalName::parse(&sighting.slot).ok()?;
    match sighting.reason {
        DropReason::NotOurName if slots.contains(&theirs) => {
            Some(format!("for {}, a name that is not ours", sighting.to))
        }
        DropReason::NoSuchSlot => {
            let distance = |slot: &&LocalName| strsim::osa_distance(slot.folded(), theirs.folded());
            let ours = slots.iter().min_by_key(distance)?;
            let few = 2.min(theirs.folded().chars().count() / 2);
            (distance(&ours) <= few).then(|| format!("here is {ours}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::netbios::{Name, Suffix};

    fn sighting(slot: &str, to: &str, reason: DropReason, count: u64) -> Sighting {
        let name = |text| Name::new(text, Suffix::WORKSTATION).unwrap();
        Sighting { slot: slot.into(), to: name(to), from: name("WINBOX"), reason, count }
    }

    #[test]
    fn near_misses_come_first() {
        let slots = [LocalName::parse("alerts").unwrap(), LocalName::parse(r"pos\eod").unwrap()];
        let seen = [
            sighting("BROWSE", "OFFICE", DropReason::NotOurName, 40),
            sighting("ALERT", "LINUXBOX", DropReason::NoSuchSlot, 1),
            sighting("pos\u{1b}", "LINUXBOX", DropReason::NoSuchSlot, 2),
            sighting("Alerts", "OTHER", DropReason::NotOurName, 3),
        ];
        assert_eq!(
            silent(&slots, 46, &seen),
            r"nothing for alerts, pos\eod yet. Seen: 46 datagrams, 3 for Alerts from WINBOX<00> (near miss: for OTHER<00>, a name that is not ours), 1 for ALERT from WINBOX<00> (near miss: here is alerts), 40 for BROWSE of OFFICE<00>, 2 for pos\u{1b} of LINUXBOX<00>"
        );
    }

    #[test]
    fn what_is_short_is_not_near() {
        let slots = [LocalName::parse("x").unwrap()];
        let seen = [sighting("y", "LINUXBOX", DropReason::NoSuchSlot, 1)];
        assert!(silent(&slots, 1, &seen).ends_with("1 datagrams, 1 for y of LINUXBOX<00>"));
        assert!(
            silent(&[], 0, &[]).starts_with("nothing for any mailslot yet. Seen: 0 datagrams;")
        );
    }

    #[test]
    fn kinds_are_bounded() {
        let seen: Vec<_> =
            (0..32).map(|i| sighting(&format!("s{i}"), "A", DropReason::NotOurName, 2)).collect();
        assert!(silent(&[], 64, &seen).ends_with(", 52 others"));
    }
}
