"""Writes LibraryVectors.swift: chunks that libhdf5 stored, with what they hold.

Needs h5py (low-level interface) over a libhdf5 with szip. Run it from this directory:

    python3 make_vectors.py > LibraryVectors.swift
"""

import tempfile

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t, h5z

vectors = []


def vector(name, datatype, shape, data, configure, fill=None):
    """Stores `data`, given in the layout of `datatype`, as one chunk and keeps the bytes of that chunk."""
    with tempfile.NamedTemporaryFile(suffix=".h5") as file:
        handle = h5f.create(file.name.encode(), h5f.ACC_TRUNC)
        properties = h5p.create(h5p.DATASET_CREATE)
        properties.set_chunk(shape)
        configure(properties)
        if fill is not None:
            properties.set_fill_value(fill)
        space = h5s.create_simple(shape)
        dataset = h5d.create(handle, b"d", datatype, space, properties)
        dataset.write(space, space, np.frombuffer(data, np.uint8).copy(), mtype=datatype)
        identifier, _, values, _ = dataset.get_create_plist().get_filter(0)
        mask, stored = dataset.read_direct_chunk((0,) * len(shape))
        assert mask == 0, name
        # A fresh handle, so that the chunk cache does not answer; padding bits come back as zero.
        del dataset
        handle.close()
        handle = h5f.open(file.name.encode(), h5f.ACC_RDONLY)
        plain = np.zeros(len(data), np.uint8)
        h5d.open(handle, b"d").read(space, space, plain, mtype=datatype)
        handle.close()
        vectors.append((name, identifier, values, stored, plain.tobytes()))


def array(name, values, configure, shape=None, fill=None):
    datatype = h5t.py_create(values.dtype)
    vector(name, datatype, shape or values.shape, values.tobytes(), configure, fill)


def integer(size, precision, offset, order):
    base = {1: h5t.STD_I8LE, 2: h5t.STD_I16LE, 4: h5t.STD_I32LE, 8: h5t.STD_I64LE}[size].copy()
    base.set_precision(precision)
    base.set_offset(offset)
    base.set_order(order)
    return base


def szip(mode, block):
    return lambda properties: properties.set_szip(mode, block)


random = np.random.default_rng(20)
NN, EC = h5z.SZIP_NN_OPTION_MASK, h5z.SZIP_EC_OPTION_MASK
ramp = np.arange(60)

array("deflate", np.repeat(ramp[:40], 3).astype("<i2"), lambda p: p.set_deflate(6))
array("shuffle, 4 bytes", (ramp * 1000003).astype("<i4"), lambda p: p.set_shuffle())
array("fletcher32, odd length", ramp[:37].astype("u1"), lambda p: p.set_fletcher32())
array("lzf", np.tile(ramp[:20], 5).astype("<i4"), lambda p: p.set_filter(32000, h5z.FLAG_OPTIONAL, ()))

nbit = lambda p: p.set_filter(5, 0, ())
for size, precision, offset, order in [(2, 5, 3, h5t.ORDER_LE), (4, 17, 6, h5t.ORDER_BE), (8, 61, 1, h5t.ORDER_LE)]:
    name = f"n-bit, {precision} bits from {offset} of {size} bytes, {'big' if order == h5t.ORDER_BE else 'little'}"
    vector(name, integer(size, precision, offset, order), (12,), random.bytes(12 * size), nbit)
