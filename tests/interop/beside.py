"""`recv` on a machine whose ports nmbd has: what comes through it, and that nmbd is none the worse."""

import os
import re
import signal
import socket
import struct
import threading

import frames
from lan import NOBODY, PATIENCE, Recv, capabilities, equal, require, samba_config

BOX, PEER = "10.77.0.1", "10.77.0.2"
# The UDP payload that nmbd reads, and what is in it before the SMB.
MOST_READ, BEFORE_SMB = 576, 82
TEXT = bytes(range(32, 127)) * 5


def _hosts(lan):
    """A machine with an nmbd that has its names, one that writes, a program that all may run."""
    box, peer = lan.host("LINUXBOX", f"{BOX}/24"), lan.host("PEER", f"{PEER}/24")
    nmbd = box.nmbd(workgroup="OFFICE")
    nmbd.wait(r"Added netbios name OFFICE<1e> .* to subnet 10\.77\.0\.1\n")
    # Also for those who are not root, as it is where packages have it.
    nmbd.folder.chmod(0o755)
    program = lan.program_for_all()
    return box, peer, nmbd, program


def _socket(nmbd):
    return nmbd.folder / "nmbd" / "unexpected"


SAID = "^beside nmbd, "


def _recv(box, program, path, *argv, how=(), said=SAID):
    """`recv --json` of a user, once it has said how it is."""
    # Those of a user share a node, here as elsewhere; other cases run beside this one.
    own = box.lan.folder / f"run-{'nobody' if how == NOBODY else 'root'}"
    own.mkdir(exist_ok=True)
    own.chmod(0o777)
    env = {**box.lan.environment, "XDG_RUNTIME_DIR": str(own)}
    if path:
        env["MAILSLOT_NMBD_SOCKET"] = str(path)
    recv = box.popen(*how, program, "recv", "--json", *argv, kind=Recv, env=env)
    if said:
        recv.said = recv.err.wait(said).string
    if said == SAID:
        recv.err.wait("LINUXBOX<00> in OFFICE<00>, ")
    return recv


def _found(peer, config):
    """What nmbd says of its names to others."""
    return peer.run("nmblookup", "-s", config, "LINUXBOX"), \
        peer.run("nmblookup", "-s", config, "-A", BOX)


def _complaints(nmbd):
    """What it logs of errors: lines at level 0."""
    return re.findall(r",  0\].*\n(.*)", nmbd.log())


def what_comes_through(lan):
    """Each size, sender and way, as root and as nobody; nmbd answers as before and has no complaint."""
    box, peer, nmbd, program = _hosts(lan)
    _, config = samba_config(peer, log_level=0)
    before = _found(peer, config)
    complaints = _complaints(nmbd)
    path = _socket(nmbd)
    root = _recv(box, program, path, "alerts")
    nobody = _recv(box, program, path, "alerts", how=NOBODY)
    known = "beside nmbd, which has the ports and the name LINUXBOX<00>: messages"
    rest = "of no octets, or of more than 406, do not come"
    # Another of the same user is served by the first, and knows whose name it is.
    _recv(box, program, path, "chat", how=NOBODY,
          said="^LINUXBOX<00> in OFFICE<00>, .*, through .*: mailslot chat$")
    equal(capabilities(root.process.pid), {"0" * 16}, "capabilities of root's threads")
    equal([root.said, nobody.said], [f"{known} to it alone {rest}", f"{known} {rest}"], "said")

    sender = peer.udp(138)
    table, dgm_id = {}, 0x8000
    for profile in "api", "browser", "samba":
        _, offset = frames.mailslot_write("alerts", b"", profile)
        most = MOST_READ - BEFORE_SMB - offset
        for way, to, kind, address in [("unicast", "LINUXBOX", frames.UNIQUE, BOX),
                                       ("group", "OFFICE", frames.GROUP, box.broadcast),
                                       ("broadcast", frames.EVERYONE, frames.BROADCAST,
                                        box.broadcast)]:
            for size in 1, 100, most:
                dgm_id += 1
                octets = frames.message("WINBOX", to, "alerts", TEXT[:size], dgm_id=dgm_id,
                                        address=PEER, kind=kind, profile=profile)
                sender.sendto(octets, (address, 138))
                for recv in root, nobody:
                    got = recv.message()
                    want = {"slot": "alerts", "from": "WINBOX<00>", "data": TEXT[:size].hex(),
                            "to": f"{to.rstrip(chr(0))}<00>", "address": f"{PEER}:138"}
                    equal({name: got[name] for name in want}, want, f"{profile}, {size} to {to}")
            table[profile, way] = most
    equal(set(table.values()), {406, 408}, "the most by profile")

    # As this program writes: names of mailslots and of computers have no case.
    for target, to in [("LINUXBOX:alerts", "LINUXBOX"), ("linuxbox:ALERTS", "LINUXBOX"),
                       ("LINUXBOX:Alerts", "LINUXBOX"), ("OFFICE:aLERTS", "OFFICE")]:
        for size in 1, 100, 406:
            peer.run("mailslot", "send", "--workgroup", "OFFICE", target, TEXT[:size].decode())
            for recv in root, nobody:
                got = recv.message()
                equal((got["data"], got["to"]), (TEXT[:size].hex(), f"{to}<00>"), target)
    # A prefix as nobody writes it.
    octets = frames.message("WINBOX", "LINUXBOX", "alerts", b"low", dgm_id=7, address=PEER)
    sender.sendto(octets.replace(b"\\MAILSLOT\\", b"\\mailslot\\"), (BOX, 138))
    # And from the machine itself, of somebody whom no `recv` serves.
    stranger = [part.replace("65534", "65533") for part in NOBODY]
    box.run(*stranger, program, "send", "LINUXBOX:alerts", "here")
    for recv in root, nobody:
        equal([recv.message()["text"] for _ in range(2)], ["low", "here"], "what else comes")

    equal(_found(peer, config), before, "what nmbd says of its names")
    equal(_complaints(nmbd), complaints, "what nmbd complains of")

    # What does not: what is empty or larger, of which nmbd thinks that it is damaged; broadcasts of
    # that kind only to who has sockets of its own.
    for kind, to, address in [(frames.UNIQUE, "LINUXBOX", BOX),
                              (frames.GROUP, "OFFICE", box.broadcast)]:
        for profile in "api", "browser", "samba":
            for size in 0, table[profile, "unicast"] + 1, 424:
                dgm_id += 1
                octets = frames.message("WINBOX", to, "alerts", TEXT[:size], dgm_id=dgm_id,
                                        address=PEER, kind=kind, profile=profile)
                sender.sendto(octets, (address, 138))
                if kind == frames.GROUP:
                    equal(root.message()["data"], TEXT[:size].hex(), f"a broadcast of {size}")
    peer.run("mailslot", "send", "LINUXBOX:alerts", "the fence")
    for recv in root, nobody:
        equal(recv.message()["text"], "the fence", "what comes next")
    books = [recv.books()["counters"] for recv in (root, nobody)]
    # Of each broadcast nmbd hands on two, and a socket of one's own hears it too.
    broadcasts = 3 * 2 * 3 + 3
    # What nmbd announces itself is heard too, by whom has such a socket.
    equal([counters["dropped"]["duplicate"] for counters in books], [2 * broadcasts, broadcasts],
          "what came more than once")
    equal([counters["delivered"] for counters in books], [51, 42], "what is delivered")
    return ", ".join(f"{' '.join(key)} 1 to {most}" for key, most in table.items())


