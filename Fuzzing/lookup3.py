"""The checksum of HDF5 metadata: Bob Jenkins' lookup3 over bytes, with an initial value of zero."""

import struct

MASK = 0xFFFFFFFF


def _rotated(value, bits):
    return (value << bits | value >> 32 - bits) & MASK


def lookup3(data):
    """The checksum of bytes as the format stores it."""
    length = len(data)
    a = b = c = (0xDEADBEEF + length) & MASK
    if length == 0:
        return c
    # The last block, of one to twelve bytes, is filled with zeros and mixed differently.
    words = struct.unpack(f"<{(length + 11) // 12 * 3}I", bytes(data) + b"\0" * (-length % 12))
    for at in range(0, len(words) - 3, 3):
        a, b, c = a + words[at] & MASK, b + words[at + 1] & MASK, c + words[at + 2] & MASK
        a = (a - c & MASK) ^ _rotated(c, 4)
        c = c + b & MASK
        b = (b - a & MASK) ^ _rotated(a, 6)
        a = a + c & MASK
        c = (c - b & MASK) ^ _rotated(b, 8)
        b = b + a & MASK
        a = (a - c & MASK) ^ _rotated(c, 16)
        c = c + b & MASK
        b = (b - a & MASK) ^ _rotated(a, 19)
        a = a + c & MASK
        c = (c - b & MASK) ^ _rotated(b, 4)
        b = b + a & MASK
    a, b, c = a + words[-3] & MASK, b + words[-2] & MASK, c + words[-1] & MASK
    c = (c ^ b) - _rotated(b, 14) & MASK
    a = (a ^ c) - _rotated(c, 11) & MASK
    b = (b ^ a) - _rotated(a, 25) & MASK
    c = (c ^ b) - _rotated(b, 16) & MASK
    a = (a ^ c) - _rotated(c, 4) & MASK
    b = (b ^ a) - _rotated(a, 14) & MASK
    return (c ^ b) - _rotated(b, 24) & MASK
