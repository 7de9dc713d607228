"""A capture of every link layer and tunnel that is read, a mailslot write in each frame.

The message says what carries it; the twin lists the messages. A packet in IP fragments takes more
than one frame: the message comes with the last.
"""

import struct

from frames import FIRST, UNIQUE, checksum, datagram, ip, name, smb, udp_frame

HOSTS, TUNNEL = ("192.168.1.20", "192.168.1.5"), ("192.0.2.1", "192.0.2.2")
START = 1_795_161_600_000_000
FROM, TO = bytes.fromhex("020000000014"), bytes.fromhex("020000000005")
OUTER, BROADCAST = bytes.fromhex("0200000000a1"), b"\xff" * 6
SNAP = bytes.fromhex("aaaa03000000")
ETHERNET, TOKEN_RING, PPP, FDDI, RAW = 1, 6, 9, 10, 101
PPP_HDLC, PPP_ETHER, C_HDLC = 50, 51, 104
WLAN, PRISM, RADIOTAP, AVS, PPI = 105, 119, 127, 163, 192
NULL, COOKED, COOKED_2 = 0, 113, 276


def write(text):
    """A UDP payload; the number of the datagram is made of the text."""
    return datagram(name("WINBOX"), name("OFFICE"), smb("carriers", text.encode()), UNIQUE, FIRST,
                    checksum(text.encode()))


def packet(text):
    """IPv4 and UDP around it."""
    return udp_frame(*HOSTS, write(text))[14:]


def ipv4(protocol, payload, offset=0, more=False, identification=7, ends=TUNNEL):
    """IPv4, where nothing else is said between the ends of a tunnel."""
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification,
                       offset // 8 | (0x2000 if more else 0), 64, protocol, 0,
                       *map(ip, ends))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def udp(port, payload):
    return ipv4(17, struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload)


def ethernet(kind, payload, to=TO):
    return to + FROM + struct.pack(">H", kind) + payload


def ieee(payload, to=TO):
    """802.3: a length, and padding that it does not count."""
    return ethernet(len(payload), payload, to).ljust(60, b"\0")


def llc(sap, payload):
    return bytes([sap, sap, 3]) + payload


def snap(kind, payload):
    return SNAP + struct.pack(">H", kind) + payload


def ipx(socket, payload, kind):
    node = struct.pack(">I6sH", 10, BROADCAST, socket) + struct.pack(">I6sH", 10, FROM, socket)
    return struct.pack(">HHBB", 0xFFFF, 30 + len(payload), 0, kind) + node + payload


def names():
    return name("OFFICE", 0x1E) + name("WINBOX")


def nmpi(text):
    body = bytes(32) + bytes([0xFC, 2]) + struct.pack("<H", 1) + names()
    return ipx(0x0553, body + smb("carriers", text.encode()), 20)


def nbipx(text):
    # Here the sender's name is the first.
    names_of = names()[16:] + names()[:16]
    return ipx(0x0455, bytes([0, 0x0B]) + names_of + smb("carriers", text.encode()), 4)


def nbf(text):
    head = struct.pack("<HHBBHHH", 44, 0xEFFF, 8, 0, 0, 0, 0)
    return llc(0xF0, head + names() + smb("carriers", text.encode()))


def wlan(flags, payload, qos=b"", addresses=(TO, FROM, OUTER)):
    """A data frame; `qos` is QoS control with what follows it."""
    kind = 0x88 if qos else 0x08
    first, rest = b"".join(addresses[:3]), b"".join(addresses[3:])
    return bytes([kind, flags, 0, 0]) + first + b"\x10\0" + rest + qos + payload


def radiotap(present, fields, frame):
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), present) + fields + frame


def ppi(fields, frame, flags=0):
    return struct.pack("<BBHI", 0, flags, 8 + len(fields), WLAN) + fields + frame


def prism(frame):
    fields = b"".join(struct.pack("<IHHI", number, 0, 4, 0) for number in range(1, 11))
    return struct.pack("<II16s", 0x44, 144, b"wlan0") + fields + frame


def avs(frame):
    return struct.pack(">II", 0x80211001, 64) + bytes(56) + frame


def mpls(*labels):
    return b"".join(struct.pack(">I", label << 12 | (i == len(labels) - 1) << 8 | 64)
                    for i, label in enumerate(labels))