def what_nmbd_keeps(lan):
    """An error for who would hear nothing; broadcasts for who has sockets of its own."""
    box, peer, nmbd, program = _hosts(lan)
    path = _socket(nmbd)
    for slot in "browse", "LANMAN", r"net\netlogon", r"NET\NTLOGON":
        recv = _recv(box, program, path, "alerts", slot, how=NOBODY, said=None)
        equal(recv.wait(), 3, f"exit code for {slot}")
        recv.err.wait("^error: nmbd has the ports, and keeps what comes for "
                      + re.escape(slot) + "$")
        recv.err.wait("^hint: with CAP_NET_BIND_SERVICE its broadcasts are heard beside nmbd")
    everything = _recv(box, program, path, "--any", how=NOBODY)
    equal(everything.said, "beside nmbd, which has the ports and the name LINUXBOX<00>: messages of "
          "no octets, or of more than 414 less their mailslot's name, do not come; BROWSE, LANMAN "
          "and those of logons it keeps", "said of any")
    recv = _recv(box, program, path, "BROWSE", "--also", "NAS#20", "--name", "LINUXBOX")
    equal(recv.said, "beside nmbd, which has the ports and the name LINUXBOX<00>: of BROWSE "
          "broadcasts alone come", "said of BROWSE")
    equal([line for line in recv.err.lines if line.startswith("not taken")],
          ["not taken, since names are nmbd's: WORKGROUP<00>, NAS<20>"], "names that it lacks")
    sender = peer.udp(138)
    for number, (kind, suffix, address) in enumerate([(frames.UNIQUE, 0, BOX),
                                                      (frames.GROUP, 0x1E, box.broadcast)]):
        write, _ = frames.mailslot_write("BROWSE", b"\x01 by %d" % number, "browser")
        to = ("LINUXBOX" if kind == frames.UNIQUE else "OFFICE", suffix)
        sender.sendto(frames.datagram(("WINBOX", 0), to, write, dgm_id=number, address=PEER,
                                      kind=kind), (address, 138))
    while (got := recv.message())["from"] != "WINBOX<00>":
        equal(got["from"], "LINUXBOX<00>", "nmbd's own announcements")
    equal(got["data"], b"\x01 by 1".hex(), "the broadcast of the two")
    # To those of others nmbd does not listen, and so keeps nothing.
    other = frames.message("WINBOX", "ELSEWHERE", "BROWSE", b"\x01 of others", dgm_id=99,
                           address=PEER, kind=frames.GROUP)
    sender.sendto(other, (box.broadcast, 138))
    while (got := everything.message())["from"] != "WINBOX<00>":
        pass
    equal((got["slot"], got["to"]), ("BROWSE", "ELSEWHERE<00>"), "what is for others")


