//! From a frame to the datagram in it.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{Ipv4Addr, SocketAddrV4};

use etherparse::err::ipv4::HeaderSliceError;
use etherparse::{IpNumber, Ipv4HeaderSlice, UdpHeaderSlice};

use super::link::Carried;
use super::netbios::{Carrier, NetBios, netbeui, over_ipx};
use super::quoted::quoted;
use super::reassembly::{Fragment, Incomplete, Key, Progress, Reassembly};
use super::tunnel::Inner;
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
                write!(f, "IP fragment cut by the snap length: {missing} octets missing")
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
        let Self { reassembly, tunnelled } = self;
        let outside = Layer { reassembly, tunnelled, path: 0, in_fragments: false };
        outside.carried(frame, link::carried(frame)?)
    }
}

/// Where what is looked at is: outside of all tunnels, or in some of them.
struct Layer<'a> {
    reassembly: &'a mut Reassembly,
    /// Room for the tunnels within this one.
    tunnelled: &'a mut [Vec<u8>],
    /// A hash of the tunnels.
    path: u64,
    /// Whether the packet of a tunnel came in IP fragments: those that became whole last.
    in_fragments: bool,
}

/// What of an IPv4 header is about its payload.
#[derive(Clone, Copy)]
pub(super) struct Ip {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) protocol: IpNumber,
}

