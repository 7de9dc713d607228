"""`mailslot doctor`: faults are planted; its first line names each, and what it prints mends it."""

import re
import shutil
import signal
import sys

from lan import NOBODY, equal, require, until

BOX, PEER = "10.77.0.1/24", "10.77.0.2/24"
HOLD = """
import socket, time
held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.bind(("", 138))
print("held", flush=True)
time.sleep(600)
"""


class Report:
    """What a doctor said."""

    def __init__(self, program):
        self.code = program.wait()
        self.text = program.out.text()
        equal(program.err.text(), "", f"standard error of\n{program}\n")
        self.lines = self.text.splitlines()

    def fault(self, pattern, code):
        """Its first fault, which is to be this one; the commands below it."""
        require(re.search(f"^fault: {pattern}", self.lines[0]), f"not {pattern!r}:\n{self.text}")
        equal(self.code, code, f"exit code\n{self.text}")
        return self.below(0)

    def finding(self, pattern):
        """The commands below the finding with that line."""
        found = [at for at, line in enumerate(self.lines) if re.search(pattern, line)]
        require(found, f"no {pattern!r}:\n{self.text}")
        return self.below(found[0])

    def below(self, at):
        commands = []
        for line in self.lines[at + 1:]:
            if not line.startswith("  "):
                break
            if line.startswith("    "):
                commands.append(line.strip())
        return commands

    def healthy(self):
        """No fault."""
        require(self.lines[0].startswith("no fault found for ") and "fault: " not in self.text,
                f"a fault:\n{self.text}")
        equal(self.code, 0, f"exit code\n{self.text}")
        # What no Linux machine can see is said always.
        require("Set-SmbClientConfiguration -EnableMailslots $true" in self.text, self.text)
        require("waitfor /s BOX /si HELLO" in self.text, self.text)
        return self


def _doctor(host, *argv, as_user=()):
    """A doctor's report."""
    return Report(host.popen(*as_user, host.lan.mailslot, "doctor", "--timeout", 1, *argv))


def _shell(host, command):
    """The same command as an argument of popen(), as a shell takes it."""
    path = f"PATH={host.lan.mailslot.parent}:{host.lan.environment['PATH']}"
    return ["env", path, "sh", "-c", command]


def _mend(host, commands):
    """Runs what was printed, as it was printed."""
    require(commands, "no command that mends it")
    for command in commands:
        host.run(*_shell(host, command))


def _healthy_after(host, commands, *argv):
    _mend(host, commands)
    return _doctor(host, *argv).healthy()


def nothing_is_wrong(network):
    """A machine without a fault, beside one of its workgroup."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("alerts")
    report = _doctor(box, "PEER", "--slot", "alerts").healthy()
    report.finding("^fine: PEER in WORKGROUP answers at 10.77.0.2$")
    report.finding("^fine: what is broadcast to 10.77.0.255 comes in at UDP ports 137 and 138:")
    report.finding("^  no rule of a packet filter drops it$")


def nmbd_that_hands_on_is_no_fault(network):
    """Samba's nmbd has both ports, and `recv` goes beside it."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("alerts")
    nmbd = box.nmbd()
    path = nmbd.folder / "nmbd" / "unexpected"
    until(path.exists, "nmbd hands on")
    nmbd.folder.chmod(0o755)
    program = network.program_for_all()
    for user in [], NOBODY:
        def doctor(*argv):
            return Report(box.popen(*user, "env", f"MAILSLOT_NMBD_SOCKET={path}", program, "doctor",
                                    "--timeout", 1, *argv))
        report = doctor("PEER", "--slot", "alerts")
        equal(report.code, 0, report.text)
        report.finding("^fine: nmbd has UDP ports 137 and 138, as BOX in WORKGROUP: `recv` goes "
                       "beside it$")
        report.finding("^  of messages to BOX alone it keeps those for BROWSE, LANMAN and those of "
                       "logons, those of no octets and those of more than some 400$")
    commands = doctor("--slot", "BROWSE").fault(
        "nmbd has UDP ports 137 and 138, as BOX in WORKGROUP, and keeps what comes for BROWSE$", 3)
    equal(commands, ["sudo mailslot recv BROWSE"], "commands")


