"""Fixtures of object, region and 1.12-style references."""

import struct
from ctypes import create_string_buffer

import h5py
import numpy as np
from h5py import h5r, h5s, h5t

from fixture_files import committed, dataset, group, ramp, raw_attribute, raw_dataset
from libhdf5 import DEFAULT, lib


def make(maker):
    objects(maker)
    regions(maker)
    standard(maker)


def objects(maker):
    for file in maker.twins("references-objects"):
        inner = group(group(file, "outer"), "größe")
        data = dataset(inner, "data", ramp(3))
        committed(file, "type", h5t.STD_I16LE.copy())
        file["alias"] = data
        doomed = dataset(file, "doomed", ramp(2))
        references = np.array(
            [data.ref, file.ref, inner.ref, file["type"].ref, h5py.Reference(), doomed.ref], dtype=h5py.ref_dtype
        )
        dataset(file, "references", references)
        dataset(file, "chunked", np.resize(references[:4], (5, 5)), chunks=(2, 3), compression="gzip")
        dataset(file, "never written", shape=(3,), dtype=h5py.ref_dtype)
        rows = np.empty(2, h5py.vlen_dtype(h5py.ref_dtype))
        rows[0], rows[1] = references[:3], references[:0]
        dataset(file, "sequences of references", rows)
        del file["doomed"]


def selections(rank):
    """(name, dataspace) for every kind of selection of a (6, 7, 8)[:rank] dataset."""
    shape = (6, 7, 8)[:rank]

    def space(*blocks, operation=h5s.SELECT_OR):
        made = h5s.create_simple(shape)
        made.select_none()
        for start, count, stride, block in blocks:
            made.select_hyperslab(start[:rank], count[:rank], stride[:rank], block[:rank], operation)
        return made

    yield "one element", space(((2, 3, 4), (1, 1, 1), (1, 1, 1), (1, 1, 1)))
    yield "one block", space(((1, 2, 3), (1, 1, 1), (1, 1, 1), (3, 2, 4)))
    yield "regular", space(((0, 1, 0), (3, 2, 2), (2, 3, 4), (1, 2, 2)))
    yield "irregular", space(((0, 0, 0), (1, 1, 1), (1, 1, 1), (2, 3, 3)), ((3, 4, 5), (1, 1, 1), (1, 1, 1), (2, 2, 2)))
    yield (
        "overlapping",
        space(((0, 0, 0), (1, 1, 1), (1, 1, 1), (4, 4, 4)), ((2, 2, 2), (1, 1, 1), (1, 1, 1), (4, 4, 4))),
    )
    points = h5s.create_simple(shape)
    points.select_elements(np.array([(5, 6, 7), (0, 0, 0), (3, 1, 2), (0, 0, 0)])[:, :rank].astype("u8"))
    yield "points", points
    everything = h5s.create_simple(shape)
    everything.select_all()
    yield "all", everything
    nothing = h5s.create_simple(shape)
    nothing.select_none()
    yield "none", nothing


def regions(maker):
    for file in maker.twins("references-regions", versions=("earliest", "v110", "latest")):
        for rank in (1, 2, 3):
            data = dataset(file, f"data {rank}", ramp(*(6, 7, 8)[:rank], dtype="<i2"))
            collected = []
            for name, space in selections(rank):
                reference = h5r.create(file.id, data.name.encode(), h5r.DATASET_REGION, space)
                collected.append(reference)
                data.attrs.create(name, reference, dtype=h5py.regionref_dtype)
            dataset(file, f"regions {rank}", np.array(collected + [h5py.RegionReference()], dtype=h5py.regionref_dtype))
        # the dataset grows after the reference was made
        grown = dataset(file, "grown", ramp(4, 4), maxshape=(None, 4), chunks=(2, 2))
        file.attrs["before it grew"] = grown.regionref[1:3, :]
        grown.resize((6, 4))


def standard(maker):
    kind = lib.constant("H5T_STD_REF")
    for version in ("v114", "latest"):
        with maker.file(f"references-standard-{version}", version) as file:
            data = dataset(group(file, "group"), "data", ramp(6, 7, dtype="<i2"))
            data.attrs["units"] = "V"
            file.attrs["größe"] = 1
            made = []

            def create(function, *arguments):
                buffer = create_string_buffer(64)
                getattr(lib, function)(file.id.id, *arguments, buffer)
                made.append(buffer)

            create("H5Rcreate_object", b"/group/data", DEFAULT)
            create("H5Rcreate_object", b"/group", DEFAULT)
            create("H5Rcreate_object", b"/", DEFAULT)
            for _, space in selections(2):
                create("H5Rcreate_region", b"/group/data", space.id, DEFAULT)
            create("H5Rcreate_attr", b"/group/data", b"units", DEFAULT)
            create("H5Rcreate_attr", b"/", "größe".encode(), DEFAULT)
            raw = b"".join(buffer.raw for buffer in made)
            raw_dataset(file, "references", kind, (len(made) + 1,), raw + bytes(64))
            raw_dataset(file, "never written", kind, (2,))
            raw_attribute(file, "to an object", kind, (), made[0].raw)
            raw_attribute(file, "to a region", kind, (), made[5].raw)
            raw_attribute(file, "to an attribute", kind, (), made[-1].raw)
            pair = lib.H5Tcreate(h5t.COMPOUND, 72)
            lib.H5Tinsert(pair, b"n", 0, h5t.STD_I32LE.id)
            lib.H5Tinsert(pair, b"to", 8, kind)
            raw_dataset(
                file,
                "compound",
                pair,
                (2,),
                struct.pack("<i4x", 5) + made[0].raw + struct.pack("<i4x", 6) + made[-2].raw,
            )
            for buffer in made:
                lib.H5Rdestroy(buffer)