string = h5t.C_S1.copy()
string.set_size(3)
inner = h5t.create(h5t.COMPOUND, 7)
inner.insert(b"x", 1, integer(4, 9, 2, h5t.ORDER_BE))
inner.insert(b"y", 6, integer(1, 3, 0, h5t.ORDER_LE))
outer = h5t.create(h5t.COMPOUND, 41)
outer.insert(b"s", 1, string)
outer.insert(b"f", 5, h5t.IEEE_F64LE)
outer.insert(b"a", 13, h5t.array_create(inner, (2, 2)))
vector("n-bit, compound of string, double and array of compounds", outer, (5,), random.bytes(5 * 41), nbit)
# The library loses the members behind an array of compounds: the last of the three here.
lossy = h5t.create(h5t.COMPOUND, 20)
lossy.insert(b"f", 0, h5t.IEEE_F32LE)
lossy.insert(b"a", 4, h5t.array_create(inner, (2,)))
lossy.insert(b"s", 18, integer(2, 9, 0, h5t.ORDER_LE))
vector("n-bit, member lost behind an array of compounds", lossy, (4,), random.bytes(4 * 20), nbit)

integers = lambda p: p.set_scaleoffset(h5z.SO_INT, 0)
array("scale-offset, int32", (100 + ramp[:20]).astype("<i4"), integers)
array("scale-offset, big-endian int64 with its fill value", np.array([-5, 9, 7, -70, 9, 1000], ">i8"), integers,
      fill=np.array(9, "i8"))
array("scale-offset, int16 over the whole range", np.array([-32768, 32767, 0, 1, -1], "<i2"), integers)
array("scale-offset, nothing but the fill value", np.zeros(9, "u1"), integers)
decimal = lambda digits: lambda p: p.set_scaleoffset(h5z.SO_FLOAT_DSCALE, digits)
array("scale-offset, float32 with two digits", (np.sin(ramp) * 30).astype("<f4"), decimal(2))
array("scale-offset, big-endian float64 with three digits", (np.cos(ramp[:30]) * 4000).astype(">f8"), decimal(3))

walk = np.cumsum(random.integers(-9, 10, 500))
sparse = (random.random(500) < 0.01) * 40
bits = (random.random(500) < 0.2) * 1
array("szip, bytes, prediction", walk.astype("u1"), szip(NN, 8))
array("szip, big-endian 16 bits, padded scanlines", (walk[:345] * 5).astype(">i2").reshape(15, 23), szip(NN, 8))
array("szip, 16 bits without prediction, padded scanlines", abs(walk[:345]).astype("<u2").reshape(15, 23), szip(EC, 16))
array("szip, 32 bits", (walk * 900)[:300].astype("<i4"), szip(NN, 16))
array("szip, big-endian doubles", np.round(walk[:128] / 4).astype(">f8"), szip(NN, 32))
array("szip, zero blocks", sparse.astype("<u2"), szip(EC, 2))
array("szip, second extension", bits.astype("u1"), szip(EC, 16))
vector("szip, 20 bits", integer(4, 20, 0, h5t.ORDER_LE), (100,), (abs(walk[:100]) * 11).astype("<i4").tobytes(),
       szip(NN, 10))


def hexadecimal(data):
    digits = data.hex()
    lines = [digits[start : start + 108] for start in range(0, len(digits), 108)]
    return '"""\n' + "".join(f"            {line}\n" for line in lines) + '            """'


print("// Made by make_vectors.py with libhdf5 " + h5py.version.hdf5_version + "; not to be edited.")
print()
print("/// A chunk that libhdf5 stored.")
print("struct LibraryVector: Sendable, CustomStringConvertible {")
print("    let description: String")
print("    let identifier: UInt16")
print("    let clientValues: [UInt32]")
print("    let stored: String")
print("    let plain: String")
print("}")
print()
print("let libraryVectors: [LibraryVector] = [")
for name, identifier, values, stored, plain in vectors:
    print("    LibraryVector(")
    print(f'        description: "{name}", identifier: {identifier},')
    text = ", ".join(str(value) for value in values)
    if len(text) > 90:
        middle = text.rindex(", ", 0, 90)
        text = text[: middle + 1] + "\n            " + text[middle + 2 :]
        print(f"        clientValues: [\n            {text},\n        ],")
    else:
        print(f"        clientValues: [{text}],")
    print(f"        stored: {hexadecimal(stored)},")
    print(f"        plain: {hexadecimal(plain)}")
    print("    ),")
print("]")
