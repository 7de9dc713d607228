"""What a node may do, and what it keeps of that once it has its ports."""

import signal

from lan import NOBODY, capabilities, equal, require

BOX, PEER = "10.77.0.1/24", "10.77.0.2/24"
MAY_BIND = [*NOBODY, "--inh-caps", "+net_bind_service", "--ambient-caps", "+net_bind_service"]
# What systemd does for a service with sockets: they are open, and it is nobody.
PASSES = """
import os, socket, sys
for port, number in (137, 3), (138, 4):
    passed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Which systemd does too: without, they would share their ports with nobody.
    passed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    passed.bind(("", port))
    os.set_inheritable(os.dup2(passed.fileno(), number + 100), True)
for number in 3, 4:
    os.dup2(number + 100, number)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
"""


def _receives(lan, *how):
    """A `recv` of the machine that gets a message, and has no capability by then."""
    box, peer = lan.host("LINUXBOX", BOX), lan.host("PEER", PEER)
    program = lan.program_for_all()
    recv = box.popen(*how, program, "recv", "--raw", "--count", "1", "alerts")
    for _ in range(2):
        recv.err.wait(" is ours on ")
    equal(capabilities(recv.process.pid), {"0" * 16}, "capabilities of its threads")
    peer.run("mailslot", "send", "LINUXBOX:alerts", "hello")
    equal((recv.wait(), recv.out.text()), (0, "hello"), "what came")
    return recv


def one_capability_is_enough(lan):
    _receives(lan, *MAY_BIND)


def root_keeps_none(lan):
    recv = _receives(lan)
    require("rmem_max" not in recv.err.text(), "root's buffers are as large as they should be")


def sockets_that_are_passed_in_need_none(lan):
    _receives(lan, "python3", "-c", PASSES)


def sockets_that_are_passed_in_are_not_shared_with_nmbd(lan):
    """Both share their ports: without a word one of the two would get what comes."""
    box = lan.host("LINUXBOX", BOX)
    program = lan.program_for_all()
    nmbd = box.nmbd(log_level=4, local_master="no")
    nmbd.wait("Added netbios name LINUXBOX<00> ")
    recv = box.popen("python3", "-c", PASSES, program, "recv", "alerts")
    equal(recv.wait(), 3, "exit code beside nmbd")
    require("another program has UDP port 137 too" in recv.err.text(), recv.err.text())
    nmbd.stop()
    recv = box.popen("python3", "-c", PASSES, program, "recv", "alerts")
    for _ in range(2):
        recv.err.wait(" is ours on ")
    late = box.nmbd()
    equal(late.program.wait(), 1, "exit code of nmbd, which comes later")
    require(recv.running(), "it has its ports")


def nobody_is_told_what_is_missing(lan):
    """Without the right to the ports there is this machine alone."""
    box = lan.host("LINUXBOX", BOX)
    recv = box.popen(*NOBODY, lan.program_for_all(), "recv", "alerts")
    recv.err.wait(r"^this machine alone .*cap_net_bind_service\+ep")
    equal(recv.stop(), 130, "exit code")


def what_is_sent_leaves_from_the_service_s_port(lan):
    """Where it may; beside a program that has the port, or without the right, from another."""
    box, peer = lan.host("LINUXBOX", BOX), lan.host("PEER", PEER)
    recv = peer.recv("alerts")
    program = lan.program_for_all()

    def source(*how):
        box.run(*how, program, "send", "PEER:alerts", "hello")
        return int(recv.message()["address"].split(":")[1])

    equal(source(), 138, "root's port")
    equal(source(*MAY_BIND), 138, "the port of a program with the capability")
    require(source(*NOBODY) > 1023, "nobody's port")
    # One that does not share what it has.
    beside = box.recv("--any")
    require(source() > 1023, "a port beside another's")
    equal(beside.stop(signal.SIGTERM), 143, "exit code of the other")
