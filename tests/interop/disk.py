"""Nothing of a mailslot is on a disk: every system call of the programs is looked at, and they do
without a disk that can be written to."""

import os
import pathlib
import re
import signal

from lan import equal, require, until

BOX, PEER = "10.77.0.1/24", "10.77.0.2/24"
# Nothing else of a program, of its libraries or of the machine has these octets.
LOCAL, REMOTE = "a local payload 5d1f", "a payload from afar 9c40"
# Of calls that open: any of these, and what is opened may be written to.
WRITABLE = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
OPEN = {"open", "openat", "openat2", "creat"}
# What puts octets into a descriptor, which is their first argument.
WRITE = {"write", "writev", "pwrite64", "pwritev", "pwritev2", "send", "sendto", "sendmsg",
         "sendmmsg", "vmsplice"}
# Other ways to a file, which no program here has a reason to take.
NEVER = {"copy_file_range", "fallocate", "ftruncate", "io_setup", "io_submit", "io_uring_setup",
         "link", "linkat", "memfd_create", "mknod", "mknodat", "process_vm_writev", "rename",
         "renameat", "renameat2", "sendfile", "setxattr", "fsetxattr", "lsetxattr", "shmget",
         "splice", "swapon", "symlink", "symlinkat", "tee", "truncate"}
# Keeps the runtime folder alone writable, and makes that of the machine's own read-only first where
# there is none.
READ_ONLY = r"""
mount --make-rprivate /
[ -z "$1" ] || mount -t tmpfs tmpfs "$1"
while read -r _ _ _ _ point _; do
    point=$(printf %b "$point")
    [ "$point" = "$1" ] || mount -o remount,bind,ro "$point" 2>/dev/null
done < /proc/self/mountinfo
shift
exec "$@"
"""


class Trace:
    """A program on a host, and every system call that it made."""

    def __init__(self, host, *argv):
        self.folder = host.lan.folder / f"trace-{len(host.lan.programs)}"
        self.folder.mkdir()
        # The tracer is a child, so that the process is the program. A file for each thread: none of
        # its lines is cut in two.
        strace = ["strace", "-D", "-ff", "-y", "-s", "65536", "-o", self.folder / "calls"]
        self.program = host.popen(*strace, host.lan.mailslot, *argv)
        self.err = self.program.err

    def calls(self):
        """Name, arguments and the whole line of each, once the program has ended."""
        self.program.wait()
        files = until(self._complete, f"the end of {self.program.label} in {self.folder}")
        for text in files:
            for line in text.splitlines():
                if found := re.match(r"(\w+)\((.*)", line):
                    yield found[1], found[2], line

    def _complete(self):
        texts = [file.read_text(errors="replace") for file in self.folder.iterdir()]
        ended = [re.search(r"^\+\+\+ (exited|killed|superseded)", text, re.M) for text in texts]
        return texts if texts and all(ended) else None

    def keeps_off_the_disk(self, *payloads, ends=(0,)):
        """How many calls it made; none of them writes to a file, or opens one for it."""
        count, locks, written, taken = 0, 0, set(), set()
        for name, arguments, line in self.calls():
            count += 1
            text = f"{self.program.label}: {line[:500]}"
            require(name not in NEVER, text)
            found = {payload for payload in payloads if payload in arguments}
            if name in OPEN and (name == "creat" or WRITABLE.search(arguments)):
                path = re.search(r'"(.*?)"', arguments)[1]
                is_lock = path.endswith("/mailslot/socket.lock") or path.endswith("/served.lock")
                locks += is_lock
                require(is_lock or path.startswith("/dev/"), f"opened for writing: {text}")
            if name in WRITE:
                into = re.match(r"\d+<(.*?)>", arguments)
                require(into, f"into what? {text}")
                regular = into[1].startswith("/") and not into[1].startswith("/dev/")
                require(not regular, f"written to a file: {text}")
                written |= found
            elif name.startswith("recv"):
                taken |= found
            else:
                require(not found or name == "execve", f"what does it do with it? {text}")
        require(self.program.process.returncode in ends, self.program)
        return {"calls": count, "locks": locks, "written": written, "taken": taken}


def _traced(lan):
    """Two machines, and the folder of the first one's sockets."""
    return lan.host("LINUXBOX", BOX), lan.host("PEER", PEER)


