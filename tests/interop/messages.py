"""Messages to and from peers: nmbd, frames of other senders, machines on their own."""

import pathlib
import re
import socket
import struct

import frames
from lan import PATIENCE, equal, require, samba_config, until

TEXT = bytes(range(32, 127)) * 5


def frames_of_other_senders_arrive(lan):
    """In every profile, to the computer and to the group, with nothing in it up to the most."""
    mail = pathlib.Path(__file__).resolve().parents[2] / "testdata/ms-mail/section-4-example.hex"
    example = bytes.fromhex(mail.read_text())
    write, offset = frames.mailslot_write("test1\\sample_mailslot", b"\xca" * 36)
    equal((bytes(write), offset), (example[82:], 0x68), "the example of [MS-MAIL] 4")

    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("PEER", "10.77.0.2/24")
    recv = box.recv("alerts")
    sender = peer.udp(138)
    dgm_id = 0x8001
    for profile, data_offset in [("api", 88), ("browser", 86), ("samba", 86)]:
        equal(frames.mailslot_write("alerts", b"", profile)[1], data_offset, profile)
        for kind, to, address in [(frames.UNIQUE, "LINUXBOX", box.address),
                                  (frames.GROUP, "WORKGROUP", box.broadcast),
                                  (frames.BROADCAST, frames.EVERYONE, box.broadcast)]:
            for size in 0, 1, 423, 424:
                octets = frames.message("WINBOX", to, "alerts", TEXT[:size], dgm_id=dgm_id,
                                        address=peer.address, kind=kind, profile=profile)
                sender.sendto(octets, (address, 138))
                got = recv.message()
                want = {"slot": "alerts", "from": "WINBOX<00>", "to": f"{to.rstrip(chr(0))}<00>",
                        "address": f"{peer.address}:138", "data": TEXT[:size].hex()}
                equal({name: got[name] for name in want}, want,
                      f"{profile}, {size} octets to {to}")
                dgm_id += 1
    books = recv.books()
    equal((books["counters"]["delivered"], books["counters"]["dropped"]), (36, {}), "books")


def our_frames_are_those_of_windows(lan):
    """What a reader of its own would take apart: each octet is as scapy's layers put it."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("PEER", "10.77.0.2/24")
    frames.Claimant(peer, ("PEER", 0))
    receiver = peer.udp(138)
    for target, name, kind, slot, profile in [
            ("PEER:alerts", ("PEER", 0), frames.UNIQUE, "alerts", "api"),
            ("WORKGROUP:pos/eod", ("WORKGROUP", 0), frames.GROUP, "pos\\eod", "api"),
            ("WORKGROUP#1d:BROWSE", ("WORKGROUP", 0x1D), frames.GROUP, "BROWSE", "browser"),
            ("WORKGROUP#1e:browse", ("WORKGROUP", 0x1E), frames.GROUP, "browse", "browser")]:
        for size in 0, 1, 423, 424:
            data = TEXT[:size].decode()
            box.run("mailslot", "send", "--quiet", target, data)
            octets, source = receiver.recvfrom(2048)
            equal(source[0], box.address, "who sent it")
            dgm_id = struct.unpack(">H", octets[2:4])[0]
            write, _ = frames.mailslot_write(slot, data.encode(), profile)
            want = frames.datagram(("LINUXBOX", 0), name, write, dgm_id=dgm_id,
                                   address=box.address, kind=kind)
            equal(octets.hex(), want.hex(), f"{size} octets to {target}")


def _subscribe(nmbd, slot):
    """What nmbd hands to other programs of its machine that ask for a mailslot."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    client.connect(str(nmbd.folder / "nmbd" / "unexpected"))
    name = b"\\MAILSLOT\\" + slot.encode()
    # packet_type, 1 for datagrams; the length of the name; trn_id.
    client.sendall(struct.pack("@iNi4x", 1, len(name), 0) + name)
    equal(client.recv(1), b"\0", "what nmbd says to a subscriber")
    return client


def _handed_on(client):
    """The next packet that it hands on: sender's address and port, the packet."""
    def take(count):
        octets = client.recv(count, socket.MSG_WAITALL)
        equal(len(octets), count, "octets of what nmbd hands on")
        return octets
    length, kind, _, address, port = struct.unpack("@Niq4si", take(32))
    equal(kind, 1, "kind of what nmbd hands on")
    return socket.inet_ntoa(address), port, take(length)


