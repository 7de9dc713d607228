"""Messages of the Computer Browser ([MS-BRWS] 2.2), of LAN Manager's, of `net send`, `waitfor` and
the services that alert, as their senders write them.

Each case becomes ms-brws/<case>.hex or synthetic/<case>.hex, one UDP payload of port 138 in hex, and
<case>.txt: what it is, and what is read of it:

    expect: KIND [NOTE ...]
    expect: refused FIELD OFFSET
    says: the message in one line

Offsets count from the first octet of the message.
"""

import struct

from frames import GROUP, MSBROWSE, UNIQUE, datagram, name, smb

XP = 0x00011003


def oem(text):
    return text.encode("cp850") + b"\0"


def utf16(text):
    return text.encode("utf-16-le") + b"\0\0"


def dwords(*numbers):
    return struct.pack("<%dI" % len(numbers), *numbers)


def write(slot, data, to, source="WINXP", suffix=0x00, profile="browser"):
    destination = to if isinstance(to, bytes) else name(*to)
    unique = destination[15] in (0x00, 0x03, 0x1B) and destination != MSBROWSE
    return datagram(name(source, suffix), destination, smb(slot, data, profile=profile),
                    msg_type=UNIQUE if unique else GROUP)


def browse(data, to=("OFFICE", 0x1E), **options):
    return write("BROWSE", data, to, **options)


def announcement(opcode, machine, version, types, behind, period=720_000, count=0):
    field = machine if isinstance(machine, bytes) else oem(machine)
    return (bytes([opcode, count]) + dwords(period) + field.ljust(16, b"\0") + bytes(version)
            + dwords(types) + behind)


def host(machine, version, types, comment, **options):
    return announcement(1, machine, version, types, b"\x0f\x01\x55\xaa" + comment, **options)


def election(version, criteria, uptime, behind):
    return bytes([8, version]) + criteria + dwords(uptime, 0) + behind


