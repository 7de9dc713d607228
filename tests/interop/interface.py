"""`decode --interface`, by both programs that capture for it: what UDP carries, in IP fragments too,
and what IPX and NetBEUI do."""

import json
import os
import shutil
import socket
import struct
import subprocess

from lan import PATIENCE, equal, require, until

ETHERNET, IP_HEADER = 14, 20
MORE_FRAGMENTS = 0x2000
NAMES = b"OFFICE         \x1eWINBOX         \0"
ALL = b"\xff" * 6


def by_dumpcap(network):
    return _captured(network, "dumpcap")


def by_tcpdump(network):
    return _captured(network, "tcpdump")


def _captured(network, program):
    box, peer = network.host("BOX", "10.77.0.1/24"), network.host("PEER", "10.77.0.2/24")
    # It alone is there to capture with.
    only = network.folder / "only"
    only.mkdir()
    (only / program).symlink_to(shutil.which(program))
    (only / "sh").symlink_to("/bin/sh")
    inside = f"exec env PATH={only} {network.mailslot} decode --json --interface eth0"
    decode = box.popen("sh", "-c", inside)
    decode.err.wait(f"^capturing on eth0 by {program}$")
    with peer.entered():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    network.closing.callback(wire.close)
    wire.bind(("eth0", 0))
    mac = wire.getsockname()[4]
    whole, long = (_encoded(network, text) for text in ("whole", "long " * 60))
    smb = whole[ETHERNET + IP_HEADER + 8 + 82:]
    # The switch would not pass on what comes from no address.
    sent = [ALL + mac + frame[12:] for frame in (whole, *_fragments(long))]
    for frame in (*sent, _ipx(mac, smb), _netbeui(mac, smb)):
        wire.send(frame)
    shown = [json.loads(decode.out.next()) for _ in range(4)]
    texts = [(one["transport"], one["text"]) for one in shown]
    equal(texts, [("udp", "whole"), ("udp", "long " * 60), ("ipx", "whole"),
                  ("netbeui", "whole")], "what was captured")
    equal({one.get("src_hw") for one in shown[3:]}, {":".join(f"{o:02x}" for o in mac)}, "source")
    require(all("error" not in one for one in shown), f"errors in {shown}")
    equal(decode.stop(), 130, "exit code after an interrupt")
    equal(decode.out.rest(), [], "lines behind the last")
    until(lambda: not _runs(program, only), f"the end of {program}")


def _runs(program, folder):
    """Whether one is left behind that was begun by that path."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as environment, \
                    open(f"/proc/{name}/comm") as comm:
                if comm.read().strip() == program and str(folder).encode() in environment.read():
                    return True
        except OSError:
            continue
    return False


def _encoded(network, text):
    """An Ethernet frame with a message."""
    argv = [network.mailslot, "encode", "--format", "pcap", "--from", "WINBOX", "--to",
            "NAS:alerts", text]
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=PATIENCE).stdout[24 + 16:]


def _fragments(frame):
    """The same in two IP packets."""
    link, header = frame[:ETHERNET], bytearray(frame[ETHERNET:ETHERNET + IP_HEADER])
    payload = frame[ETHERNET + IP_HEADER:]
    half = len(payload) // 2 & ~7
    for part, flags in (payload[:half], MORE_FRAGMENTS), (payload[half:], half // 8):
        struct.pack_into(">HHHBBH", header, 2, IP_HEADER + len(part), 7, flags, 64, 17, 0)
        total = sum(struct.unpack(">10H", header))
        struct.pack_into(">H", header, 10, ~(total + (total >> 16)) & 0xffff)
        yield link + header + part


def _to_all(mac, payload):
    """An 802.3 frame to all."""
    return ALL + mac + struct.pack(">H", len(payload)) + payload


def _netbeui(mac, smb):
    head = b"\xf0\xf0\x03\x2c\x00\xff\xef\x08" + bytes(7)
    return _to_all(mac, head + NAMES + smb)


def _ipx(mac, smb):
    """NMPI, to a computer."""
    body = bytes(32) + b"\xfc\x01\0\0" + NAMES + smb
    address = struct.pack(">I6sH", 10, mac, 0x0553)
    header = struct.pack(">HHBB", 0xffff, 30 + len(body), 0, 20) + address + address
    return _to_all(mac, header + body)
