//! What a frame does not have in plain sight: in fragments, in quotations, in tunnels.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use etherparse::{IpNumber, Ipv4HeaderSlice};

use super::Frame;
use super::dissect::{Ip, Other, Packet, UDP_HEADER_LEN, Udp, udp};
use super::link::Carried;
use super::netbios::{netbeui, over_ipx};
use super::quoted::quoted;
use super::reassembly::{Fragment, Key, Progress, Reassembly};
use super::tunnel::{self, Inner};

/// Where what is looked at is: outside of all tunnels, or in some of them.
pub(super) struct Layer<'a> {
    reassembly: &'a mut Reassembly,
    /// Room for the tunnels within this one.
    tunnelled: &'a mut [Vec<u8>],
    /// A hash of the tunnels.
    path: u64,
    /// Whether the packet of a tunnel came in IP fragments: those that became whole last.
    in_fragments: bool,
}

impl<'a> Layer<'a> {
    /// Outside of tunnels, of which as many may be within each other as there is room for.
    pub(super) fn outside(reassembly: &'a mut Reassembly, tunnelled: &'a mut [Vec<u8>]) -> Self {
        Self { reassembly, tunnelled, path: 0, in_fragments: false }
    }

    #[inline(never)]
    pub(super) fn carried(self, frame: &Frame<'a>, carried: Carried) -> Result<Packet<'a>, Other> {
        match carried {
            Carried::Ipv4(at) => self.ipv4(frame, &Ip::read(frame, at)?),
            Carried::Ipx(at) => over_ipx(frame, at),
            Carried::NetBeui { at, end, link } => netbeui(frame, at, end, link),
        }
    }

    fn ipv4(self, frame: &Frame<'a>, ip: &Ip<'a>) -> Result<Packet<'a>, Other> {
        let Ip { header, payload_at, payload, missing, .. } = *ip;
        match header.protocol() {
            IpNumber::ICMP if header.is_fragmenting_payload() => {
                Err(Other::NotUdp(IpNumber::ICMP.0))
            }
            _ if header.is_fragmenting_payload() => self.fragment(frame, ip),
            IpNumber::ICMP => quoted(payload),
            IpNumber::UDP if !tunnel::has_port(&ip.udp(&[])?) => {
                Ok(Packet::Udp(ip.udp(self.fragments())?))
            }
            _ => {
                let (_, inside) = self.inside()?;
                let packet = frame.up_to(payload_at + payload.len() + missing);
                inside.tunnel(&packet, &header, payload_at)
            }
        }
    }

    /// The packet that a fragment of it completes.
    fn fragment(self, frame: &Frame<'a>, ip: &Ip<'a>) -> Result<Packet<'a>, Other> {
        let Ip { header, at, payload, missing, .. } = *ip;
        if missing > 0 {
            return Err(Other::CutFragment { missing });
        }
        let key = Key {
            source: header.source_addr(),
            destination: header.destination_addr(),
            protocol: header.protocol(),
            identification: header.identification(),
            interface: frame.interface,
            path: self.path,
        };
        let fragment = Fragment {
            frame: frame.number,
            start: usize::from(header.fragments_offset().byte_offset()),
            more: header.more_fragments(),
            payload,
        };
        match self.reassembly.add(key, &fragment, frame.time) {
            Progress::Held => return Ok(Packet::Held),
            Progress::Overlap => return Err(Other::Overlap),
            Progress::Malformed(what) => return Err(Other::Malformed { what, offset: at }),
            Progress::Whole => {}
        }
        if header.protocol() == IpNumber::UDP {
            let (whole, _) = self.reassembly.whole();
            if !tunnel::has_port(&udp(&header, whole, 0, &[], 0)?) {
                let (whole, frames) = self.reassembly.whole();
                return udp(&header, whole, 0, frames, 0).map(Packet::Udp);
            }
        }
        // What is inside may be in fragments too, and wants the place where this one is.
        let (room, inside) = self.inside()?;
        inside.reassembly.move_whole(room);
        let original_len = u32::try_from(room.len()).unwrap_or(u32::MAX);
        let packet = Frame { data: room, original_len, ..*frame };
        Layer { in_fragments: true, ..inside }.tunnel(&packet, &header, 0)
    }

    /// The numbers of the frames of the packet that it is in.
    fn fragments(self) -> &'a [u64] {
        if self.in_fragments { self.reassembly.whole().1 } else { &[] }
    }

    /// Goes into a tunnel; what room it has for a packet in fragments.
    fn inside(self) -> Result<(&'a mut Vec<u8>, Self), Other> {
        match self.tunnelled.split_first_mut() {
            Some((room, tunnelled)) => Ok((room, Self { tunnelled, ..self })),
            None => Err(Other::Unsupported("tunnels within more tunnels than any network has")),
        }
    }

    /// What is in a packet whose payload, at `at`, may be a tunnel's, and ends with the frame.
    fn tunnel(
        self,
        frame: &Frame<'a>,
        ip: &Ipv4HeaderSlice<'_>,
        at: usize,
    ) -> Result<Packet<'a>, Other> {
        let protocol = ip.protocol();
        let inner = match protocol {
            IpNumber::IPV4 => Inner { frame: *frame, carried: Carried::Ipv4(at), id: 0 },
            IpNumber::UDP => {
                let payload = frame.data.get(at..).unwrap_or_default();
                let udp = udp(ip, payload, frame.cut(), &[], at)?;
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
        (self.path, ip.source(), ip.destination(), protocol.0, inner.id).hash(&mut hasher);
        Layer { path: hasher.finish(), ..self }.carried(&inner.frame, inner.carried)
    }
}
