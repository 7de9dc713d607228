//! From a frame to the datagram in it.

use std::fmt;
use std::net::SocketAddrV4;

use etherparse::err::ipv4::HeaderSliceError;
use etherparse::{IpNumber, Ipv4HeaderSlice, UdpHeaderSlice};

use super::layer::Layer;
use super::link::Carried;
use super::netbios::{Carrier, NetBios};
use super::reassembly::{Incomplete, Reassembly};
use super::{Frame, LinkType, MAX_TUNNELS, link, tunnel};

/// Finds UDP and NetBIOS datagrams in frames, and holds IPv4 fragments until they are a datagram.
#[derive(Debug, Default)]
pub struct Dissector {
    reassembly: Reassembly,
    /// For each tunnel within another, a packet of it that came in fragments.
    tunnelled: [Vec<u8>; MAX_TUNNELS],
}

/// What a frame is to someone who looks for datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// A datagram.
    Udp(Udp<'a>),
    /// A datagram that an ICMP error quotes, its beginning at least: it was sent once, but this
    /// frame does not carry it. Its addresses are those it was sent with.
    Quoted(Udp<'a>),
    /// A NetBIOS datagram over IPX or NetBEUI.
    NetBios(NetBios<'a>),
    /// A fragment of a datagram, kept until the others have come.
    Held,
    /// Something else.
    Other(Other),
}

/// A UDP datagram over IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp<'a> {
    /// Where it came from.
    pub source: SocketAddrV4,
    /// Where it was sent to.
    pub destination: SocketAddrV4,
    /// The payload, as long as the UDP length says, or as far as it was captured.
    pub payload: &'a [u8],
    /// Octets of the payload that the snap length cut off, or that an ICMP error does not quote;
    /// 0 = whole.
    pub missing: usize,
    /// Numbers of the frames that its IP fragments came in, in the order of their coming; empty
    /// for a datagram that was never in fragments. Where it was whole in a tunnel, those of the
    /// tunnel's packet.
    pub ip_fragments: &'a [u64],
}

/// Why a frame holds no datagram that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Other {
    /// The link layer is not one of those that are known.
    LinkType(LinkType),
    /// Another network protocol than IPv4, IPX and NetBEUI.
    NotIpv4,
    /// IPX or NetBEUI, but no NetBIOS datagram.
    NotDatagram,
    /// What hosts say of names over IPX or NetBEUI, as they do by the name service over UDP.
    NamePacket {
        /// What carries it.
        carrier: Carrier,
        /// Which it is, in the words of the protocol: `name query`, `add name response`, ...
        kind: &'static str,
    },
    /// Another transport protocol than UDP, or a tunnel with something in it that is none of the
    /// above: its IP protocol number.
    NotUdp(u8),
    /// What is not read, though a datagram may be in it.
    Unsupported(&'static str),
    /// The snap length cut the frame off before the payload began.
    Cut {
        /// The header that was cut.
        what: &'static str,
        /// Where that of it which had to be read starts, in octets from the start of the frame; at
        /// most where the frame was cut.
        offset: usize,
    },
    /// The snap length cut off the end of an IP fragment, so its datagram cannot be put together.
    CutFragment {
        /// Octets that are missing.
        missing: usize,
    },
    /// An IP fragment that overlaps, or runs beyond the end of, those before it. Its datagram is
    /// given up, as Linux does (RFC 5722): which of two contents is meant cannot be known.
    Overlap,
    /// A header contradicts itself or the frame.
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where, in octets from the start of the frame, or of the IP payload if that was put
        /// together from fragments.
        offset: usize,
    },
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkType(link_type) => write!(f, "link layer not supported: {link_type}"),
            Self::NotIpv4 => f.write_str("not IPv4"),
            Self::NotDatagram => f.write_str("IPX or NetBEUI, not a NetBIOS datagram"),
            Self::NamePacket { carrier, kind } => write!(f, "{kind} of {carrier}"),
            Self::NotUdp(protocol) => write!(f, "not UDP: IP protocol {protocol}"),
            Self::Unsupported(what) => write!(f, "not read: {what}"),
            Self::Cut { what, offset } => {
                write!(f, "cut by the snap length within the {what} at {offset}")
            }
            Self::CutFragment { missing } => {
                let s = if *missing == 1 { "" } else { "s" };
                write!(f, "IP fragment cut by the snap length: {missing} octet{s} missing")
            }
            Self::Overlap => f.write_str("IP fragments overlap"),
            Self::Malformed { what, offset } => write!(f, "malformed: {what} at {offset}"),
        }
    }
}

impl Dissector {
    /// A dissector that holds no fragments yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The UDP datagram in `frame`, or that `frame` completes; or that it quotes; or the NetBIOS
    /// datagram that another protocol carries. Of a tunnel's, what is inside.
    ///
    /// Frames are to be given in the order of the file; their times are the clock by which
    /// fragments are given up ([`REASSEMBLY_TIME`](super::REASSEMBLY_TIME)).
    #[inline]
    pub fn udp<'a>(&'a mut self, frame: &Frame<'a>) -> Packet<'a> {
        self.packet(frame).unwrap_or_else(Packet::Other)
    }

