"""What happens to the network and to names while a node runs: it says so, and goes on."""

import re

import frames
from lan import equal, require, until

BOX, PEER = "10.77.0.1", "10.77.0.2"


def _hosts(lan):
    """A host that hears messages to `x`, and one that writes them."""
    box = lan.host("LINUXBOX", f"{BOX}/24")
    peer = lan.host("PEER", f"{PEER}/24")
    return box, peer, box.recv("x")


def _arrives(peer, recv, text, address=BOX):
    """A message to the computer, whose name is asked for anew, and one to the group."""
    said = peer.run("mailslot", "send", "LINUXBOX:x", text)
    require(f" at {address} (" in said, f"where it went: {said}")
    equal(recv.message()["text"], text, "a message to the computer")
    peer.run("mailslot", "send", "WORKGROUP:x", f"{text}, all")
    equal(recv.message()["text"], f"{text}, all", "a message to the group")


def _is_ours(recv, address, interface="eth0"):
    for name in "LINUXBOX", "WORKGROUP":
        recv.err.wait(rf"^{name}<00> is ours on {address}/24 \({interface}\)$")


def an_interface_goes_down_and_up(lan):
    box, peer, recv = _hosts(lan)
    _arrives(peer, recv, "before")
    box.ip("link", "set", "eth0", "down")
    recv.err.wait(rf"^{BOX}/24 \(eth0\) is gone$")
    peer.run("mailslot", "send", "WORKGROUP:x", "lost")
    box.ip("link", "set", "eth0", "up")
    recv.err.wait(rf"^{BOX}/24 \(eth0\) is used$")
    _is_ours(recv, BOX)
    _arrives(peer, recv, "after")
    equal(recv.books()["counters"]["delivered"], 4, "delivered")


def a_cable_is_pulled_and_plugged(lan):
    """The interface stays up; what it does without a carrier is nobody's business."""
    box, peer, recv = _hosts(lan)
    _arrives(peer, recv, "before")
    box.cable(False)
    until(lambda: "NO-CARRIER" in box.ip("link", "show", "eth0"), "no carrier")
    peer.run("mailslot", "send", "WORKGROUP:x", "lost")
    box.cable(True)
    until(lambda: "LOWER_UP" in box.ip("link", "show", "eth0"), "a carrier")
    _arrives(peer, recv, "after")
    equal(recv.books()["counters"]["delivered"], 4, "delivered")


def an_address_changes(lan):
    """As after DHCP: the old one goes, then the new one comes; and the other way round."""
    box, peer, recv = _hosts(lan)
    _arrives(peer, recv, "before")
    box.ip("address", "delete", f"{BOX}/24", "dev", "eth0")
    recv.err.wait(rf"^{BOX}/24 \(eth0\) is gone$")
    box.ip("address", "add", "10.77.0.33/24", "broadcast", "+", "dev", "eth0")
    recv.err.wait(r"^10\.77\.0\.33/24 \(eth0\) is used$")
    _is_ours(recv, "10.77.0.33")
    _arrives(peer, recv, "after", "10.77.0.33")

    # Else the second address of a network goes with the first.
    box.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1")
    box.ip("address", "add", "10.77.0.44/24", "broadcast", "+", "dev", "eth0")
    _is_ours(recv, "10.77.0.44")
    box.ip("address", "delete", "10.77.0.33/24", "dev", "eth0")
    recv.err.wait(r"^10\.77\.0\.33/24 \(eth0\) is gone$")
    _arrives(peer, recv, "at the second", "10.77.0.44")
    equal(recv.books()["counters"]["delivered"], 6, "delivered")


def a_network_comes_late(lan):
    """It was started before there was any."""
    box = lan.host("LINUXBOX")
    peer = lan.host("PEER", f"{PEER}/24")
    recv = box.recv("x", names=0)
    recv.err.wait(r"^LINUXBOX<00> in WORKGROUP<00>, no network interface: mailslot x$")
    box.ip("address", "add", f"{BOX}/24", "broadcast", "+", "dev", "eth0")
    recv.err.wait(rf"^{BOX}/24 \(eth0\) is used$")
    _is_ours(recv, BOX)
    _arrives(peer, recv, "hello")
    equal(recv.books()["counters"]["delivered"], 2, "delivered")


