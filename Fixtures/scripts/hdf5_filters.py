"""Fixtures of the filter pipeline."""

import struct
import zlib

import numpy as np
from h5py import h5t

from fixture_files import chunked, dataset, ramp, raw_dataset
from hdf5_datatypes import shaped
from libhdf5 import lib

SHAPE, CHUNK = (13, 11), (5, 4)
KINDS = ("i1", "u1", "<i2", ">u2", "<i4", ">i4", "<u8", ">i8", "<f4", ">f4", "<f8", ">f8")


def make(maker):
    common(maker)
    scale_offset(maker)
    n_bit(maker)
    szip(maker)
    numeric_in_old_headers(maker)
    masks(maker)


def waves(kind):
    """Smooth values with some noise, in the range of the type."""
    kind = np.dtype(kind)
    generator = np.random.Generator(np.random.PCG64(2019))
    rows, columns = np.indices(SHAPE)
    smooth = 40 + 30 * np.sin(rows / 3) + 20 * np.cos(columns / 2) + generator.integers(0, 3, SHAPE)
    if kind.kind == "f":
        return (smooth / 7).astype(kind)
    return smooth.round().astype(kind)


def common(maker):
    pipelines = (
        ("deflate", {"compression": "gzip", "compression_opts": 9}),
        ("deflate level 0", {"compression": "gzip", "compression_opts": 0}),
        ("shuffle", {"shuffle": True}),
        ("shuffle deflate", {"shuffle": True, "compression": "gzip"}),
        ("fletcher32", {"fletcher32": True}),
        ("deflate fletcher32", {"compression": "gzip", "fletcher32": True}),
        ("shuffle deflate fletcher32", {"shuffle": True, "compression": "gzip", "fletcher32": True}),
        ("lzf", {"compression": "lzf"}),
        ("shuffle lzf fletcher32", {"shuffle": True, "compression": "lzf", "fletcher32": True}),
    )
    record = np.dtype([("a", "u1"), ("b", "<f4"), ("c", ">i2")])
    records = np.zeros((5, 4), record)
    records["a"], records["b"], records["c"] = (
        ramp(5, 4, dtype="u1"),
        ramp(5, 4, dtype="<f4") / 4,
        ramp(5, 4, dtype=">i2", start=-9),
    )
    generator = np.random.Generator(np.random.PCG64(1903))
    for file in maker.twins("filters-common"):
        old_headers = file.id.get_create_plist().get_version()[0] == 0  # each index of chunks takes 2 KiB there
        for name, options in pipelines:
            dataset(file, f"{name} of ints", waves("<i4"), chunks=CHUNK, **options)
            dataset(file, f"{name} of records", records, chunks=(3, 3), **options)
            if not old_headers:
                dataset(file, f"{name} of odd bytes", waves("u1")[:, :9], chunks=(3, 3), **options)
                dataset(file, f"{name} of doubles", waves(">f8"), chunks=CHUNK, **options)
                dataset(file, f"{name} of noise", generator.integers(0, 256, (9, 8), "u1"), chunks=(4, 4), **options)
        dataset(
            file,
            "deflate of text",
            np.array([b"alpha", b"beta", b"", b"alpha"] * 5),
            chunks=(6,),
            compression="gzip",
            shuffle=True,
        )
        dataset(
            file,
            "lzf of runs",
            np.repeat(ramp(20, dtype="<i2"), 100).reshape(40, 50),
            chunks=(16, 50),
            compression="lzf",
        )
        dataset(
            file,
            "deflate of runs",
            np.repeat(ramp(20, dtype="<i2"), 100).reshape(40, 50),
            chunks=(16, 50),
            compression="gzip",
        )
        twice = chunked((5, 4), gzip=1)
        twice.set_deflate(9)
        raw_dataset(file, "deflate twice", h5t.STD_I32LE, SHAPE, waves("<i4").tobytes(), twice)


