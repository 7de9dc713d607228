"""The service, and what users of the machine may do with it: each rule by a request that is refused
and one that is granted, of real users."""

import json
import pathlib
import re
import shutil
import signal

from lan import equal, require, run, until

BOX, PEER = "10.77.0.1/24", "10.77.0.2/24"
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
# Users that every Debian has; the group of the first is its own.
ALICE, BOB = "games", "nobody"
DENIED, NO_QUOTA = 5, 1816
HANGUP, TERMINATED = signal.SIGHUP, 143


class Service:
    """`mailslot serve` on a machine, with a configuration."""

    def __init__(self, lan, config, *options):
        self.box = lan.host("LINUXBOX", BOX)
        self.program = lan.program_for_all()
        self.folder = lan.folder
        self.config, self.socket = self.folder / "mailslot.toml", self.folder / "socket"
        self.client = shutil.copy(pathlib.Path(__file__).with_name("ipc.py"), self.folder)
        self.write(config)
        argv = [self.program, "serve", "--config", self.config, "--socket", self.socket, *options]
        self.serve = self.box.popen(*argv)
        self.serve.err.wait("serves at ")
        if "--local" not in options:
            for _ in range(2):
                self.serve.err.wait(" is ours on ")

    def write(self, config):
        self.config.write_text(config)

    def reload(self, config):
        self.write(config)
        self.serve.send_signal(HANGUP)

    def start(self, user, *operation, group=None):
        """A program of a user that runs on."""
        argv = ["/usr/bin/python3", self.client, self.socket, *operation]
        return self.box.popen(*_as(user, group), *argv)

    def ask(self, user, *operation, group=None):
        """The answers to a program of a user."""
        argv = ["/usr/bin/python3", self.client, self.socket, *operation]
        said = self.box.run(*_as(user, group), *argv)
        return [json.loads(line) for line in said.splitlines()]

    def granted(self, user, *operation, group=None):
        answers = self.ask(user, *operation, group=group)
        require(answers and all("ok" in answer for answer in answers), f"{user}: {answers}")
        return answers

    def refused(self, user, *operation, win32=DENIED, group=None):
        """Why the one thing that was asked for is refused."""
        answers = self.ask(user, *operation, group=group)
        equal([answer.get("win32") for answer in answers], [win32], f"{user} {operation}")
        return answers[0]["text"]

    def stop(self):
        equal(self.serve.stop(signal.SIGTERM), TERMINATED, "exit code")
        require(not self.socket.exists(), "the socket is gone")


def _as(user, group=None):
    if user == "root":
        return []
    if group:
        return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups"]
    return ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups"]


def a_slot_is_its_creator_s(lan):
    """Also where that is the process which serves the others, with no service started."""
    box, program = lan.host("LINUXBOX", BOX), lan.program_for_all()
    folder = lan.folder / ALICE
    folder.mkdir()
    shutil.chown(folder, ALICE)
    alice = [*_as(ALICE), "env", f"XDG_RUNTIME_DIR={folder}", program]
    first = box.popen(*alice, "recv", "--local", "one")
    first.err.wait("this machine alone: mailslot one")
    second = box.popen(*alice, "recv", "two")
    second.err.wait("through ")
    slots = [json.loads(line) for line in box.run(*alice, "slots", "--json").splitlines()]
    equal([(slot["slot"], slot["user"]) for slot in slots], [("one", ALICE), ("two", ALICE)], "slots")
    second.kill()
    first.kill()


def system_names_are_not_for_everyone(lan):
    service = Service(lan, "")
    for name in "BROWSE", "messngr", r"NET\NETLOGON":
        why = service.refused(ALICE, "create", name)
        require(why.startswith(f"creating {name} is reserved"), why)
        require(why.endswith(f"users = [\"{ALICE}\"]"), why)
        service.serve.err.wait(r"^info: refused to user \d+, process \d+: creating ")
        service.granted("root", "create", name)
    service.granted(ALICE, "create", "alerts", r"\\.\mailslot\pos\eod")
    # And the line that a refusal names grants it.
    line = service.refused(ALICE, "create", r"NET\NETLOGON").partition(": ")[2]
    table, _, rest = line.partition(" ")
    service.reload(f"{table}\n" + rest.replace(", users", "\nusers"))
    service.serve.err.wait(r"reloaded, changed: \[\[create\]\]$")
    service.granted(ALICE, "create", r"net\netlogon")
    service.refused(BOB, "create", r"NET\NETLOGON")
    service.stop()