def nmbd_reads_what_we_send(lan):
    """And is found by its names."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("SAMBA", "10.77.0.2/24")
    nmbd = peer.nmbd(log_level=4, local_master="no")
    nmbd.wait(r"Added netbios name WORKGROUP<1e> .* to subnet 10\.77\.0\.2\n")
    equal(box.run("mailslot", "name", "query", "SAMBA"),
          "10.77.0.2        SAMBA<00>  unique, B node, says 10.77.0.2\n", "name query")
    status = box.run("mailslot", "name", "status", "SAMBA")
    names = [line.split()[:2] for line in status.splitlines()[1:]]
    equal(names, [["SAMBA<00>", "unique"], ["SAMBA<03>", "unique"], ["SAMBA<20>", "unique"],
                  ["WORKGROUP<00>", "group"], ["WORKGROUP<1e>", "group"]], f"{status}\nstatus")

    client = _subscribe(nmbd, "chat")
    for target, name, said in [
            ("SAMBA:chat", "SAMBA<00>",
             "5 octets sent to chat of SAMBA<00> at 10.77.0.2 (found by broadcast)"),
            ("WORKGROUP:chat", "WORKGROUP<00>",
             "5 octets broadcast to chat of every WORKGROUP<00> at 10.77.0.255")]:
        equal(box.run("mailslot", "send", target, "hello"), f"{said}\n", f"send {target}")
        nmbd.wait(rf"datagram from LINUXBOX<00> to {name} IP 10\.77\.0\.1 "
                  r"for \\MAILSLOT\\chat of type 104 len=5\n")
        address, _, packet = _handed_on(client)
        equal((address, packet[-5:]), (box.address, b"hello"), "what nmbd handed on")
    client.close()


def recv_hears_nmbd_announce(lan):
    """A host's announcement, a master browser's, and its domain's; and nmbd hears ours."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("SAMBA", "10.77.0.2/24")
    recv = box.recv("BROWSE")
    nmbd = peer.nmbd(preferred_master="yes", os_level=65, server_string="a test")
    heard = {}

    def hear():
        """Each kind of announcement, and whom it was for."""
        while not {0x01, 0x0F, 0x0C} <= heard.keys():
            message = recv.message(60)
            data = bytes.fromhex(message["data"])
            equal(message["from"], "SAMBA<00>", "who announces")
            heard[data[0]] = message["to"], data
    hear()
    name = b"SAMBA".ljust(16, b"\0")
    for opcode, to, announced in [(0x01, "WORKGROUP<1d>", name),
                                  (0x0F, "WORKGROUP<1e>", name)]:
        equal(heard[opcode][0], to, f"whom {opcode:#x} is for")
        equal(heard[opcode][1][6:22], announced, f"who is announced in {opcode:#x}")
        require(heard[opcode][1].endswith(b"a test\0"), f"comment of {opcode:#x}")
    equal(heard[0x0C][0], r"\x01\x02__MSBROWSE__\x02<01>", "whom the domain's announcement is for")
    equal(heard[0x0C][1][6:22], b"WORKGROUP".ljust(16, b"\0"), "which domain is announced")

    announcement = struct.pack("<BBI16sBBIBBH", 1, 0, 60_000, b"LINUXBOX", 6, 1, 0x1003, 15, 1,
                               0xAA55) + b"from a mailslot\0"
    file = lan.folder / "announcement"
    file.write_bytes(announcement)
    box.run("mailslot", "send", "WORKGROUP#1d:BROWSE", "--file", file)
    listed = nmbd.folder / "cache" / "browse.dat"
    until(lambda: listed.exists() and re.search(r'"LINUXBOX" +40001003 "from a mailslot"',
                                                listed.read_text()), "us in nmbd's browse list")


def every_host_gets_its_own(lan):
    """One message each to all, to the own workgroup, to another, and to one computer."""
    places = [("A", "WORKGROUP", "x"), ("B", "WORKGROUP", "x"), ("C", "WORKGROUP", "x"),
              ("D", "OTHER", "x"), ("E", "WORKGROUP", "y")]
    recv = {}
    for number, (name, workgroup, slot) in enumerate(places, start=1):
        host = lan.host(name, f"10.77.0.{number}/24")
        recv[name] = host.recv("--workgroup", workgroup, slot)
    writer = lan.hosts[0]
    for target in r"\\*", r"\\WORKGROUP", r"\\OTHER", r"\\B":
        writer.run("mailslot", "send", rf"{target}\mailslot\x", f"to {target}")
    # Whatever else came, came before it.
    for name, _, slot in places:
        writer.run("mailslot", "send", f"{name}:{slot}", "the last")

    everyone = [r"to \\*", r"to \\WORKGROUP"]
    want = {"A": everyone, "B": [*everyone, r"to \\B"], "C": everyone, "D": [r"to \\OTHER"],
            "E": []}
    for name, program in recv.items():
        got = []
        while (message := program.message())["text"] != "the last":
            equal(message["from"], "A<00>", "who wrote it")
            got.append(message["text"])
        equal(got, want[name], f"messages to {name}")

    others = {"not_our_name": 1}
    # Its own messages do not come to A from the network: what it broadcast to itself is known.
    dropped = {"A": {"own": 3}, "B": others, "C": others, "D": {"not_our_name": 2},
               "E": {"no_such_slot": 2, **others}}
    for name, program in recv.items():
        counters = program.books()["counters"]
        delivered = 0 if name == "A" else len(want[name]) + 1
        equal((counters["delivered"], counters["dropped"]), (delivered, dropped[name]),
              f"books of {name}")


def bare_machines_talk(lan):
    """Nothing is configured but a host name."""
    till = lan.host("till-7.shop.example", "192.168.4.20/26")
    office = lan.host("the-back-office-machine", "192.168.4.21/26")
    recv = till.mailslot("recv", "alerts")
    equal(recv.err.next(), "TILL-7<00> in WORKGROUP<00>, 192.168.4.20/26 (eth0): mailslot alerts",
          "what it says first")
    for name in "TILL-7", "WORKGROUP":
        recv.err.wait(rf"^{name}<00> is ours on 192\.168\.4\.20/26 \(eth0\)$")
    equal(office.run("mailslot", "send", "till-7:alerts", "paper is out"),
          "12 octets sent to alerts of TILL-7<00> at 192.168.4.20 (found by broadcast)\n", "send")
    recv.out.wait(r'THE-BACK-OFFICE<00> -> TILL-7<00> +alerts +"paper is out"$')
    office.run("mailslot", "send", "--all", "alerts", "we close at six")
    recv.out.wait(r'THE-BACK-OFFICE<00> -> WORKGROUP<00> +alerts +"we close at six"$')
    equal(recv.stop(), 130, "exit code after an interrupt")
    _, config = samba_config(office, log_level=0)
    gone = office.run("nmblookup", "-s", config, "TILL-7", check=False)
    require("failed to find name TILL-7" in gone, f"the name is given back: {gone}")
