"""NetBIOS datagrams and captures, built from the layouts of the specifications.

Independent of the Rust codec on purpose: what it makes is what the codec is tested against.
"""

import struct

UNIQUE, GROUP, BROADCAST = 0x10, 0x11, 0x12
ERROR, QUERY, POSITIVE, NEGATIVE = 0x13, 0x14, 0x15, 0x16
MORE, FIRST = 0x01, 0x02
B_NODE, M_NODE, H_NODE = 0x00, 0x08, 0x0C
WILDCARD = b"*" + bytes(15)
MSBROWSE = b"\x01\x02__MSBROWSE__\x02\x01"


def ip(text):
    return bytes(int(part) for part in text.split("."))


def name(text, suffix=0x00, pad=b" "):
    """16 octets: [MS-NBTE] 2.2.1."""
    octets = text.upper().encode("cp850")
    return octets + pad * (15 - len(octets)) + bytes([suffix])


def half_ascii(octets):
    """[RFC 1001] 14.1."""
    return b"".join(bytes([0x41 + (octet >> 4), 0x41 + (octet & 15)]) for octet in octets)


def encoded(octets, scope=""):
    """[RFC 1002] 4.1: a label of 32 letters, the scope's labels, the root label."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in scope.split(".") if label)
    return b"\x20" + half_ascii(octets) + labels + b"\0"


def smb(slot, data, profile="api", priority=None, **fields):
    """A mailslot write: [MS-MAIL] 2.2.1 with the values of one sender.

    `slot` is what follows \\MAILSLOT\\. `fields` overrides single fields; `prefix`, `padding`,
    `trailing` and `name_octets` do what they say.
    """
    prefix = fields.pop("prefix", b"\\MAILSLOT\\")
    name_octets = fields.pop("name_octets", prefix + slot.encode("cp850") + b"\0")
    extra_setup = fields.pop("extra_setup", b"")
    fixed = 69 + len(extra_setup)
    padding = bytes(-(fixed + len(name_octets)) % 4) if profile == "api" else b""
    padding = fields.pop("padding", padding)
    trailing = fields.pop("trailing", b"")
    offset = fixed + len(name_octets) + len(padding)
    api = profile == "api"
    values = dict(
        protocol=b"\xffSMB", command=0x25, status=0, flags=0x18 if api else 0, flags2=4 if api else 0,
        pid_high=0, features=bytes(8), reserved=0, tid=0, pid_low=0xFEFF if api else 0, uid=0, mid=0,
        word_count=17 + len(extra_setup) // 2, total_parameter_count=0, total_data_count=len(data),
        max_parameter_count=2 if api else 0, max_data_count=0, max_setup_count=0, reserved1=0,
        words_flags=2 if api else 0, timeout=1000 if profile == "browser" else 0, reserved2=0,
        parameter_count=0, parameter_offset=offset if api else 0, data_count=len(data),
        data_offset=offset, setup_count=3 + len(extra_setup) // 2, reserved3=0, opcode=1,
        priority={"api": 0, "browser": 0, "samba": 1}[profile] if priority is None else priority,
        klass=2, byte_count=len(name_octets) + len(padding) + len(data))
    unknown = set(fields) - set(values)
    assert not unknown, unknown
    values.update(fields)
    v = values.__getitem__
    return (
        v("protocol")
        + struct.pack("<BIBHH", v("command"), v("status"), v("flags"), v("flags2"), v("pid_high"))
        + v("features")
        + struct.pack("<HHHHH", v("reserved"), v("tid"), v("pid_low"), v("uid"), v("mid"))
        + struct.pack("<BHHHHBBHIHHHHH", v("word_count"), v("total_parameter_count"),
                      v("total_data_count"), v("max_parameter_count"), v("max_data_count"),
                      v("max_setup_count"), v("reserved1"), v("words_flags"), v("timeout"),
                      v("reserved2"), v("parameter_count"), v("parameter_offset"),
                      v("data_count"), v("data_offset"))
        + struct.pack("<BBHHH", v("setup_count"), v("reserved3"), v("opcode"), v("priority"),
                      v("klass"))
        + extra_setup + struct.pack("<H", v("byte_count")) + name_octets + padding + data + trailing)


def header(msg_type, flags, dgm_id, source_ip, source_port=138):
    """The ten octets of [RFC 1002] 4.4.1."""
    return struct.pack(">BBH4sH", msg_type, flags, dgm_id, ip(source_ip), source_port)


def datagram(source, destination, user_data, msg_type=UNIQUE, flags=FIRST, dgm_id=0x8001,
             source_ip="192.168.1.20", source_port=138, scope="", dgm_length=None,
             packet_offset=0, names=None):
    """[RFC 1002] 4.4.2. `names` are both names already encoded."""
    if names is None:
        names = encoded(source, scope) + encoded(destination, scope)
    length = len(names) + len(user_data) if dgm_length is None else dgm_length
    return (header(msg_type, flags, dgm_id, source_ip, source_port)
            + struct.pack(">HH", length, packet_offset) + names + user_data)


def fragments(whole, sizes):
    """The datagram in parts of so many octets behind the header each: [RFC 1001] 17.1.2."""
    section, parts, at = whole[14:], [], 0
    for i, size in enumerate(sizes + [len(section) - sum(sizes)]):
        flags = whole[1] & ~(FIRST | MORE)
        flags |= FIRST if i == 0 else 0
        flags |= MORE if i < len(sizes) else 0
        parts.append(whole[:1] + bytes([flags]) + whole[2:12] + struct.pack(">H", at)
                     + section[at:at + size])
        at += size
    return parts


def question(octets, rr_type=0x20, scope=""):
    """[RFC 1002] 4.2.1.2."""
    return encoded(octets, scope) + struct.pack(">HH", rr_type, 1)


def record(rr_name, rdata, rr_type=0x20, ttl=0, rdlength=None):
    """[RFC 1002] 4.2.1.3; `rr_name` is encoded already."""
    length = len(rdata) if rdlength is None else rdlength
    return rr_name + struct.pack(">HHIH", rr_type, 1, ttl, length) + rdata


def address(text, flags=0):
    """NB_FLAGS and NB_ADDRESS."""
    return struct.pack(">H4s", flags, ip(text))


def node_status(names, unit_id=bytes(6), statistics=46, num_names=None):
    """NODE STATUS RDATA of (name, flags) pairs: [RFC 1002] 4.2.18."""
    count = len(names) if num_names is None else num_names
    table = b"".join(octets + struct.pack(">H", flags) for octets, flags in names)
    return bytes([count]) + table + (unit_id + bytes(40))[:statistics]


def name_packet(word, *parts, counts=(1, 0, 0, 0), trn_id=0x8001):
    """[RFC 1002] 4.2.1.1: transaction id, the word at octet 2, four counts; then what is counted."""
    return struct.pack(">6H", trn_id, word, *counts) + b"".join(parts)


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_frame(source, destination, payload, port=138, identification=0):
    """Ethernet, IPv4 and UDP around a payload, checksums right. The MAC address tells the host."""
    broadcast = destination.endswith(".255")
    macs = (b"\xff" * 6 if broadcast else b"\x02\0" + ip(destination)) + b"\x02\0" + ip(source)
    length = 8 + len(payload)
    pseudo = ip(source) + ip(destination) + struct.pack(">BBH", 0, 17, length)
    udp = struct.pack(">HHHH", port, port, length, 0)
    udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp + payload) or 0xFFFF) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), identification, 0, 128, 17, 0,
                       ip(source), ip(destination))
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return macs + b"\x08\x00" + head + udp


def pcap(frames):
    """A capture of (µs since 1970, frame)."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for time, frame in frames:
        seconds, micros = divmod(time, 1_000_000)
        out += struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame
    return out
