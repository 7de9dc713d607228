//! Faults of this machine: interfaces, ports, permission, buffers.

use std::net::Ipv4Addr;

use super::super::evidence::{Evidence, Holder, Port, PortState, Process};
use super::super::finding::{Check, Finding, quoted};
use super::{bare, called, listed, udp_ports};
use crate::net::Interface;
use crate::net::evidence::Link;
use crate::net::nmbd::SOCKET_VARIABLE;
use crate::runtime::nmbd_keeps;
use crate::slot::LocalName;

/// Room that a small datagram takes of a receive buffer, in octets.
const DATAGRAM_ROOM: usize = 768;

pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = interfaces(evidence);
    findings.extend(ports(evidence));
    findings.extend(buffers(evidence));
    findings
}

impl Evidence {
    fn is_wanted(&self, link: &Link) -> bool {
        let named = |names: &[String]| names.contains(&link.name);
        let chosen = self.wanted.only.is_empty() || named(&self.wanted.only);
        !link.loopback && chosen && !named(&self.wanted.not)
    }
}

fn interfaces(evidence: &Evidence) -> Vec<Finding> {
    if evidence.loopback {
        return vec![Finding::fine(Check::Interface, "the LAN inside this machine needs no other")];
    }
    let links: Vec<_> = evidence.links.iter().filter(|link| evidence.is_wanted(link)).collect();
    if evidence.interfaces.is_empty() {
        return vec![no_interface(evidence, &links)];
    }
    let list: Vec<_> = evidence.interfaces.iter().map(ToString::to_string).collect();
    let mut fine = Finding::fine(Check::Interface, format!("this machine is on {}", listed(&list)));
    if let [first, _, ..] = &*evidence.interfaces {
        let why = format!("all of them are used; for one alone: --interface {}", first.name);
        fine = fine.because(why);
    }
    let mut findings = vec![fine];
    let used = |link: &&&Link| {
        evidence.interfaces.iter().any(|used| used.name.split(':').next() == Some(&*link.name))
    };
    let dead: Vec<_> = links.iter().filter(used).filter(|link| !link.carrier).collect();
    let all_dead = dead.len() == links.iter().filter(used).count();
    for link in dead {
        let what = format!("{} is on, but nothing is at its other end", link.name);
        let why = "the cable, the switch or the radio is off";
        let finding = if all_dead { Finding::fault } else { Finding::warning };
        findings.push(finding(Check::Interface, what).because(why));
    }
    if evidence.wanted.address.is_none() {
        for (link, address) in links.iter().flat_map(|link| without_broadcast(link)) {
            let what = format!("{} has no broadcast address, so it is not used", link.name);
            findings.push(mend_broadcast(
                evidence,
                Finding::warning(Check::Broadcast, what),
                address,
            ));
        }
    }
    findings
}

/// Addresses that could have broadcasts.
fn without_broadcast(link: &Link) -> impl Iterator<Item = (&Link, &Interface)> {
    let without = |address: &&Interface| address.broadcast.is_none() && address.prefix_len < 31;
    link.addresses.iter().filter(|_| link.up).filter(without).map(move |address| (link, address))
}

fn mend_broadcast(evidence: &Evidence, finding: Finding, address: &Interface) -> Finding {
    let device = address.name.split(':').next().unwrap_or_default();
    let (own, device) = (format!("{}/{}", address.address, address.prefix_len), quoted(device));
    // The kernel changes no broadcast address of an address that is there.
    finding
        .because("the address is taken off and put on again; routes through it go with it")
        .mend(evidence.sudo(&format!("ip address delete {own} dev {device}")))
        .mend(evidence.sudo(&format!("ip address add {own} broadcast + dev {device}")))
}

