//! Builders of capture files and frames.

use mailslot::capture::LinkType;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    Big,
    Little,
}

pub(super) const ORDERS: [Order; 2] = [Order::Big, Order::Little];

impl Order {
    pub(super) fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    pub(super) fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    pub(super) fn i64(self, value: i64) -> [u8; 8] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }
}

pub(super) fn len32(bytes: &[u8]) -> u32 {
    bytes.len().try_into().unwrap()
}

/// A pcap file.
pub(super) struct Pcap {
    order: Order,
    modified: bool,
    pub(super) bytes: Vec<u8>,
}

pub(super) const MICROS: u32 = 0xa1b2_c3d4;
pub(super) const NANOS: u32 = 0xa1b2_3c4d;
pub(super) const MODIFIED: u32 = 0xa1b2_cd34;

impl Pcap {
    pub(super) fn new(order: Order, magic: u32, link_type: LinkType) -> Self {
        let mut bytes = order.u32(magic).to_vec();
        bytes.extend(order.u16(2));
        bytes.extend(order.u16(4));
        bytes.extend([0; 8]);
        bytes.extend(order.u32(65_535));
        bytes.extend(order.u32(link_type.0.into()));
        Self { order, modified: magic == MODIFIED, bytes }
    }

    pub(super) fn ethernet() -> Self {
        Self::new(Order::Little, MICROS, LinkType::ETHERNET)
    }

    pub(super) fn packet(&mut self, seconds: u32, fraction: u32, data: &[u8]) -> &mut Self {
        self.snapped(seconds, fraction, data, len32(data))
    }

    pub(super) fn snapped(&mut self, s: u32, fraction: u32, data: &[u8], len: u32) -> &mut Self {
        for word in [s, fraction, len32(data), len] {
            self.bytes.extend(self.order.u32(word));
        }
        if self.modified {
            self.bytes.extend([0xee; 8]);
        }
        self.bytes.extend(data);
        self
    }
}

pub(super) const OPTION_END: u16 = 0;
pub(super) const OPTION_TSRESOL: u16 = 9;
pub(super) const OPTION_TSOFFSET: u16 = 14;

/// A pcapng file.
#[derive(Clone)]
pub(super) struct PcapNg {
    pub(super) order: Order,
    pub(super) bytes: Vec<u8>,
}

impl PcapNg {
    pub(super) fn new(order: Order) -> Self {
        let mut file = Self { order, bytes: Vec::new() };
        file.section(order);
        file
    }

    pub(super) fn section(&mut self, order: Order) -> &mut Self {
        self.order = order;
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend([0xff; 8]);
        body.extend(self.options(&[(4, b"test"), (OPTION_END, b"")]));
        self.block(0x0a0d_0d0a, &body)
    }

    pub(super) fn interface(
        &mut self,
        link_type: LinkType,
        snap_len: u32,
        options: &[(u16, &[u8])],
    ) -> &mut Self {
        let mut body = self.order.u16(link_type.0).to_vec();
        body.extend([0; 2]);
        body.extend(self.order.u32(snap_len));
        body.extend(self.options(options));
        self.block(1, &body)
    }

    /// An enhanced packet.
    pub(super) fn packet(&mut self, interface: u32, stamp: u64, data: &[u8]) -> &mut Self {
        let flags: [(u16, &[u8]); 2] = [(2, &[0; 4]), (OPTION_END, b"")];
        self.enhanced(interface, stamp, data, len32(data), &flags)
    }

    pub(super) fn enhanced(
        &mut self,
        interface: u32,
        stamp: u64,
        data: &[u8],
        original_len: u32,
        options: &[(u16, &[u8])],
    ) -> &mut Self {
        let mut body = self.order.u32(interface).to_vec();
        body.extend(self.order.u32((stamp >> 32) as u32));
        body.extend(self.order.u32(stamp as u32));
        body.extend(self.order.u32(len32(data)));
        body.extend(self.order.u32(original_len));
        body.extend(padded(data));
        body.extend(self.options(options));
        self.block(6, &body)
    }

    pub(super) fn simple(&mut self, data: &[u8], original_len: u32) -> &mut Self {
        let mut body = self.order.u32(original_len).to_vec();
        body.extend(padded(data));
        self.block(3, &body)
    }

    pub(super) fn obsolete(&mut self, interface: u16, stamp: u64, data: &[u8]) -> &mut Self {
        let mut body = self.order.u16(interface).to_vec();
        body.extend(self.order.u16(7));
        body.extend(self.order.u32((stamp >> 32) as u32));
        body.extend(self.order.u32(stamp as u32));
        body.extend(self.order.u32(len32(data)));
        body.extend(self.order.u32(len32(data) + 1));
        body.extend(padded(data));
        self.block(2, &body)
    }

    pub(super) fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let len = self.order.u32(len32(body) + 12);
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(len);
        self.bytes.extend(body);
        self.bytes.extend(len);
        self
    }

    fn options(&self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (code, value) in options {
            out.extend(self.order.u16(*code));
            out.extend(self.order.u16(value.len().try_into().unwrap()));
            out.extend(padded(value));
        }
        out
    }
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    out.resize(data.len().next_multiple_of(4), 0);
    out
}

pub(super) const SOURCE: [u8; 4] = [192, 0, 2, 1];
pub(super) const DESTINATION: [u8; 4] = [192, 0, 2, 255];

/// A UDP datagram from port 138 to port 138.
pub(super) fn udp(payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 8).unwrap();
    let mut out = [138_u16, 138, len, 0].map(u16::to_be_bytes).concat();
    out.extend(payload);
    out
}

/// The parts of an IPv4 header that tests vary.
#[derive(Clone, Copy)]
pub(super) struct Ip {
    pub(super) protocol: u8,
    pub(super) identification: u16,
    /// In octets.
    pub(super) offset: usize,
    pub(super) more: bool,
}

pub(super) const UDP: Ip = Ip { protocol: 17, identification: 1, offset: 0, more: false };

impl Ip {
    pub(super) fn packet(self, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(payload.len() + 20).unwrap();
        let offset = u16::try_from(self.offset / 8).unwrap() | u16::from(self.more) << 13;
        let mut out = vec![0x45, 0];
        out.extend([len, self.identification, offset].map(u16::to_be_bytes).concat());
        out.extend([64, self.protocol, 0, 0]);
        out.extend(SOURCE);
        out.extend(DESTINATION);
        out.extend(payload);
        out
    }
}

/// An Ethernet II frame.
pub(super) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff; 6];
    out.extend([2, 0, 0, 0, 0, 1]);
    out.extend(kind.to_be_bytes());
    out.extend(payload);
    out
}

/// Ethernet, IPv4, UDP.
pub(super) fn datagram(payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &UDP.packet(&udp(payload)))
}
