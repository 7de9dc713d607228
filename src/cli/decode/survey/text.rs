//! Reports as text.

use std::fmt::Display;
use std::io::{self, Write};

use super::hosts::HostLine;
use super::netlogon::ClientLine;
use super::oddities::OddityLine;
use super::span::Span;
use super::{FullLine, Line, SlotLine};
use crate::cli::line::Words;
use crate::cli::payload::Safe;
use crate::cli::when::When;

/// Addresses, and senders, that a line shows.
const MOST_LISTED: usize = 8;

pub(super) fn write(to: &mut impl Write, line: &Line) -> io::Result<()> {
    let full = match line {
        Line::Summary { span, hosts, slots, kinds, oddities, full } => {
            whole(to, span)?;
            table_of_hosts(to, hosts)?;
            table_of_slots(to, slots)?;
            if !kinds.is_empty() {
                writeln!(to, "\n{:<40}  datagrams", "kind")?;
            }
            for (kind, datagrams) in kinds {
                let kind: String = kind.split('_').collect::<Vec<_>>().join(" ");
                writeln!(to, "{:<40}  {datagrams:>9}", Safe(&kind).to_string())?;
            }
            table_of_oddities(to, oddities)?;
            full
        }
        Line::Hosts { span, hosts, full } => {
            whole(to, span)?;
            hosts.iter().try_for_each(|host| block(to, host))?;
            full
        }
        Line::Netlogon { span, clients, full } => {
            whole(to, span)?;
            table_of_clients(to, clients)?;
            full
        }
    };
    for FullLine { table, limit, left_out } in full {
        write!(to, "\nthe table of {table} is full at {limit}: ")?;
        writeln!(to, "{left_out} entries of datagrams are not in it")?;
    }
    Ok(())
}

/// `16 datagrams from 2026-11-20 09:14:02.118 to 09:14:15.674 UTC`
fn whole(to: &mut impl Write, span: &Span) -> io::Result<()> {
    let Span { first, last, datagrams } = span;
    write!(to, "{}", plural(*datagrams, "datagram"))?;
    if let (Some(first), Some(last)) = (first, last) {
        write!(to, " from {} {} to ", first.day(), first.clock())?;
        let (day, other) = (first.day().to_string(), last.day().to_string());
        if day != other {
            write!(to, "{other} ")?;
        }
        write!(to, "{} UTC", last.clock())?;
    }
    writeln!(to)
}

