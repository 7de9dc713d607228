//! Packet filters: what the rules say, held against what this machine hears of itself.

use super::super::evidence::{Echo, Evidence, Traffic, Verdict};
use super::super::filter::{Site, Tool};
use super::super::finding::{Check, Finding, Severity, quoted};
use super::{listed, udp_ports};
use crate::node::Interface;

/// What is dropped at one place.
struct Dropped<'a> {
    site: &'a Site,
    traffic: Traffic,
    severity: Severity,
    ports: Vec<u16>,
    interfaces: Vec<&'a Interface>,
    heard: Option<bool>,
}

pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut dropped: Vec<Dropped<'_>> = Vec::new();
    for verdict in &evidence.filter.verdicts {
        let Some((site, certain)) = verdict.site() else { continue };
        let heard = echo(evidence, verdict);
        let Some(severity) = severity(evidence, verdict.traffic, certain, heard) else { continue };
        let same = |other: &&mut Dropped<'_>| {
            (other.site, other.traffic, other.severity) == (site, verdict.traffic, severity)
        };
        if let Some(known) = dropped.iter_mut().find(same) {
            if !known.ports.contains(&verdict.port) {
                known.ports.push(verdict.port);
            }
            if !known.interfaces.contains(&&verdict.interface) {
                known.interfaces.push(&verdict.interface);
            }
        } else {
            let (ports, interfaces) = (vec![verdict.port], vec![&verdict.interface]);
            let traffic = verdict.traffic;
            dropped.push(Dropped { site, traffic, severity, ports, interfaces, heard });
        }
    }
    let mut findings: Vec<_> = dropped.iter().map(|dropped| dropped.finding(evidence)).collect();
    let is_fault = |finding: &Finding| finding.severity == Severity::Fault;
    if !findings.iter().any(is_fault) {
        findings.extend(unheard(evidence));
    }
    if !findings.iter().any(is_fault) {
        findings.extend(fine(evidence));
    }
    findings
}

/// Whether a broadcast from here came in where that verdict is about.
fn echo(evidence: &Evidence, verdict: &Verdict) -> Option<bool> {
    let same = |echo: &&Echo| {
        echo.port == verdict.port && echo.interface.address == verdict.interface.address
    };
    let echo = evidence.echoes.iter().find(same).filter(|_| verdict.traffic == Traffic::Inbound);
    echo.map(|echo| echo.heard)
}

/// How much a drop matters; none where what was heard says that there is none.
fn severity(
    evidence: &Evidence,
    traffic: Traffic,
    certain: bool,
    heard: Option<bool>,
) -> Option<Severity> {
    let severity = match traffic {
        Traffic::Inbound => match (certain, heard) {
            (true, None) | (_, Some(false)) => Severity::Fault,
            // For broadcasts to come in, and nothing else, is half of it.
            (true, Some(true)) | (false, None) => Severity::Warning,
            (false, Some(true)) => return None,
        },
        Traffic::Outbound if certain || evidence.unsent.is_some() => Severity::Fault,
        // It is the doctor itself that misses the answer then.
        Traffic::Answers if certain && !evidence.listened && evidence.peer.is_some() => {
            Severity::Fault
        }
        Traffic::Answers if certain => Severity::Warning,
        Traffic::Outbound | Traffic::Answers => return None,
    };
    Some(severity)
}

impl Dropped<'_> {
    fn finding(&self, evidence: &Evidence) -> Finding {
        let names: Vec<_> = self.interfaces.iter().map(|interface| &*interface.name).collect();
        let (ports, names) = (udp_ports(&self.ports), listed(&names));
        let what = match (self.traffic, self.severity) {
            (Traffic::Inbound, Severity::Fault) => {
                format!("a packet filter drops what comes to {ports} on {names}")
            }
            (Traffic::Inbound, _) => {
                format!("a packet filter may drop some of what comes to {ports} on {names}")
            }
            (Traffic::Outbound, _) => {
                format!("a packet filter drops what is sent to {ports} by {names}")
            }
            (Traffic::Answers, _) => {
                format!("a packet filter drops answers to `mailslot send` and `name` on {names}")
            }
        };
        let mut finding = Finding::new(self.severity, Check::Filter, what);
        finding = finding.because(format!("by {}: {}", self.site.tool.name(), self.site.text));
        finding = match (self.traffic, self.heard) {
            (Traffic::Inbound, Some(false)) => {
                finding.because("a broadcast that was sent from here did not come back either")
            }
            (Traffic::Inbound, Some(true)) => {
                finding.because("a broadcast that was sent from here came back all the same")
            }
            (Traffic::Inbound, None) => {
                finding.because("told from the rules alone: the ports could not be had for a trial")
            }
            (Traffic::Answers, _) => finding.because(
                "they come from port 137 to any port, and belong to no connection: questions are broadcasts",
            ),
            (Traffic::Outbound, _) => finding,
        };
        let commands = self
            .interfaces
            .first()
            .map(|interface| exception(self.site, self.traffic, &self.ports, interface));
        for command in commands.into_iter().flatten() {
            finding = finding.mend(evidence.sudo(&command));
        }
        finding
    }
}

