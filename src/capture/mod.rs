//! Capture files: pcap and pcapng to time, addresses and payload.
//!
//! [`Reader`] takes any [`std::io::Read`] (a file, standard input) and gives one [`Frame`] after
//! the other, in constant memory. [`Dissector`] finds the UDP or NetBIOS datagram in a frame and
//! puts IPv4 fragments together. Neither knows what the payload means.
//!
//! ```
//! use mailslot::capture::{Dissector, Packet, Reader};
//!
//! # fn main() -> Result<(), mailslot::capture::Error> {
//! # let file: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";
//! let mut reader = Reader::new(file)?;
//! let mut dissector = Dissector::new();
//! while let Some(frame) = reader.next()? {
//!     if let Packet::Udp(udp) = dissector.udp(&frame) {
//!         println!("{} {} > {}: {:x?}", frame.number, udp.source, udp.destination, udp.payload);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is read
//!
//! * pcap (draft-ietf-opsawg-pcap) in both byte orders with µs or ns, and the little-endian
//!   "modified" format (magic `0xa1b2cd34`) of old Linux systems.
//! * pcapng (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order, and
//!   interfaces, each with its own link type, time resolution and time offset; enhanced, simple
//!   and obsolete packet blocks. Every other block is passed over.
//! * Link types: Ethernet (Ethernet II and 802.3 with LLC or SNAP), Linux cooked v1 and v2, raw
//!   IP, BSD loopback; PPP and Cisco HDLC of serial lines, PPPoE; 802.11, alone or behind radiotap,
//!   Prism, AVS or PPI headers; Token Ring, FDDI. See [`LinkType`]. Behind them 802.1Q, 802.1ad and
//!   802.1ah tags, MPLS, PPPoE sessions.
//! * Data frames of 802.11 that are not encrypted, not in fragments and no A-MSDU.
//! * NetBIOS datagrams over IPX, in its four framings, and NetBEUI. See [`NetBios`].
//! * IPv4 with fragments, UDP, what ICMP errors quote of it. Checksums are not verified: a capture
//!   made on the sending host holds them before the network card has filled them in.
//! * Tunnels, up to [`MAX_TUNNELS`] within each other: IP in IP, GRE (version 0, with IPv4, IPX,
//!   Ethernet, ERSPAN or MPLS in it, and PPTP's), L2TP version 2, VXLAN. The packet is what is
//!   inside. What is inside may be in IP fragments, and so may be what it is inside of.
//!
//! # Damaged files
//!
//! A file is read as far as it goes: all packets before the damage are given, then one [`Error`]
//! says at which byte reading ended and why.

mod dissect;
mod error;
mod layer;
mod limits;
mod link;
mod netbios;
mod pcap;
mod pcapng;
mod quoted;
mod reader;
mod reassembly;
mod tunnel;
mod window;

pub use dissect::{Dissector, Other, Packet, Udp};
pub use error::{Error, ErrorKind};
pub use limits::{
    MAX_BLOCK_LEN, MAX_CAPTURED_LEN, MAX_INTERFACES, MAX_NETBIOS_LEN, MAX_REASSEMBLIES,
    MAX_REASSEMBLY_BYTES, MAX_TUNNELS, REASSEMBLY_TIME,
};
pub use netbios::{Address, Carrier, NetBios, Scope};
pub use reader::{Format, Reader};
pub use reassembly::Incomplete;

use std::fmt;

/// One captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Place in the file, counted from 1 over all sections.
    pub number: u64,
    /// When it was captured; `None` for a simple packet block, which has no time.
    pub time: Option<Timestamp>,
    /// The interface it was seen on: its index within the section; always 0 in pcap.
    pub interface: u32,
    /// What [`data`](Self::data) starts with.
    pub link_type: LinkType,
    /// Length of the frame on the wire, in octets, as the file tells it.
    pub original_len: u32,
    /// The octets that were captured.
    pub data: &'a [u8],
}