def browse_cases():
    machine = ("OFFICE", 0x1D)
    xp = "version 5.1 (Windows XP), every 720 s: workstation, server, nt, potential_browser"
    yield ("host-xp", browse(host("WINXP", (5, 1), XP, b"\0"), machine, suffix=0x20), "Windows XP",
           "host_announcement", f"WINXP, {xp}")
    yield ("host-98",
           browse(announcement(1, "WIN98", (4, 0), 0x00402003, b"\x15\x04\x55\xaa" + oem("cash desk"),
                               period=240_000, count=3), machine, source="WIN98", profile="samba"),
           "Windows 98: another version of the protocol, a count, a comment", "host_announcement",
           'WIN98, version 4.0 (Windows 95 or 98), every 240 s: workstation, server, wfw, windows; '
           '"cash desk"')
    yield ("host-leaving",
           browse(announcement(1, "WIN98", (4, 0), 0, b"\x15\x04\x55\xaa\0", period=0), machine,
                  source="WIN98", profile="samba"), "a machine leaves", "host_announcement",
           "WIN98 leaves")
    yield ("host-residue",
           browse(host(b"WINXP\0\x94\xe0\x9c\x04\x02", (5, 1), XP, b"\0"), machine, suffix=0x20),
           "memory of the sender behind the name", "host_announcement name_residue", f"WINXP, {xp}")
    yield ("host-printer",
           browse(announcement(1, b"A-PRINTER-ON-2ND", (4, 0), 0x203, b"\0\0\xaa\x55" + b"2nd floor"),
                  machine, source="A-PRINTER-ON-2N"),
           "a printer: no NUL behind name and comment, the signature turned round",
           "host_announcement unterminated name_full",
           'A-PRINTER-ON-2ND, version 4.0, every 720 s: workstation, server, printq_server; "2nd floor"')
    yield ("host-no-comment",
           browse(host("SAMBA", (6, 1), 0x00819A03, b""), machine, source="SAMBA", profile="samba"),
           "Samba, where it cannot convert the comment", "host_announcement text_missing",
           "SAMBA, version 6.1 (Samba or another Unix), every 720 s: workstation, server, "
           "printq_server, xenix_server, nt, server_nt, potential_browser, dfs")
    yield ("host-cut", browse(host("WINXP", (5, 1), XP, b"\0")[:26], machine), "cut in the server type",
           "refused server_type 24", None)
    yield ("local-master",
           browse(announcement(15, "WIN10", (10, 0), 0x00051003, b"\x0f\x01\x55\xaa\0"),
                  source="WIN10", suffix=0x20), "Windows 10 as a master browser",
           "local_master_announcement",
           "WIN10, version 10.0 (Windows 10, Server 2016 or later), every 720 s: workstation, server, nt, "
           "potential_browser, master_browser")
    group = "OFFICE, master WINXP, every 900 s: nt, domain_enum"
    yield ("domain",
           browse(announcement(12, "OFFICE", (3, 10), 0x80001000, b"\x80\xfe\x07\0" + oem("WINXP"),
                               period=900_000), MSBROWSE),
           "octets 28 to 31 are not initialised by Windows", "domain_announcement", group)
    yield ("domain-98",
           browse(announcement(12, "OFFICE", (4, 0), 0x80402000, b"\0\0\0\0" + oem("till computers"),
                               period=120_000), MSBROWSE, source="WIN98", profile="samba"),
           "Windows 98: a comment instead of the master", "domain_announcement",
           "OFFICE, master till computers, every 120 s: wfw, windows, domain_enum")
    yield ("announcement-request", browse(b"\x02\0" + oem("WINXP"), ("OFFICE", 0x00)), "Windows asks",
           "announcement_request", "WINXP asks")
    yield ("announcement-request-samba",
           browse(b"\x02\x01\0SAMBA", source="SAMBA", profile="samba"),
           "Samba asks: a token, an empty name, and the name without a NUL",
           "announcement_request unterminated", "SAMBA asks")
    yield ("announcement-request-empty", browse(b"\x02\0"), "without a name",
           "announcement_request text_missing", "(no name) asks")
    yield ("election-xp", browse(election(1, b"\x20\x0f\x01\x10", 7_467_421, oem("WINXP"))),
           "Windows XP", "request_election",
           "WINXP, criteria 0x10010f20: nt_workstation, wins; up 7467 s")
    yield ("election-98",
           browse(election(1, b"\0\x15\x04\x01", 105_871, oem("WIN98")), source="WIN98", profile="samba"),
           "Windows 98", "request_election",
           "WIN98, criteria 0x01041500: windows_for_workgroups; up 105 s")
    yield ("election-pdc", browse(election(1, b"\xae\x0f\x01\x20", 4_294_967_295, oem("NTPDC"))),
           "a primary domain controller that runs for 49 days", "request_election",
           "NTPDC, criteria 0x20010fae: nt_server, pdc, wins, preferred_master, running_master, "
           "domain_controller; up 4294967 s")
    yield ("election-server", browse(election(1, b"\x26\x0f\x01\x14", 60_000, oem("WIN2003"))),
           "Windows Server 2003: an operating system that the specification does not have",
           "request_election",
           "WIN2003, criteria 0x14010f26: os 0x14, wins, running_master, domain_controller; up 60 s")
    yield ("election-forced", browse(election(0, bytes(4), 0, b"\0")),
           "an election is forced: version 0 and no name", "request_election", "forced")
    yield ("election-forced-98",
           browse(election(1, bytes(4), 0, oem("WIN98")), source="WIN98", profile="samba"),
           "an election is forced: no criteria, but a name", "request_election", "forced by WIN98")
    yield ("election-forced-14", browse(election(0, bytes(4), 0, b"")), "an election is forced: 14 octets",
           "request_election text_missing", "forced")
    yield ("election-13", browse(election(0, bytes(4), 0, b"")[:13]), "one octet less", "refused unused 10",
           None)
    yield ("backup-list-request", browse(b"\x09\x04" + dwords(1), machine), "Windows asks for four",
           "get_backup_list_request", "at most 4, token 0x1")
    yield ("backup-list-request-pdc", browse(b"\x09\x04" + dwords(0x45EC), ("OFFICE", 0x1B)),
           "the same of the domain's master browser", "get_backup_list_request",
           "at most 4, token 0x45ec")
    yield ("backup-list-request-surplus", browse(b"\x09\x02" + dwords(1) + b"D", machine), "an octet more",
           "get_backup_list_request surplus", "at most 2, token 0x1")
    answer = ("WINXP", 0x00)
    yield ("backup-list", browse(b"\x0a\x02" + dwords(1) + oem("WIN10") + oem("WIN2003"), answer,
                                 source="WIN10"), "two servers", "get_backup_list_response",
           "token 0x1: WIN10, WIN2003")
    yield ("backup-list-0", browse(b"\x0a\0" + dwords(1), answer, source="WIN10"), "none",
           "get_backup_list_response", "token 0x1: none")
    yield ("backup-list-fewer", browse(b"\x0a\xff" + dwords(1) + oem("WIN10"), answer, source="WIN10"),
           "255 are announced, one is there", "get_backup_list_response text_missing", "token 0x1: WIN10")
    yield ("become-backup", browse(b"\x0b" + oem("WIN7")), "a machine is promoted", "become_backup", "WIN7")
    yield ("master", browse(b"\x0d" + oem("WIN10"), ("NTPDC", 0x00), source="WIN10"),
           "a master browser to the domain's", "master_announcement", "WIN10")
    yield ("reset-stop-master", browse(b"\x0e\x01", ("WIN10", 0x00)), "no master any more",
           "reset_state_request", "stop_master")
    yield ("reset-all", browse(b"\x0e\x0f", ("WIN10", 0x00)), "all, and a bit without a name",
           "reset_state_request", "stop_master, clear_all, stop, 0x8")


