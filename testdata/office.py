"""office.pcap: half a minute in a small office, and its twin in words."""

import calendar
import struct

from frames import (B_NODE, FIRST, GROUP, M_NODE, UNIQUE, datagram, encoded, fragments, name, pcap,
                    smb, udp_frame)

START = calendar.timegm((2026, 11, 20, 9, 14, 2)) * 1_000_000
BROADCAST = "192.168.1.255"
# Profile of the sender, address.
HOSTS = {
    "FRONTDESK": ("api", "192.168.1.20"),
    "DISPATCH": ("browser", "192.168.1.30"),
    "NAS": ("samba", "192.168.1.5"),
}

REPORT = ("end of day, till 3; sales 1284.50; returns 35.00; cash 410.20; cards 839.30; "
          "vouchers 0.00; drawer opened 57 times; operator lena; shift 08:00-16:30; "
          "next float 150.00")
INVENTORY = "inventory of rack 4: " + " ".join(
    f"{shelf}{box}={(7 * box + 11 * i) % 40:02}" for i, shelf in enumerate("ABCDEFGH")
    for box in range(1, 10))


def announcement(command, host, server_type, comment, version=(10, 0), minutes=12):
    """HostAnnouncement (1) and LocalMasterAnnouncement (15): [MS-BRWS] 2.2.1, 2.2.6."""
    return (struct.pack("<BBI16sBBIBBH", command, 0, minutes * 60_000, host.encode(), *version,
                        server_type, 15, 1, 0xAA55) + comment.encode() + b"\0")


def build():
    """The capture's octets, and what each frame is."""
    ids = {host: 0x8001 for host in HOSTS}
    frames, words = [], []
    clock = START

    def put(after_ms, source, destination, payload, text, port=138):
        nonlocal clock
        clock += round(after_ms * 1000)
        number = len(frames) + 1
        frames.append((clock, udp_frame(source, destination, payload, port, number)))
        words.append((number, clock, source, destination, text))

    def write(after_ms, host, to, slot, data, text, profile=None, dgm_id=None, suffix=0x00,
              to_suffix=0x00, parts=None):
        sender, source = HOSTS[host]
        group = to == "OFFICE"
        dgm_id = dgm_id or ids[host]
        ids[host] = dgm_id + 1
        flags = FIRST | (M_NODE if sender == "samba" else B_NODE)
        whole = datagram(name(host, suffix), name(to, to_suffix), smb(slot, data, profile or sender),
                         GROUP if group else UNIQUE, flags, dgm_id, source)
        destination = BROADCAST if group or to not in HOSTS else HOSTS[to][1]
        pieces = fragments(whole, parts) if parts else [whole]
        for i, piece in enumerate(pieces):
            part = f", fragment {i + 1} of {len(pieces)}" if parts else ""
            put(after_ms if i == 0 else 0.4, source, destination, piece, text + part)

    query = (struct.pack(">HHHHHH", 0x8C01, 0x0110, 1, 0, 0, 0) + encoded(name("NAS"))
             + struct.pack(">HH", 0x20, 1))
    put(118, HOSTS["FRONTDESK"][1], BROADCAST, query,
        "name service: who is NAS<00>? (not a datagram; replay only counts it)", port=137)
    write(310.2, "FRONTDESK", "NAS", "alerts", b"printer on floor 2 is out of paper",
          "a message to one computer")
    write(1204.7, "DISPATCH", "OFFICE", "BROWSE",
          announcement(1, "DISPATCH", 0x00001003, "dispatch desk"),
          "HostAnnouncement of Windows, to the local master browser", suffix=0x20, to_suffix=0x1D)
    write(866.1, "DISPATCH", "OFFICE", "chat", "lunch at half past twelve?\0".encode("utf-16-le"),
          "a message to the workgroup, text in UTF-16LE with a NUL")
    write(2913.4, "FRONTDESK", "OFFICE", "chat", b"yes, the usual place",
          "a message to the workgroup ...")
    write(1.3, "FRONTDESK", "OFFICE", "chat", b"yes, the usual place",
          "... and its duplicate, as a second network card sends it", dgm_id=ids["FRONTDESK"] - 1)
    write(744.9, "NAS", "OFFICE", "chat", "no time, the disks need me – sorry".encode(),
          "a message of Samba's, UTF-8 beyond ASCII")
    write(1530.0, "NAS", "FRONTDESK", "alerts", b"backup finished: 412 files, 0 errors",
          "a message of Samba's to one computer")
    write(903.8, "FRONTDESK", "NAS", "pos\\eod", REPORT.encode(),
          "a report to a slot below a path, in two NetBIOS fragments", parts=[200])
    write(602.2, "FRONTDESK", "NAS", "alerts", INVENTORY[:424].encode(),
          "exactly 424 octets, the most that Windows documents")
    write(498.7, "FRONTDESK", "NAS", "alerts", INVENTORY[:429].encode(),
          "429 octets: more than fits, dropped as oversize")
    write(1102.5, "DISPATCH", "NAS", "alerts", b"", "a message of no octets is a message")
    write(350.6, "FRONTDESK", "PRINTER", "alerts", b"toner low?",
          "for a computer that is neither NAS nor in OFFICE: not ours with --name NAS")
    write(780.3, "DISPATCH", "NAS", "backup", b"start",
          "to a slot that nobody else writes to: no_such_slot with --slot alerts")
    write(1480.4, "NAS", "OFFICE", "BROWSE",
          announcement(15, "NAS", 0x00049A03, "file server", version=(6, 1)),
          "LocalMasterAnnouncement of Samba, to the browsers", to_suffix=0x1E)
    broken = datagram(name("DISPATCH"), name("NAS"), smb("alerts", b"disk is full", "browser"),
                      UNIQUE, FIRST, ids["DISPATCH"], HOSTS["DISPATCH"][1])
    put(267.0, HOSTS["DISPATCH"][1], HOSTS["NAS"][1], broken[:120],
        "a datagram that ends in the middle of its SMB: not_mailslot")
    assert len(frames) <= 25
    return pcap(frames), words


def twin(words):
    """The capture in words."""
    lines = ["office.pcap: half a minute in a small office, workgroup OFFICE, on 2026-11-20.",
             "FRONTDESK writes as Windows programs do, DISPATCH as the Windows kernel, NAS as Samba.",
             "Made by make.py; nothing in it was captured.", ""]
    for number, time, source, destination, text in words:
        seconds, millis = divmod((time - START) // 1000, 1000)
        lines.append(f"{number:>3}  09:14:{2 + seconds:02}.{millis:03}  {source:>13} -> "
                     f"{destination:<13}  {text}")
    return "\n".join(lines) + "\n"
