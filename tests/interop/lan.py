"""A LAN of network namespaces, with programs on its hosts.

Every host has its own network and host name; a bridge in a namespace of its own joins them, and
nothing leads out. What is begun here ends with the `with` block, or with the process that began
it; what a killed process left behind, the next one sweeps up.

    with Lan() as lan:
        box = lan.host("BOX", "10.77.0.1/24")
        recv = box.mailslot("recv", "alerts")
        recv.err.wait("BOX<00> is ours on")
        lan.host("PEER", "10.77.0.2/24").run("mailslot", "send", "BOX:alerts", "hello")
        recv.out.wait("hello")
"""

import contextlib
import ctypes
import ipaddress
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PREFIX = "mslan"
CLONE_NEWNET = 0x40000000
# Everything a test waits for comes sooner, also on a busy machine.
PATIENCE = 30
# Lines of a program's stream where it is shown with a failure.
MOST_SHOWN = 30

_libc = ctypes.CDLL(None, use_errno=True)


class Failed(AssertionError):
    """What was expected did not come."""


def require(condition, text):
    if not condition:
        raise Failed(text)


def equal(got, want, what):
    require(got == want, f"{what}:\n  got  {got!r}\n  want {want!r}")


def until(condition, what, seconds=PATIENCE):
    """The first true value of condition(); asked again until then."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        require(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.02)


def run(*argv, check=True, timeout=PATIENCE, **options):
    """Output of a command that ends, as text, both streams in one."""
    try:
        done = subprocess.run([str(part) for part in argv], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, **options)
    except subprocess.TimeoutExpired as error:
        seen = error.stdout or b""
        seen = seen if isinstance(seen, str) else seen.decode(errors="replace")
        raise Failed(f"{' '.join(error.cmd)}: not done in {timeout} s; said:\n{seen}") from None
    if check and done.returncode:
        command = " ".join(str(part) for part in argv)
        raise Failed(f"{command}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def ip(*argv):
    return run("ip", *argv)


class Lines:
    """A stream of a program, read as it comes; wait() goes on behind the line that it found."""

    def __init__(self, stream, label):
        self.label = label
        self.lines, self.seen, self.ended = [], 0, False
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.reader.start()

    def _read(self, stream):
        for line in stream:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def wait(self, pattern, seconds=PATIENCE):
        """The match of the next line that has the pattern (a regular expression)."""
        end = time.monotonic() + seconds
        with self.news:
            while True:
                while self.seen < len(self.lines):
                    self.seen += 1
                    found = re.search(pattern, self.lines[self.seen - 1])
                    if found:
                        return found
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    why = "it ended" if self.ended else f"not within {seconds} s"
                    raise Failed(f"no line {pattern!r} on {self.label}: {why}")
                self.news.wait(left)

    def next(self, seconds=PATIENCE):
        """The next line."""
        return self.wait("", seconds).string

    def rest(self):
        """The lines behind the last one waited for, of a program that has ended."""
        self.reader.join(PATIENCE)
        lines, self.seen = self.lines[self.seen:], len(self.lines)
        return lines

    def text(self):
        with self.news:
            return "\n".join(self.lines)


class Program:
    """A program that runs; its lines are read as they come."""

    def __init__(self, argv, label, **options):
        self.argv, self.label = argv, label
        self.process = subprocess.Popen([str(part) for part in argv], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        errors="replace", bufsize=1, **options)
        self.out = Lines(self.process.stdout, f"stdout of {label}")
        self.err = Lines(self.process.stderr, f"stderr of {label}")

    def __str__(self):
        """What it was and said, cut to what people read."""
        code = self.process.poll()
        state = "still runs" if code is None else f"exit code {code}"
        parts = [f"$ {self.label} ({state})"]
        for sign, stream in ("|", self.out), ("!", self.err):
            lines = stream.text().splitlines()
            if len(lines) > MOST_SHOWN:
                parts.append(f"  {sign} ... {len(lines) - MOST_SHOWN} lines")
            parts += [f"  {sign} {line[:200]}" for line in lines[-MOST_SHOWN:]]
        return "\n".join(parts)

    def running(self):
        return self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """Its exit code, once it ends."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"still runs after {seconds} s: {self.label}") from None
        self.out.reader.join(PATIENCE)
        self.err.reader.join(PATIENCE)
        return code

    def stop(self, number=signal.SIGINT, seconds=PATIENCE):
        """Its exit code, after a signal where it still runs."""
        if self.running():
            self.send_signal(number)
        return self.wait(seconds)

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait()