/// What did not come back though no rule that could be read drops it.
fn unheard(evidence: &Evidence) -> Option<Finding> {
    if let Some(error) = &evidence.unsent {
        let what = format!("a packet cannot be sent {error}");
        return Some(
            Finding::fault(Check::Filter, what)
                .because("`Operation not permitted` is a packet filter's word")
                .mend(evidence.sudo("nft list ruleset")),
        );
    }
    let unheard: Vec<_> = evidence.echoes.iter().filter(|echo| !echo.heard).collect();
    let first = unheard.first()?;
    let mut ports: Vec<_> = unheard.iter().map(|echo| echo.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let what = format!(
        "what comes to {} on {} is dropped before it is received",
        udp_ports(&ports),
        first.interface.name
    );
    let why = format!(
        "a broadcast from here to {} did not come back, as it does where nothing drops it",
        first.interface.broadcast
    );
    let finding = Finding::fault(Check::Filter, what).because(why);
    Some(match &evidence.filter.unread {
        Some(error) if !evidence.root => finding
            .because(format!("the rules may not be read ({error}); as root they are named:"))
            .mend(format!("sudo {} doctor", quoted(evidence.program.as_deref().unwrap_or("mailslot")))),
        Some(error) => finding.because(format!("the rules could not be read: {error}")),
        None => finding
            .because("no rule of nftables or iptables does it: look for BPF programs, and at the network itself")
            .mend(evidence.sudo("bpftool net show")),
    })
}

fn fine(evidence: &Evidence) -> Option<Finding> {
    let heard: Vec<_> = evidence.echoes.iter().filter(|echo| echo.heard).collect();
    let rules = match &evidence.filter.unread {
        None => "no rule of a packet filter drops it".to_owned(),
        Some(error) => format!("packet filters' rules were not read: {error}"),
    };
    let Some(first) = heard.first() else {
        return (!evidence.interfaces.is_empty()).then(|| Finding::fine(Check::Filter, rules));
    };
    let mut ports: Vec<_> = heard.iter().map(|echo| echo.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let what = format!(
        "what is broadcast to {} comes in at {}: sent from here, and heard",
        first.interface.broadcast,
        udp_ports(&ports)
    );
    Some(Finding::fine(Check::Filter, what).because(rules))
}

impl Tool {
    fn name(&self) -> String {
        match self {
            Self::Nft { family, table } => format!("nftables, table {family} {table}"),
            Self::Iptables { program } => (*program).to_owned(),
            Self::Ufw => "ufw".into(),
            Self::Firewalld => "firewalld".into(),
        }
    }
}

/// The commands that let a kind of traffic pass at a place.
fn exception(site: &Site, traffic: Traffic, ports: &[u16], on: &Interface) -> Vec<String> {
    let network = {
        let hosts = u32::MAX.checked_shr(on.prefix_len.into()).unwrap_or_default();
        let first = std::net::Ipv4Addr::from(u32::from(on.address) & !hosts);
        format!("{first}/{}", on.prefix_len)
    };
    // One command for a row of ports, else one for each.
    let rows: Vec<(u16, u16)> = match *ports {
        [first, second] if second == first.saturating_add(1) => vec![(first, second)],
        _ => ports.iter().map(|port| (*port, *port)).collect(),
    };
    let row = |(first, last): (u16, u16), sign: char| {
        if first == last { first.to_string() } else { format!("{first}{sign}{last}") }
    };
    let command = |ports: (u16, u16)| match (&site.tool, traffic) {
        (Tool::Nft { family, table }, Traffic::Answers) => format!(
            "nft insert rule {family} {table} {} ip saddr {network} udp sport {} accept",
            site.base,
            row(ports, '-')
        ),
        (Tool::Nft { family, table }, _) => format!(
            "nft insert rule {family} {table} {} udp dport {} accept",
            site.base,
            row(ports, '-')
        ),
        (Tool::Iptables { program }, Traffic::Answers) => format!(
            "{program} -I {} -p udp -s {network} --sport {} -j ACCEPT",
            site.base,
            row(ports, ':')
        ),
        (Tool::Iptables { program }, _) => {
            format!("{program} -I {} -p udp --dport {} -j ACCEPT", site.base, row(ports, ':'))
        }
        (Tool::Ufw, Traffic::Inbound) => format!("ufw allow {}/udp", row(ports, ':')),
        (Tool::Ufw, Traffic::Outbound) => format!("ufw allow out {}/udp", row(ports, ':')),
        (Tool::Ufw, Traffic::Answers) => {
            format!("ufw allow proto udp from {network} port {} to any", row(ports, ':'))
        }
        (Tool::Firewalld, Traffic::Inbound) => {
            format!("firewall-cmd --add-port={}/udp", row(ports, '-'))
        }
        (Tool::Firewalld, Traffic::Outbound) => format!(
            "firewall-cmd --direct --add-rule ipv4 filter OUTPUT 0 -p udp --dport {} -j ACCEPT",
            row(ports, ':')
        ),
        (Tool::Firewalld, Traffic::Answers) => format!(
            "firewall-cmd --add-rich-rule='rule family=ipv4 source address={network} \
             source-port port={} protocol=udp accept'",
            row(ports, '-')
        ),
    };
    rows.into_iter().map(command).collect()
}
