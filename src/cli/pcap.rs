//! pcap files, written: UDP datagrams in IPv4 in Ethernet.
//!
//! Times are in nanoseconds always: the header has to say which unit comes before any record has
//! been seen, and whatever reads pcap today reads both. The link layer is Ethernet, with zeros for
//! the addresses that nobody knows: unlike raw IP there is no reader without it.

use std::fmt;
use std::net::SocketAddrV4;

use etherparse::{IpNumber, Ipv4Header, UdpHeader};

use super::when::When;

/// Octets of payload that fit into one UDP datagram over IPv4.
pub(crate) const MAX_PAYLOAD: usize = 65_535 - Ipv4Header::MIN_LEN - UdpHeader::LEN;

/// pcap with nanoseconds, in little-endian order.
const MAGIC: u32 = 0xa1b2_3c4d;
/// What libpcap grants at most; more than any frame here has.
const SNAP_LENGTH: u32 = 262_144;
const ETHERNET: u32 = 1;
/// What Windows gives its packets.
const TIME_TO_LIVE: u8 = 128;

/// A UDP datagram, where it goes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) time: When,
    pub(crate) src: SocketAddrV4,
    pub(crate) dst: SocketAddrV4,
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that are not here; the frame is written as one that was cut.
    pub(crate) missing: usize,
}

/// Why a datagram does not go into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// More octets than [`MAX_PAYLOAD`].
    TooLong(usize),
    /// A time that the seconds' 32 bits cannot tell.
    Time(When),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(octets) => {
                write!(f, "{octets} octets of UDP payload, at most {MAX_PAYLOAD} fit")
            }
            Self::Time(time) => write!(f, "time: {time}, a pcap file has 1970 to 2106"),
        }
    }
}

/// What a file begins with.
pub(crate) fn file_header() -> Vec<u8> {
    let mut octets = Vec::with_capacity(24);
    octets.extend(MAGIC.to_le_bytes());
    octets.extend(2_u16.to_le_bytes());
    octets.extend(4_u16.to_le_bytes());
    octets.extend([0; 8]);
    octets.extend(SNAP_LENGTH.to_le_bytes());
    octets.extend(ETHERNET.to_le_bytes());
    octets
}

/// The record of a packet.
pub(crate) fn record(packet: &Packet<'_>) -> Result<Vec<u8>, Refused> {
    const LINK: [u8; 14] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00];
    let payload = packet.payload;
    let whole = payload.len().saturating_add(packet.missing);
    let too_long = Refused::TooLong(whole);
    if whole > MAX_PAYLOAD {
        return Err(too_long);
    }
    let udp_len = u16::try_from(UdpHeader::LEN + whole).map_err(|_| too_long)?;
    let (src, dst) = (packet.src, packet.dst);
    let addresses = (src.ip().octets(), dst.ip().octets());
    let mut ip = Ipv4Header::new(udp_len, TIME_TO_LIVE, IpNumber::UDP, addresses.0, addresses.1)
        .map_err(|_| too_long)?;
    ip.header_checksum = ip.calc_header_checksum();
    let mut udp = UdpHeader {
        source_port: src.port(),
        destination_port: dst.port(),
        length: udp_len,
        // None, as it is where it cannot be known.
        checksum: 0,
    };
    if packet.missing == 0 {
        udp.checksum = udp.calc_checksum_ipv4(&ip, payload).map_err(|_| too_long)?;
    }
    let headers = [&LINK[..], &ip.to_bytes(), &udp.to_bytes()].concat();

    let nanos = packet.time.0.as_nanos();
    let seconds = u32::try_from(nanos.div_euclid(1_000_000_000));
    let seconds = seconds.map_err(|_| Refused::Time(packet.time))?;
    let nanos = u32::try_from(nanos.rem_euclid(1_000_000_000));
    let nanos = nanos.map_err(|_| Refused::Time(packet.time))?;
    let length = |octets| u32::try_from(headers.len() + octets).map_err(|_| too_long);
    let mut octets = Vec::with_capacity(16 + headers.len() + payload.len());
    for word in [seconds, nanos, length(payload.len())?, length(whole)?] {
        octets.extend(word.to_le_bytes());
    }
    octets.extend(headers);
    octets.extend(payload);
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Dissector, Packet as Found, Reader, Timestamp};

    fn packet(payload: &[u8]) -> Packet<'_> {
        Packet {
            time: When(Timestamp::from_nanos(1_795_166_042_118_000_007)),
            src: "192.0.2.1:138".parse().unwrap(),
            dst: "192.0.2.255:138".parse().unwrap(),
            payload,
            missing: 0,
        }
    }

    #[test]
    fn is_read_back() {
        for length in [0, 1, 200, MAX_PAYLOAD] {
            let payload = vec![0x5a; length];
            let packet = packet(&payload);
            let file = [file_header(), record(&packet).unwrap()].concat();
            let mut reader = Reader::new(&file[..]).unwrap();
            let frame = reader.next().unwrap().unwrap();
            assert_eq!(frame.time, Some(packet.time.0));
            let mut dissector = Dissector::new();
            let Found::Udp(udp) = dissector.udp(&frame) else { panic!("{length}") };
            assert_eq!((udp.source, udp.destination), (packet.src, packet.dst));
            assert_eq!((udp.payload, udp.missing), (packet.payload, 0));
        }
    }

    #[test]
    fn a_cut_datagram_stays_cut() {
        let cut = Packet { missing: 5, ..packet(b"abc") };
        let file = [file_header(), record(&cut).unwrap()].concat();
        let mut reader = Reader::new(&file[..]).unwrap();
        let frame = reader.next().unwrap().unwrap();
        let mut dissector = Dissector::new();
        let Found::Udp(udp) = dissector.udp(&frame) else { panic!() };
        assert_eq!((udp.payload, udp.missing), (&b"abc"[..], 5));
    }

    /// RFC 791 3.1 and RFC 768: the sum over a header with its checksum is all ones.
    #[test]
    fn checksums_add_up() {
        fn sum(octets: &[u8]) -> u16 {
            let words = octets.chunks(2).map(|pair| {
                u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default())
            });
            let sum: u32 = words.sum();
            let sum = (sum >> 16) + (sum & 0xffff);
            u16::try_from((sum >> 16) + (sum & 0xffff)).unwrap()
        }
        for payload in [&b""[..], b"odd", b"even"] {
            let record = record(&packet(payload)).unwrap();
            let ip = &record[16 + 14..];
            assert_eq!(sum(&ip[..20]), 0xffff);
            let udp = &ip[20..];
            let length = u16::try_from(udp.len()).unwrap().to_be_bytes();
            let pseudo = [&ip[12..20], &[0, 17], &length, udp].concat();
            assert_eq!(sum(&pseudo), 0xffff);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = vec![0; MAX_PAYLOAD + 1];
        assert_eq!(record(&packet(&long)), Err(Refused::TooLong(65_508)));
        let cut = Packet { missing: usize::MAX, ..packet(b"abc") };
        assert_eq!(record(&cut), Err(Refused::TooLong(usize::MAX)));
        for nanos in [-1, (1 << 32) * 1_000_000_000] {
            let time = When(Timestamp::from_nanos(nanos));
            assert_eq!(record(&Packet { time, ..packet(b"") }), Err(Refused::Time(time)));
        }
    }
}
