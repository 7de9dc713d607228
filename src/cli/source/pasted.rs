//! Pasted octets as input: each packet is a frame, an IP packet, or a UDP payload.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use super::hexdump::{Pasted, parse};
use super::limits::MAX_TEXT;
use super::{Datagram, NBDGM, NBNS, Tally, carried, is_stdin, of_udp, protocol_of};
use crate::capture::{Dissector, Frame, LinkType, Other, Packet, Udp};
use crate::cli::failure::Failure;
use crate::cli::output::remark;
use crate::cli::record::Protocol;
use crate::wire::datagram::MsgType;
use crate::wire::{self, Note, Notes, nbns};

/// What octets begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Link(LinkType),
    Udp,
    Payload(&'static str),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(LinkType::RAW) => f.write_str("IP packet"),
            Self::Link(link_type) => write!(f, "{link_type} frame"),
            Self::Udp => f.write_str("UDP datagram"),
            Self::Payload(service) => write!(f, "UDP payload of the {service} service"),
        }
    }
}

/// Headers that are looked for, the likeliest first.
const LINKS: [LinkType; 5] =
    [LinkType::ETHERNET, LinkType::RAW, LinkType::LINUX_SLL, LinkType::LINUX_SLL2, LinkType::NULL];

/// Hands every packet of a file, or of standard input for `-`, to `each`; then what else was
/// there, and what is no packet. Says what the packets begin with.
pub(crate) fn read(
    path: &Path,
    mut each: impl FnMut(Datagram<'_>) -> Result<(), Failure>,
) -> Result<(Tally, Option<Failure>), Failure> {
    let (name, text) = text(path)?;
    let (packets, bad) = parse(&text);
    let packets: Vec<Pasted> = packets.into_iter().flat_map(by_line).collect();
    let mut tally = Tally::default();
    let mut dissector = Dissector::new();
    let mut layers = BTreeMap::<Layer, u64>::new();
    for (number, packet) in (1..).zip(&packets) {
        tally.frames += 1;
        let layer = one(number, packet, &mut dissector, &mut tally, &mut each)?;
        *layers.entry(layer).or_default() += 1;
    }
    tally.incomplete = dissector.incomplete().total();
    let said: Vec<_> = layers.iter().map(|(layer, count)| counted(*layer, *count)).collect();
    match &said[..] {
        [] if bad.is_none() => return Err(Failure::input(format!("{name}: no octets in it"))),
        [] => {}
        said => remark(&format!("{name}: {}", said.join(", "))),
    }
    let damage = bad.map(|bad| {
        let (line, column, reason) = (bad.line, bad.column, bad.reason);
        Failure::input(format!("{name}: line {line}, column {column}: {reason}"))
    });
    Ok((tally, damage))
}

fn counted(layer: Layer, count: u64) -> String {
    let article = match layer {
        Layer::Link(LinkType::ETHERNET | LinkType::RAW) => "an",
        _ => "a",
    };
    match (layer, count) {
        (_, 1) => format!("{article} {layer}"),
        (Layer::Payload(service), _) => format!("{count} UDP payloads of the {service} service"),
        _ => format!("{count} {layer}s"),
    }
}

/// The name of the input, and all of it.
fn text(path: &Path) -> Result<(String, String), Failure> {
    let piped = is_stdin(path);
    let name = if piped { "standard input".into() } else { path.display().to_string() };
    let wrong = |error: io::Error| Failure::usage(format!("{name}: {error}"));
    let mut octets = Vec::new();
    if piped {
        if io::stdin().is_terminal() {
            remark("paste the octets, then press Ctrl-D at the start of a line");
        }
        io::stdin().lock().take(MAX_TEXT + 1).read_to_end(&mut octets).map_err(wrong)?;
    } else {
        let file = File::open(path).map_err(wrong)?;
        file.take(MAX_TEXT + 1).read_to_end(&mut octets).map_err(wrong)?;
    }
    if octets.len() as u64 > MAX_TEXT {
        return Err(Failure::input(format!("{name}: more than {MAX_TEXT} octets of text")));
    }
    // A column of text may be in any encoding.
    Ok((name, String::from_utf8_lossy(&octets).into_owned()))
}

/// Its lines, where each is a packet of its own, as `encode` and `tshark -T fields` write them.
fn by_line(packet: Pasted) -> Vec<Pasted> {
    let ends = packet.begins.iter().skip(1).copied().chain([packet.octets.len()]);
    let lines: Option<Vec<&[u8]>> =
        packet.begins.iter().zip(ends).map(|(&begin, end)| packet.octets.get(begin..end)).collect();
    match lines {
        Some(lines) if lines.len() > 1 && lines.iter().all(|line| is_whole(line)) => {
            let line = |octets: &[u8]| Pasted {
                line: packet.line,
                octets: octets.to_vec(),
                begins: Vec::new(),
            };
            lines.into_iter().map(line).collect()
        }
        _ => vec![packet],
    }
}

/// Whether octets are all of a packet: a payload, or a frame with one.
fn is_whole(octets: &[u8]) -> bool {
    if is_payload(octets) {
        return true;
    }
    LINKS.into_iter().any(|link_type| {
        let mut dissector = Dissector::new();
        let packet = dissector.udp(&frame(1, link_type, octets));
        matches!(packet, Packet::Udp(udp) if udp.missing == 0 && protocol_of(&udp).is_some())
    })
}

/// Octets as a frame of that kind.
fn frame(number: u64, link_type: LinkType, octets: &[u8]) -> Frame<'_> {
    Frame {
        number,
        time: None,
        interface: 0,
        link_type,
        original_len: u32::try_from(octets.len()).unwrap_or(u32::MAX),
        data: octets,
    }
}