def nmbd_holds_the_ports(network):
    """Samba's nmbd has both, and its socket is not where it is looked for."""
    box = network.host("BOX", BOX)
    nmbd = box.nmbd()
    pid = nmbd.program.process.pid
    until(lambda: ":138 " in box.run("ss", "-lun"), "nmbd has its ports")
    commands = _doctor(box).fault(
        rf"UDP ports 137 and 138 are held by nmbd \(pid {pid}\)$", 3)
    # It is no service of systemd here.
    equal(commands, [f"kill {pid}"], "commands")
    _mend(box, commands)
    nmbd.program.wait()
    _doctor(box).healthy()


def another_program_holds_a_port(network):
    """Any program has one of them."""
    box = network.host("BOX", BOX)
    holder = box.popen(sys.executable, "-c", HOLD)
    holder.out.wait("held")
    pid = holder.process.pid
    report = _doctor(box)
    commands = report.fault(rf"UDP port 138 is held by python\S* \(pid {pid}\)$", 3)
    equal(commands, [f"kill {pid}"], "commands")
    _mend(box, commands)
    holder.wait()
    _doctor(box).healthy()


def a_mailslot_that_listens_is_no_fault(network):
    """Another `recv` has the ports: it is named, and looked at from other ports."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    recv = box.recv("--name", "OTHERBOX", "--workgroup", "OFFICE", "alerts")
    peer.recv("--workgroup", "OFFICE", "alerts")
    report = _doctor(box, "PEER")
    equal(report.code, 0, report.text)
    equal(report.lines[0], "no fault found for OTHERBOX in OFFICE", "first line")
    report.finding(rf"^fine: `mailslot recv .*alerts` \(pid {recv.process.pid}\) has "
                   "UDP ports 137 and 138, as OTHERBOX in OFFICE$")
    report.finding("^fine: PEER in OFFICE answers at 10.77.0.2$")


def the_kernel_throws_datagrams_away(network):
    """A `recv` that is stopped, and a flood."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    recv = box.recv("alerts")
    recv.send_signal(signal.SIGSTOP)
    flood = peer.udp(0)
    for _ in range(40_000):
        flood.sendto(bytes(400), (box.address, 138))
    report = _doctor(box)
    found = re.search(r"^beware: the kernel threw away (\d+) datagrams on their way to "
                      "UDP port 138$", report.text, re.MULTILINE)
    require(found and int(found[1]) > 1000, report.text)
    equal(report.code, 0, report.text)
    recv.send_signal(signal.SIGCONT)


def _drops(box, report, pattern, code=1):
    commands = report.fault(pattern, code)
    _healthy_after(box, commands)
    return commands


def nftables_drop_a_port(network):
    """A rule for one of the two ports."""
    box = network.host("BOX", BOX)
    box.run("nft", "add table inet guard; add chain inet guard incoming "
            "{ type filter hook input priority 0; }; "
            "add rule inet guard incoming iifname eth0 udp dport 138 counter drop")
    report = _doctor(box)
    report.finding('^  by nftables, table inet guard: iifname "eth0" udp dport 138 counter .*drop$')
    report.finding("^  a broadcast that was sent from here did not come back either$")
    commands = _drops(box, report,
                      "a packet filter drops what comes to UDP port 138 on eth0$")
    equal(commands, ["nft insert rule inet guard incoming udp dport 138 accept"], "commands")


