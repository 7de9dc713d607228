#!/usr/bin/python3
"""A program that uses the service, without the crate: docs/protocol.md in another language.

usage: ipc.py SOCKET OPERATION [ARGUMENT...]

Prints one line of JSON for each answer: {"ok": ...}, or {"failed": code, "win32": number, "text":
reason}. What it has open is closed when it ends.
"""

import contextlib
import json
import socket
import struct
import sys

HELLO, CREATE, OPEN, WRITE, READ, SLOTS, STATS = 1, 2, 3, 4, 5, 16, 17
FAILED = 0xff
FOREVER = 0xffff_ffff


class Refused(Exception):
    """The service says no."""

    def __init__(self, code, win32, text):
        super().__init__(text)
        self.answer = {"failed": code, "win32": win32, "text": text}


def text(value):
    octets = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<I", len(octets)) + octets


class Connection:
    """One connection, a request at a time."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.last = 0
        # Whom it does not take, it tells why without reading.
        with contextlib.suppress(BrokenPipeError):
            self.send(HELLO, b"MSLT" + struct.pack("<H", 1))
        self.answer()

    def send(self, kind, body):
        self.last += 1
        self.socket.sendall(struct.pack("<IBI", 5 + len(body), kind, self.last) + body)
        return self.last

    def answer(self):
        length, kind, number = struct.unpack("<IBI", self._take(9))
        body = self._take(length - 5)
        if kind == FAILED:
            code, win32, _a, _b, octets = struct.unpack_from("<HIQQI", body)
            raise Refused(code, win32, body[26:26 + octets].decode())
        return number, body

    def ask(self, kind, body=b""):
        self.send(kind, body)
        return self.answer()[1]

    def _take(self, octets):
        taken = b""
        while len(taken) < octets:
            part = self.socket.recv(octets - len(taken))
            if not part:
                raise ConnectionError("the service closed the connection")
            taken += part
        return taken

    def create(self, name):
        fields = struct.pack("<IIIQB", 0, 0, 0, 0, 0)
        return struct.unpack_from("<I", self.ask(CREATE, fields + text(name)))[0]

    def open(self, path):
        return struct.unpack_from("<I", self.ask(OPEN, text(path)))[0]

    def write(self, handle, data):
        self.ask(WRITE, struct.pack("<I", handle) + text(data))

    def read(self, handle, timeout=FOREVER):
        """Sends the request alone."""
        return self.send(READ, struct.pack("<IIIBI", handle, 65536, 1, 1, timeout))

    def message(self):
        """Data of the one message that answers a read."""
        _, body = self.answer()
        flags = body[20]
        at = 21 + (22 if flags & 1 else 0) + (16 if flags & 2 else 0)
        octets = struct.unpack_from("<I", body, at)[0]
        return body[at + 4:at + 4 + octets].decode(errors="replace")

    def count(self, kind, body=b""):
        """Entries of a list, of slots or counters."""
        return struct.unpack_from("<I", self.ask(kind, body))[0]


def say(answer):
    print(json.dumps(answer), flush=True)


def attempt(act):
    try:
        say({"ok": act()})
    except Refused as refused:
        say(refused.answer)


def operations(path):
    """By their names on the command line."""
    def connect():
        return Connection(path)

    def create(*names):
        connection = connect()
        for name in names:
            attempt(lambda name=name: connection.create(name))

    def serve(name):
        """Reads a slot for ever."""
        connection = connect()
        handle = connection.create(name)
        say({"ok": "created"})
        while True:
            connection.read(handle)
            say({"ok": connection.message()})

    def write(target, *messages):
        connection = connect()
        handle = connection.open(target)
        for message in messages:
            attempt(lambda message=message: connection.write(handle, message))

    def fill(name, messages, octets):
        """Creates a slot and writes to it."""
        connection = connect()
        connection.create(name)
        handle = connection.open(name)
        for _ in range(int(messages)):
            attempt(lambda: connection.write(handle, b"x" * int(octets)))

    def reads(name, count):
        """Reads that wait, all at a time; those that may not are answered at once."""
        connection = connect()
        handle = connection.create(name)
        for _ in range(int(count)):
            connection.read(handle)
        # An answer that follows theirs, which wait.
        connection.send(STATS, b"")
        answered = None
        while answered != connection.last:
            try:
                answered = connection.answer()[0]
            except Refused as refused:
                say(refused.answer)
        say({"ok": "the others wait"})

    def connections(count):
        kept = []
        for _ in range(int(count)):
            attempt(lambda: kept.append(connect()))

    def slots():
        attempt(lambda: connect().count(SLOTS, struct.pack("<Q", 0)))

    def stats():
        attempt(lambda: connect().count(STATS))

    return {function.__name__: function for function in
            (create, serve, write, fill, reads, connections, slots, stats)}


if __name__ == "__main__":
    _, socket_path, operation, *arguments = sys.argv
    try:
        operations(socket_path)[operation](*arguments)
    except Refused as refused:
        say(refused.answer)
    except OSError as error:
        say({"failed": "connection", "win32": None, "text": str(error)})