def scale_offset(maker):
    with maker.file("filters-scale-offset-latest", "latest") as file:
        for kind in KINDS:
            title = f"{kind.replace('<', 'little ').replace('>', 'big ')}"
            if "f" in kind:
                for digits in (1, 3):
                    dataset(file, f"{title} {digits} digits", waves(kind), chunks=CHUNK, scaleoffset=digits)
                dataset(file, f"{title} fill", waves(kind), chunks=CHUNK, scaleoffset=2, fillvalue=waves(kind)[3, 3])
                dataset(file, f"{title} constant", np.full((6, 4), 1.5, kind), chunks=(3, 4), scaleoffset=2)
            else:
                dataset(file, f"{title} automatic", waves(kind), chunks=CHUNK, scaleoffset=0)
                dataset(file, f"{title} seven bits", waves(kind) - 10, chunks=CHUNK, scaleoffset=7)
                dataset(file, f"{title} fill", waves(kind), chunks=CHUNK, scaleoffset=0, fillvalue=waves(kind)[3, 3])
                dataset(file, f"{title} constant", np.full((6, 4), 77, kind), chunks=(3, 4), scaleoffset=0)
        dataset(file, "whole range", np.array([-(2**31), 2**31 - 1, 0, 5], "<i4"), chunks=(4,), scaleoffset=0)
        dataset(file, "negative", ramp(20, dtype="<i8", start=-(10**12)), chunks=(8,), scaleoffset=0)
        partly = dataset(
            file, "partly written", shape=(10, 10), dtype="<i2", chunks=(4, 4), scaleoffset=0, fillvalue=-5
        )
        partly[2:5, 3:7] = ramp(3, 4, dtype="<i2")
        dataset(file, "with deflate", waves("<i4"), chunks=CHUNK, scaleoffset=0, compression="gzip", shuffle=True)


def n_bit(maker):
    """Only the bits that carry the value are stored."""

    def creation(chunk):
        made = chunked(chunk)
        lib.H5Pset_nbit(made.id)
        return made

    raw = bytes(number * 37 % 256 for number in range(2048))
    with maker.file("filters-n-bit-latest", "latest") as file:
        for name, base in (("little", h5t.STD_I32LE), ("big", h5t.STD_I32BE), ("unsigned", h5t.STD_U32LE)):
            for size, precision, offset in ((1, 5, 2), (2, 12, 0), (2, 9, 4), (4, 17, 6), (4, 32, 0), (8, 50, 3)):
                count = 20
                values = masked(raw[: count * size], size, precision, offset, name == "big")
                raw_dataset(
                    file,
                    f"{name} {precision} of {8 * size} bits from bit {offset}",
                    shaped(base, size, precision, offset),
                    (count,),
                    values,
                    creation((7,)),
                )
        twenty = h5t.IEEE_F32LE.copy()
        twenty.set_fields(26, 20, 6, 7, 13)
        twenty.set_offset(7)
        twenty.set_precision(20)
        twenty.set_ebias(31)
        twenty.set_size(4)
        raw_dataset(file, "float of 20 bits", twenty, (10,), masked(raw[:40], 4, 20, 7, False), creation((4,)))
        raw_dataset(file, "double", h5t.IEEE_F64BE, (10,), ramp(10, dtype=">f8").tobytes(), creation((4,)))
        array = h5t.array_create(shaped(h5t.STD_I32LE, 2, 11, 1), (3,))
        raw_dataset(file, "array", array, (6,), masked(raw[:36], 2, 11, 1, False), creation((4,)))
        pair = h5t.create(h5t.COMPOUND, 12)
        pair.insert(b"a", 0, shaped(h5t.STD_I32LE, 2, 10, 3))
        pair.insert(b"b", 4, h5t.STD_U8LE)
        pair.insert(b"c", 6, shaped(h5t.STD_U32BE, 4, 25, 2))
        rows = b"".join(
            masked(raw[i : i + 2], 2, 10, 3, False)
            + b"\0\0"
            + raw[i + 2 : i + 3]
            + b"\0"
            + masked(raw[i + 3 : i + 7], 4, 25, 2, True)
            + b"\0\0"
            for i in range(0, 70, 7)
        )
        raw_dataset(file, "compound", pair, (10,), rows, creation((4,)))
        nested = h5t.create(h5t.COMPOUND, 20)
        nested.insert(b"n", 0, h5t.STD_I16LE)
        nested.insert(b"pair", 2, pair)
        nested.insert(b"opaque", 14, opaque(3))
        raw_dataset(
            file,
            "nested compound",
            nested,
            (5,),
            b"".join(struct.pack("<h", i) + rows[12 * i : 12 * i + 12] + b"abc\0\0\0" for i in range(5)),
            creation((4,)),
        )
        word = h5t.C_S1.copy()
        word.set_size(5)
        raw_dataset(file, "string", word, (4,), b"ab\0\0\0cdefgh\0\0\0\0\0\0\0\0\0", creation((3,)))
        raw_dataset(
            file,
            "with deflate",
            shaped(h5t.STD_I32LE, 4, 17, 6),
            (20,),
            masked(raw[:80], 4, 17, 6, False),
            deflated(creation((7,))),
        )