def alert(event, *parts, residue=b""):
    event = utf16(event)
    event += residue.rjust(34 - len(event), b"\0")
    return write("ALERTER", b"".join([dwords(1_795_166_042), event, utf16("Server").ljust(162, b"\0"),
                                      *parts]), ("LINUXBOX",), profile="api")


def other_cases():
    types = "workstation, server, nt, server_nt"
    announced = struct.pack("<HIBBH", 1, 0x9003, 5, 2, 240)
    yield ("lanman", write("LANMAN", announced + oem("WIN2003") + oem("till 3"), ("OFFICE", 0x00)),
           "Windows Server 2003 to LAN Manager", "lanman_announcement",
           f'WIN2003, version 5.2 (Windows Server 2003), every 240 s: {types}; "till 3"')
    yield ("lanman-no-comment", write("LANMAN", announced + oem("WIN2003"), ("OFFICE", 0x00)),
           "without a comment", "lanman_announcement text_missing",
           f"WIN2003, version 5.2 (Windows Server 2003), every 240 s: {types}")
    yield ("lanman-leaving",
           write("LANMAN", struct.pack("<HIBBH", 1, 0, 4, 9, 0) + oem("SAMBA") + b"\0", ("OFFICE", 0x00),
                 source="SAMBA", profile="samba"), "Samba leaves", "lanman_announcement", "SAMBA leaves")
    yield ("lanman-host", write("LANMAN", host("WINXP", (5, 1), XP, b"\0"), ("OFFICE", 0x1D)),
           "the browser's announcement in LAN Manager's mailslot", "host_announcement",
           "WINXP, version 5.1 (Windows XP), every 720 s: workstation, server, nt, potential_browser")
    yield ("lanman-request", write("LANMAN", b"\x02\0", ("OFFICE", 0x00)), "a request, of no known fields",
           "raw", "2 octets")
    yield ("lanman-no-nul", write("LANMAN", announced + b"WIN2003", ("OFFICE", 0x00)),
           "the name has no NUL", "refused server_name 10", None)
    to = ("BOB", 0x03)
    yield ("messenger", write("MESSNGR", oem("ALICE") + oem("BOB") + oem("lunch?"), to, profile="api"),
           "a message to a user", "messenger", 'ALICE to BOB: "lunch?"')
    yield ("messenger-lines",
           write("MESSNGR", oem("ALICE") + oem("BOB") + b"one\r\ntwo\x14three", to, profile="api"),
           "three lines, no NUL", "messenger unterminated",
           'ALICE to BOB: "one\\x0d\\x0atwo\\x14three"')
    yield ("messenger-no-names", write("MESSNGR", b"hello", to, profile="api"), "a text without names",
           "refused from 0", None)
    yield ("waitfor", write("waitfor.exe\\READY", b"", ("LINUXBOX",), profile="api"), "a signal", "waitfor",
           "READY")
    yield ("waitfor-data", write("WAITFOR.EXE\\READY", b"READY\0", ("LINUXBOX",), profile="api"),
           "a signal, and what nobody looks at", "waitfor", "READY, 6 octets")
    yield ("alert-admin", alert("ADMIN", dwords(3009, 2), utf16("C:"), utf16("95")),
           "a disk is nearly full", "alerter", 'ADMIN of Server: error 3009, "C:", "95"')
    yield ("alert-user", alert("USER", dwords(2, 0xFFFFFFFF), utf16("ANNA")),
           "four thousand million texts are announced, one is there", "alerter text_missing",
           'USER of Server: error 2, "ANNA"')
    yield ("alert-errorlog", alert("ERRORLOG", dwords(3000, 512), residue=b"\xcc\xcc"),
           "an entry of a log; memory of the sender behind the event's name", "alerter name_residue",
           "ERRORLOG of Server: error 3000, at offset 512 of the log")
    yield ("alert-printing",
           alert("PRINTING", dwords(7, 0x80, 1_795_166_000, 2048), utf16("WINXP"), utf16("anna"),
                 utf16("LASER"), utf16("LPT1"), utf16("printed")), "a print job is done", "alerter",
           'PRINTING of Server: job 7 of anna on LASER, 2048 octets: "printed"')
    yield ("alert-other", alert("MESSAGE", b"hello"), "an event of unknown fields", "alerter",
           "MESSAGE of Server: 5 octets")
    yield ("alert-cut", alert("ADMIN", b"\1\2\3"), "cut in its first number", "refused errcode 200", None)


def files():
    for folder, cases in [("ms-brws", browse_cases()), ("synthetic", other_cases())]:
        for label, payload, what, outcome, says in cases:
            hexed = payload.hex()
            lines = [hexed[i:i + 64] for i in range(0, len(hexed), 64)]
            yield f"{folder}/{label}.hex", ("\n".join(lines) + "\n").encode()
            said = f"says: {says}\n" if says else ""
            yield f"{folder}/{label}.txt", f"{what}\n\nexpect: {outcome}\n{said}".encode()
