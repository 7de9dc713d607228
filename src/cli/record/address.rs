//! Addresses as text: a frame has up to a handful, and `fmt` takes as long for them as a fifth of
//! the frame.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "serde hands references"
)]

use std::net::{Ipv4Addr, SocketAddrV4};

use serde::Serializer;
use serde::ser::Error as _;

/// `192.0.2.1:138`
pub(super) fn socket<S: Serializer>(
    address: &SocketAddrV4,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = Text::default();
    text.host(*address.ip());
    text.push(b':');
    text.decimal(address.port());
    text.serialize(serializer)
}

/// `192.0.2.1`
pub(super) fn host<S: Serializer>(address: &Ipv4Addr, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = Text::default();
    text.host(*address);
    text.serialize(serializer)
}

/// The same, or `null`.
pub(super) fn optional<S: Serializer>(
    address: &Option<Ipv4Addr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => host(address, serializer),
        None => serializer.serialize_none(),
    }
}

/// The longest is `255.255.255.255:65535`.
#[derive(Default)]
struct Text {
    octets: [u8; 21],
    len: usize,
}

impl Text {
    fn host(&mut self, address: Ipv4Addr) {
        let [first, rest @ ..] = address.octets();
        self.decimal(first.into());
        for octet in rest {
            self.push(b'.');
            self.decimal(octet.into());
        }
    }

    fn decimal(&mut self, number: u16) {
        let mut unit = 10_000;
        while unit > 1 && number < unit {
            unit /= 10;
        }
        while unit > 0 {
            let digit = number / unit % 10;
            self.push(b'0' + digit.to_le_bytes()[0]);
            unit /= 10;
        }
    }

    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.len) {
            *place = octet;
            self.len += 1;
        }
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let octets = self.octets.get(..self.len).unwrap_or_default();
        serializer.serialize_str(std::str::from_utf8(octets).map_err(S::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct Both(
        #[serde(serialize_with = "socket")] SocketAddrV4,
        #[serde(serialize_with = "optional")] Option<Ipv4Addr>,
    );

    #[test]
    fn as_the_library_prints_them() {
        let octets = [0, 1, 9, 10, 99, 100, 199, 255];
        let ports = [0, 7, 10, 137, 138, 1024, 9999, 10_000, 65535];
        for (i, port) in octets.into_iter().flat_map(|i| ports.map(|port| (i, port))) {
            let address = Ipv4Addr::new(i, 255 - i, i / 2, i.rotate_left(3));
            let socket = SocketAddrV4::new(address, port);
            let json = serde_json::to_string(&Both(socket, Some(address))).unwrap();
            assert_eq!(json, format!("[\"{socket}\",\"{address}\"]"));
        }
        let longest = SocketAddrV4::new(Ipv4Addr::BROADCAST, u16::MAX);
        let json = serde_json::to_string(&Both(longest, None)).unwrap();
        assert_eq!(json, "[\"255.255.255.255:65535\",null]");
    }
}
