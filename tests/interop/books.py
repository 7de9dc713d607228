"""What became of every datagram, to the unit."""

import collections
import json
import multiprocessing
import signal
import time

import frames
from lan import equal, require, until

FLOOD = 50_000
SENDERS = 2


def _flood_frames(peer):
    """FLOOD different datagrams, and what becomes of each that is not lost."""
    def build(to="WORKGROUP", slot="x", data=b"flood"):
        return frames.message("FLOOD", to, slot, data, dgm_id=0, address=peer.address,
                              kind=frames.GROUP)
    kinds = [("delivered", build())] * 14 + [
        ("no_such_slot", build(slot="nobody")), ("not_our_name", build(to="ELSEWHERE")),
        ("not_mailslot", build()[:-30]), ("oversize", build(data=bytes(433))),
        ("malformed", build()[:40]), ("duplicate", None)]
    packets, fates = [], []
    for number in range(FLOOD):
        fate, octets = kinds[number % len(kinds)]
        if fate == "duplicate":
            # Of the first one of its round.
            octets = packets[number - len(kinds) + 1]
        else:
            octets = octets[:2] + number.to_bytes(2, "big") + octets[4:]
        packets.append(octets)
        fates.append(fate)
    return packets, fates


def _send_all(sender, packets, to):
    for packet in packets:
        sender.sendto(packet, to)


def _flood(peer, to, packets):
    """Sends them as fast as can be, in processes side by side."""
    fork = multiprocessing.get_context("fork")
    senders = []
    share = -(-len(packets) // SENDERS)
    for number in range(SENDERS):
        arguments = peer.udp(0), packets[number * share:][:share], to
        senders.append(fork.Process(target=_send_all, args=arguments, daemon=True))
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
        equal(sender.exitcode, 0, "exit code of a sender")


def _udp_statistics(host):
    """The kernel's own counts of a host's UDP."""
    lines = host.run("cat", "/proc/net/snmp").splitlines()
    names, values = [line.split()[1:] for line in lines if line.startswith("Udp:")]
    return dict(zip(names, map(int, values)))


def _books_after(peer, box, recv, sent):
    """The books, once all that was sent to it is through; `sent` is how much so far."""
    # A full buffer may swallow the fence.
    fence = frames.message("FLOOD", box.name, "x", b"the fence", dgm_id=0, address=peer.address)
    sender = peer.udp(138)
    fences = 0

    def through():
        nonlocal fences
        if fences % 10 == 0:
            number = 0xF000 + fences // 10
            sender.sendto(fence[:2] + number.to_bytes(2, "big") + fence[4:], (box.address, 138))
            sent_fences.append(number)
        fences += 1
        return '"text":"the fence"' in recv.out.text()[-2000:]
    sent_fences = []
    until(through, "the fence")
    equal(recv.stop(), 130, "exit code after an interrupt")
    *messages, end = [json.loads(line) for line in recv.out.rest()]
    equal(end["event"], "end", "the last line")
    counters = end["counters"]
    dropped = sum(counters["dropped"].values())
    shown = f"sent {sent + len(sent_fences)}, {end}, {_udp_statistics(box)}"
    equal(counters["received"] + end["kernel_drops"], sent + len(sent_fences),
          f"{shown}\nreceived and dropped by the kernel, of those that were sent")
    equal(counters["received"], counters["delivered"] + dropped, f"{shown}\nreceived")
    equal(len(messages), counters["delivered"], f"{shown}\nmessages printed")
    equal(_udp_statistics(box)["RcvbufErrors"], end["kernel_drops"], f"{shown}\nkernel drops")
    return counters, end["kernel_drops"], len(sent_fences)


def a_flood_is_counted(lan):
    """50,000 broadcasts as fast as two processes send them, of every fate."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("PEER", "10.77.0.2/24")
    recv = box.recv("x")
    packets, fates = _flood_frames(peer)
    begun = time.monotonic()
    _flood(peer, (box.broadcast, 138), packets)
    seconds = time.monotonic() - begun
    counters, lost, fences = _books_after(peer, box, recv, FLOOD)
    want = collections.Counter(fates)
    want["delivered"] += fences
    got = {"delivered": counters["delivered"], **counters["dropped"]}
    equal(got.keys(), want.keys(), "what became of them")
    if not lost:
        equal(got, dict(want), "what became of them")
    return f"{FLOOD / seconds:,.0f}/s, {lost:,} dropped by the kernel"


def a_full_buffer_is_counted(lan):
    """The same to a receiver that stands still: the kernel drops what it has no room for."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("PEER", "10.77.0.2/24")
    recv = box.recv("x")
    packets, _ = _flood_frames(peer)
    recv.send_signal(signal.SIGSTOP)
    _flood(peer, (box.broadcast, 138), packets)
    recv.send_signal(signal.SIGCONT)
    counters, lost, _ = _books_after(peer, box, recv, FLOOD)
    require(lost > 0, "a buffer that holds all")
    return f"{counters['received']:,} received, {lost:,} dropped by the kernel"


def two_interfaces_on_one_segment(lan):
    """What comes through both is delivered once, and no name is in conflict with itself."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    box.interface("10.77.0.3/24", "eth1")
    peer = lan.host("PEER", "10.77.0.2/24")
    at_peer = peer.recv("x")
    recv = box.recv("x", names=4)
    own = [line for line in recv.err.lines if " is ours on " in line]
    equal(sorted(own), [f"{name}<00> is ours on {place}" for name in ("LINUXBOX", "WORKGROUP")
                        for place in ("10.77.0.1/24 (eth0)", "10.77.0.3/24 (eth1)")], "names")
    answers = peer.run("mailslot", "name", "query", "--all", "LINUXBOX").splitlines()
    equal(sorted(line.split()[0] for line in answers), ["10.77.0.1", "10.77.0.3"], "who answers")

    for number in range(3):
        peer.run("mailslot", "send", "WORKGROUP:x", f"to all {number}")
        equal(recv.message()["text"], f"to all {number}", "a broadcast")
        equal(at_peer.message()["text"], f"to all {number}", "the same, where it was sent")
    box.run("mailslot", "send", "WORKGROUP:x", "out of both")
    for program in recv, at_peer:
        equal(program.message()["text"], "out of both", "a broadcast out of both interfaces")
    for name, program in ("LINUXBOX", recv), ("PEER", at_peer):
        peer.run("mailslot", "send", f"{name}:x", "the last")
        equal(program.message()["text"], "the last", "a message to one")

    # What a machine writes to its own name or group does not come to it from the network: of its
    # own broadcast it hears what each interface sends. What comes back from the network, from an
    # address of its own, the kernel takes for forged.
    books = recv.books()["counters"]
    equal((books["delivered"], books["dropped"]), (4, {"own": 2, "duplicate": 3}), "books")
    books = at_peer.books()["counters"]
    equal((books["delivered"], books["dropped"]), (1, {"own": 3, "duplicate": 1}),
          "books of the other")
    require("taken" not in recv.err.text(), "a conflict with itself")