def gre(flags, kind, *fields):
    return ipv4(47, struct.pack(">HH", flags, kind) + b"".join(fields))


def erspan(version, payload, rest=b""):
    return struct.pack(">HHI", version << 12, 9, 0) + rest + payload


def pptp(flags, payload, *fields):
    return gre(0x2001 | flags, 0x880B, struct.pack(">HH", len(payload), 3), *fields, payload)


def l2tp(flags, payload, *fields):
    """With a length where the flags say so."""
    head = b"".join([struct.pack(">HH", 1, 1), *fields])
    if flags & 0x4000:
        head = struct.pack(">H", 4 + len(head) + len(payload)) + head
    return udp(1701, struct.pack(">H", 2 | flags) + head + payload)


def fragments(protocol, payload, at, identification, ends=TUNNEL):
    yield ipv4(protocol, payload[:at], 0, True, identification, ends)
    yield ipv4(protocol, payload[at:], at, False, identification, ends)


def ethernets():
    """(what carries the message, frame) for each; over Ethernet."""
    def tagged(text, *tags):
        return b"".join(struct.pack(">HH", 5, kind) for kind in tags) + packet(text)
    yield "Ethernet II", lambda text: ethernet(0x0800, packet(text))
    yield "802.3, LLC", lambda text: ieee(llc(6, packet(text)))
    yield "802.3, SNAP", lambda text: ieee(snap(0x0800, packet(text)))
    yield "802.1Q", lambda text: ethernet(0x8100, tagged(text, 0x0800))
    yield "802.1ad", lambda text: ethernet(0x88A8, tagged(text, 0x8100, 0x0800))
    yield "802.1ah", lambda text: ethernet(
        0x88E7, struct.pack(">I", 77) + ethernet(0x0800, packet(text)), OUTER)
    yield "MPLS, 2 labels", lambda text: ethernet(0x8847, mpls(16, 17) + packet(text))
    yield "PPPoE", lambda text: ethernet(
        0x8864, struct.pack(">BBHHH", 0x11, 0, 1, 2 + len(packet(text)), 0x21) + packet(text))
    yield "IPX, NMPI, Ethernet II", lambda text: ethernet(0x8137, nmpi(text), BROADCAST)
    yield "IPX, NMPI, 802.3", lambda text: ieee(nmpi(text), BROADCAST)
    yield "IPX, NetBIOS, LLC", lambda text: ieee(llc(0xE0, nbipx(text)))
    yield "IPX, NetBIOS, SNAP", lambda text: ieee(snap(0x8137, nbipx(text)))
    yield "NetBEUI", lambda text: ieee(nbf(text))


def tunnels():
    """IPv4 packets."""
    inner = lambda text: ethernet(0x0800, packet(text))
    word = struct.pack(">I", 0x01020304)
    yield "IP in IP", lambda text: ipv4(4, packet(text))
    yield "GRE", lambda text: gre(0, 0x0800, packet(text))
    yield "GRE with a key", lambda text: gre(0x2000, 0x0800, word, packet(text))
    yield "GRE with all fields", lambda text: gre(0xB000, 0x0800, bytes(4), word, word, packet(text))
    yield "GRE, IPX", lambda text: gre(0, 0x8137, nmpi(text))
    yield "GRE, MPLS", lambda text: gre(0, 0x8847, mpls(18) + packet(text))
    yield "GRE, Ethernet", lambda text: gre(0x2000, 0x6558, word, inner(text))
    yield "GRE, Ethernet, NetBEUI", lambda text: gre(0, 0x6558, ieee(nbf(text)))
    yield "ERSPAN I", lambda text: gre(0, 0x88BE, inner(text))
    yield "ERSPAN II", lambda text: gre(0x1000, 0x88BE, word, erspan(1, inner(text)))
    yield "ERSPAN III", lambda text: gre(0x1000, 0x22EB, word, erspan(2, inner(text), bytes(4)))
    yield "ERSPAN III with a subheader", lambda text: gre(
        0x1000, 0x22EB, word, erspan(2, inner(text), b"\0\0\0\x01" + bytes(8)))
    yield "PPTP", lambda text: pptp(0x1000, b"\xff\x03\0\x21" + packet(text), word)
    yield "PPTP with an acknowledgment", lambda text: pptp(
        0x1080, b"\x21" + packet(text), word, word)
    yield "L2TP", lambda text: l2tp(0, b"\xff\x03\0\x21" + packet(text))
    yield "L2TP with a length", lambda text: l2tp(0x4000, b"\0\x21" + packet(text))
    yield "L2TP with all fields", lambda text: l2tp(
        0x4B00, b"\x21" + packet(text), word, b"\0\x02\0\0")
    yield "VXLAN", lambda text: udp(4789, b"\x08\0\0\0\0\0\x09\0" + inner(text))
    yield "GRE in GRE", lambda text: gre(0, 0x0800, gre(0x2000, 0x0800, word, packet(text)))
    yield "VXLAN in GRE in IP in IP", lambda text: ipv4(4, gre(
        0, 0x0800, udp(4789, b"\x08\0\0\0\0\0\x09\0" + inner(text))))


