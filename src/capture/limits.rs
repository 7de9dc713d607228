//! Every bound of this module, with its reason.

/// Most octets one packet may have in a capture file (256 KiB).
///
/// The largest snap length that libpcap grants (`MAXIMUM_SNAPLEN`) and four times the largest IPv4
/// packet. A record that claims more is damage: reading on would take a packet's content for the
/// next record's header.
pub const MAX_CAPTURED_LEN: usize = 262_144;

/// Most octets a pcapng block that must be looked into may have (512 KiB).
///
/// A packet of [`MAX_CAPTURED_LEN`] and as much again for options. Blocks that are passed over
/// are not held in memory and may have any length.
pub const MAX_BLOCK_LEN: usize = 2 * MAX_CAPTURED_LEN;

/// Most interfaces of one pcapng section.
///
/// A description block takes 20 octets, so without a bound a file of nothing else would fill the
/// memory. No system has as many.
pub const MAX_INTERFACES: usize = 65_536;

/// Most octets of user data of a NetBIOS datagram over IPX or NetBEUI.
///
/// What the length of an IPX packet can say. A NetBIOS frame has no length of its own, so one in a
/// capture without the length of 802.3 would be as long as a captured packet may be.
pub const MAX_NETBIOS_LEN: usize = 65_535;

/// Most IPv4 datagrams that wait for fragments at a time; the oldest makes room.
///
/// Each fragment frame looks through them, so their number bounds what a frame can cost.
pub const MAX_REASSEMBLIES: usize = 256;

/// Most octets that fragments of waiting datagrams may take (4 MiB); the oldest makes room.
///
/// Linux keeps as much (`net.ipv4.ipfrag_high_thresh`).
pub const MAX_REASSEMBLY_BYTES: usize = 4 << 20;

/// How long a datagram waits for its fragments, by the clock of the capture.
///
/// The lower end of what RFC 1122, 3.3.2 asks for. Fragment identifiers come round again, so to
/// wait longer would join fragments of different datagrams.
pub const REASSEMBLY_TIME: std::time::Duration = std::time::Duration::from_secs(60);

/// Most tunnels within each other.
///
/// Networks have one, or two where a provider carries what a customer tunnels. Each that is in
/// fragments takes room for a packet of 65,515 octets.
pub const MAX_TUNNELS: usize = 4;
