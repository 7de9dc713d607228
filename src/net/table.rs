//! The kernel's tables of UDP sockets, `/proc/net/udp` and `udp6`.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(super) const IPV4: &str = "/proc/self/net/udp";
pub(super) const IPV6: &str = "/proc/self/net/udp6";

/// One socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) local: SocketAddr,
    pub(super) uid: u32,
    pub(super) inode: u64,
    /// Datagrams that the kernel threw away, modulo 2³².
    pub(super) drops: u32,
}

/// Every socket of a table. One that is opened or closed meanwhile may make others be missing.
pub(super) fn rows(path: &str) -> io::Result<Vec<Row>> {
    Ok(fs::read_to_string(path)?.lines().skip(1).filter_map(row).collect())
}

fn row(line: &str) -> Option<Row> {
    let mut fields = line.split_ascii_whitespace();
    let local = address(fields.nth(1)?)?;
    let uid = fields.nth(5)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    let drops = fields.nth(2)?.parse().ok()?;
    Some(Row { local, uid, inode, drops })
}

/// `0100007F:008A`: words of the address as they lie in memory, the port as a number.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| {
        let digits = address.get(at..at + 8)?;
        u32::from_str_radix(digits, 16).ok().map(|word| u32::from_be_bytes(word.to_ne_bytes()))
    };
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let bits = words.iter().fold(0, |bits: u128, word| bits << 32 | u128::from(*word));
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn lines_are_read() {
        let line = "  352: 0200007F:008A 00000000:0000 07 00000000:00000000 00:00000000 00000000  \
                    1000        0 12345 2 0000000000000000 17";
        let local = "127.0.0.2:138".parse().unwrap();
        assert_eq!(row(line), Some(Row { local, uid: 1000, inode: 12345, drops: 17 }));
        assert_eq!(
            address("0000000000000000FFFF00000200007F:008A"),
            Some("[::ffff:127.0.0.2]:138".parse().unwrap())
        );
        for damaged in ["", "1: 0200007F", "x x x x x x x x x x x x x", "1: é200007:008A"] {
            assert_eq!(row(damaged), None);
        }
    }
}