def nmbd_comes_back(lan):
    """It is killed, and stopped; recv says so, waits, and gets what comes then, by its new name."""
    box, peer, nmbd, program = _hosts(lan)
    path = _socket(nmbd)
    recv = _recv(box, program, path, "alerts", how=NOBODY)
    running = nmbd.program
    for number, (end, name) in enumerate([(signal.SIGKILL, "LINUXBOX"), (signal.SIGTERM, "NEWBOX")]):
        running.stop(end)
        recv.err.wait(rf"^nmbd hands nothing on: {re.escape(str(path))}: it ended the connection; "
                      "waiting for it$")
        config = nmbd.config.read_text().replace("LINUXBOX\n", f"{name}\n", 1)
        nmbd.config.write_text(config)
        running = box.popen("nmbd", "--foreground", "--no-process-group", "--configfile",
                            nmbd.config, "--log-basename", nmbd.folder / f"log{number}")
        recv.err.wait(rf"^nmbd hands on again, as {name}<00>, OFFICE<00>, ")
        # It does not answer for its names until they are its own.
        octets = frames.message("WINBOX", name, "alerts", f"to {name}".encode(), dgm_id=number,
                                address=PEER)
        peer.udp(0).sendto(octets, (BOX, 138))
        got = recv.message()
        equal((got["text"], got["to"]), (f"to {name}", f"{name}<00>"), "a message afterwards")
    require(recv.running(), "it runs on")
    equal(recv.books()["counters"]["delivered"], 2, "delivered")


class _Impostor(threading.Thread):
    """A socket in the place of nmbd's, which answers what it was given."""

    def __init__(self, lan, answer):
        super().__init__(daemon=True)
        self.path, self.answer = lan.folder / f"impostor-{len(answer or b'')}", answer
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen()
        os.chmod(self.path, 0o777)
        lan.closing.callback(self.listener.close)
        self.start()

    def run(self):
        self.kept, _ = self.listener.accept()
        self.kept.settimeout(PATIENCE)
        if self.answer is not None:
            self.kept.recv(24)
            self.kept.sendall(self.answer)


def another_program_in_its_place(lan):
    """It says nothing, something else, or something else later; or there is none."""
    box, _, nmbd, program = _hosts(lan)
    foreign = "it does not speak as a 64-bit nmbd of Samba 4 does"
    for answer, hint in [(None, "no answer"), (b"220 ready\r\n", f"{foreign}: its answer"),
                         (b"", "no answer")]:
        impostor = _Impostor(lan, answer)
        recv = _recv(box, program, impostor.path, "alerts", said=None)
        equal(recv.wait(), 3, f"exit code after {answer}")
        recv.err.wait(rf"^error: nmbd has the ports, beside it: {impostor.path}: {hint}")
        impostor.path.unlink()
    # In the layout of 32 bits.
    packet = struct.pack("=IiI4si", 5, 1, 0, b"\x0a\x4d\x00\x02", 138) + b"hello"
    late = _Impostor(lan, b"\0" + 2 * packet)
    recv = _recv(box, program, late.path, "alerts")
    equal(recv.wait(), 3, "exit code after another layout")
    recv.err.wait(rf"^error: .*: {late.path}: {foreign}: the length of a packet$")
    # Without a socket, and where there is one that this user may not have.
    recv = _recv(box, program, lan.folder / "none", "alerts", said=None)
    equal(recv.wait(), 3, "exit code without a socket")
    recv.err.wait(r"^error: UDP port 137 is held by nmbd \(pid \d+\): kill \d+$")
    nmbd.folder.chmod(0o700)
    recv = _recv(box, program, _socket(nmbd), "alerts", how=NOBODY, said=None)
    equal(recv.wait(), 3, "exit code of who may not")
    recv.err.wait(r"^error: nmbd has the ports, beside it: .*: Permission denied")


def its_socket_is_found(lan):
    """Where packages have it, and where smb.conf says."""
    box, peer, nmbd, program = _hosts(lan)
    own_files = ["unshare", "--mount", "sh", "-ec"]
    usual = ("mount -t tmpfs none /run; mkdir -p /run/samba; "
             f"ln -s {_socket(nmbd).parent} /run/samba/nmbd; exec \"$0\" \"$@\"")
    configured = ("mount -t tmpfs none /etc; mkdir /etc/samba; "
                  f"cp {nmbd.config} /etc/samba/; exec \"$0\" \"$@\"")
    for script in usual, configured:
        recv = _recv(box, program, None, "alerts", how=[*own_files, script])
        peer.run("mailslot", "send", "LINUXBOX:alerts", "hello")
        equal(recv.message()["text"], "hello", script)
        equal(recv.stop(), 130, "exit code")
