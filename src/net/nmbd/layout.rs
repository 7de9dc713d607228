//! The structures that pass over nmbd's socket, as a 64-bit process has them in memory.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Most octets of a datagram that nmbd hands on: it builds them in a buffer of this size.
pub const MAX_PACKET: usize = 1024;

/// `size_t len; enum packet_type type; time_t ts; struct in_addr ip; int port;`
pub(super) const HEADER_LEN: usize = 32;

/// `DGRAM_PACKET`, what comes to the datagram service.
const DATAGRAM: i32 = 1;

/// A datagram, with what nmbd says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandedOn<'a> {
    /// When nmbd received it, in whole seconds.
    pub at: SystemTime,
    /// Its UDP source.
    pub from: SocketAddrV4,
    /// The UDP payload, as nmbd built it anew.
    pub payload: &'a [u8],
}

/// `enum packet_type type; size_t mailslot_namelen; int trn_id;` and the name without its NUL.
pub(super) fn query(mailslot: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(24 + mailslot.len());
    octets.extend(DATAGRAM.to_ne_bytes());
    octets.extend([0; 4]);
    octets.extend((mailslot.len() as u64).to_ne_bytes());
    // The id that an answer of the name service would have, and padding.
    octets.extend([0; 8]);
    octets.extend(mailslot);
    octets
}

/// The first record and what is behind it, once it is whole; or what of its header cannot be.
pub(super) fn record(octets: &[u8]) -> Result<Option<(HandedOn<'_>, &[u8])>, &'static str> {
    let Some((header, rest)) = octets.split_first_chunk::<HEADER_LEN>() else { return Ok(None) };
    let len = usize::try_from(u64::from_ne_bytes(at(header, 0)))
        .ok()
        .filter(|len| (1..=MAX_PACKET).contains(len))
        .ok_or("the length of a packet")?;
    if i32::from_ne_bytes(at(header, 8)) != DATAGRAM {
        return Err("the type of a packet");
    }
    let seconds = u64::from_ne_bytes(at(header, 16));
    let time =
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or("the time of a packet")?;
    let port = i32::from_ne_bytes(at(header, 28));
    let port = u16::try_from(port).map_err(|_| "the port of a packet")?;
    let from = SocketAddrV4::new(Ipv4Addr::from(at(header, 24)), port);
    Ok(rest
        .split_at_checked(len)
        .map(|(payload, next)| (HandedOn { at: time, from, payload }, next)))
}

/// `N` octets at a place within the header.
fn at<const N: usize>(header: &[u8; HEADER_LEN], place: usize) -> [u8; N] {
    header.get(place..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