def no_message_of_programs_that_share(lan):
    """The first program, which serves the others, gets one from a neighbour and one from afar."""
    box, peer = _traced(lan)
    first = Trace(box, "recv", "--raw", "--count", "2", "alerts")
    for _ in range(2):
        first.err.wait(" is ours on ")
    second = Trace(box, "send", ".:alerts", LOCAL)
    seen = second.keeps_off_the_disk(LOCAL)
    equal((seen["locks"], seen["written"]), (0, {LOCAL}), "what `send` did")
    peer.run("mailslot", "send", "LINUXBOX:alerts", REMOTE)
    seen = first.keeps_off_the_disk(LOCAL, REMOTE)
    equal(seen["locks"], 1, "lock files")
    # That the trace shows what it is looked through for.
    equal((seen["taken"], seen["written"]), ({LOCAL, REMOTE},) * 2, "payloads in the trace")
    return f"{seen['calls']} system calls of the receiver"


def no_message_of_a_service(lan):
    """Nor one that is larger than its buffers."""
    box, _ = _traced(lan)
    socket = lan.folder / "served"
    box.environment["MAILSLOT_SOCKET"] = str(socket)
    large = "a large payload 77e3 " * 50_000
    file = lan.folder / "large"
    file.write_text(large[:65_000])
    serve = Trace(box, "serve", "--local", "--socket", socket)
    serve.err.wait("serves at ")
    reader = Trace(box, "recv", "--raw", "--count", "3", "alerts")
    reader.err.wait("through ")
    senders = [Trace(box, "send", ".:alerts", LOCAL),
               Trace(box, "send", ".:alerts", "--file", file),
               Trace(box, "send", ".:alerts", LOCAL)]
    for sender in senders:
        equal(sender.keeps_off_the_disk(LOCAL)["locks"], 0, "lock files of `send`")
    seen = reader.keeps_off_the_disk(LOCAL, large[:60])
    equal((seen["locks"], seen["taken"], seen["written"]),
          (0, {LOCAL, large[:60]}, {LOCAL, large[:60]}), "what `recv` did")
    serve.program.send_signal(signal.SIGTERM)
    seen = serve.keeps_off_the_disk(LOCAL, large[:60], ends=(143,))
    equal((seen["locks"], seen["taken"], seen["written"]),
          (1, {LOCAL, large[:60]}, {LOCAL, large[:60]}), "what `serve` did")
    return f"{seen['calls']} system calls of the service"


def _read_only(box, runtime, *argv):
    """A program that finds no disk it may write to, but for the folder where there is one."""
    return box.popen("unshare", "--mount", "sh", "-c", READ_ONLY, "sh", runtime, *argv)


def _inside(program):
    return ["nsenter", f"--mount=/proc/{program.process.pid}/ns/mnt"]


def _nothing_can_be_written(box, program, *but):
    """Where programs put files, and where the repository is."""
    for place in ["/", "/tmp", "/var/tmp", "/dev/shm", "/run", pathlib.Path.home(), os.getcwd()]:
        said = box.run(*_inside(program), "sh", "-c", 'touch "$0/a-file" 2>&1 && echo done', place,
                       check=False)
        require("Read-only file system" in said, f"{place}: {said}")
    for place in but:
        box.run(*_inside(program), "touch", f"{place}/a-file")


def programs_talk_without_a_disk(lan):
    """All that is mounted is read-only, but for a runtime folder in memory."""
    box, peer = _traced(lan)
    runtime = box.environment["XDG_RUNTIME_DIR"]
    first = _read_only(box, runtime, lan.mailslot, "recv", "--raw", "--count", "2", "alerts")
    for _ in range(2):
        first.err.wait(" is ours on ")
    _nothing_can_be_written(box, first, runtime)
    box.run(*_inside(first), lan.mailslot, "send", ".:alerts", "near,")
    peer.run("mailslot", "send", "LINUXBOX:alerts", "far")
    equal((first.wait(), first.out.text()), (0, "near,far"), "what comes")


def without_a_runtime_folder_a_program_is_alone(lan):
    """It receives all the same, and says why no other program shares its mailslots."""
    box, peer = _traced(lan)
    recv = _read_only(box, "", lan.mailslot, "recv", "--raw", "--count", "1", "alerts")
    said = recv.err.wait("^not shared with other programs of this machine: ").string
    socket = f"{box.environment['XDG_RUNTIME_DIR']}/mailslot/socket"
    require(said.endswith(f"{socket}: Read-only file system (os error 30)"), said)
    for _ in range(2):
        recv.err.wait(" is ours on ")
    _nothing_can_be_written(box, recv)
    sent = box.run(*_inside(recv), lan.mailslot, "send", ".:alerts", "near", check=False)
    require("no service, and no program of this user" in sent, sent)
    peer.run("mailslot", "send", "LINUXBOX:alerts", "far")
    equal((recv.wait(), recv.out.text()), (0, "far"), "what comes")
    equal(recv.err.text().count("not shared"), 1, "times it is said")