def deflated(creation):
    creation.set_deflate(6)
    return creation


def opaque(size):
    kind = h5t.create(h5t.OPAQUE, size)
    kind.set_tag(b"three")
    return kind


def masked(raw, size, precision, offset, big):
    """The elements with their padding bits cleared, as the filter gives them back."""
    mask = ((1 << precision) - 1) << offset
    order = "big" if big else "little"
    return b"".join(
        (int.from_bytes(raw[i : i + size], order) & mask).to_bytes(size, order) for i in range(0, len(raw), size)
    )


def szip(maker):
    with maker.file("filters-szip-latest", "latest") as file:
        for coding in ("nn", "ec"):
            for pixels in (4, 8, 32):
                for kind in ("u1", "<i2", ">i4", "<f4", "<f8"):
                    title = f"{coding} {pixels} {kind.replace('<', 'little ').replace('>', 'big ')}"
                    dataset(
                        file, title, waves(kind), chunks=(8, 11), compression="szip", compression_opts=(coding, pixels)
                    )
        dataset(
            file, "zeros", np.zeros((40, 40), "<i2"), chunks=(40, 40), compression="szip", compression_opts=("nn", 16)
        )
        generator = np.random.Generator(np.random.PCG64(7))
        dataset(
            file,
            "noise",
            generator.integers(-(2**31), 2**31, (12, 16), "<i4"),
            chunks=(12, 16),
            compression="szip",
            compression_opts=("nn", 16),
        )
        dataset(
            file,
            "long lines",
            np.cumsum(generator.integers(-3, 4, 3000)).astype("<i2"),
            chunks=(1500,),
            compression="szip",
            compression_opts=("nn", 32),
        )
        dataset(
            file,
            "shuffle szip fletcher32",
            waves("<i4"),
            chunks=(8, 11),
            shuffle=True,
            fletcher32=True,
            compression="szip",
            compression_opts=("ec", 8),
        )


def numeric_in_old_headers(maker):
    """One dataset for each of the three filters above, described by pipeline messages of version 1."""
    with maker.file("filters-numeric-earliest") as file:
        dataset(file, "scale-offset of ints", waves("<i4"), chunks=CHUNK, scaleoffset=0)
        dataset(file, "scale-offset of floats", waves("<f4"), chunks=CHUNK, scaleoffset=2)
        dataset(file, "szip", waves("<i2"), chunks=(8, 11), compression="szip", compression_opts=("nn", 8))
        packed = chunked((7,))
        lib.H5Pset_nbit(packed.id)
        values = masked(bytes(number * 37 % 256 for number in range(40)), 2, 9, 4, False)
        raw_dataset(file, "n-bit", shaped(h5t.STD_I32LE, 2, 9, 4), (20,), values, packed)


def masks(maker):
    """Chunks for which single filters were skipped, as the mask of each says."""
    for file in maker.twins("filters-masks", versions=("earliest", "v110", "latest")):
        for name, maximum in (("fixed", None), ("extensible", (None, 6)), ("tree", (None, None)), ("single", "single")):
            chunk = (8, 6) if maximum == "single" else (4, 3)
            data = dataset(
                file,
                name,
                shape=(8, 6),
                dtype="<i4",
                chunks=chunk,
                maxshape=None if maximum == "single" else maximum,
                shuffle=True,
                compression="gzip",
            )
            values = ramp(8, 6)
            places = [(0, 0)] if maximum == "single" else [(0, 0), (0, 3), (4, 0), (4, 3)]
            for mask, (row, column) in zip((3,) if maximum == "single" else (0, 1, 2, 3), places):
                raw = values[row : row + chunk[0], column : column + chunk[1]].tobytes()
                if not mask & 1:
                    raw = np.frombuffer(raw, "u1").reshape(-1, 4).T.tobytes()
                if not mask & 2:
                    raw = zlib.compress(raw, 6)
                data.id.write_direct_chunk((row, column), raw, filter_mask=mask)
        data = dataset(file, "checksum skipped", shape=(8,), dtype="<i4", chunks=(4,), fletcher32=True)
        data[0:4] = ramp(4)
        data.id.write_direct_chunk((4,), ramp(4, start=4).tobytes(), filter_mask=1)