def nftables_drop_by_policy(network):
    """A workstation's rules: what nothing accepts is dropped, and answers to `send` with it."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("alerts")
    box.run("nft", """
        table inet filter {
            set lan { type ipv4_addr; flags interval; elements = { 10.78.0.0/16 }; }
            chain input {
                type filter hook input priority 0; policy drop;
                ct state vmap { established : accept, related : accept, invalid : drop }
                iif lo accept
                ip saddr @lan udp dport { 137, 138 } accept
                tcp dport { 22, 80 } accept
                meta l4proto { icmp, ipv6-icmp } accept
            }
        }""")
    report = _doctor(box)
    _drops(box, report, "a packet filter drops what comes to UDP ports 137 and 138 on eth0$")
    equal(report.below(0),
          ["nft insert rule inet filter input udp dport 137-138 accept"], "commands")

    # `send` asks from another port, and nothing accepts the answer.
    send = box.popen(network.mailslot, "send", "PEER:alerts", "hello")
    equal(send.wait(), 6, str(send))
    commands = _doctor(box).finding("^beware: a packet filter drops answers to `mailslot send`")
    equal(commands, ["nft insert rule inet filter input ip saddr 10.77.0.0/24 udp sport 137 "
                     "accept"], "commands")
    _mend(box, commands)
    box.run("mailslot", "send", "PEER:alerts", "hello")
    require("beware" not in _doctor(box).healthy().text, "it is mended")


def iptables_drop(network):
    """A rule of iptables in nftables, with matches that only iptables lists in full."""
    box = network.host("BOX", BOX)
    box.run("iptables", "-N", "NAMES")
    box.run("iptables", "-A", "INPUT", "-p", "udp", "-m", "multiport", "--dports", "53,137:138",
            "-m", "comment", "--comment", "no names", "-j", "NAMES")
    box.run("iptables", "-A", "NAMES", "-m", "addrtype", "--dst-type", "BROADCAST", "-j", "DROP")
    report = _doctor(box)
    report.finding("^  by iptables: -A NAMES -m addrtype --dst-type BROADCAST -j DROP$")
    commands = _drops(box, report,
                      "a packet filter drops what comes to UDP ports 137 and 138 on eth0$")
    equal(commands, ["iptables -I INPUT -p udp --dport 137:138 -j ACCEPT"], "commands")


def old_iptables_drop(network):
    """A policy of the older iptables, beside an empty nftables."""
    box = network.host("BOX", BOX)
    box.run("iptables-legacy", "-A", "INPUT", "-i", "lo", "-j", "ACCEPT")
    box.run("iptables-legacy", "-P", "INPUT", "DROP")
    report = _doctor(box)
    report.finding("^  by iptables-legacy: policy of chain INPUT$")
    commands = _drops(box, report,
                      "a packet filter drops what comes to UDP ports 137 and 138 on eth0$")
    equal(commands, ["iptables-legacy -I INPUT -p udp --dport 137:138 -j ACCEPT"], "commands")


def ufw_drops_by_default(network):
    """Ubuntu's filter as it comes, switched on; its files are copies."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("alerts")
    files = shutil.copytree("/etc/ufw", network.folder / "ufw", symlinks=True)

    def ufw(*argv):
        mounted = 'mount --bind "$0" /etc/ufw && exec "$@"'
        box.run("unshare", "--mount", "sh", "-c", mounted, files, *argv)

    ufw("ufw", "--force", "reset")
    ufw("ufw", "--force", "enable")
    report = _doctor(box)
    report.finding("^  by ufw: ")
    commands = report.fault("a packet filter drops what comes to UDP ports 137 and 138 on eth0$",
                            1)
    equal(commands, ["ufw allow 137:138/udp"], "commands")
    answers = report.finding("^beware: a packet filter drops answers to `mailslot send`")
    for command in [*commands, *answers]:
        ufw(*command.split())
    require("beware: a packet filter" not in _doctor(box).healthy().text, "it is mended")
    box.run("mailslot", "send", "PEER:alerts", "hello")


def a_filter_drops_what_is_sent(network):
    """A rule for what leaves."""
    box = network.host("BOX", BOX)
    box.run("nft", "add table ip out; add chain ip out leaving "
            "{ type filter hook output priority 0; policy drop; }; "
            "add rule ip out leaving oif lo accept")
    report = _doctor(box)
    _drops(box, report, "a packet filter drops what is sent to UDP ports 137 and 138 by eth0$")