def rules_say_who_creates(lan):
    service = Service(lan, rf"""
        [[create]]
        names = ["BROWSE"]
        users = ["{ALICE}"]
        [[create]]
        names = ['payroll\*']
        users = ["@{ALICE}"]
        [[create]]
        names = ["tty"]
        users = ["@tty"]
        [[create]]
        names = ["closed"]
        users = "nobody"
        [[create]]
        names = ["*"]
        users = ["{ALICE}", "65534"]
        """, "--local")
    for name in "browse", r"PAYROLL\may", r"payroll\may\1":
        service.granted(ALICE, "create", name)
        service.refused(BOB, "create", name)
    # A process in the group, whatever the group is in the databases.
    service.granted(BOB, "create", "TTY", group="tty")
    service.refused(BOB, "create", "TTY")
    service.refused(ALICE, "create", "closed")
    service.granted("root", "create", "closed")
    service.granted(BOB, "create", "alerts")
    service.refused("daemon", "create", "alerts")
    service.refused(BOB, "create", "LANMAN")
    service.stop()


def users_read_what_others_write(lan):
    service = Service(lan, "", "--local")
    reader = service.start(ALICE, "serve", "alerts")
    reader.out.wait("created")
    service.granted(BOB, "write", "alerts", "disk full")
    equal(json.loads(reader.out.next()), {"ok": "disk full"}, "what it reads")
    # Nobody takes its name meanwhile, and everyone may when it is gone.
    service.refused(BOB, "create", "ALERTS", win32=183)
    reader.kill()
    until(lambda: "ok" in service.ask(BOB, "create", "alerts")[0], "the name is free again")
    service.refused(BOB, "write", r"\\PEER\mailslot\alerts", "x", win32=53)
    service.stop()


def verbs_go_through_the_service(lan):
    service = Service(lan, "")
    peer = lan.host("PEER", PEER)
    through = ["env", f"MAILSLOT_SOCKET={service.socket}", service.program]
    refused = service.box.popen(*_as(ALICE), *through, "recv", "BROWSE")
    equal(refused.wait(), 3, "exit code of who may not")
    require("creating BROWSE is reserved" in refused.err.text(), refused.err.text())
    recv = service.box.popen(*_as(ALICE), *through, "recv", "--raw", "--count", "2", "alerts")
    recv.err.wait(f"through {service.socket}")
    service.box.run(*_as(BOB), *through, "send", ".:alerts", "near,")
    peer.run("mailslot", "send", "LINUXBOX:alerts", "far")
    equal((recv.wait(), recv.out.text()), (0, "near,far"), "what comes")
    heard = peer.recv("alerts")
    service.box.run(*_as(BOB), *through, "send", "PEER:alerts", "back")
    message = heard.message()
    equal(bytes.fromhex(message["data"]), b"back", "what the other machine hears")
    equal((message["from"], message["address"]), ("LINUXBOX<00>", "10.77.0.1:138"), "sender")
    service.stop()


def programs_find_it_where_they_look(lan):
    """Without a word of where it is; on a machine whose /run is its own."""
    box, program = lan.host("LINUXBOX", BOX), lan.program_for_all()
    script = f"mount -t tmpfs tmpfs /run && exec {program} serve"
    serve = box.popen("unshare", "--mount", "sh", "-c", script)
    serve.err.wait("serves at /run/mailslot/socket$")
    inside = ["nsenter", f"--mount=/proc/{serve.process.pid}/ns/mnt"]
    recv = box.popen(*inside, *_as(ALICE), program, "recv", "--raw", "--count", "1", "alerts")
    recv.err.wait("through /run/mailslot/socket")
    box.run(*inside, *_as(BOB), program, "send", ".:alerts", "found")
    equal((recv.wait(), recv.out.text()), (0, "found"), "what comes")
    second = box.popen(*inside, program, "serve")
    equal(second.wait(), 3, "exit code of a second one")
    require(re.search(r"/run/mailslot/socket \(mailslot, pid \d+\): another program listens there",
                      second.err.text()), second)
    equal(serve.stop(signal.SIGTERM), TERMINATED, "exit code")