class Recv(Program):
    """`mailslot recv --json`: its messages, and its books when it ends."""

    def message(self, seconds=PATIENCE):
        line = json.loads(self.out.next(seconds))
        equal(line["event"], "message", f"a line of {self.label}")
        return line

    def books(self):
        """Ends it: what became of all datagrams. No message may be left."""
        equal(self.stop(), 130, f"exit code after an interrupt of {self.label}")
        rest = self.out.rest()
        equal(len(rest), 1, f"lines behind the last message of {self.label}")
        line = json.loads(rest[0])
        equal(line["event"], "end", f"the last line of {self.label}")
        return line


class Host:
    """A machine on a LAN."""

    def __init__(self, lan, name, namespace):
        self.lan, self.name, self.namespace = lan, name, namespace
        self.address, self.broadcast = None, None
        # Where its cables go into the switch.
        self.ports = []
        # Programs of a machine share its mailslots; those of others, on the same files, do not.
        run_folder = lan.folder / f"run-{name}"
        run_folder.mkdir(mode=0o700, exist_ok=True)
        self.environment = {**lan.environment, "XDG_RUNTIME_DIR": str(run_folder)}

    def command(self, *argv):
        """The same command, on this host."""
        renamed = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name]
        return [*renamed, "ip", "netns", "exec", self.namespace, *argv]

    def run(self, *argv, **options):
        """Output of a command that ends, as text, both streams in one."""
        if argv[0] == "mailslot":
            argv = (self.lan.mailslot, *argv[1:])
        options.setdefault("env", self.environment)
        return run(*self.command(*argv), **options)

    def popen(self, *argv, kind=Program, **options):
        options.setdefault("env", self.environment)
        label = f"{self.name}: {' '.join(str(part) for part in argv)}"
        program = kind(self.command(*argv), label, **options)
        self.lan.programs.append(program)
        return program

    def mailslot(self, *argv, **options):
        """The program that is tested, as a process that runs on."""
        return self.popen(self.lan.mailslot, *argv, **options)

    def recv(self, *argv, names=2):
        """`mailslot recv --json`, once it has that many names."""
        program = self.popen(self.lan.mailslot, "recv", "--json", *argv, kind=Recv)
        for _ in range(names):
            program.err.wait(" is ours on ")
        return program

    def ip(self, *argv):
        """`ip` on this host's network."""
        return ip("-n", self.namespace, *argv)

    def interface(self, address, name):
        """One more interface, on the same segment."""
        lan = self.lan
        lan.ports += 1
        port = f"p{lan.ports}"
        self.ports.append(port)
        ip("link", "add", name, "netns", self.namespace, "type", "veth",
           "peer", "name", port, "netns", lan.switch)
        ip("-n", lan.switch, "link", "set", port, "master", "br0", "up")
        self.ip("link", "set", name, "up")
        if address:
            self.ip("address", "add", address, "broadcast", "+", "dev", name)

    @contextlib.contextmanager
    def entered(self):
        """This thread is on the host's network; sockets opened here stay there."""
        with open("/proc/thread-self/ns/net") as home, \
                open(f"/run/netns/{self.namespace}") as there:
            _setns(there)
            try:
                yield
            finally:
                _setns(home)

    def cable(self, plugged):
        """Pulls or plugs the cable of its first interface: it has a carrier, or not."""
        ip("-n", self.lan.switch, "link", "set", self.ports[0], "up" if plugged else "down")

    def part(self):
        """Nobody hears it any more, and it nobody, though its carrier stays."""
        ip("-n", self.lan.switch, "link", "set", self.ports[0], "nomaster")

    def join(self):
        ip("-n", self.lan.switch, "link", "set", self.ports[0], "master", "br0")

    def mac(self, interface="eth0"):
        """Hardware address of an interface."""
        return re.search(r"link/ether (\S+)", self.ip("link", "show", interface))[1]

    def udp(self, port, address=""):
        """A UDP socket on this host that may broadcast."""
        with self.entered():
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        opened.bind((address, port))
        opened.settimeout(PATIENCE)
        self.lan.closing.callback(opened.close)
        return opened

    def nmbd(self, workgroup="WORKGROUP", **settings):
        """Samba's name and datagram service, by a configuration of its own."""
        folder, config = samba_config(self, workgroup, **settings)
        program = self.popen("nmbd", "--foreground", "--no-process-group",
                             "--configfile", config, "--log-basename", folder / "log")
        return Nmbd(program, folder, config)


class Nmbd:
    """A running nmbd."""

    def __init__(self, program, folder, config):
        self.program, self.folder, self.config = program, folder, config

    def log(self):
        """All it has logged."""
        file = self.folder / "log" / "log.nmbd"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait(self, pattern, seconds=PATIENCE):
        """The match of the pattern in its log."""
        def look():
            require(self.program.running(), f"nmbd ended; its log:\n{self.log()}")
            return re.search(pattern, self.log())
        return until(look, f"{pattern!r} in nmbd's log", seconds)

    def stop(self):
        return self.program.stop(signal.SIGTERM)