def the_second_of_a_name_is_refused(lan):
    box, peer, recv = _hosts(lan)
    second = lan.host("SECOND", "10.77.0.9/24").mailslot("recv", "--name", "linuxbox", "y")
    equal(second.wait(), 4, "exit code of the second")
    second.err.wait(rf"^error: LINUXBOX<00> is taken by {BOX} on eth0$")
    second.err.wait("^hint: choose another name")
    require("LINUXBOX<00> is ours" not in second.err.text(), "the second had it")
    _arrives(peer, recv, "to the first")
    equal(recv.books()["counters"]["delivered"], 2, "delivered")


def of_two_at_once_one_has_the_name(lan):
    """As after a power cut."""
    hosts = [lan.host(f"HOST{n}", f"10.77.0.{n}/24") for n in (1, 2)]
    both = [host.mailslot("recv", "--name", "SAME", "x") for host in hosts]
    until(lambda: not all(program.running() for program in both), "one gives way")
    loser = next(program for program in both if not program.running())
    winner = both[1 - both.index(loser)]
    equal(loser.wait(), 4, "exit code of the one that gives way")
    require("SAME<00> is ours" not in loser.err.text(), "both had it for a while")
    winner.err.wait("^SAME<00> is ours")
    hosts[both.index(loser)].run("mailslot", "send", "SAME:x", "to the one")
    winner.out.wait('"to the one"$')


def a_parted_network_is_one_again(lan):
    """Two own the name where neither hears the other; once they do, one gives way."""
    hosts = [lan.host(f"HOST{n}", f"10.77.0.{n}/24") for n in (1, 2)]
    hosts[1].part()
    both = [host.mailslot("recv", "--name", "SAME", "x") for host in hosts]
    for program in both:
        program.err.wait("^SAME<00> is ours")
    hosts[1].join()
    taken = re.compile(r"^SAME<00> is taken by 10\.77\.0\.[12] on eth0; claimed again", re.M)
    until(lambda: any(taken.search(program.err.text()) for program in both), "one gives way")
    loser = next(program for program in both if taken.search(program.err.text()))
    require(loser.running(), "what had its name stays, for its other names and later")
    winner = both[1 - both.index(loser)]
    hosts[both.index(loser)].run("mailslot", "send", "SAME:x", "to the one")
    winner.out.wait('"to the one"$')


def a_claim_is_refused(lan):
    """By a host that has the name already and is none of ours."""
    box = lan.host("LINUXBOX", f"{BOX}/24")
    peer = lan.host("PEER", f"{PEER}/24")
    frames.Claimant(peer, ("LINUXBOX", 0))
    recv = box.mailslot("recv", "x")
    equal(recv.wait(), 4, "exit code")
    recv.err.wait(rf"^error: LINUXBOX<00> is taken by {PEER} on eth0$")
    require("LINUXBOX<00> is ours" not in recv.err.text(), "it had the name for a while")


def a_name_that_was_taken_comes_back(lan):
    """A conflict is believed only of an owner, is said, and ends by itself once that one goes."""
    box, peer, recv = _hosts(lan)
    _arrives(peer, recv, "before")
    rude = frames.Claimant(peer, ("LINUXBOX", 0), silent=True)
    # Anybody can say so: it is asked for, and nobody answers.
    rude.demand_conflict(BOX)
    until(lambda: rude.asked >= 3, "questions whether another has the name")
    _arrives(peer, recv, "still ours")
    require("taken" not in recv.err.text(), "a conflict without an owner")

    rude.silent = False

    def believed():
        # It may still be asking for the first one.
        rude.demand_conflict(BOX)
        return "taken" in recv.err.text()
    until(believed, "a conflict with an owner")
    recv.err.wait(rf"^LINUXBOX<00> is taken by {PEER} on eth0; claimed again every minute$")
    status = peer.run("mailslot", "name", "status", BOX)
    require("LINUXBOX<00>" in status and "in conflict" in status, f"node status: {status}")
    rude.silent = True
    rude.seen.clear()
    recv.err.wait(rf"^LINUXBOX<00> is ours on {BOX}/24 \(eth0\)$", 90)
    # Three requests, and the demand that makes it ours.
    until(lambda: len(rude.seen) == 4, "the claim")
    equal({address for _, address in rude.seen}, {BOX}, "who claims")
    _arrives(peer, recv, "ours again")
    equal(recv.books()["counters"]["delivered"], 6, "delivered")