    /// Datagrams that never became whole.
    pub fn incomplete(&self) -> Incomplete {
        self.reassembly.incomplete()
    }

    #[inline]
    fn packet<'a>(&'a mut self, frame: &Frame<'a>) -> Result<Packet<'a>, Other> {
        let carried = link::carried(frame)?;
        if let Carried::Ipv4(at) = carried {
            let ip = Ip::read(frame, at)?;
            if ip.header.protocol() == IpNumber::UDP && !ip.header.is_fragmenting_payload() {
                let udp = ip.udp(&[])?;
                if !tunnel::has_port(&udp) {
                    return Ok(Packet::Udp(udp));
                }
            }
        }
        Layer::outside(&mut self.reassembly, &mut self.tunnelled).carried(frame, carried)
    }
}

/// An IPv4 packet that may have a datagram in it.
#[derive(Clone, Copy)]
pub(super) struct Ip<'a> {
    pub(super) header: Ipv4HeaderSlice<'a>,
    /// Where the header starts, and where the payload.
    pub(super) at: usize,
    pub(super) payload_at: usize,
    pub(super) payload: &'a [u8],
    /// Octets of the payload that were not captured.
    pub(super) missing: usize,
}

/// IP protocols that have datagrams in them besides UDP: quotations, and tunnels.
const WITH_DATAGRAMS: [IpNumber; 3] = [IpNumber::ICMP, IpNumber::IPV4, IpNumber::GRE];

impl<'a> Ip<'a> {
    #[inline]
    pub(super) fn read(frame: &Frame<'a>, at: usize) -> Result<Self, Other> {
        let octets = frame.data.get(at..).unwrap_or_default();
        let header = Ipv4HeaderSlice::from_slice(octets).map_err(|error| match error {
            HeaderSliceError::Len(error) => short(frame, "IPv4 header", at, error.required_len),
            HeaderSliceError::Content(_) => {
                Other::Malformed { what: "IPv4 version or header length", offset: at }
            }
        })?;
        let protocol = header.protocol();
        if protocol != IpNumber::UDP && !WITH_DATAGRAMS.contains(&protocol) {
            return Err(Other::NotUdp(protocol.0));
        }
        let (header_len, total_len) = (header.slice().len(), usize::from(header.total_len()));
        if total_len < header_len {
            let what = "IPv4 total length below the header's";
            return Err(Other::Malformed { what, offset: at + 2 });
        }
        // What follows within the frame is padding of the link layer.
        let packet = octets.get(..total_len).unwrap_or(octets);
        let missing = total_len - packet.len();
        if missing > 0 && missing > frame.cut() {
            let what = "IPv4 total length beyond the frame";
            return Err(Other::Malformed { what, offset: at + 2 });
        }
        let payload = packet.get(header_len..).unwrap_or_default();
        Ok(Self { header, at, payload_at: at + header_len, payload, missing })
    }

    /// The UDP datagram that is its payload.
    #[inline]
    pub(super) fn udp(&self, ip_fragments: &'a [u64]) -> Result<Udp<'a>, Other> {
        udp(&self.header, self.payload, self.missing, ip_fragments, self.payload_at)
    }
}

/// Octets of a UDP header.
pub(super) const UDP_HEADER_LEN: usize = 8;

/// Reads the UDP header at the start of an IP payload, of which `missing` octets were not captured
/// and which starts at `offset`.
#[inline]
pub(super) fn udp<'a>(
    ip: &Ipv4HeaderSlice<'_>,
    payload: &'a [u8],
    missing: usize,
    ip_fragments: &'a [u64],
    offset: usize,
) -> Result<Udp<'a>, Other> {
    let Ok(header) = UdpHeaderSlice::from_slice(payload) else {
        let what = "UDP header";
        return Err(if payload.len() + missing < UDP_HEADER_LEN {
            Other::Malformed { what, offset }
        } else {
            Other::Cut { what, offset }
        });
    };
    let len = usize::from(header.length());
    if len < header.slice().len() {
        return Err(Other::Malformed { what: "UDP length below 8", offset: offset + 4 });
    }
    if len > payload.len() + missing {
        let what = "UDP length beyond the IP packet";
        return Err(Other::Malformed { what, offset: offset + 4 });
    }
    let datagram = payload.get(..len).unwrap_or(payload);
    Ok(Udp {
        source: SocketAddrV4::new(ip.source_addr(), header.source_port()),
        destination: SocketAddrV4::new(ip.destination_addr(), header.destination_port()),
        payload: datagram.get(header.slice().len()..).unwrap_or_default(),
        missing: len - datagram.len(),
        ip_fragments,
    })
}

/// Why `len` octets at `offset` of a frame are not there: not captured, or never in the frame.
pub(super) fn short(frame: &Frame<'_>, what: &'static str, offset: usize, len: usize) -> Other {
    let within = offset.saturating_add(len) <= frame.wire_len();
    let offset = offset.min(frame.data.len());
    if within { Other::Cut { what, offset } } else { Other::Malformed { what, offset } }
}