def serials():
    """(link type, what carries the message, frame)."""
    yield PPP, "PPP", lambda text: b"\0\x21" + packet(text)
    yield PPP, "PPP with framing", lambda text: b"\xff\x03\0\x21" + packet(text)
    yield PPP, "PPP, protocol of one octet", lambda text: b"\xff\x03\x21" + packet(text)
    yield PPP, "PPP, IPX", lambda text: b"\xff\x03\0\x2b" + nmpi(text)
    yield PPP_HDLC, "serial PPP", lambda text: b"\xff\x03\0\x21" + packet(text)
    yield PPP_HDLC, "Cisco HDLC on a PPP line", lambda text: b"\x0f\0\x08\0" + packet(text)
    yield C_HDLC, "Cisco HDLC", lambda text: b"\x8f\0\x08\0" + packet(text)
    yield PPP_ETHER, "PPPoE alone", lambda text: struct.pack(
        ">BBHHH", 0x11, 0, 1, 2 + len(packet(text)), 0x21) + packet(text)


def rings():
    addresses = TO + b"\x82" + FROM[1:]
    yield TOKEN_RING, "Token Ring", lambda text: b"\x10\x40" + TO + FROM + snap(0x0800, packet(text))
    yield TOKEN_RING, "Token Ring, source routed", lambda text: (
        b"\x10\x40" + addresses + bytes.fromhex("063000110020") + snap(0x0800, packet(text)))
    yield TOKEN_RING, "Token Ring, NetBEUI", lambda text: b"\x10\x40" + TO + FROM + nbf(text)
    yield TOKEN_RING, "Token Ring, IPX", lambda text: (
        b"\x10\x40" + BROADCAST + FROM + llc(0xE0, nmpi(text)))
    yield FDDI, "FDDI", lambda text: b"\x50" + TO + FROM + snap(0x0800, packet(text))
    yield FDDI, "FDDI, NetBEUI", lambda text: b"\x54" + TO + FROM + nbf(text)


def wireless():
    ad_hoc = lambda text: wlan(0, snap(0x0800, packet(text)))
    down = lambda text: wlan(2, snap(0x0800, packet(text)), addresses=(TO, OUTER, FROM))
    yield WLAN, "802.11 between hosts", ad_hoc
    yield WLAN, "802.11 from an access point", down
    yield WLAN, "802.11 to an access point", lambda text: wlan(
        1, snap(0x0800, packet(text)), addresses=(OUTER, FROM, TO))
    yield WLAN, "802.11 between access points", lambda text: wlan(
        3, snap(0x0800, packet(text)), addresses=(OUTER, OUTER, TO, FROM))
    yield WLAN, "802.11 QoS", lambda text: wlan(1, snap(0x0800, packet(text)), b"\0\0",
                                                (OUTER, FROM, TO))
    yield WLAN, "802.11 QoS with HT control", lambda text: wlan(
        0x81, snap(0x0800, packet(text)), b"\0\0" + bytes(4), (OUTER, FROM, TO))
    yield WLAN, "802.11, NetBEUI", lambda text: wlan(0, nbf(text))
    yield WLAN, "802.11, IPX", lambda text: wlan(0, snap(0x8137, nmpi(text)))
    yield RADIOTAP, "radiotap", lambda text: radiotap(0, b"", ad_hoc(text))
    yield RADIOTAP, "radiotap, NetBEUI, check sequence", lambda text: radiotap(
        2, b"\x10", wlan(0, nbf(text)) + b"\xee" * 4)
    yield RADIOTAP, "radiotap with a time and more bits", lambda text: radiotap(
        0x80000003, bytes(4) + bytes(4) + bytes(8) + b"\x10", down(text) + b"\xee" * 4)
    yield RADIOTAP, "radiotap, QoS, padded", lambda text: radiotap(
        2, b"\x20", wlan(1, bytes(2) + snap(0x0800, packet(text)), b"\0\0", (OUTER, FROM, TO)))
    yield PRISM, "Prism", lambda text: prism(ad_hoc(text))
    yield PRISM, "Prism, AVS", lambda text: avs(ad_hoc(text))
    yield AVS, "AVS", lambda text: avs(ad_hoc(text))
    yield PPI, "PPI", lambda text: ppi(b"", ad_hoc(text))
    yield PPI, "PPI, NetBEUI, check sequence", lambda text: ppi(
        struct.pack("<HH8sH10s", 2, 20, b"", 1, b""), wlan(0, nbf(text)) + b"\xee" * 4)