fn one(
    number: u64,
    packet: &Pasted,
    dissector: &mut Dissector,
    tally: &mut Tally,
    each: &mut impl FnMut(Datagram<'_>) -> Result<(), Failure>,
) -> Result<Layer, Failure> {
    let octets = &packet.octets[..];
    let mut found = |datagram: Datagram<'_>| {
        tally.netbios(&datagram);
        each(datagram)
    };
    // What those that are headers hold, where it is nothing of ours.
    let mut other = None;
    for link_type in LINKS {
        match dissector.udp(&frame(number, link_type, octets)) {
            packet @ (Packet::Udp(udp) | Packet::Quoted(udp)) => {
                if let Some(protocol) = protocol_of(&udp) {
                    let quoted = matches!(packet, Packet::Quoted(_));
                    found(Datagram { quoted, ..of_udp(number, protocol, &udp) })?;
                }
                return Ok(Layer::Link(link_type));
            }
            Packet::NetBios(netbios) => {
                found(carried::of(number, &netbios, &carried::over_udp(&netbios)))?;
                return Ok(Layer::Link(link_type));
            }
            Packet::Other(other @ Other::NamePacket { .. }) => {
                tally.other(other);
                return Ok(Layer::Link(link_type));
            }
            Packet::Held => return Ok(Layer::Link(link_type)),
            Packet::Other(what) if begins(link_type, octets) => {
                other.get_or_insert((link_type, what));
            }
            Packet::Other(_) => {}
        }
    }
    if let (Some((link_type, what)), false) = (other, is_payload(octets)) {
        tally.other(what);
        return Ok(Layer::Link(link_type));
    }
    if let Some((source, destination, payload)) = udp(octets) {
        let protocol =
            if [source, destination].contains(&NBDGM) { Protocol::Nbdgm } else { Protocol::Nbns };
        found(datagram(number, protocol, (nowhere(source), nowhere(destination)), payload))?;
        return Ok(Layer::Udp);
    }
    let (protocol, port, service) = match protocol_of_payload(octets) {
        Protocol::Nbdgm => (Protocol::Nbdgm, NBDGM, "datagram"),
        Protocol::Nbns => (Protocol::Nbns, NBNS, "name"),
    };
    found(datagram(number, protocol, (nowhere(port), nowhere(port)), octets))?;
    Ok(Layer::Payload(service))
}

/// An address that is not known.
const fn nowhere(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)
}

fn datagram(
    frame: u64,
    protocol: Protocol,
    (src, dst): (SocketAddrV4, SocketAddrV4),
    payload: &[u8],
) -> Datagram<'_> {
    let udp = Udp { source: src, destination: dst, payload, missing: 0, ip_fragments: &[] };
    of_udp(frame, protocol, &udp)
}

/// Ports and payload, where the octets begin with a UDP header of one of the services.
fn udp(octets: &[u8]) -> Option<(u16, u16, &[u8])> {
    let (header, payload) = octets.split_at_checked(8)?;
    let words = header.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut words = words.take(3);
    let (source, destination) = (words.next()?, words.next()?);
    let length = usize::from(words.next()?);
    let ours = [NBDGM, NBNS].iter().any(|port| [source, destination].contains(port));
    (ours && length == octets.len()).then_some((source, destination, payload))
}

/// Whether octets begin with the headers of Ethernet or IP, whatever is behind them.
fn begins(link_type: LinkType, octets: &[u8]) -> bool {
    /// IPv4, ARP, VLAN tags, IPv6, MPLS, PPPoE.
    const ETHER_TYPES: [[u8; 2]; 8] = [
        [0x08, 0x00],
        [0x08, 0x06],
        [0x81, 0x00],
        [0x86, 0xdd],
        [0x88, 0xa8],
        [0x88, 0x47],
        [0x88, 0x63],
        [0x88, 0x64],
    ];
    let word = |at: usize| octets.get(at..)?.first_chunk::<2>().copied();
    match link_type {
        LinkType::ETHERNET => word(12).is_some_and(|kind| ETHER_TYPES.contains(&kind)),
        // Version 4, no options, and a sum that is right, or left to the network card.
        LinkType::RAW => octets.first_chunk::<20>().is_some_and(|header| {
            let words =
                header.chunks_exact(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
            header[0] == 0x45 && (header[10..12] == [0, 0] || words.sum::<u32>() % 0xffff == 0)
        }),
        _ => false,
    }
}

/// Whether one of the services reads it.
fn is_payload(octets: &[u8]) -> bool {
    // A few octets are a packet, whatever is behind them.
    let whole = |notes: Notes| {
        !notes.contains(Note::TrailingBytes) && !notes.contains(Note::DgmLengthMismatch)
    };
    wire::datagram::Datagram::decode(octets).is_ok_and(|datagram| whole(datagram.notes))
        || nbns::Packet::decode(octets).is_ok_and(|packet| whole(packet.notes))
}

/// Which service reads it; of those that neither reads, by the first octet.
fn protocol_of_payload(octets: &[u8]) -> Protocol {
    if wire::datagram::Datagram::decode(octets).is_ok() {
        return Protocol::Nbdgm;
    }
    let typed = octets.first().is_some_and(|octet| MsgType::from_octet(*octet).is_some());
    if nbns::Packet::decode(octets).is_ok() || !typed { Protocol::Nbns } else { Protocol::Nbdgm }
}