def rules_that_may_not_be_read(network):
    """Without the right to read rules, what does not come back is evidence enough."""
    box = network.host("BOX", BOX)
    program = network.program_for_all()
    box.run("setcap", "cap_net_bind_service=+ep", program)
    box.run("nft", "add table inet guard; add chain inet guard incoming "
            "{ type filter hook input priority 0; }; "
            "add rule inet guard incoming udp dport 137 drop")
    report = Report(box.popen(*NOBODY, program, "doctor", "--timeout", 1))
    commands = report.fault("what comes to UDP port 137 on eth0 is dropped before it is received$",
                            1)
    equal(commands, [f"sudo {program} doctor"], "commands")
    said = box.run(*_shell(box, f"{commands[0]}; true"))
    require("fault: a packet filter drops what comes to UDP port 137 on eth0" in said, said)


def another_machine_has_our_name(network):
    """A second owner: its address, its hardware address, its other names."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("--name", "BOX", "--workgroup", "OFFICE", "alerts")
    mac = re.search(r"link/ether (\S+)", peer.ip("link", "show", "eth0"))[1]
    report = _doctor(box)
    commands = report.fault(
        f"another machine has the name BOX<00>: 10.77.0.2, MAC {mac}$", 4)
    report.finding("^  it says that it is BOX in OFFICE$")
    equal(commands, ["mailslot recv --name BOX-2 alerts"], "commands")
    renamed = box.popen(*_shell(box, f"exec {commands[0]}"))
    renamed.err.wait("BOX-2<00> is ours")
    report = _doctor(box)
    equal((report.code, report.lines[0]), (0, "no fault found for BOX-2 in WORKGROUP"),
          report.text)


def an_address_without_broadcast(network):
    """`ip address add` without `broadcast +`."""
    box = network.host("BOX")
    box.ip("address", "add", BOX, "dev", "eth0")
    commands = _doctor(box).fault(
        "eth0 has the address 10.77.0.1/24 without a broadcast address$", 1)
    _healthy_after(box, commands)


def an_interface_that_is_off(network):
    """The only one."""
    box = network.host("BOX", BOX)
    box.ip("link", "set", "eth0", "down")
    commands = _doctor(box).fault(
        "eth0 is switched off, and there is no other interface$", 1)
    equal(commands, ["ip link set eth0 up"], "commands")
    _healthy_after(box, commands)


def no_interface_of_use(network):
    """None but loopback; one without an address; one that nobody has."""
    box = network.host("BOX")
    _doctor(box).fault("eth0 is on, but has no IPv4 address$", 1)
    box.ip("link", "delete", "eth0")
    _doctor(box).fault("this machine has no network interface but loopback$", 1)
    box.interface(BOX, "eth1")
    _doctor(box).healthy()
    _doctor(box, "--interface", "eth7").fault("there is no interface eth7$", 1)
    _doctor(box, "--bind", "10.77.0.9").fault("no interface has the address 10.77.0.9$", 1)


def no_permission(network):
    """A user without the capability."""
    box = network.host("BOX", BOX)
    program = network.program_for_all()
    report = Report(box.popen(*NOBODY, program, "doctor", "--timeout", 1))
    commands = report.fault("this user may not have UDP ports 137 and 138$", 3)
    equal(commands, [f"sudo setcap cap_net_bind_service=+ep {program}"], "commands")
    _mend(box, commands)
    Report(box.popen(*NOBODY, program, "doctor", "--timeout", 1)).healthy()
    # The other way, for every program.
    box.run("setcap", "-r", program)
    lower = re.search(r"sudo (sysctl -w \S+)", report.text)[0]
    _mend(box, [lower])
    Report(box.popen(*NOBODY, program, "doctor", "--timeout", 1)).healthy()


def a_holder_of_another_user(network):
    """Who may not look into a process is told whose it is, and how root would look."""
    box = network.host("BOX", BOX)
    holder = box.popen(sys.executable, "-c", HOLD)
    holder.out.wait("held")
    report = Report(box.popen(*NOBODY, network.program_for_all(), "doctor", "--timeout", 1))
    commands = report.fault("UDP port 138 is held by a process of root$", 3)
    said = box.run(*_shell(box, commands[0]))
    require(f"pid={holder.process.pid}," in said, said)


def another_workgroup(network):
    """What the peer writes to all of its workgroup is not for this machine."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("--workgroup", "OFFICE", "alerts")
    commands = _doctor(box, "PEER:alerts").fault(
        "PEER is in the workgroup OFFICE, this machine in WORKGROUP$", 1)
    equal(commands, ["mailslot recv --workgroup OFFICE alerts"], "commands")
    _doctor(box, "10.77.0.2").fault("PEER is in the workgroup OFFICE", 1)
    joined = box.popen(*_shell(box, f"exec {commands[0]}"))
    joined.err.wait("OFFICE<00> is ours")
    report = _doctor(box, "PEER")
    equal((report.code, report.lines[0]), (0, "no fault found for BOX in OFFICE"), report.text)