/// The interface that is nearest to being of use, and what it lacks.
fn no_interface(evidence: &Evidence, links: &[&Link]) -> Finding {
    let fault = |what: String| Finding::fault(Check::Interface, what);
    if let Some(address) = evidence.wanted.address {
        return not_here(evidence, address);
    }
    if let Some((_, address)) = links.iter().flat_map(|link| without_broadcast(link)).next() {
        let what = format!(
            "{} has the address {}/{} without a broadcast address",
            address.name, address.address, address.prefix_len
        );
        let why = "names are asked for, and messages to workgroups sent, by broadcast";
        let fault = Finding::fault(Check::Broadcast, what).because(why);
        return mend_broadcast(evidence, fault, address);
    }
    if let Some(link) = links.iter().find(|link| link.up && link.addresses.is_empty()) {
        let device = quoted(&link.name);
        return fault(format!("{} is on, but has no IPv4 address", link.name))
            .because("ask for one by DHCP, or give it one of its network's:")
            .mend(evidence.sudo(&format!("dhclient {device}")))
            .mend(evidence.sudo(&format!("ip address add A.B.C.D/24 broadcast + dev {device}")));
    }
    if let Some(link) = links.iter().find(|link| !link.up) {
        return fault(format!("{} is switched off, and there is no other interface", link.name))
            .mend(evidence.sudo(&format!("ip link set {} up", quoted(&link.name))));
    }
    if let Some(link) = links.first() {
        let names: Vec<_> = links.iter().map(|link| &*link.name).collect();
        let has = if links.len() == 1 { "has" } else { "have" };
        return fault(format!("{} {has} no broadcasts: one other end only", listed(&names)))
            .because(format!("{} leads to one machine, not to a network", link.name));
    }
    let named: Vec<_> = evidence.wanted.only.iter().map(|name| &**name).collect();
    if !named.is_empty() {
        let others = evidence.links.iter().filter(|link| !link.loopback);
        let others: Vec<_> = others.map(|link| &*link.name).collect();
        let why = format!("there is {}", listed(&others));
        let fault = fault(format!("there is no interface {}", listed(&named)));
        return if others.is_empty() { fault } else { fault.because(why) };
    }
    fault("this machine has no network interface but loopback".into())
        .because("containers have one where they were given one: podman run --network host")
        .because("within this machine alone: mailslot recv --loopback")
}

fn not_here(evidence: &Evidence, address: Ipv4Addr) -> Finding {
    let links = evidence.links.iter().flat_map(|link| &link.addresses);
    let owner = links.clone().find(|own| own.address == address);
    if let Some(owner) = owner {
        let what = format!("{} has the address {address} without broadcasts", owner.name);
        return mend_broadcast(evidence, Finding::fault(Check::Broadcast, what), owner);
    }
    let others: Vec<_> =
        links.filter(|own| !own.loopback).map(|own| own.address.to_string()).collect();
    Finding::fault(Check::Interface, format!("no interface has the address {address}"))
        .because(format!("this machine has {}", listed(&others)))
}

fn ports(evidence: &Evidence) -> Vec<Finding> {
    let numbers = evidence.ports.each_ref().map(|port| port.number);
    let mut findings = Vec::new();
    let mut holders: Vec<(&Holder, Vec<u16>)> = Vec::new();
    let mut forbidden = Vec::new();
    for port in &evidence.ports {
        match &port.state {
            PortState::Free => {}
            PortState::Forbidden => forbidden.push(port.number),
            PortState::Refused(_) if evidence.interfaces.is_empty() => {}
            PortState::Refused(why) => findings.push(Finding::fault(Check::Port, why.clone())),
            PortState::Held { holders: of_port, permitted } => {
                for holder in of_port {
                    match holders.iter_mut().find(|(known, _)| *known == holder) {
                        Some((_, ports)) => ports.push(port.number),
                        None => holders.push((holder, vec![port.number])),
                    }
                }
                let ours = |holder: &Holder| {
                    holder.process.as_ref().is_some_and(|process| process.is_mailslot)
                        || hands_on(evidence, holder)
                };
                if !permitted && !of_port.iter().any(ours) {
                    forbidden.push(port.number);
                }
            }
        }
    }
    findings.extend(holders.iter().map(|(holder, ports)| held(evidence, holder, ports)));
    if !forbidden.is_empty() {
        findings.push(forbidden_ports(evidence, &forbidden));
    }
    if evidence.ports.iter().all(|port| port.state == PortState::Free) {
        let what = format!("{} can be had", udp_ports(&numbers));
        findings.push(Finding::fine(Check::Port, what));
    }
    findings
}

/// Whether it is an nmbd that lets others have what comes. A user who may not look into the holder
/// sees nmbd's socket.
fn hands_on(evidence: &Evidence, holder: &Holder) -> bool {
    let is_nmbd = holder.process.as_ref().is_none_or(|process| process.name == "nmbd");
    is_nmbd && evidence.nmbd == Some(Ok(()))
}

/// Beside nmbd, `recv` needs no port.
fn beside(evidence: &Evidence, ports: &[u16]) -> Finding {
    let names = evidence.running.as_ref().and_then(called);
    let names = names.map_or(String::new(), |names| format!(", as {names}"));
    let has = format!("nmbd has {}{names}", udp_ports(ports));
    let slot = evidence.slot.as_ref().and_then(|slot| LocalName::parse(slot).ok());
    let kept = slot.filter(nmbd_keeps);
    let permitted = |port: &Port| !matches!(port.state, PortState::Held { permitted: false, .. });
    match kept {
        Some(slot) if !evidence.ports.iter().all(permitted) => {
            Finding::fault(Check::Port, format!("{has}, and keeps what comes for {slot}"))
                .because("who may bind port 138 hears broadcasts beside it: root, or a program with CAP_NET_BIND_SERVICE")
                .mend(format!("sudo mailslot recv {}", quoted(slot.as_str())))
        }
        kept => {
            let (computer, _) = evidence.own();
            let all = || "BROWSE, LANMAN and those of logons".into();
            let keeps = kept.map_or_else(all, |slot| slot.to_string());
            Finding::fine(Check::Port, format!("{has}: `recv` goes beside it"))
                .because(format!(
                    "of messages to {} alone it keeps those for {keeps}, those of no octets and those of more than some 400",
                    bare(computer)
                ))
        }
    }
}