def a_service_does_not_begin_beside_a_program(lan):
    """Whose mailslots the programs of its user would go on to find, and all others the service's."""
    box, program = lan.host("LINUXBOX", BOX), lan.program_for_all()
    script = f"mount -t tmpfs tmpfs /run && exec {program} recv --local alerts"
    recv = box.popen("unshare", "--mount", "sh", "-c", script)
    recv.err.wait("this machine alone: mailslot alerts")
    inside = ["nsenter", f"--mount=/proc/{recv.process.pid}/ns/mnt"]
    for how in [], ["--local"]:
        serve = box.popen(*inside, program, "serve", *how)
        equal(serve.wait(), 3, "exit code")
        who = f"/mailslot/socket (mailslot, pid {recv.process.pid}) has the mailslots already"
        require(who in serve.err.text(), serve.err.text())
    # A place of its own is in nobody's way.
    serve = box.popen(*inside, program, "serve", "--local", "--socket", "/run/another")
    serve.err.wait("serves at /run/another$")
    equal(recv.stop(signal.SIGTERM), TERMINATED, "exit code of the first")
    inside = ["nsenter", f"--mount=/proc/{serve.process.pid}/ns/mnt"]
    serve = box.popen(*inside, program, "serve")
    serve.err.wait("serves at /run/mailslot/socket$")


def the_network_is_for_those_who_are_listed(lan):
    service = Service(lan, f"[network]\nwrite = [\"{ALICE}\"]")
    peer = lan.host("PEER", PEER).recv("alerts")
    target = r"\\PEER\mailslot\alerts"
    why = service.refused(BOB, "write", target, "no")
    require("[network] write has to list it" in why, why)
    service.granted(ALICE, "write", target, "yes")
    equal(bytes.fromhex(peer.message()["data"]), b"yes", "what comes")
    # Slots of this machine are for everyone.
    reader = service.start(ALICE, "serve", "alerts")
    reader.out.wait("created")
    service.granted(BOB, "write", "alerts", "local")
    equal(json.loads(reader.out.next()), {"ok": "local"}, "what it reads")
    service.reload("[network]\nwrite = \"everyone\"")
    service.serve.err.wait(r"reloaded, changed: \[network\] write$")
    service.granted(BOB, "write", target, "now")
    equal(bytes.fromhex(peer.message()["data"]), b"now", "what comes")
    service.reload("[network]\nwrite = \"nobody\"")
    service.serve.err.wait(r"reloaded, changed: \[network\] write$")
    service.refused(ALICE, "write", target, "no more")
    service.granted("root", "write", target, "root's")
    equal(bytes.fromhex(peer.message()["data"]), b"root's", "what comes")
    service.stop()


def what_there_is_sees_who_is_listed(lan):
    service = Service(lan, f"[slots]\nsee = [\"@{ALICE}\"]", "--local")
    for what in "slots", "stats":
        service.granted(ALICE, what)
        service.granted("root", what)
        why = service.refused(BOB, what)
        require("[slots] see has to list it" in why, why)
    service.reload("")
    service.serve.err.wait(r"reloaded, changed: \[slots\] see$")
    service.granted(BOB, "slots")
    service.stop()