def another_workgroup_is_overheard(network):
    """The same without a peer named: what it writes is heard, and is for others."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    doctor = box.popen(network.mailslot, "doctor", "--timeout", 8, "--slot", "alerts")
    until(lambda: "10.77.0.1" in peer.run("mailslot", "name", "query", "BOX", check=False),
          "the doctor listens")
    peer.run("mailslot", "send", "--workgroup", "OFFICE", "--all", "alerts", "hello")
    peer.run("mailslot", "send", "BOX:alert", "near miss")
    report = Report(doctor).healthy()
    commands = report.finding(
        "^beware: PEER wrote to the workgroup OFFICE, this machine is in WORKGROUP$")
    equal(commands, ["mailslot recv --workgroup OFFICE alerts"], "commands")
    commands = report.finding("^beware: messages came within 8 s for mailslots that nobody here")
    equal(commands, ["mailslot recv alert"], "commands")


def a_message_comes_meanwhile(network):
    """What was missed arrives while the doctor listens."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    doctor = box.popen(network.mailslot, "doctor", "--timeout", 8, "--slot", "alerts")
    until(lambda: "10.77.0.1" in peer.run("mailslot", "name", "query", "BOX", check=False),
          "the doctor listens")
    peer.run("mailslot", "send", "BOX:alerts", "hello")
    Report(doctor).healthy().finding("^fine: 1 message came to alerts within 8 s, the first from "
                                     "PEER$")


def a_peer_that_does_not_answer(network):
    """A name that nobody has, an address, one beyond a router."""
    box = network.host("BOX", BOX)
    _doctor(box, "NOBODY").fault("nobody answers to the name NOBODY$", 6)
    _doctor(box, "10.77.0.99").fault("10.77.0.99 does not answer for its node status$", 6)
    report = _doctor(box, "10.99.0.1").healthy()
    report.finding("^beware: 10.99.0.1 is beyond a router$")


def the_first_cause_comes_first(network):
    """Several faults at once: the one that explains the others is the first line."""
    box, peer = network.host("BOX", BOX), network.host("PEER", PEER)
    peer.recv("--workgroup", "OFFICE", "alerts")
    holder = box.popen(sys.executable, "-c", HOLD)
    holder.out.wait("held")
    box.run("nft", "add table inet guard; add chain inet guard incoming "
            "{ type filter hook input priority 0; }; "
            "add rule inet guard incoming udp dport 138 drop")
    report = _doctor(box, "PEER")
    commands = report.fault("UDP port 138 is held by python", 3)
    report.finding("^another fault: a packet filter drops what comes to UDP port 138")
    report.finding("^another fault: PEER is in the workgroup OFFICE")
    report.finding("^  told from the rules alone: the ports could not be had for a trial$")
    _mend(box, commands)
    holder.wait()
    commands = _doctor(box, "PEER").fault("a packet filter drops what comes to UDP port 138", 1)
    _mend(box, commands)
    _doctor(box, "PEER").fault("PEER is in the workgroup OFFICE", 1)