fn plural(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

fn clock(time: Option<When>) -> String {
    time.map_or_else(|| "--:--:--.---".into(), |time| time.clock().to_string())
}

/// The day too.
fn moment(time: Option<When>) -> String {
    let day = time.map_or_else(String::new, |time| format!("{} ", time.day()));
    format!("{day}{}", clock(time))
}

/// The first of them, and how many more there are.
fn listed<T: Display>(all: impl ExactSizeIterator<Item = T>) -> String {
    let length = all.len();
    let shown: Vec<_> = all.take(MOST_LISTED).map(|one| one.to_string()).collect();
    let more = length.saturating_sub(MOST_LISTED);
    let rest = if more > 0 { format!(" ... ({more} more)") } else { String::new() };
    Safe(&format!("{}{rest}", shown.join(", "))).to_string()
}

fn name(host: &HostLine) -> String {
    host.name.as_ref().map_or_else(|| "?".into(), |name| Safe(name).to_string())
}

/// What a host says that it is, or what can be seen of it.
fn is(host: &HostLine) -> String {
    let mut text = match &host.announced {
        Some(said) => {
            let mut text = format!("version {}: {}", said.version, said.server_type.join(", "));
            if !said.comment.is_empty() {
                text = format!("{text}; \"{}\"", said.comment);
            }
            text
        }
        None => host.roles.join(", "),
    };
    if host.left {
        text.push_str(if text.is_empty() { "left" } else { "; left" });
    }
    Safe(&text).to_string()
}

fn table_of_hosts(to: &mut impl Write, hosts: &[HostLine]) -> io::Result<()> {
    if hosts.is_empty() {
        return Ok(());
    }
    let addresses: Vec<_> = hosts.iter().map(|host| listed(host.addresses.iter())).collect();
    let wide = addresses.iter().map(String::len).max().unwrap_or_default().max(15);
    writeln!(
        to,
        "\n{:<16}  {:<wide$}  {:<12}  {:<12}  datagrams  says that it is",
        "host", "addresses", "first", "last"
    )?;
    for (host, addresses) in hosts.iter().zip(addresses) {
        let Span { first, last, datagrams } = host.span;
        let (first, last) = (clock(first), clock(last));
        let line = format!(
            "{:<16}  {addresses:<wide$}  {first:<12}  {last:<12}  {datagrams:>9}  {}",
            name(host),
            is(host)
        );
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}

fn table_of_slots(to: &mut impl Write, slots: &[SlotLine]) -> io::Result<()> {
    if slots.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = slots.iter().map(|slot| Safe(&slot.slot).to_string()).collect();
    let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(16);
    writeln!(to, "\n{:<wide$}  messages      octets  senders", "slot")?;
    for (slot, name) in slots.iter().zip(names) {
        let senders = slot.senders.iter().map(|(sender, messages)| format!("{sender} {messages}"));
        let senders = listed(senders.collect::<Vec<_>>().into_iter());
        writeln!(to, "{name:<wide$}  {:>8}  {:>10}  {senders}", slot.messages, slot.octets)?;
    }
    Ok(())
}

fn table_of_oddities(to: &mut impl Write, oddities: &[OddityLine]) -> io::Result<()> {
    if !oddities.is_empty() {
        writeln!(to, "\nodd")?;
    }
    for OddityLine { kind, what, from, datagrams, frame } in oddities {
        let kind = Words(kind).to_string();
        write!(to, "  {kind:<18}  {}", Safe(what))?;
        if let Some(from) = from {
            write!(to, "; from {}", Safe(from))?;
        }
        if let (Some(datagrams), Some(frame)) = (datagrams, frame) {
            write!(to, ", {}, the first is frame {frame}", plural(*datagrams, "datagram"))?;
        }
        writeln!(to)?;
    }
    Ok(())
}

/// A host in some lines, for people who want to know which machines there are.
fn block(to: &mut impl Write, host: &HostLine) -> io::Result<()> {
    write!(to, "\n{}", name(host))?;
    if !host.workgroups.is_empty() {
        write!(to, " in {}", listed(host.workgroups.iter()))?;
    }
    match host.addresses.len() {
        0 => writeln!(to)?,
        _ => writeln!(to, " at {}", listed(host.addresses.iter()))?,
    }
    match (&host.system, &host.announced) {
        (Some(system), _) => writeln!(to, "  system  {system}")?,
        (None, Some(said)) => {
            writeln!(to, "  system  unknown: it announces version {}", said.version)?;
        }
        (None, None) => writeln!(to, "  system  unknown: it announces nothing")?,
    }
    if !host.roles.is_empty() {
        writeln!(to, "  roles   {}", listed(host.roles.iter()))?;
    }
    if let Some(said) = host.announced.as_ref().filter(|said| !said.comment.is_empty()) {
        writeln!(to, "  says    \"{}\"", Safe(&said.comment))?;
    }
    let Span { first, last, datagrams } = host.span;
    if datagrams == 0 {
        return writeln!(to, "  seen    only spoken of by others");
    }
    let (first, last) = (moment(first), moment(last));
    write!(to, "  seen    {first}")?;
    if last != first {
        write!(to, " to {last}")?;
    }
    let left = if host.left { ", then it left" } else { "" };
    writeln!(to, ", {}{left}", plural(datagrams, "datagram"))
}

fn table_of_clients(to: &mut impl Write, clients: &[ClientLine]) -> io::Result<()> {
    if clients.is_empty() {
        return writeln!(to, "\nno client looks for a domain controller by mailslot");
    }
    writeln!(
        to,
        "\n{:<20}  {:<16}  {:<15}  {:<12}  {:<12}  requests  answered by",
        "domain", "client", "address", "first", "last"
    )?;
    for client in clients {
        let Span { first, last, datagrams } = client.span;
        let address = client.address.map(|address| address.to_string()).unwrap_or_default();
        let answers = client.answers.iter().map(|(name, times)| format!("{name} {times}"));
        let answers = match client.answers.len() {
            0 => "nobody".into(),
            _ => listed(answers.collect::<Vec<_>>().into_iter()),
        };
        writeln!(
            to,
            "{:<20}  {:<16}  {address:<15}  {:<12}  {:<12}  {datagrams:>8}  {answers}",
            Safe(&client.domain).to_string(),
            Safe(&client.client).to_string(),
            clock(first),
            clock(last),
        )?;
    }
    if clients.iter().any(|client| client.answers.is_empty()) {
        writeln!(
            to,
            "\nnobody: no answer is here; one goes to the client alone, and not everyone hears it"
        )?;
    }
    Ok(())
}
