"""Packets of the peers that have no program of their own, built with scapy's layers.

Nothing here comes from what is tested: the fields of a mailslot write are those of [MS-MAIL] 2.2.1
and of [MS-CIFS] 2.2.4.33.1, and what each kind of sender puts there is in PROFILES.
"""

import logging
import select
import socket
import struct
import threading
import time

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from scapy.layers.netbios import (  # noqa: E402: only then it is quiet
    NBNS_ADD_ENTRY, NBNSHeader, NBNSQueryResponse, NBNSRegistrationRequest, NBTDatagram)
from scapy.layers.smb import SMB_Header  # noqa: E402
from scapy.packet import Raw  # noqa: E402

UNIQUE, GROUP, BROADCAST = 0x10, 0x11, 0x12
# The name of everyone is padded with NULs, others with spaces.
EVERYONE = "*".ljust(15, "\0")

PROFILES = {
    # Programs that call WriteFile: [MS-MAIL] 4, data on a multiple of 4.
    "api": dict(node=0x02, header=dict(Flags=0x18, Flags2=0x0004, PIDLow=0xFEFF), align=4,
                max_parameter_count=2, flags=2, timeout=0, priority=0, parameters=True),
    # Windows' own browser service: [MS-BRWS] 4.1, which hosts of 2000 and later send.
    "browser": dict(node=0x0E, header=dict(Flags=0, Flags2=0, PIDLow=0), align=1,
                    max_parameter_count=0, flags=0, timeout=1000, priority=0, parameters=False),
    # nmbd.
    "samba": dict(node=0x0A, header=dict(Flags=0, Flags2=0, PIDLow=0), align=1,
                  max_parameter_count=0, flags=0, timeout=0, priority=1, parameters=False),
}


def suffix(octet):
    """The 16th octet of a name, as scapy wants it: in letters."""
    return (0x41 + (octet >> 4)) << 8 | 0x41 + (octet & 15)


def mailslot_write(slot, data, profile="api"):
    """An SMB_COM_TRANSACTION that writes to `\\MAILSLOT\\slot`, and its DataOffset."""
    values = PROFILES[profile]
    name = b"\\MAILSLOT\\" + slot.encode() + b"\0"
    offset = 69 + len(name)
    padding = -offset % values["align"]
    offset += padding
    words = struct.pack("<HHHHBBHIHHHHHBBHHH", 0, len(data), values["max_parameter_count"], 0, 0,
                        0, values["flags"], values["timeout"], 0, 0,
                        offset if values["parameters"] else 0, len(data), offset, 3, 0,
                        1, values["priority"], 2)
    body = name + bytes(padding) + data
    header = SMB_Header(Command=0x25, **values["header"])
    octets = struct.pack("<B", len(words) // 2) + words + struct.pack("<H", len(body)) + body
    return header / Raw(octets), offset


def datagram(source, destination, write, *, dgm_id, address, kind=UNIQUE, node=0x02):
    """A whole datagram; a name is text and the suffix."""
    layer = NBTDatagram(Type=kind, Flags=node, ID=dgm_id, SourceIP=address,
                        SourceName=source[0], SUFFIX1=suffix(source[1]),
                        DestinationName=destination[0], SUFFIX2=suffix(destination[1]))
    octets = bytes(layer / write)
    return octets[:10] + struct.pack(">H", len(octets) - 14) + octets[12:]


def message(source, destination, slot, data, *, dgm_id, address, kind=UNIQUE, profile="api"):
    """A message to a mailslot, as a sender of that profile writes it."""
    write, _ = mailslot_write(slot, data, profile)
    return datagram((source, 0), (destination, 0), write, dgm_id=dgm_id, address=address,
                    kind=kind, node=PROFILES[profile]["node"])


def _response(trn_id, name, address, *, opcode, flags, rcode, ttl, group):
    header = NBNSHeader(NAME_TRN_ID=trn_id, RESPONSE=1, OPCODE=opcode, NM_FLAGS=flags, RCODE=rcode,
                        QDCOUNT=0, ANCOUNT=1)
    entry = NBNS_ADD_ENTRY(G=int(group), NB_ADDRESS=address)
    return bytes(header / NBNSQueryResponse(RR_NAME=name[0], SUFFIX=suffix(name[1]), TTL=ttl,
                                            ADDR_ENTRY=[entry]))


def found(trn_id, name, address, group=False):
    """POSITIVE NAME QUERY RESPONSE."""
    return _response(trn_id, name, address, opcode=0, flags=0x50, rcode=0, ttl=300, group=group)


def refused(trn_id, name, address):
    """NEGATIVE NAME REGISTRATION RESPONSE: the name is active."""
    return _response(trn_id, name, address, opcode=5, flags=0x58, rcode=6, ttl=0, group=False)


def conflict(trn_id, name):
    """NAME CONFLICT DEMAND."""
    return _response(trn_id, name, "0.0.0.0", opcode=5, flags=0x58, rcode=7, ttl=0, group=False)


def claim(trn_id, name, address, group=False):
    """NAME REGISTRATION REQUEST, as it is broadcast."""
    header = NBNSHeader(NAME_TRN_ID=trn_id, OPCODE=5, NM_FLAGS=0x11, QDCOUNT=1, ARCOUNT=1)
    return bytes(header / NBNSRegistrationRequest(
        QUESTION_NAME=name[0], SUFFIX=suffix(name[1]), G=int(group), NB_ADDRESS=address))


class Packet:
    """What a packet of the name service asks, read by hand."""

    def __init__(self, octets):
        self.trn_id, word, questions = struct.unpack(">HHH", octets[:6])
        self.response, self.opcode = bool(word & 0x8000), word >> 11 & 15
        self.rcode, self.recursion_desired = word & 15, bool(word & 0x100)
        letters = octets[13:45]
        name = bytes((letters[i] - 0x41) << 4 | letters[i + 1] - 0x41 for i in range(0, 32, 2))
        self.name = (name[:15].decode("latin-1").rstrip(" "), name[15])
        self.asks = questions > 0 and not self.response
        self.type = struct.unpack(">H", octets[46:48])[0]
        self.tail = octets[-6:]


class Claimant(threading.Thread):
    """A host that says that a name is its own: it answers queries, and refuses claims.

    `seen` has every claim of others for the name, as (time, address). Nothing is answered while
    `silent`.
    """

    def __init__(self, host, name, silent=False):
        super().__init__(daemon=True)
        self.host, self.claimed, self.silent = host, name, silent
        self.seen, self.asked = [], 0
        self.socket = host.udp(137)
        self.end, self.ended = socket.socketpair()
        host.lan.closing.callback(self.stop)
        self.start()

    def run(self):
        while True:
            if self.ended in select.select([self.socket, self.ended], [], [])[0]:
                return
            octets, peer = self.socket.recvfrom(2048)
            if peer[0] == self.host.address or len(octets) < 50:
                continue
            packet = Packet(octets)
            if packet.name != self.claimed or not packet.asks:
                continue
            if packet.opcode == 5:
                self.seen.append((time.monotonic(), peer[0]))
                answer = refused(packet.trn_id, self.claimed, self.host.address)
            elif packet.opcode == 0 and packet.type == 0x20:
                self.asked += 1
                answer = found(packet.trn_id, self.claimed, self.host.address)
            else:
                continue
            if not self.silent:
                self.socket.sendto(answer, peer)

    def stop(self):
        self.end.close()
        self.join()
        self.ended.close()

    def demand_conflict(self, address):
        """Tells a host that its name is in conflict."""
        self.socket.sendto(conflict(1, self.claimed), (address, 137))