impl<'a> Layer<'a> {
    #[inline]
    fn carried(self, frame: &Frame<'a>, carried: Carried) -> Result<Packet<'a>, Other> {
        match carried {
            Carried::Ipv4(at) => self.ipv4(frame, at),
            Carried::Ipx(at) => over_ipx(frame, at),
            Carried::NetBeui { at, end, link } => netbeui(frame, at, end, link),
        }
    }

    #[inline]
    fn ipv4(self, frame: &Frame<'a>, at: usize) -> Result<Packet<'a>, Other> {
        let octets = frame.data.get(at..).unwrap_or_default();
        let header = Ipv4HeaderSlice::from_slice(octets).map_err(|error| match error {
            HeaderSliceError::Len(error) => short(frame, "IPv4 header", at, error.required_len),
            HeaderSliceError::Content(_) => {
                Other::Malformed { what: "IPv4 version or header length", offset: at }
            }
        })?;
        let protocol = header.protocol();
        let icmp = protocol == IpNumber::ICMP && !header.is_fragmenting_payload();
        if protocol != IpNumber::UDP && !icmp && !TUNNELS.contains(&protocol) {
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
        if missing > frame.cut() {
            let what = "IPv4 total length beyond the frame";
            return Err(Other::Malformed { what, offset: at + 2 });
        }
        let payload = packet.get(header_len..).unwrap_or_default();
        let ip =
            Ip { source: header.source_addr(), destination: header.destination_addr(), protocol };
        if icmp {
            return quoted(payload);
        }
        if header.is_fragmenting_payload() {
            if missing > 0 {
                return Err(Other::CutFragment { missing });
            }
            let fragment = Fragment {
                frame: frame.number,
                start: usize::from(header.fragments_offset().byte_offset()),
                more: header.more_fragments(),
                payload,
            };
            return self.fragment(frame, at, ip, header.identification(), &fragment);
        }
        if protocol == IpNumber::UDP {
            let udp = udp(ip, payload, missing, at + header_len)?;
            if !tunnel::has_port(&udp) {
                return Ok(Packet::Udp(Udp { ip_fragments: self.fragments(), ..udp }));
            }
        }
        let (_, inside) = self.inside()?;
        inside.tunnel(&frame.up_to(at + total_len), ip, at + header_len)
    }

    /// The numbers of the frames of the packet that it is in.
    #[inline]
    fn fragments(self) -> &'a [u64] {
        if self.in_fragments { self.reassembly.whole().1 } else { &[] }
    }

    /// The packet that a fragment of it, whose header is at `at`, completes.
    fn fragment(
        self,
        frame: &Frame<'a>,
        at: usize,
        ip: Ip,
        identification: u16,
        fragment: &Fragment<'_>,
    ) -> Result<Packet<'a>, Other> {
        let Ip { source, destination, protocol } = ip;
        let (interface, path) = (frame.interface, self.path);
        let key = Key { source, destination, protocol, identification, interface, path };
        match self.reassembly.add(key, fragment, frame.time) {
            Progress::Held => return Ok(Packet::Held),
            Progress::Overlap => return Err(Other::Overlap),
            Progress::Malformed(what) => return Err(Other::Malformed { what, offset: at }),
            Progress::Whole => {}
        }
        if protocol == IpNumber::UDP {
            let (payload, _) = self.reassembly.whole();
            if !tunnel::has_port(&udp(ip, payload, 0, 0)?) {
                let (payload, ip_fragments) = self.reassembly.whole();
                return Ok(Packet::Udp(Udp { ip_fragments, ..udp(ip, payload, 0, 0)? }));
            }
        }
        let (room, inside) = self.inside()?;
        inside.reassembly.move_whole(room);
        let original_len = u32::try_from(room.len()).unwrap_or(u32::MAX);
        let whole = Frame { data: room, original_len, ..*frame };
        Layer { in_fragments: true, ..inside }.tunnel(&whole, ip, 0)
    }

    /// Goes into a tunnel; what room it has for a packet in fragments.
    fn inside(self) -> Result<(&'a mut Vec<u8>, Self), Other> {
        match self.tunnelled.split_first_mut() {
            Some((room, tunnelled)) => Ok((room, Self { tunnelled, ..self })),
            None => Err(Other::Unsupported("tunnels within more tunnels than any network has")),
        }
    }

    /// What is in a packet whose payload, at `at`, may be a tunnel's, and ends with the frame.
    #[cold]
    fn tunnel(self, frame: &Frame<'a>, ip: Ip, at: usize) -> Result<Packet<'a>, Other> {
        let Ip { source, destination, protocol } = ip;
        let inner = match protocol {
            IpNumber::IPV4 => Inner { frame: *frame, carried: Carried::Ipv4(at), id: 0 },
            IpNumber::UDP => {
                let payload = frame.data.get(at..).unwrap_or_default();
                let udp = udp(ip, payload, frame.cut(), at)?;
                match tunnel::over_udp(frame, &udp, at + UDP_HEADER_LEN) {
                    Ok(inner) => inner,
                    Err(unsupported @ Other::Unsupported(_)) => return Err(unsupported),
                    Err(_) => {
                        return Ok(Packet::Udp(Udp { ip_fragments: self.fragments(), ..udp }));
                    }
                }
            }
            _ => tunnel::gre(frame, at).map_err(|error| match error {
                Other::NotIpv4 => Other::NotUdp(protocol.0),
                error => error,
            })?,
        };
        let mut hasher = DefaultHasher::new();
        (self.path, source, destination, protocol.0, inner.id).hash(&mut hasher);
        Layer { path: hasher.finish(), ..self }.carried(&inner.frame, inner.carried)
    }
}

/// IP protocols that are tunnels.
const TUNNELS: [IpNumber; 2] = [IpNumber::IPV4, IpNumber::GRE];

const UDP_HEADER_LEN: usize = 8;

/// Reads the UDP header at the start of the payload of `ip`, of which `missing` octets were not
/// captured and which starts at `offset`.
#[inline]
pub(super) fn udp(ip: Ip, payload: &[u8], missing: usize, offset: usize) -> Result<Udp<'_>, Other> {
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
        source: SocketAddrV4::new(ip.source, header.source_port()),
        destination: SocketAddrV4::new(ip.destination, header.destination_port()),
        payload: datagram.get(header.slice().len()..).unwrap_or_default(),
        missing: len - datagram.len(),
        ip_fragments: &[],
    })
}

/// Why `len` octets at `offset` of a frame are not there: not captured, or never in the frame.
pub(super) fn short(frame: &Frame<'_>, what: &'static str, offset: usize, len: usize) -> Other {
    let within = offset.saturating_add(len) <= frame.wire_len();
    let offset = offset.min(frame.data.len());
    if within { Other::Cut { what, offset } } else { Other::Malformed { what, offset } }
}
