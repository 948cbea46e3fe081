"""Fixtures of virtual datasets whose elements are not plain numbers of their sources' type: data in the heaps of other
files, and conversion to other types."""

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from fixture_files import dataset, ramp, raw_dataset

TEXT = h5py.string_dtype()
SEQUENCE = h5py.vlen_dtype(np.dtype("<i4"))
RECORD = np.dtype([("name", TEXT), ("value", "<f8")])
NUMBERS = np.array([1.5, -2.5, 1e10, np.nan, np.inf, -1e30, 3.999, 70000.0])
INTEGERS = np.array([1, -2, 1 << 40, -(1 << 40), 127, 128, 255, 256])
POINT = np.dtype([("x", "<i2"), ("y", "<f8"), ("tag", "S3"), ("box", "<i4", (2, 2))])
OTHER_POINT = np.dtype([("tag", "S5"), ("extra", "u1"), ("box", ">f4", (2, 2)), ("x", "<i8"), ("y", "<f4")])


def make(maker):
    for name in "ab":
        with maker.file(f"virtual-heap-source-{name}", "latest" if name == "b" else "earliest") as file:
            source(file, name)
    for file in maker.twins("virtual-heap"):
        heap(file)
    for file in maker.twins("virtual-conversion"):
        conversion(file)


def source(file, name):
    # The heaps of the two files differ, so that a descriptor read in the wrong file gives something else.
    texts = [f"{name}{number} " * (number + 1) for number in range(8 if name == "a" else 5)]
    written(file, "texts", TEXT, np.array(texts, dtype=object))
    sequences = np.empty(6, dtype=object)
    for number in range(6):
        sequences[number] = np.arange(number, dtype="<i4") * (1 if name == "a" else -7)
    written(file, "sequences", SEQUENCE, sequences)
    records = np.array([(f"record {number} of {name}", number / 4) for number in range(3)], dtype=RECORD)
    written(file, "records", RECORD, records)
    table = dataset(file, "table", ramp(3, 4))
    raw_dataset(file, "regions", h5t.STD_REF_DSETREG, (2,))
    file["regions"][0] = table.regionref[1:2, :]
    file["regions"][1] = table.regionref[:, 2]


def written(file, name, kind, values):
    raw_dataset(file, name, h5t.py_create(np.dtype(kind), logical=True), values.shape)
    file[name][...] = values


def heap(file):
    for name, kind, count in (
        ("texts", TEXT, 5),
        ("sequences", SEQUENCE, 6),
        ("records", RECORD, 3),
        ("regions", h5py.regionref_dtype, 2),
    ):
        # Two sources with a gap between them, and one that is missing behind them.
        joined(file, name, kind, count, (("a", 0), ("b", count + 2), ("missing", 2 * count + 2)), 3 * count + 2)
    written(file, "own texts", TEXT, np.array(["own 0", "own 1", "own 2"], dtype=object))
    mixed = h5py.VirtualLayout((10,), TEXT)
    mixed[::2] = h5py.VirtualSource("virtual-heap-source-b.h5", "texts", (5,))
    mixed[1:4] = h5py.VirtualSource(".", "own texts", (3,))
    virtual(file, "mixed and overlapping", TEXT, mixed)
    nested = h5py.VirtualLayout((2, 4), TEXT)
    nested[0] = h5py.VirtualSource(".", "texts", (17,))[3:11:2]
    nested[1] = h5py.VirtualSource("virtual-heap-source-a.h5", "texts", (8,))[4:]
    virtual(file, "virtual of virtual", TEXT, nested)


def joined(file, name, kind, count, sources, total):
    layout = h5py.VirtualLayout((total,), kind)
    for source_name, start in sources:
        path = f"virtual-heap-source-{source_name}.h5"
        shape = (8,) if name == "texts" and source_name == "a" else (count,)
        origin = h5py.VirtualSource(path, name, shape)
        layout[start : start + count] = origin[:count] if shape != (count,) else origin
    virtual(file, name, kind, layout)


def virtual(file, name, kind, layout):
    raw_dataset(file, name, h5t.py_create(np.dtype(kind), logical=True), layout.shape, None, layout.dcpl)


def conversion(file):
    dataset(file, "numbers", NUMBERS)
    dataset(file, "integers", INTEGERS)
    points = np.zeros(3, POINT)
    points["x"], points["y"], points["tag"] = [1, -2, 3], [0.5, 1e9, -3.25], ["ab", "cde", ""]
    points["box"] = np.arange(12).reshape(3, 2, 2)
    dataset(file, "points", points)
    # An attribute whose elements are arrays, like the member.
    file["points"].attrs.create("boxes", ramp(4, 2, 2), (4, 2, 2), np.dtype(("<i4", (2, 2))))
    twelve = h5t.STD_I16LE.copy()
    twelve.set_precision(12)
    twelve.set_offset(3)
    eleven = h5t.STD_U16BE.copy()
    eleven.set_precision(11)
    short = h5t.IEEE_F32LE.copy()
    short.set_fields(24, 16, 8, 0, 16)
    short.set_precision(25)
    short.set_ebias(127)
    kinds = {
        "12 bits": twelve,
        "11 bits": eleven,
        "25-bit float": short,
        "half": h5t.IEEE_F16BE,
        "signed byte": h5t.STD_I8LE,
        "unsigned byte": h5t.STD_U8BE,
    }
    for label, kind in kinds.items():
        for origin in ("numbers", "integers"):
            same_file(file, f"{origin} as {label}", kind, origin, (8,))
    # libhdf5 converts once, past the type of the virtual dataset in between.
    same_file(file, "unsigned byte as half", h5t.IEEE_F16BE, "numbers as unsigned byte", (8,))
    same_file(file, "points of other members", h5t.py_create(OTHER_POINT, logical=True), "points", (3,))


def same_file(file, name, kind, origin, shape):
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_layout(h5d.VIRTUAL)
    space = h5s.create_simple(shape)
    creation.set_virtual(space, b".", origin.encode(), h5s.create_simple(shape))
    raw_dataset(file, name, kind, shape, None, creation)
