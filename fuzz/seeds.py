#!/usr/bin/env python3
"""Seeds for the fuzz targets out of testdata: seeds.py FOLDER makes FOLDER/<target>/<seed>."""

import hashlib
import pathlib
import struct
import sys

TESTDATA = pathlib.Path(__file__).resolve().parent.parent / "testdata"
NAMES_AT = 14  # of a datagram: the source name
PATHS = [
    r"\\.\mailslot\alerts", r"\\.\mailslot\pos\eod", r"\\HOST\mailslot\x", r"\\*\mailslot\x",
    "//./mailslot/a/../b", r"\\?\mailslot\x.", "alerts", "\\\\.\\mailslot\\", r"C:\x",
]


def payloads():
    """Every UDP payload of ports 137 and 138 in testdata."""
    for path in sorted(TESTDATA.rglob("*.hex")):
        yield bytes.fromhex("".join(path.read_text().split()))
    for path in sorted(TESTDATA.rglob("*.pcap")):
        data = path.read_bytes()
        order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
        at = 24
        while at + 16 <= len(data):
            length = struct.unpack_from(order + "I", data, at + 8)[0]
            frame = data[at + 16:at + 16 + length]
            at += 16 + length
            if frame[12:14] == b"\x08\x00" and frame[23:24] == b"\x11":
                udp = frame[14 + 4 * (frame[14] & 15):]
                ports = struct.unpack_from(">HH", udp)
                if {137, 138} & set(ports):
                    yield udp[8:struct.unpack_from(">H", udp, 4)[0]]


def main():
    corpus = pathlib.Path(sys.argv[1])

    def seed(target, octets):
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(octets).hexdigest()[:16]).write_bytes(octets)

    sequence = b""
    for payload in payloads():
        seed("datagram", payload)
        seed("names", payload[NAMES_AT:])
        smb = payload.find(b"\xffSMB")
        if smb >= 0:
            seed("mailslot_write", payload[smb:])
        # The node's target reads operations: 0 is a datagram with a length of two octets.
        operation = b"\0" + struct.pack("<H", len(payload)) + payload
        seed("node", operation * 2)
        sequence = (sequence + operation)[-4000:]
    seed("node", sequence)
    for path in sorted(TESTDATA.rglob("*.pcap")):
        if path.stat().st_size <= 65536:
            seed("capture", path.read_bytes())
    for path in PATHS:
        seed("paths", path.encode())


main()
