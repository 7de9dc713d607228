#!/usr/bin/env python3
"""Makes the testdata that is of our own making; `--check` verifies that the tree has it so."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import browse  # noqa: E402
import carriers  # noqa: E402
import cases  # noqa: E402
import netlogon  # noqa: E402
import office  # noqa: E402


def files():
    """Every file: path below this folder, octets."""
    capture, words = office.build()
    yield "office.pcap", capture
    yield "office.txt", office.twin(words).encode()
    yield from browse.files()
    yield from carriers.files()
    yield from cases.files()
    yield from netlogon.files()


def main():
    check = "--check" in sys.argv[1:]
    wrong = 0
    for path, octets in files():
        path = HERE / path
        if check:
            if not path.exists() or path.read_bytes() != octets:
                print(f"{path.relative_to(HERE)} is not what make.py makes")
                wrong += 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
    sys.exit(1 if wrong else 0)


main()