def others():
    yield RAW, "raw IP", packet
    yield NULL, "BSD loopback", lambda text: b"\x02\0\0\0" + packet(text)
    sll = struct.pack(">HHH8s", 0, 1, 6, FROM)
    yield COOKED, "Linux cooked", lambda text: sll + b"\x08\0" + packet(text)
    yield COOKED, "Linux cooked, NetBEUI", lambda text: sll + b"\0\x04" + nbf(text)
    sll2 = struct.pack(">HIHBB8s", 0, 2, 1, 0, 6, FROM)
    yield COOKED_2, "Linux cooked 2", lambda text: b"\x08\0" + sll2 + packet(text)
    yield COOKED_2, "Linux cooked 2, IPX", lambda text: b"\x81\x37" + sll2 + nmpi(text)


def in_fragments():
    """Lists of Ethernet frames."""
    def of(packets):
        return [ethernet(0x0800, each) for each in packets]
    def split(text, identification):
        """The message's own packet in fragments."""
        return fragments(17, packet(text)[20:], 64, identification, HOSTS)
    body = lambda text: struct.pack(">HH", 0, 0x0800) + packet(text)
    yield "GRE in fragments", lambda text: of(fragments(47, body(text), 48, 20))
    yield "fragments in GRE", lambda text: of(gre(0, 0x0800, each) for each in split(text, 21))
    yield "fragments of GRE around fragments", lambda text: of(
        part for i, each in enumerate(split(text, 22))
        for part in fragments(47, struct.pack(">HH", 0, 0x0800) + each, 32, 22 + i))
    yield "L2TP in fragments", lambda text: of(
        fragments(17, l2tp(0, b"\0\x21" + packet(text))[20:], 40, 24))


def captured():
    """(link type, text, frames)."""
    for kind, build in ethernets():
        yield ETHERNET, kind, [build(kind)]
    for kind, build in tunnels():
        yield ETHERNET, kind, [ethernet(0x0800, build(kind))]
    for group in (serials, rings, wireless, others):
        for link_type, kind, build in group():
            yield link_type, kind, [build(kind)]
    for kind, build in in_fragments():
        yield ETHERNET, kind, build(kind)


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def files():
    octets = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    links, words, number = [], [], 0
    for link_type, text, frames in captured():
        if link_type not in links:
            links.append(link_type)
            octets += block(1, struct.pack("<HHI", link_type, 0, 262144))
        for frame in frames:
            number += 1
            time = START + number * 1000
            octets += block(6, struct.pack("<IIIII", links.index(link_type), time >> 32,
                                           time & 0xFFFFFFFF, len(frame), len(frame)) + frame)
        words.append(f"{number:>3}  {text}")
    head = ["carriers.pcapng: every link layer and tunnel that is read, a mailslot write in each.",
            "Which frame completes it, and what it says: what carries it.",
            "Made by make.py; nothing in it was captured.", ""]
    yield "carriers.pcapng", octets
    yield "carriers.txt", ("\n".join(head + words) + "\n").encode()
