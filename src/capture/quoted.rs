//! The datagram that an ICMP error quotes (RFC 792; RFC 4884 for extensions behind it).

use etherparse::{IpNumber, Ipv4HeaderSlice};

use super::dissect::{Other, Packet, udp};

/// Destination unreachable, source quench, redirect, time exceeded, parameter problem.
const ERRORS: [u8; 5] = [3, 4, 5, 11, 12];

/// Of those, the ones whose octet 5 may say how long the quotation is, in words of 32 bits.
const WITH_LENGTH: [u8; 3] = [3, 11, 12];

const HEADER_LEN: usize = 8;

/// Reads an ICMP message, as far as it was captured. What quotes no datagram is
/// [`Other::NotUdp`], and so is a quotation that ends before the payload: neither is damage.
pub(super) fn quoted(icmp: &[u8]) -> Result<Packet<'_>, Other> {
    const NONE: Other = Other::NotUdp(IpNumber::ICMP.0);
    let Some((header, rest)) = icmp.split_first_chunk::<HEADER_LEN>() else { return Err(NONE) };
    let [kind, _, _, _, _, words, ..] = *header;
    if !ERRORS.contains(&kind) {
        return Err(NONE);
    }
    let quotation = match usize::from(words) * 4 {
        1.. if WITH_LENGTH.contains(&kind) => rest.get(..usize::from(words) * 4).unwrap_or(rest),
        _ => rest,
    };
    let Ok(header) = Ipv4HeaderSlice::from_slice(quotation) else { return Err(NONE) };
    if header.protocol() != IpNumber::UDP || header.fragments_offset().value() != 0 {
        return Err(NONE);
    }
    // Some hosts quote a total length that they have changed on the way: the UDP length counts.
    let at = header.slice().len();
    let datagram = quotation.get(at..).unwrap_or_default();
    // A quotation need not be whole: as much may be missing as a datagram can have.
    let missing = usize::from(u16::MAX);
    udp(&header, datagram, missing, &[], 0).map(Packet::Quoted).map_err(|_| NONE)
}
