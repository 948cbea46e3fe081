"""Fixtures of attributes."""

import h5py
import numpy as np
from h5py import h5p, h5t

from fixture_files import committed, dataset, group, ramp, variable_text

TRACKED = h5p.CRT_ORDER_TRACKED
INDEXED = h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED


def make(maker):
    kinds(maker)
    many(maker)
    creation_order(maker)
    huge(maker)
    long_in_old_header(maker)
    committed_types(maker)


def kinds(maker):
    for file in maker.twins("attributes-kinds", versions=("earliest", "v108", "latest")):
        data = dataset(file, "data", ramp(4, 5))
        for holder in (file, data):
            attributes = holder.attrs
            attributes["scalar int"] = np.int32(-7)
            attributes["scalar float"] = np.float64(2.5)
            attributes["array"] = ramp(2, 3, dtype="<u2")
            attributes["big-endian"] = ramp(3, dtype=">i8", start=-1)
            attributes["no elements"] = np.zeros((0, 3), "<f4")
            attributes["null"] = h5py.Empty("<f4")
            attributes["null text"] = h5py.Empty(h5py.string_dtype())
            attributes["text"] = "größer als 5 µm"
            attributes["empty text"] = ""
            attributes["texts"] = variable_text(["a", "", "drei", "数据"])
            attributes["fixed text"] = np.bytes_(b"nanometer")
            attributes["fixed texts"] = np.array([b"X", b"Yy", b""])
            attributes["UTF-8 bytes marked ASCII"] = np.array(["µm".encode(), b"V"])
            attributes["true"] = np.bool_(True)
            attributes["flags"] = np.array([True, False, True])
            attributes["complex"] = np.complex64(1.5 - 2j)
            attributes["compound"] = np.array([(1, 2.5), (-3, 0.125)], dtype=[("n", "<i2"), ("x", "<f8")])
            attributes["object reference"] = data.ref
            attributes["null reference"] = np.array([h5py.Reference()], dtype=h5py.ref_dtype)
            attributes["references"] = np.array([data.ref, file.ref], dtype=h5py.ref_dtype)
            attributes["region reference"] = data.regionref[1:3, ::2]
            attributes["whole region"] = data.regionref[:]
            attributes["sequences"] = sequences()
            attributes["größe"] = 1
            attributes["name with / and \n"] = 2
        group(file, "without attributes")


def sequences():
    values = np.empty(3, dtype=h5py.vlen_dtype("<i4"))
    values[0], values[1], values[2] = ramp(2), ramp(0), ramp(3, start=9)
    return values


def many(maker):
    for file in maker.twins("attributes-many"):
        for name, count in (("seven", 7), ("eight", 8), ("nine", 9), ("many", 100)):
            holder = group(file, name)
            for number in range(count):
                holder.attrs[f"attribute {number * 7 % count:03d}"] = np.int16(number)
        shrunk = group(file, "shrunk")
        for number in range(20):
            shrunk.attrs[f"attribute {number}"] = np.int16(number)
        for number in range(4, 20):
            del shrunk.attrs[f"attribute {number}"]
        data = dataset(file, "data", ramp(2))
        for number in range(20):
            data.attrs[f"text {number}"] = f"value {number}"


def creation_order(maker):
    for file in maker.twins("attributes-creation-order", versions=("v108", "latest")):
        for order, title in ((TRACKED, "tracked"), (INDEXED, "indexed")):
            for count in (4, 40):
                holder = group(file, f"{title} {count}", attribute_order=order)
                for number in range(count):
                    holder.attrs[f"{(number * 17 + 5) % count:02d}"] = np.int32(number)


def huge(maker):
    """Values above 4 KiB lie outside the fractal heap's blocks; above 64 KiB no object header could hold them."""
    with maker.file("attributes-huge-latest", "latest") as file:
        holder = group(file, "holder")
        holder.attrs["small"] = np.int32(1)
        for number in range(12):
            holder.attrs[f"medium {number}"] = ramp(40, dtype="<u1", start=number)
        holder.attrs["more than a heap block holds"] = ramp(1300, dtype="<i4")
        alone = group(file, "alone")
        alone.attrs["more than 64 KiB"] = ramp(66000, dtype="<i1")


def long_in_old_header(maker):
    with maker.file("attributes-long-earliest") as file:
        holder = group(file, "holder")
        holder.attrs["almost 64 KiB"] = ramp(65000, dtype="<u1")
        holder.attrs["after it"] = "still there"


def committed_types(maker):
    for file in maker.twins("attributes-committed-type"):
        plain = h5t.py_create(np.dtype("<f4")).copy()
        committed(file, "number", plain)
        compound = h5t.py_create(np.dtype([("n", "<i2"), ("name", "S4")])).copy()
        types = group(file, "types")
        committed(types, "pair", compound)
        data = dataset(file, "data", ramp(3, dtype="<f4"), dtype=file["number"])
        for holder in (file, data, group(file, "holder"), file["number"], file["types/pair"]):
            holder.attrs.create("of number", 1.5, dtype=file["number"])
            holder.attrs.create(
                "of pair", np.array((5, b"five"), dtype=[("n", "<i2"), ("name", "S4")]), dtype=file["types/pair"]
            )
            holder.attrs["uncommitted"] = np.int8(3)
        for number in range(12):
            file["types"].attrs.create(f"dense {number}", number, dtype=file["number"])
