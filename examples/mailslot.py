#!/usr/bin/env python3
r"""Windows mailslots on Linux, for Python: a client of `mailslot serve`, in one file to copy.

    with Mailslots() as mailslots:
        chat = mailslots.create("chat")                     # this process reads it
        mailslots.open(r"\\.\mailslot\chat").write(b"hi")   # any process writes to it
        print(chat.recv(timeout=5).data)

Other machines' mailslots open the same way: r"\\HOST\mailslot\name", and r"\\*\mailslot\name" for
those of the whole workgroup. A write that succeeds was handed on; nobody tells whether it arrived.

Standard library, Python 3.8 or newer; the protocol is docs/protocol.md. As a program:
`mailslot.py recv NAME` prints what comes, `mailslot.py send TARGET TEXT` writes one message.
"""
from __future__ import annotations

import os
import pwd
import socket
import struct
import sys
import tempfile
from contextlib import AbstractContextManager, suppress
from typing import Iterator, NamedTuple

HELLO, CREATE, OPEN, WRITE, READ, CANCEL, PUT_BACK, INFO = 1, 2, 3, 4, 5, 6, 7, 8
CLOSE, SHARE, TAKE, FAILED, FOREVER = 13, 14, 15, 0xFF, 2**32 - 1
SYSTEM_SOCKET = "/run/mailslot/socket"


class MailslotError(Exception):
    """`win32` is what GetLastError would return on Windows; 64 where the service is lost."""

    def __init__(self, reason: str, win32: int, needed: int = 0) -> None:
        super().__init__(reason)
        self.win32 = win32
        self.needed = needed  # octets of a message that the buffer has no room for (122)


class TimedOut(MailslotError, TimeoutError):
    """Nothing came in time (121)."""


class Message(NamedTuple):
    data: bytes
    received_at: float  # seconds since 1970
    sender: str | None = None  # "WINBOX<00>", as it says itself; None for a writer of this machine
    address: str | None = None  # "192.0.2.7:138"
    to: str | None = None  # the NetBIOS name that it was for


class Info(NamedTuple):
    max_message_size: int  # 0: any
    next_size: int | None  # octets of the next message; None where there is none
    message_count: int
    read_timeout: float | None  # seconds; None: for ever


class Mailslots(AbstractContextManager):
    """A connection to the service, for one thread; another thread has another one."""

    def __init__(self, path: str | None = None) -> None:
        self._socket, self._last, self._received = connect(path), 0, bytearray()
        self.ask(HELLO, b"MSLT" + struct.pack("<H", 1))

    def create(self, path: str, max_size: int = 0, read_timeout: float | None = 0) -> Mailslot:
        """A new mailslot of this machine, to read. `read_timeout` is how long `read` waits."""
        options = struct.pack("<IIIQB", max_size, in_ms(read_timeout), 0, 0, 0)
        return self._handle(CREATE, options + counted(spelled(path)))

    def open(self, path: str) -> Writer:
        """A mailslot to write to. One of this machine has to exist."""
        return self._handle(OPEN, counted(spelled(path)))

    def take(self, token: str) -> Mailslot | Writer:
        """What another process of this user shared."""
        return self._handle(TAKE, counted(token.encode()))

    def close(self) -> None:
        """Ends the connection, and all its handles with it."""
        self._socket.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handle(self, kind: int, body: bytes):
        number, reads = struct.unpack_from("<I?", reply := self.ask(kind, body))
        return (Mailslot if reads else Writer)(self, number, reply[9:].decode())

    def ask(self, kind: int, body: bytes) -> bytes:
        """Sends a request, and waits for the body of its reply."""
        try:
            _, answer, reply = self._reply(self._send(kind, body))
        except OSError as error:
            raise MailslotError(f"the mailslot service is lost: {error}", 64) from error
        except KeyboardInterrupt:
            if kind == READ:  # it is cancelled, or what it got goes back for the next reader
                read = self._last
                cancel = self._send(CANCEL, struct.pack("<I", read))
                number, answer, reply = self._reply(read, cancel)
                if number == read and answer != FAILED:
                    self.ask(PUT_BACK, body[:4] + reply[4:])
            raise
        if answer == FAILED:
            raise failure(reply)
        return reply

    def _send(self, kind: int, body: bytes) -> int:
        self._last = self._last % 0xFFFFFFFF + 1  # never 0, which asks for no reply
        with suppress(BrokenPipeError):  # what comes from there says why, or that it ended
            self._socket.sendall(struct.pack("<IBI", 5 + len(body), kind, self._last) + body)
        return self._last

    def _reply(self, *requests: int) -> tuple[int, int, bytes]:
        while True:
            end = 4 + int.from_bytes(self._received[:4], "little")
            if len(self._received) >= max(end, 9):
                kind, number = struct.unpack_from("<BI", self._received, 4)
                body, self._received = bytes(self._received[9:end]), self._received[end:]
                if number in requests:
                    return number, kind, body
                if number == 0:  # nobody asked: why the service ends the connection
                    raise ConnectionError(failure(body))
            elif octets := self._socket.recv(65536):
                self._received += octets
            else:
                raise ConnectionError("it closed the connection")