def quotas_are_each_user_s(lan):
    service = Service(lan, """
        [quotas]
        slots_per_user = 2
        octets_per_user = 1000
        connections_per_user = 3
        handles_per_connection = 4
        pending_reads_per_connection = 2
        total_slots = 3
        """, "--local")

    def codes(user, *operation):
        return [answer.get("win32", 0) for answer in service.ask(user, *operation)]

    equal(codes(ALICE, "create", "a", "b", "c"), [0, 0, NO_QUOTA], "slots of a user")
    equal(codes("root", "create", *"abcd"), [0, 0, 0, NO_QUOTA], "slots in all, root's too")
    # A message costs 128 octets besides its own.
    equal(codes(ALICE, "fill", "a", "4", "200"), [0, 0, 0, NO_QUOTA], "octets of a user")
    equal(codes("root", "fill", "a", "4", "200"), [0, 0, 0, 0], "octets of root")
    equal(codes(ALICE, "connections", "5"), [0, 0, 0, NO_QUOTA, NO_QUOTA], "connections")
    equal(codes("root", "connections", "5"), [0] * 5, "root's connections")
    equal(codes(ALICE, "reads", "a", "4"), [NO_QUOTA, NO_QUOTA, 0], "reads that wait")
    # Alice has all of hers, and Bob is not in her way.
    alice = service.start(ALICE, "serve", "a")
    alice.out.wait("created")
    equal(codes(BOB, "create", "b", "c"), [0, 0], "another user's slots")
    service.serve.err.wait("refused to user")
    service.reload("[quotas]\nslots_per_user = 1")
    service.serve.err.wait(r"reloaded, changed: \[quotas\]$")
    equal(codes(BOB, "create", "b", "c"), [0, NO_QUOTA], "slots of a user after a reload")
    service.stop()


def the_socket_s_group_is_who_connects(lan):
    service = Service(lan, f"[socket]\nmode = 0o660\ngroup = \"{ALICE}\"", "--local")
    service.granted(ALICE, "create", "alerts", group=ALICE)
    answers = service.ask(BOB, "create", "alerts")
    equal([answer["failed"] for answer in answers], ["connection"], "answer to another")
    require("Permission denied" in answers[0]["text"], answers)
    service.stop()


def a_reload_says_what_it_does(lan):
    service = Service(lan, "")
    service.reload("[node]\nname = \"OTHER\"\n[log]\nlevel = \"warn\"")
    # Said before the level falls, and by a line that is important enough.
    service.serve.err.wait(r"changed only when it is started again: \[node\] name$")
    service.reload("[log]\nlevel = \"debug\"")
    service.serve.err.wait(r"^info: reloaded, changed: \[log\] level$")
    service.reload("[quotas]\ntotal_slots = 1\n[network]\nwrite = [\"no one\"]")
    said = service.serve.err.wait("^error: nothing is reloaded: ").string
    require(said.endswith("mailslot.toml:4: there is no user \"no one\""), said)
    service.granted(ALICE, "create", "a", "b")
    service.stop()


# What a unit does for its service, as far as a process may without systemd: its sockets are open,
# it is a user without a capability, and other system calls than the unit's fail.
UNIT = """
import errno, os, seccomp, socket, sys
folder, uid, allowed, *command = sys.argv[1:]
passed = []
for port in 137, 138:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # As systemd does.
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(("", port))
    passed.append(udp)
unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
unix.bind(folder + "/unit-socket")
os.chmod(folder + "/unit-socket", 0o666)
unix.listen()
passed.append(unix)
for i, one in enumerate(passed):
    os.dup2(one.fileno(), 103 + i)
for i in range(3):
    os.dup2(103 + i, 3 + i, inheritable=True)
    os.close(103 + i)
os.setgroups([])
os.setresgid(int(uid), int(uid), int(uid))
os.setresuid(int(uid), int(uid), int(uid))
os.environ.update(LISTEN_FDS="3", LISTEN_PID=str(os.getpid()))
calls = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
for call in open(allowed).read().split():
    try:
        calls.add_rule(seccomp.ALLOW, call)
    except (RuntimeError, ValueError, OSError):
        pass  # one that this machine's kernel, or the library, does not have
calls.load()
os.execv(command[0], command)
"""


