"""Fixtures of chunk indexes, one subject a file."""

import numpy as np
from h5py import h5s, h5t

from fixture_files import chunked, dataset, ramp, raw_dataset
from libhdf5 import lib

MODERN = ("v110", "latest")
DO_NOT_FILTER_PARTIAL_CHUNKS = 2


def make(maker):
    old_tree(maker)
    every_index(maker)
    fixed_array_pages(maker)
    extensible_array(maker)
    unlimited_axes(maker)
    new_tree(maker)
    edges(maker)
    resized(maker)
    unfiltered_edges(maker)
    hyperslabs(maker)


def old_tree(maker):
    """Version 1 B-trees: one leaf, then two levels."""
    with maker.file("chunks-tree-earliest") as file:
        dataset(file, "one leaf", ramp(6, 9), chunks=(2, 3))
        dataset(file, "one chunk", ramp(6, 9), chunks=(6, 9))
        dataset(file, "none written", shape=(6, 9), dtype="<i4", chunks=(2, 3), fillvalue=4)
        dataset(file, "two levels", ramp(20, 21, dtype="<i2"), chunks=(1, 2))
        holes = dataset(file, "holes", shape=(40, 40), dtype="<i2", chunks=(2, 2), fillvalue=-1)
        for number in range(0, 400, 7):
            holes[number // 20 * 2, number % 20 * 2 + 1] = number
        backwards = dataset(file, "written backwards", shape=(100,), dtype="<i2", chunks=(1,))
        for number in reversed(range(100)):
            backwards[number] = number
        dataset(file, "unlimited", ramp(7, 5), chunks=(2, 2), maxshape=(None, None), compression="gzip", shuffle=True)


def every_index(maker):
    """The index that libhdf5 picks for each shape of extent, with and without filters."""
    kinds = (
        ("single", (6, 9), (6, 9), None, False),
        ("implicit", (6, 9), (2, 3), None, True),
        ("implicit larger maximum", (5, 7), (2, 3), (8, 9), True),
        ("fixed array", (6, 9), (2, 3), None, False),
        ("fixed array larger maximum", (5, 7), (2, 3), (8, 10), False),
        ("extensible array", (6, 9), (2, 3), (None, 9), False),
        ("tree", (6, 9), (2, 3), (None, None), False),
    )
    for file in maker.twins("chunks-indexes", versions=MODERN):
        for name, shape, chunk, maximum, early in kinds:
            maximum = maximum and tuple(h5s.UNLIMITED if length is None else length for length in maximum)
            raw = ramp(*shape).tobytes()
            raw_dataset(file, name, h5t.STD_I32LE, shape, raw, chunked(chunk, early=early), maximum)
            raw_dataset(
                file,
                f"{name} filtered",
                h5t.STD_I32LE,
                shape,
                raw,
                chunked(chunk, gzip=6, shuffle=True, fletcher=True),
                maximum,
            )
            raw_dataset(
                file,
                f"{name} never written",
                h5t.STD_I32LE,
                shape,
                None,
                chunked(chunk, fill=np.int32(-3), early=early),
                maximum,
            )
            raw_dataset(
                file, f"{name} filtered never written", h5t.STD_I32LE, shape, None, chunked(chunk, gzip=6), maximum
            )
            partly = dataset(
                file,
                f"{name} partly",
                shape=shape,
                dtype="<i4",
                chunks=chunk,
                maxshape=maximum and tuple(None if length == h5s.UNLIMITED else length for length in maximum),
                fillvalue=11,
            )
            partly[2:4, 3:5] = ramp(2, 2)


def fixed_array_pages(maker):
    """More than 1,024 chunks: pages, some never written."""
    for file in maker.twins("chunks-fixed-array-pages", versions=MODERN):
        for name, options in (("unfiltered", {}), ("filtered", {"compression": "gzip"})):
            data = dataset(file, name, shape=(2100,), dtype="<i2", chunks=(1,), fillvalue=-1, **options)
            for number in (0, 5, 1023, 2048, 2099):
                data[number] = number
        dataset(file, "full", ramp(1100, dtype="u1"), chunks=(1,))


def extensible_array(maker):
    """Elements in the index block, in data blocks, behind super blocks, and in pages of data blocks."""
    for file in maker.twins("chunks-extensible-array", versions=MODERN):
        for name, options in (("unfiltered", {}), ("filtered", {"compression": "gzip"})):
            dataset(file, f"{name} index block", ramp(3, dtype="<i2"), chunks=(1,), maxshape=(None,), **options)
            dataset(file, f"{name} data blocks", ramp(100, dtype="<i2"), chunks=(1,), maxshape=(None,), **options)
            sparse = dataset(
                file,
                f"{name} sparse",
                shape=(150000,),
                dtype="<i2",
                chunks=(1,),
                maxshape=(None,),
                fillvalue=-1,
                **options,
            )
            for number in (0, 3, 4, 300, 5000, 149999):
                sparse[number] = number % 30000
        super_blocks = dataset(file, "full super blocks", ramp(700, dtype="u1"), chunks=(1,), maxshape=(None,))
        super_blocks.attrs["chunks"] = 700


def unlimited_axes(maker):
    """One unlimited axis that is not the first, where chunk numbers are counted along it first."""
    for file in maker.twins("chunks-unlimited-axes", versions=("earliest",) + MODERN):
        for name, maximum in (
            ("first", (None, 9, 10)),
            ("middle", (8, None, 10)),
            ("last", (8, 9, None)),
            ("first and last", (None, 9, None)),
            ("all", (None, None, None)),
        ):
            for title, options in (("", {}), (" filtered", {"compression": "gzip", "shuffle": True})):
                dataset(file, name + title, ramp(7, 5, 9, dtype="<i2"), chunks=(2, 2, 3), maxshape=maximum, **options)


def new_tree(maker):
    """Version 2 B-trees of more than one level."""
    for file in maker.twins("chunks-tree2", versions=MODERN):
        dataset(file, "two levels", ramp(20, 20, dtype="<i2"), chunks=(1, 1), maxshape=(None, None))
        dataset(
            file,
            "two levels filtered",
            ramp(20, 20, dtype="<i2"),
            chunks=(1, 1),
            maxshape=(None, None),
            compression="gzip",
        )
        holes = dataset(
            file, "holes", shape=(3000, 3000), dtype="u1", chunks=(3, 3), maxshape=(None, None), fillvalue=9
        )
        holes.resize((30, 30))
        for number in range(0, 100, 3):
            holes[number // 10 * 3, number % 10 * 3 + 2] = number
        dataset(
            file,
            "three dimensions",
            ramp(9, 10, 11, dtype="u1"),
            chunks=(4, 4, 4),
            maxshape=(None, 20, None),
            compression="gzip",
        )


def edges(maker):
    """Shapes that chunks do not divide, in one to four dimensions."""
    for file in maker.twins("chunks-edges"):
        for name, shape, chunk in (
            ("one", (11,), (4,)),
            ("two", (7, 5), (3, 4)),
            ("three", (5, 6, 7), (2, 4, 3)),
            ("four", (3, 4, 5, 3), (2, 3, 2, 2)),
            ("thin", (1, 23), (1, 5)),
        ):
            dataset(file, name, ramp(*shape), chunks=chunk)
            dataset(
                file,
                f"{name} filtered",
                ramp(*shape, dtype=">i2"),
                chunks=chunk,
                compression="gzip",
                shuffle=True,
                fletcher32=True,
            )
        dataset(file, "chunk larger than shape", ramp(3, 3), chunks=(5, 8), maxshape=(9, 9))


def resized(maker):
    for file in maker.twins("chunks-resized", versions=("earliest",) + MODERN):
        for title, options in (("", {}), (" filtered", {"compression": "gzip"})):
            grown = dataset(
                file, "grown" + title, ramp(4, 5), chunks=(2, 3), maxshape=(None, 20), fillvalue=-1, **options
            )
            grown.resize((9, 11))
            shrunk = dataset(
                file, "shrunk" + title, ramp(9, 11), chunks=(2, 3), maxshape=(None, None), fillvalue=-2, **options
            )
            shrunk.resize((3, 4))
            both = dataset(
                file, "shrunk and grown" + title, ramp(9, 11), chunks=(2, 3), maxshape=(20, 20), fillvalue=-3, **options
            )
            both.resize((3, 4))
            both.resize((6, 8))
            nothing = dataset(file, "to nothing" + title, ramp(4, 4), chunks=(2, 2), maxshape=(None, 4), **options)
            nothing.resize((0, 4))


def unfiltered_edges(maker):
    """Chunks that reach over the extent are stored raw although the dataset has filters."""
    for file in maker.twins("chunks-unfiltered-edges", versions=MODERN):
        for name, maximum in (
            ("fixed array", None),
            ("extensible array", (h5s.UNLIMITED, 11)),
            ("tree", (h5s.UNLIMITED, h5s.UNLIMITED)),
            ("single", "single"),
        ):
            creation = chunked((7, 11) if maximum == "single" else (3, 4), gzip=6, shuffle=True)
            lib.H5Pset_chunk_opts(creation.id, DO_NOT_FILTER_PARTIAL_CHUNKS)
            raw_dataset(
                file,
                name,
                h5t.STD_I32LE,
                (7, 11),
                ramp(7, 11).tobytes(),
                creation,
                None if maximum == "single" else maximum,
            )
        grown = file["extensible array"]
        grown.resize((9, 11))
        grown[7:9] = ramp(2, 11, start=77)


def hyperslabs(maker):
    """Values equal their linear element number, so that a selection's result can be computed."""
    for file in maker.twins("chunks-hyperslabs"):
        values = ramp(17, 19, 23)
        dataset(file, "chunked", values, chunks=(4, 5, 6), compression="gzip")
        dataset(file, "contiguous", values)