class Handle:
    def __init__(self, mailslots: Mailslots, number: int, name: str) -> None:
        self.name, self._mailslots, self._number = name, mailslots, struct.pack("<I", number)

    def info(self) -> Info:
        largest, size, count, timeout = struct.unpack("<IQQI", self._ask(INFO))
        return Info(largest, None if size == 2**64 - 1 else size, count,
                    None if timeout == FOREVER else timeout / 1000)

    def share(self) -> str:
        """A token with which another process of this user takes a duplicate, once."""
        return self._ask(SHARE)[4:].decode()

    def close(self) -> None:
        """A mailslot vanishes with its last reader, and its messages with it."""
        self._ask(CLOSE)

    def _ask(self, kind: int, body: bytes = b"") -> bytes:
        return self._mailslots.ask(kind, self._number + body)


class Writer(Handle):
    def write(self, data: bytes | str) -> None:
        """Writes one message, which may be empty. Text goes as UTF-8; for programs of Windows that
        want it otherwise, write text.encode("utf-16-le") or the like."""
        if isinstance(data, int):  # of which bytes() would make so many zeros
            raise TypeError("a message is bytes, or text, not int")
        self._ask(WRITE, counted(data.encode() if isinstance(data, str) else bytes(data)))


class Mailslot(Handle):
    def recv(self, timeout: float | None = None) -> Message:
        """The next message, of any length. Waits so many seconds; for ever without."""
        return message(self._ask(READ, struct.pack("<IIBI", 2**32 - 1, 1, 1, in_ms(timeout))))

    def read(self, capacity: int) -> bytes:
        """ReadFile: waits as `create` said. What is longer is an error (122), and stays."""
        return message(self._ask(READ, struct.pack("<IIBI", capacity, 1, 0, 0))).data

    def messages(self) -> Iterator[Message]:
        while True:
            yield self.recv()


def connect(path: str | None = None) -> socket.socket:
    """A service that may see what is written: one that was asked for, root's, this user's."""
    asked = path or os.environ.get("MAILSLOT_SOCKET")
    places = [asked] if asked else socket_paths()
    services = {*range(61184, 65520)}  # systemd's DynamicUser=
    with suppress(KeyError):
        services.add(pwd.getpwnam("mailslot").pw_uid)
    for place in places:
        trusted = {0, os.geteuid()} | (services if place == SYSTEM_SOCKET else set())
        connection = socket.socket(socket.AF_UNIX)
        with suppress(OSError):  # nobody may be there
            connection.connect(place)
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if asked or struct.unpack("iII", peer)[1] in trusted:
                return connection
        connection.close()
    raise MailslotError(f"nobody serves at {' or '.join(places)}: start `mailslot serve`", 64)


def socket_paths() -> list[str]:
    """The socket of this user's service, and of the machine's."""
    uid, name = os.geteuid(), "socket"
    loopback = os.environ.get("MAILSLOT_LOOPBACK", "") not in ("", "0", "false", "no", "off")
    if loopback:
        node = os.environ.get("MAILSLOT_NAME") or socket.gethostname().split(".")[0][:15]
        name = "loopback-" + "".join(c if c.isalnum() or c == "-" else "_" for c in node).upper()
    folder = "/run/mailslot-root" if uid == 0 else f"{tempfile.gettempdir()}/mailslot-{uid}"
    run = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
    if os.environ.get("XDG_RUNTIME_DIR") or os.path.isdir(run):
        folder = f"{run}/mailslot"
    return [f"{folder}/{name}"] + ([] if loopback else [SYSTEM_SOCKET])


def spelled(path: str) -> bytes:
    r"""As the service knows it: `.:NAME` of the command line is \\.\mailslot\NAME."""
    return (path[2:] if path.startswith(".:") else path).encode()


def counted(octets: bytes) -> bytes:
    return struct.pack("<I", len(octets)) + octets


def in_ms(seconds: float | None) -> int:
    return FOREVER if seconds is None else min(max(round(seconds * 1000), 0), FOREVER - 1)


def message(body: bytes) -> Message:
    """The only one of the list in a reply."""
    _, _, microseconds, has = struct.unpack_from("<IQQB", body)
    body, sender, address, to = body[21:], None, None, None
    if has & 1:
        sender, address = name(body), socket.inet_ntoa(body[16:20])
        address, body = f"{address}:{int.from_bytes(body[20:22], 'little')}", body[22:]
    if has & 2:
        to, body = name(body), body[16:]
    return Message(body[4:], microseconds / 1e6, sender, address, to)


def name(octets: bytes) -> str:
    return f"{octets[:15].decode('cp850').rstrip()}<{octets[15]:02x}>"


def failure(body: bytes) -> MailslotError:
    code, win32, needed = struct.unpack_from("<HIQ", body)
    kind = TimedOut if code == 11 else MailslotError
    return kind(body[26:].decode(), win32, needed if code == 10 else 0)


def main(verb: str = "", path: str = "", text: str = "") -> None:
    with Mailslots() as mailslots:
        if verb == "send":
            mailslots.open(path).write(text.encode())
        for received in mailslots.create(path).messages() if verb == "recv" else ():
            text = received.data.decode(errors="backslashreplace")
            print(received.sender or "-", text if text.isprintable() else ascii(text), flush=True)


if __name__ == "__main__":
    if (len(sys.argv), sys.argv[1:2]) not in ((3, ["recv"]), (4, ["send"])):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except MailslotError as error:
        sys.exit(f"error: {error} ({error.win32})")