impl Frame<'_> {
    /// How many octets of the frame the snap length cut off; 0 = whole.
    #[inline]
    pub fn cut(&self) -> usize {
        self.wire_len() - self.data.len()
    }

    /// Length on the wire. Never below what was captured: some writers leave the original length
    /// 0 or forget a link-layer header in it.
    fn wire_len(&self) -> usize {
        usize::try_from(self.original_len).unwrap_or(usize::MAX).max(self.data.len())
    }

    /// The frame as if it had ended before octet `end`.
    fn up_to(self, end: usize) -> Self {
        let original_len = u32::try_from(end).unwrap_or(u32::MAX);
        Self { original_len, data: self.data.get(..end).unwrap_or(self.data), ..self }
    }
}

/// A moment in nanoseconds (ns) since 1970-01-01 00:00 UTC, from 1677 to 2262; what a file places
/// outside is moved to the nearer end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `nanos` ns after 1970.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// ns since 1970.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole µs since 1970, rounded down; 0 for a time before 1970.
    pub const fn as_micros(self) -> u64 {
        if self.0 < 0 { 0 } else { self.0.unsigned_abs() / 1_000 }
    }
}

/// Seconds since 1970 with nine decimals: `1200000000.000000005`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

/// A link-layer header type, by its `LINKTYPE_` number
/// (<https://www.tcpdump.org/linktypes.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Token Ring (IEEE 802.5).
    pub const IEEE802_5: Self = Self(6);
    /// PPP, with or without HDLC-like framing.
    pub const PPP: Self = Self(9);
    /// FDDI.
    pub const FDDI: Self = Self(10);
    /// Raw IP, as files of most systems number it that wrote the system's own `DLT_RAW`.
    pub const RAW_12: Self = Self(12);
    /// Raw IP, `DLT_RAW` of `OpenBSD`.
    pub const RAW_14: Self = Self(14);
    /// PPP in HDLC-like framing, or Cisco HDLC.
    pub const PPP_HDLC: Self = Self(50);
    /// PPPoE, from its header on.
    pub const PPP_ETHER: Self = Self(51);
    /// Raw IP.
    pub const RAW: Self = Self(101);
    /// Cisco HDLC.
    pub const C_HDLC: Self = Self(104);
    /// IEEE 802.11.
    pub const IEEE802_11: Self = Self(105);
    /// `OpenBSD` loopback: the address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// IEEE 802.11 behind a Prism header, or behind AVS.
    pub const IEEE802_11_PRISM: Self = Self(119);
    /// IEEE 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// IEEE 802.11 behind an AVS header.
    pub const IEEE802_11_AVS: Self = Self(163);
    /// Per-packet information, read where it is before IEEE 802.11.
    pub const PPI: Self = Self(192);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// The name of a link type that [`Dissector`] takes; `link type 147` for another.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::NULL => "BSD loopback",
            Self::ETHERNET => "Ethernet",
            Self::IEEE802_5 => "Token Ring",
            Self::PPP => "PPP",
            Self::FDDI => "FDDI",
            Self::PPP_HDLC => "serial PPP",
            Self::PPP_ETHER => "PPPoE",
            Self::C_HDLC => "Cisco HDLC",
            Self::IEEE802_11 => "802.11",
            Self::IEEE802_11_PRISM => "802.11 with Prism header",
            Self::IEEE802_11_RADIOTAP => "802.11 with radiotap header",
            Self::IEEE802_11_AVS => "802.11 with AVS header",
            Self::PPI => "PPI",
            Self::RAW_12 | Self::RAW_14 | Self::RAW => "raw IP",
            Self::LOOP => "OpenBSD loopback",
            Self::LINUX_SLL => "Linux cooked v1",
            Self::IPV4 => "raw IPv4",
            Self::LINUX_SLL2 => "Linux cooked v2",
            Self(other) => return write!(f, "link type {other}"),
        })
    }
}
