//! Faults between machines: names, workgroups, the machine that is missed, and what came instead.

use std::fmt::Write as _;

use super::super::echo::SLOT;
use super::super::evidence::{Evidence, Peer, Rival};
use super::super::finding::{Check, Finding, quoted};
use super::{bare, called, listed};
use crate::node::{DropReason, Sighting};
use crate::wire::netbios::{Name, Suffix};

pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut findings: Vec<_> = evidence.rivals.iter().map(|rival| taken(evidence, rival)).collect();
    if findings.is_empty() && evidence.listened {
        let (computer, workgroup) = (evidence.computer, evidence.workgroup);
        let what = format!("nobody else has the name {computer}; {workgroup} is the group's");
        findings.push(Finding::fine(Check::Name, what));
    }
    findings.extend(evidence.peer.as_ref().map(|peer| self::peer(evidence, peer)));
    findings.extend(foreign(evidence));
    findings.extend(came(evidence));
    findings
}

impl Evidence {
    /// `recv` for the slot that messages are missed in.
    fn recv(&self, option: &str, value: &str) -> String {
        let slot = self.slot.as_deref().unwrap_or("alerts");
        format!("mailslot recv {option} {} {}", quoted(value), quoted(slot))
    }
}

/// `52:54:00:12:34:56`
fn mac(octets: [u8; 6]) -> String {
    octets.map(|octet| format!("{octet:02x}")).join(":")
}

fn taken(evidence: &Evidence, rival: &Rival) -> Finding {
    let Rival { name, group, address, mac: octets, names } = rival;
    let mut whose = address.to_string();
    if let Some(octets) = octets {
        let _ = write!(whose, ", MAC {}", mac(*octets));
    }
    let what = if *group {
        format!("the workgroup's name {name} is that of one machine, {whose}")
    } else {
        format!("another machine has the name {name}: {whose}")
    };
    let mut finding = Finding::fault(Check::Name, what);
    if let Some(names) = names.as_ref().and_then(called) {
        finding = finding.because(format!("it says that it is {names}"));
    }
    if *group {
        return finding
            .because("a name is one machine's or a group's: another workgroup, or rename it")
            .mend(evidence.recv("--workgroup", &other(*name)));
    }
    finding
        .because("messages for the name go to whoever answers first")
        .mend(evidence.recv("--name", &other(*name)))
}

/// A name that is like it, and of at most 15 characters.
fn other(name: Name) -> String {
    let text = bare(name);
    let head: String = text.chars().take(13).collect();
    format!("{head}-2")
}

fn peer(evidence: &Evidence, peer: &Peer) -> Finding {
    let Peer { text, by_address, address, on_link, names } = peer;
    let (_, workgroup) = evidence.own();
    let Some(address) = address else {
        let what = format!("nobody answers to the name {text}");
        let why = "broadcasts stop at routers: beyond one, ask by address: mailslot doctor ADDRESS";
        return silent(Finding::fault(Check::Peer, what).because(why));
    };
    if !on_link {
        let what = format!("{text} is beyond a router");
        return Finding::warning(Check::Peer, what)
            .because("neither questions for names nor messages to workgroups go there or come from there")
            .because("what it writes to this machine's name arrives where its name server (WINS) or LMHOSTS has it");
    }
    let Some(names) = names else {
        let what = if *by_address {
            format!("{address} does not answer for its node status")
        } else {
            format!("{text} has its name at {address}, but does not say which others")
        };
        return silent(Finding::fault(Check::Peer, what));
    };
    let known = called(names).unwrap_or_else(|| text.clone());
    let theirs = names.workgroup.filter(|theirs| !theirs.matches(&workgroup));
    let Some(theirs) = theirs else {
        return Finding::fine(Check::Peer, format!("{known} answers at {address}"));
    };
    let who = names.computer.map_or_else(|| text.clone(), bare);
    let (theirs, ours) = (bare(theirs), bare(workgroup));
    let what = format!("{who} is in the workgroup {theirs}, this machine in {ours}");
    let slot = evidence.slot.as_deref().unwrap_or("x");
    Finding::fault(Check::Workgroup, what)
        .because(format!(r"what it writes to \\*\mailslot\{slot} goes to {theirs}, and never here"))
        .because(r"what it writes to this machine's name comes all the same")
        .mend(evidence.recv("--workgroup", &theirs))
}

/// Why a machine may be silent, and what mends it on Windows.
fn silent(finding: Finding) -> Finding {
    finding
        .because(
            "it is off, has NetBIOS over TCP/IP off, or a firewall there drops UDP 137 and 138",
        )
        .because("for the firewall, on it, at an elevated prompt of Windows:")
        .mend(
            "netsh advfirewall firewall set rule group=\"File and Printer Sharing\" new enable=Yes",
        )
}

/// Other workgroups that machines here write to.
fn foreign(evidence: &Evidence) -> Vec<Finding> {
    let (computer, own) = evidence.own();
    let mut groups: Vec<(String, Vec<&Sighting>)> = Vec::new();
    for sighting in &evidence.sightings {
        let of_group = matches!(
            sighting.to.suffix(),
            Suffix::WORKSTATION | Suffix::LOCAL_MASTER_BROWSER | Suffix::BROWSER_ELECTIONS
        );
        let to = sighting.to.with_suffix(Suffix::WORKSTATION);
        let ours = to.matches(&own) || to.matches(&computer);
        // A doctor of another machine talks to itself.
        let doctor = sighting.slot == SLOT;
        if sighting.reason != DropReason::NotOurName || !of_group || ours || doctor {
            continue;
        }
        let group = bare(to);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, sightings)) => sightings.push(sighting),
            None => groups.push((group, vec![sighting])),
        }
    }
    let finding = |(group, sightings): (String, Vec<&Sighting>)| {
        let mut from: Vec<_> = sightings.iter().map(|sighting| bare(sighting.from)).collect();
        from.sort_unstable();
        from.dedup();
        let own = bare(own);
        let what =
            format!("{} wrote to the workgroup {group}, this machine is in {own}", listed(&from));
        let mut finding = Finding::warning(Check::Workgroup, what);
        for sighting in sightings {
            finding = finding.because(format!("heard: {sighting}"));
        }
        finding.mend(evidence.recv("--workgroup", &group))
    };
    groups.into_iter().map(finding).collect()
}

/// What came for this machine while it was listened.
fn came(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    let seconds = format!("within {:.0} s", evidence.seconds);
    if let (Some(slot), [first, ..]) = (&evidence.slot, &*evidence.messages) {
        let (count, from) = (evidence.messages.len(), bare(*first));
        let plural = if count == 1 { "" } else { "s" };
        let what =
            format!("{count} message{plural} came to {slot} {seconds}, the first from {from}");
        findings.push(Finding::fine(Check::Slot, what));
    }
    let misses: Vec<_> = evidence
        .sightings
        .iter()
        .filter(|sighting| sighting.reason == DropReason::NoSuchSlot && sighting.slot != SLOT)
        .collect();
    let [first, ..] = &*misses else { return findings };
    let what = format!("messages came {seconds} for mailslots that nobody here listens to");
    let mut finding = if evidence.slot.is_some() && evidence.messages.is_empty() {
        Finding::warning(Check::Slot, what)
    } else {
        Finding::fine(Check::Slot, what)
    };
    for sighting in &misses {
        finding = finding.because(format!("heard: {sighting}"));
    }
    findings.push(finding.mend(format!("mailslot recv {}", quoted(&first.slot))));
    findings
}
