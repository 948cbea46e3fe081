#!/usr/bin/env python3
"""format_seeds.py FIXTURES DESTINATION: seeds for FuzzFormat, cut out of the fixtures.

Blind fuzzing hardly ever hits a signature and what must follow it. Each structure that starts with a signature, each message
of an object header and each object of the global heap is a seed that FuzzFormat tries as every structure.
"""
import pathlib
import sys

SIGNATURES = [
    b"TREE", b"SNOD", b"HEAP", b"GCOL", b"FRHP", b"FHIB", b"BTHD", b"BTIN", b"BTLF", b"FAHD", b"EAHD", b"SMTB", b"SMLI", b"MDCI",
    b"OHDR",
]
EVERY_STRUCTURE = 255
WIDTHS = {2: 0, 4: 1, 8: 2}
LONGEST = 600


def widths(data):
    """The second byte of a seed, which tells the widths of addresses and lengths."""
    start = data.find(b"\x89HDF\r\n\x1a\n")
    old = data[start + 8] < 2
    offsets, lengths = (data[start + 13], data[start + 14]) if old else (data[start + 9], data[start + 10])
    return start, WIDTHS[offsets] + 3 * WIDTHS[lengths]


def messages_2(data, start):
    """The bodies of the messages in the first chunk of a version 2 object header."""
    flags = data[start + 5]
    position = start + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    end = position + width + int.from_bytes(data[position:position + width], "little")
    position += width
    while position + 4 <= end <= len(data):
        kind, size = data[position], int.from_bytes(data[position + 1:position + 3], "little")
        position += 6 if flags & 4 else 4
        yield kind, data[position:position + size]
        position += size


def messages_1(data, start):
    """The same of a version 1 header, where the bytes can be one."""
    count, size = int.from_bytes(data[start + 2:start + 4], "little"), int.from_bytes(data[start + 8:start + 12], "little")
    if data[start:start + 2] != b"\x01\x00" or not 0 < count < 64 or size % 8 or not 8 <= size < 4096:
        return
    position, end, found = start + 16, start + 16 + size, []
    while position + 8 <= end <= len(data):
        kind, length = int.from_bytes(data[position:position + 2], "little"), int.from_bytes(data[position + 2:position + 4], "little")
        if kind > 0x18 or length % 8 or position + 8 + length > end:
            return
        found.append((kind, data[position + 8:position + 8 + length]))
        position += 8 + length
    yield from found


def heap_objects(data, start):
    """The objects of a global heap collection with lengths of 8 bytes."""
    position, end = start + 16, min(len(data), start + int.from_bytes(data[start + 8:start + 16], "little"))
    while position + 16 <= end and data[position:position + 2] != b"\0\0":
        size = int.from_bytes(data[position + 8:position + 16], "little")
        yield data[position + 16:position + 16 + size]
        position += 16 + (size + 7) // 8 * 8


def main(fixtures, destination):
    pieces = {}
    for path in sorted(pathlib.Path(fixtures).glob("*.h5")):
        data = path.read_bytes()
        if len(data) > 200_000:
            continue
        first, width = widths(data)

        def add(kind, body):
            # One of each kind, length and beginning is enough.
            body = body[:LONGEST]
            pieces.setdefault((kind, width, len(body) if len(body) < 80 else 80, body[:2]), body)

        add("superblock", data[first:])
        for signature in SIGNATURES:
            start = data.find(signature)
            while start >= 0:
                add(signature, data[start:])
                if signature == b"MDCI":
                    # A whole image is too long for a seed; one entry will do.
                    add("image", data[start:start + 14] + b"\1\0\0\0" + data[start + 18:])
                if signature == b"OHDR":
                    for kind, body in messages_2(data, start):
                        add(kind, body)
                elif signature == b"GCOL":
                    for body in heap_objects(data, start):
                        add("object", body)
                start = data.find(signature, start + 4)
        for start in range(0, len(data) - 24, 8):
            for kind, body in messages_1(data, start):
                add(kind, body)
    pathlib.Path(destination).mkdir(parents=True, exist_ok=True)
    for number, ((kind, width, _, _), body) in enumerate(pieces.items()):
        counted = isinstance(kind, bytes) and kind in (b"BTIN", b"BTLF", b"SMTB", b"SMLI", b"FHIB")
        for parameter in (1, 2, 4, 6, 7, 8) if counted else (0, 1, 2):
            seed = bytes([EVERY_STRUCTURE, width, parameter]) + body
            (pathlib.Path(destination) / f"{number:04}-{parameter}").write_bytes(seed)


if __name__ == "__main__":
    main(*sys.argv[1:])
