//! `recv` on a machine whose ports nmbd has.

use std::fmt::Write as _;

use super::failure::Failure;
use super::payload::Safe;
use crate::node::OwnName;
use crate::runtime::{Beside, Hears};
use crate::slot::LocalName;
use crate::wire::netbios::Name;

/// Why nothing would come for one of the mailslots, where that is so.
pub(super) fn kept(hears_broadcasts: bool, slots: &[LocalName]) -> Option<Failure> {
    let nothing = |slot: &&LocalName| Hears::of(slot, hears_broadcasts) == Hears::Nothing;
    let slot = slots.iter().find(nothing)?;
    let text = format!("nmbd has the ports, and keeps what comes for {}", Safe(slot.as_str()));
    let hint = "with CAP_NET_BIND_SERVICE its broadcasts are heard beside nmbd; all of it \
                once nmbd is stopped";
    Some(Failure::ports(text).with_hint(hint))
}

/// What is different there: whose name it is, and what does not come.
pub(super) fn remark(computer: &Name, hears_broadcasts: bool, slots: &[LocalName]) -> String {
    let mut text =
        format!("beside nmbd, which has the ports and the name {}: ", Safe(&computer.to_string()));
    let (mut kept, mut least) = (Vec::new(), None);
    for slot in slots {
        match Hears::of(slot, hears_broadcasts) {
            Hears::UpTo { most } => {
                least = Some(least.map_or(most, |least: usize| least.min(most)));
            }
            Hears::Broadcasts | Hears::Nothing => kept.push(slot.as_str()),
        }
    }
    if !kept.is_empty() {
        let only = if least.is_some() { "; " } else { "" };
        // Writing to a string never fails.
        let _ = write!(text, "of {} broadcasts alone come{only}", Safe(&kept.join(", ")));
    }
    let alone = if hears_broadcasts { " to it alone" } else { "" };
    let most = match least {
        Some(most) => most.to_string(),
        None if slots.is_empty() => "414 less their mailslot's name".into(),
        None => return text,
    };
    let _ = write!(text, "messages{alone} of no octets, or of more than {most}, do not come");
    if slots.is_empty() && !hears_broadcasts {
        text.push_str("; BROWSE, LANMAN and those of logons it keeps");
    }
    text
}

/// Names that were to be taken, and are not nmbd's.
pub(super) fn not_taken(beside: &Beside, wanted: &[OwnName]) -> Option<String> {
    let has = |own: &&OwnName| !beside.names.iter().any(|has| has.name.matches(&own.name));
    let lacking: Vec<_> = wanted.iter().filter(has).copied().collect();
    (!lacking.is_empty()).then(|| format!("not taken, since names are nmbd's: {}", names(&lacking)))
}

/// `LINUXBOX<00>, OFFICE<00>`
pub(super) fn names(names: &[OwnName]) -> String {
    let names: Vec<_> = names.iter().map(|own| own.name.to_string()).collect();
    Safe(&names.join(", ")).to_string()
}