def samba_config(host, workgroup="WORKGROUP", **settings):
    """A folder and an smb.conf for Samba's programs on a host, which keep all they write there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{host.name}-", dir=host.lan.folder))
    for name, mode in [("lock", 0o755), ("state", 0o755), ("cache", 0o755), ("pid", 0o755),
                       ("private", 0o700), ("ncalrpc", 0o755), ("nmbd", 0o755), ("log", 0o755)]:
        (folder / name).mkdir(mode)
    values = {
        "netbios name": host.name, "workgroup": workgroup, "interfaces": "eth0",
        "bind interfaces only": "yes", "lock directory": folder / "lock",
        "state directory": folder / "state", "cache directory": folder / "cache",
        "pid directory": folder / "pid", "private dir": folder / "private",
        "ncalrpc dir": folder / "ncalrpc", "nmbd:socket dir": folder / "nmbd",
        "log level": 3, "max log size": 0, "load printers": "no",
        **{name.replace("_", " "): value for name, value in settings.items()},
    }
    config = folder / "smb.conf"
    lines = [f"{name} = {value}\n" for name, value in values.items()]
    config.write_text("[global]\n" + "".join(lines))
    return folder, config


def capabilities(pid):
    """Of every thread of a process: what may be used, and what may be had."""
    found = set()
    for status in pathlib.Path("/proc").glob(f"{pid}/task/*/status"):
        lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
        found |= {lines["CapEff"], lines["CapPrm"], lines["CapAmb"]}
    return found


# A command before another one, which then runs without rights.
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


class Lan:
    """One segment."""

    made = 0

    def __init__(self, mailslot=None):
        mailslot = mailslot or os.environ.get("MAILSLOT")
        require(mailslot, "which program: MAILSLOT is not set")
        self.mailslot = pathlib.Path(mailslot).resolve()
        # The options' own variables would be somebody else's settings.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("MAILSLOT")}
        self.prefix = f"{PREFIX}{os.getpid()}-{Lan.made}"
        self.switch = f"{self.prefix}-switch"
        Lan.made += 1
        self.hosts, self.programs, self.ports = [], [], 0

    def __enter__(self):
        self.closing = contextlib.ExitStack()
        try:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.prefix}-"))
            self.closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.closing.callback(remove, self.prefix)
            _namespace(self.switch)
            # No multicast snooping and no spanning tree: what comes goes out at once.
            ip("-n", self.switch, "link", "add", "br0", "type", "bridge",
               "stp_state", 0, "forward_delay", 0, "mcast_snooping", 0)
            ip("-n", self.switch, "link", "set", "br0", "up")
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for program in self.programs:
                print(program)
        for program in self.programs:
            program.kill()
        self.closing.close()

    def program_for_all(self):
        """A copy of the program that everyone may run, where the first is in somebody's home."""
        os.chmod(self.folder, 0o755)
        return shutil.copy(self.mailslot, self.folder / "mailslot")

    def host(self, name, address=None, interface="eth0"):
        """A machine with that host name, its address as 10.77.0.1/24."""
        host = Host(self, name, f"{self.prefix}-{len(self.hosts)}")
        _namespace(host.namespace)
        self.hosts.append(host)
        host.interface(address, interface)
        if address:
            parsed = ipaddress.ip_interface(address)
            host.address, host.broadcast = str(parsed.ip), str(parsed.network.broadcast_address)
        return host


def _setns(file):
    if _libc.setns(file.fileno(), CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), file.name)


def _namespace(name):
    ip("netns", "add", name)
    # Quiet, and nothing but what a test says itself.
    run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv6.conf.default.disable_ipv6=1")
    ip("-n", name, "link", "set", "lo", "up")


def _namespaces():
    return [line.split()[0] for line in ip("netns", "list").splitlines() if line]


def remove(prefix):
    """Removes a LAN, and ends what still runs on it."""
    for name in _namespaces():
        if name != prefix and not name.startswith(f"{prefix}-"):
            continue
        for pid in run("ip", "netns", "pids", name, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", name, check=False)


def sweep(pid=None):
    """Removes the LANs of a process that has ended; without a pid, of all such."""
    prefixes = {match[0] for name in _namespaces()
                if (match := re.match(rf"{PREFIX}(\d+)-\d+", name))
                and (int(match[1]) == pid or not os.path.exists(f"/proc/{match[1]}"))}
    for prefix in prefixes:
        remove(prefix)
        for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{prefix}-*"):
            shutil.rmtree(folder, ignore_errors=True)


def end_on_signals():
    """SIGTERM and SIGHUP end this process as an exception does, so that LANs are removed."""
    def end(number, _frame):
        sys.exit(128 + number)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