fn held(evidence: &Evidence, holder: &Holder, ports: &[u16]) -> Finding {
    if hands_on(evidence, holder) {
        return beside(evidence, ports);
    }
    let plural = if ports.len() == 1 { "is" } else { "are" };
    let ports_are = format!("{} {plural}", udp_ports(ports));
    let Some(process) = &holder.process else {
        let port = ports.first().copied().unwrap_or_default();
        let what = format!("{ports_are} held by a process of {}", holder.user);
        return Finding::fault(Check::Port, what)
            .because("this user may not look into it; these tell which it is:")
            .mend(format!("sudo ss -lunp sport = :{port}"));
    };
    let Process { pid, name, command, .. } = process;
    if process.is_mailslot {
        let names = evidence.running.as_ref().and_then(called);
        let names = names.map_or(String::new(), |names| format!(", as {names}"));
        let what = format!("`{command}` (pid {pid}) has {}{names}", udp_ports(ports));
        return Finding::fine(Check::Port, what)
            .because("one at a time listens; what else is said here was seen from other ports");
    }
    let finding = Finding::fault(Check::Port, format!("{ports_are} held by {name} (pid {pid})"));
    let finding = match &**name {
        "nmbd" => finding
            .because(match &evidence.nmbd {
                Some(Err(why)) => format!("`recv` would go beside it, but for its socket: {why}"),
                _ => format!("`recv` goes beside it once {SOCKET_VARIABLE} names its socket, `unexpected` in its `nmbd:socket dir`"),
            })
            .because("smbd shares files without it; `disable netbios = yes` in smb.conf keeps it off for good")
            .because("`mailslot send` works beside it: it needs neither port"),
        "samba" => finding.because("the domain controller's name service: leave this machine to it, and receive on another"),
        _ if command == name => finding,
        _ => finding.because(format!("it is `{command}`")),
    };
    match &process.unit {
        _ if *pid == 1 => finding
            .because("systemd holds it for a socket unit; this tells which one to stop:")
            .mend("systemctl list-sockets"),
        Some(unit) => finding.mend(evidence.sudo(&format!("systemctl stop {}", quoted(unit)))),
        None => finding.mend(evidence.sudo(&format!("kill {pid}"))),
    }
}

fn forbidden_ports(evidence: &Evidence, ports: &[u16]) -> Finding {
    let program =
        evidence.program.as_deref().map_or_else(|| "$(command -v mailslot)".into(), quoted);
    let lowest = ports.iter().min().copied().unwrap_or_default();
    let what = format!("this user may not have {}", udp_ports(ports));
    Finding::fault(Check::Permission, what)
        .because("ports below 1024 need CAP_NET_BIND_SERVICE; the program keeps it until it is built again")
        .because(format!(
            "or lower the bound for every program: sudo sysctl -w net.ipv4.ip_unprivileged_port_start={lowest}"
        ))
        .mend(format!("sudo setcap cap_net_bind_service=+ep {program}"))
}

fn buffers(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    let larger = |finding: Finding, octets: usize| {
        finding.mend(evidence.sudo(&format!("sysctl -w net.core.rmem_max={octets}")))
    };
    let (given, asked) = evidence.buffer.unwrap_or((0, 0));
    let (computer, _) = evidence.own();
    for port in evidence.ports.iter().filter(|port| port.drops > 0) {
        let what = format!(
            "the kernel threw away {} datagrams on their way to UDP port {}",
            port.drops, port.number
        );
        let why = format!(
            "the receive buffer was full, or checksums were wrong; {} was not heard from then",
            bare(computer)
        );
        let finding = Finding::warning(Check::Buffer, what).because(why);
        findings.push(if given < asked { larger(finding, asked) } else { finding });
    }
    if given < asked {
        let what = format!("a receive buffer is {} KiB, not {} KiB", given >> 10, asked >> 10);
        let holds = 2 * given / DATAGRAM_ROOM;
        let why = format!("of a burst of more than some {holds} datagrams the rest is lost");
        let finding = Finding::warning(Check::Buffer, what).because(why);
        findings.push(larger(finding, asked));
    }
    findings
}