def _system_calls():
    """Those that the unit leaves its service."""
    unit = (EXAMPLES / "systemd/mailslot.service").read_text()
    sets = {}
    for line in run("systemd-analyze", "syscall-filter", "--no-pager").splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())

    def calls(name):
        if not name.startswith("@"):
            return {name}
        return {call for member in sets[name] for call in calls(member)}

    allowed = calls("@default")
    for line in unit.splitlines():
        if line.startswith("SystemCallFilter=~"):
            for name in line.partition("~")[2].split():
                allowed -= calls(name)
        elif line.startswith("SystemCallFilter="):
            for name in line.partition("=")[2].split():
                allowed |= calls(name)
    require(len(allowed) > 200 and "ptrace" not in allowed, f"{len(allowed)} system calls")
    return allowed


def the_unit_s_rights_are_enough(lan):
    box, peer = lan.host("LINUXBOX", BOX), lan.host("PEER", PEER)
    program = lan.program_for_all()
    allowed, config = lan.folder / "allowed", lan.folder / "mailslot.toml"
    allowed.write_text("\n".join(sorted(_system_calls())))
    shutil.copy(EXAMPLES / "mailslot.toml", config)
    client = shutil.copy(pathlib.Path(__file__).with_name("ipc.py"), lan.folder)
    serve = box.popen("/usr/bin/python3", "-c", UNIT, lan.folder, "61184", allowed, program,
                      "serve", "--config", config)
    serve.err.wait(f"serves at {lan.folder}/unit-socket")
    for _ in range(2):
        serve.err.wait(" is ours on ")
    status = pathlib.Path(f"/proc/{serve.process.pid}/status").read_text()
    require("Seccomp:\t2" in status and "CapEff:\t0000000000000000" in status, status)

    def ask(user, *operation):
        said = box.run(*_as(user), "/usr/bin/python3", client, lan.folder / "unit-socket",
                       *operation)
        return [json.loads(line) for line in said.splitlines()]

    # From the network to a program of a user, and back.
    reader = box.popen(*_as(ALICE), "/usr/bin/python3", client, lan.folder / "unit-socket",
                       "serve", "alerts")
    reader.out.wait("created")
    peer.run("mailslot", "send", "LINUXBOX:alerts", "hello")
    equal(json.loads(reader.out.next()), {"ok": "hello"}, "what it reads")
    recv = peer.recv("alerts")
    equal(ask(BOB, "write", r"\\PEER\mailslot\alerts", "back"), [{"ok": None}], "a write")
    equal(bytes.fromhex(recv.message()["data"]), b"back", "what comes")
    # Users are told apart, and their names known.
    require(f"[\"{ALICE}\"]" in ask(ALICE, "create", "BROWSE")[0]["text"], "a refusal")
    require("ok" in ask("61184", "create", "BROWSE")[0], "the service's own user may")
    require("ok" in ask(BOB, "stats")[0], "counters")
    # An address comes, a cable goes, the configuration is read again.
    box.ip("address", "add", "10.78.0.1/24", "broadcast", "+", "dev", "eth0")
    serve.err.wait(r"10\.78\.0\.1/24 .* is used")
    serve.send_signal(HANGUP)
    serve.err.wait("reloaded, changed: nothing")
    equal(serve.stop(signal.SIGTERM), TERMINATED, "exit code")
    said = serve.err.text()
    require("permitted" not in said and "error" not in said, said)


def systemd_takes_the_units(lan):
    folder = lan.folder / "units"
    folder.mkdir()
    for unit in EXAMPLES.glob("systemd/*"):
        text = unit.read_text()
        require("/usr/local/bin/mailslot" in text or unit.suffix == ".socket", unit)
        (folder / unit.name).write_text(text.replace("/usr/local/bin/mailslot", "/bin/true"))
    units = sorted(folder.iterdir())
    equal([unit.name for unit in units], ["mailslot.service", "mailslot.socket"], "units")
    equal(run("systemd-analyze", "verify", "--man=no", *units), "", "what is wrong with them")
    # An exposure of 1.5 of 10 at most.
    said = run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager",
               folder / "mailslot.service")
    return said.strip().splitlines()[-1].strip("→ ")
