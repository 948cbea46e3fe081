"""Fixtures of storage that is not an index of chunks: layouts, fill values, other files, whole-file properties."""

import ctypes

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

from fixture_files import dataset, group, ramp, raw_dataset, variable_text
from libhdf5 import lib

EVERY_MESSAGE = 0x1F
DATASPACE, DATATYPE, FILL, PIPELINE, ATTRIBUTE = (1 << bit for bit in (1, 3, 5, 11, 12))


def make(maker):
    layouts(maker)
    fill_values(maker)
    external(maker)
    virtual_sources(maker)
    virtual(maker)
    field_sizes(maker)
    shared_messages(maker)
    file_space(maker)
    chunk_tree_width(maker)
    cache_image(maker)


def creation_with(layout=None, allocation=None, fill=None, fill_time=None):
    creation = h5p.create(h5p.DATASET_CREATE)
    if layout is not None:
        creation.set_layout(layout)
    if allocation is not None:
        creation.set_alloc_time(allocation)
    if fill is not None:
        creation.set_fill_value(np.asarray(fill))
    if fill_time is not None:
        creation.set_fill_time(fill_time)
    return creation


def layouts(maker):
    for file in maker.twins("storage-layouts"):
        raw = ramp(4, 5, dtype="<i2").tobytes()
        raw_dataset(file, "compact", h5t.STD_I16LE, (4, 5), raw, creation_with(h5d.COMPACT))
        raw_dataset(
            file, "compact scalar", h5t.IEEE_F64BE, (), ramp(1, dtype=">f8").tobytes(), creation_with(h5d.COMPACT)
        )
        raw_dataset(file, "compact large", h5t.STD_I32LE, (2000,), ramp(2000).tobytes(), creation_with(h5d.COMPACT))
        raw_dataset(
            file, "compact never written", h5t.STD_I16LE, (3,), None, creation_with(h5d.COMPACT, fill=np.int16(-7))
        )
        raw_dataset(file, "contiguous", h5t.STD_I16LE, (4, 5), raw)
        raw_dataset(
            file,
            "contiguous early",
            h5t.STD_I16LE,
            (4, 5),
            None,
            creation_with(allocation=h5d.ALLOC_TIME_EARLY, fill=np.int16(3)),
        )
        raw_dataset(file, "contiguous never written", h5t.STD_I16LE, (4, 5))
        raw_dataset(file, "contiguous no elements", h5t.STD_I16LE, (0, 5))
        partly = dataset(file, "contiguous partly written", shape=(4, 5), dtype="<i2", fillvalue=-1)
        partly[1:3, 2:4] = 9


def fill_values(maker):
    pair = np.dtype([("n", "<i2"), ("x", "<f8")])
    for file in maker.twins("storage-fill-values"):
        for title, kind, value in (
            ("int", "<i4", -5),
            ("big", ">u2", 513),
            ("float", "<f4", 2.5),
            ("text", "S5", b"fill"),
            ("not a number", "<f8", np.nan),
            ("bool", "?", True),
        ):
            for layout, options in (
                ("contiguous", {}),
                ("chunked", {"chunks": (2, 3)}),
                ("filtered", {"chunks": (2, 3), "compression": "gzip"}),
            ):
                made = dataset(file, f"{title} {layout}", shape=(4, 7), dtype=kind, fillvalue=value, **options)
                if layout != "contiguous":
                    made[0:2, 1:2] = np.zeros((), kind)
        never = dataset(file, "compound", shape=(3,), dtype=pair, fillvalue=np.array((7, 0.5), pair))
        never.attrs["written"] = False
        for title, options in (("undefined contiguous", {}), ("undefined chunked", {"chunks": (2, 3)})):
            creation = h5p.create(h5p.DATASET_CREATE)
            if options:
                creation.set_chunk(options["chunks"])
            lib.H5Pset_fill_value(creation.id, -1, None)
            creation.set_fill_time(h5d.FILL_TIME_NEVER)
            raw_dataset(file, title, h5t.STD_I32LE, (4, 3), None, creation)
        for title, time in (
            ("alloc", h5d.FILL_TIME_ALLOC),
            ("never", h5d.FILL_TIME_NEVER),
            ("if set", h5d.FILL_TIME_IFSET),
        ):
            raw_dataset(
                file,
                f"fill time {title}",
                h5t.STD_I32LE,
                (2,),
                ramp(2).tobytes(),
                creation_with(fill=np.int32(8), fill_time=time),
            )


def external(maker):
    with open(maker.path("external-raw.bin"), "wb") as stream:
        stream.write(b"head" + ramp(30, dtype="<i2").tobytes() + b"tail")
    with open(maker.path("external-raw-big.bin"), "wb") as stream:
        stream.write(ramp(30, dtype=">f4").tobytes())
    for file in maker.twins("storage-external"):
        for name, kind, files in (
            ("one file", h5t.STD_I16LE, [("external-raw.bin", 4, 60)]),
            ("two pieces", h5t.STD_I16LE, [("external-raw.bin", 24, 20), ("external-raw.bin", 4, 40)]),
            ("unlimited", h5t.IEEE_F32BE, [("external-raw-big.bin", 0, h5f.UNLIMITED)]),
            ("longer than the file", h5t.IEEE_F32BE, [("external-raw-big.bin", 100, h5f.UNLIMITED)]),
        ):
            creation = h5p.create(h5p.DATASET_CREATE)
            for path, offset, size in files:
                creation.set_external(path.encode(), offset, size)
            raw_dataset(file, name, kind, (6, 5), None, creation)


def virtual_sources(maker):
    for number, name in enumerate("abc"):
        with maker.file(f"virtual-source-{name}", "latest" if number else "earliest") as file:
            dataset(file, name, ramp(4, 6, start=100 * number))
            dataset(file, "small", ramp(4, 6, dtype="<i2", start=-100 * number))
            dataset(file, "growing", ramp(3 + number, 6, start=100 * number), maxshape=(None, 6), chunks=(2, 6))
            for block in range(2):
                dataset(file, f"block-{block}", ramp(2, 6, start=1000 * number + 10 * block))
    for block in range(3):
        with maker.file(f"virtual-block-{block}") as file:
            dataset(file, "data", ramp(2, 6, start=100 * block))


def virtual(maker):
    for file in maker.twins("virtual"):
        dataset(file, "local", ramp(4, 6, start=5000))
        stacked = h5py.VirtualLayout((3, 4, 6), "<i4")
        for number, name in enumerate("abc"):
            stacked[number] = h5py.VirtualSource(f"virtual-source-{name}.h5", name, (4, 6))
        virtual_dataset(file, "stacked", stacked)
        strided = h5py.VirtualLayout((6, 12), "<i4")
        strided[1:5, ::2] = h5py.VirtualSource("virtual-source-a.h5", "a", (4, 6))
        strided[0, 1:6:2] = h5py.VirtualSource("virtual-source-b.h5", "b", (4, 6))[3, 1:6:2]
        virtual_dataset(file, "strided with gaps", strided, -9)
        same = h5py.VirtualLayout((4, 6), "<i4")
        same[:, :] = h5py.VirtualSource(".", "local", (4, 6))
        virtual_dataset(file, "same file", same)
        missing = h5py.VirtualLayout((8, 6), "<i4")
        missing[:4] = h5py.VirtualSource("virtual-source-b.h5", "b", (4, 6))
        missing[4:6] = h5py.VirtualSource("no such file.h5", "b", (2, 6))
        missing[6:8] = h5py.VirtualSource("virtual-source-b.h5", "no such dataset", (2, 6))
        virtual_dataset(file, "missing sources", missing, 7)
        converted = h5py.VirtualLayout((4, 6), ">f8")
        converted[:, :] = h5py.VirtualSource("virtual-source-c.h5", "small", (4, 6))
        virtual_dataset(file, "converted", converted)
        nested = h5py.VirtualLayout((4, 3), "<i4")
        nested[:, :] = h5py.VirtualSource(".", "strided with gaps", (6, 12))[1:5, 2:5]
        virtual_dataset(file, "virtual of virtual", nested)
        mapped(file, "unlimited", (0, 6), [((None, 6), (0, 0), "virtual-source-c.h5", "growing", (5, 6), (None, 6))])
        mapped(
            file, "numbered datasets", (2, 6), [((None, 6), (0, 0), "virtual-source-b.h5", "block-%b", (2, 6), None)]
        )
        mapped(file, "numbered files", (2, 6), [((None, 6), (0, 0), "virtual-block-%b.h5", "data", (2, 6), None)])


def virtual_dataset(file, name, layout, fill=None):
    creation = layout.dcpl
    if fill is not None:
        creation.set_fill_value(np.asarray(fill))
    raw_dataset(file, name, h5t.py_create(layout.dtype), layout.shape, None, creation)


def mapped(file, name, shape, mappings):
    """A virtual dataset that grows with its sources along axis 0."""
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_layout(h5d.VIRTUAL)
    for _, start, source_file, source, source_shape, source_maximum in mappings:
        rows, columns = source_shape
        target = h5s.create_simple((rows, columns), (h5s.UNLIMITED, columns))
        origin = h5s.create_simple(source_shape, (h5s.UNLIMITED, columns) if source_maximum else None)
        if source_maximum:
            target.select_hyperslab(start, (1, 1), None, (h5s.UNLIMITED, columns))
            origin.select_hyperslab((0, 0), (1, 1), None, (h5s.UNLIMITED, columns))
        else:
            target.select_hyperslab(start, (h5s.UNLIMITED, 1), (rows, columns), (rows, columns))
        creation.set_virtual(target, source_file.encode(), source.encode(), origin)
    raw_dataset(file, name, h5t.STD_I32LE, shape, None, creation, (h5s.UNLIMITED, shape[1]))


def field_sizes(maker):
    for sizes in ((4, 4), (4, 8), (8, 4), (2, 2)):
        for version in ("earliest", "latest"):
            name = f"sizes-{sizes[0]}-{sizes[1]}-{version}"
            with maker.file(name, version, prepare=lambda creation: creation.set_sizes(*sizes)) as file:
                data = dataset(file, "contiguous", ramp(4, 5))
                dataset(file, "chunked", ramp(9, 7), chunks=(2, 3), compression="gzip")
                if sizes[1] == 8:  # libhdf5 itself misreads an unlimited dimension of shorter lengths
                    dataset(file, "unlimited", ramp(9, 7, dtype="<i2"), chunks=(4, 4), maxshape=(None, 7))
                    dataset(file, "unlimited twice", ramp(9, 7, dtype="<i2"), chunks=(4, 4), maxshape=(None, None))
                holder = group(file, "group")
                for number in range(5 if sizes[0] == 2 else 12):  # dense storage of 2-byte offsets breaks in libhdf5
                    holder.id.links.create_soft(b"link %d" % number, b"/contiguous")
                    holder.attrs[f"attribute {number}"] = number
                dataset(file, "texts", variable_text(["a", "größer", ""]))
                pair = np.dtype([("name", h5py.string_dtype()), ("to", h5py.ref_dtype), ("n", "<i4")])
                dataset(file, "compound", np.array([("first", data.ref, 1), ("", file.ref, 2)], pair))
                data.attrs["reference"] = data.ref
                data.attrs["region"] = data.regionref[1:3, ::2]


def shared_messages(maker):
    def table(limits):
        def prepare(creation):
            lib.H5Pset_shared_mesg_nindexes(creation.id, 2)
            lib.H5Pset_shared_mesg_index(creation.id, 0, ATTRIBUTE, 10)
            lib.H5Pset_shared_mesg_index(creation.id, 1, DATASPACE | DATATYPE | FILL | PIPELINE, 4)
            lib.H5Pset_shared_mesg_phase_change(creation.id, *limits)

        return prepare

    for title, limits in (("list", (50, 40)), ("tree", (0, 0))):
        for version in ("earliest", "latest"):
            with maker.file(f"shared-messages-{title}-{version}", version, prepare=table(limits)) as file:
                pair = np.dtype([("n", "<i4"), ("x", "<f8")])
                for number in range(6):
                    data = dataset(
                        file,
                        f"data {number}",
                        shape=(3, number + 1),
                        dtype=pair,
                        chunks=(2, 1),
                        compression="gzip",
                        fillvalue=np.array((number % 2, 0.5), pair),
                    )
                    data[0, 0] = (number, 1.5)
                    data.attrs["the same everywhere"] = "a text long enough to be shared"
                    data.attrs["numbers"] = ramp(20)
                    data.attrs["different"] = ramp(20, start=number)
                plain = dataset(file, "plain", ramp(3))
                for number in range(12):
                    plain.attrs[f"attribute {number}"] = ramp(15)


def file_space(maker):
    def strategy(code, persist, page=None):
        def prepare(creation):
            creation.set_file_space_strategy(code, persist, 1)
            if page:
                creation.set_file_space_page_size(page)

        return prepare

    kinds = (
        ("paged", h5f.FSPACE_STRATEGY_PAGE, True, 512),
        ("aggregated", h5f.FSPACE_STRATEGY_FSM_AGGR, True, None),
        ("none", h5f.FSPACE_STRATEGY_NONE, False, None),
    )
    for title, code, persist, page in kinds:
        for version in ("earliest", "latest"):
            with maker.file(f"file-space-{title}-{version}", version, prepare=strategy(code, persist, page)) as file:
                dataset(file, "data", ramp(4, 5))
                dataset(file, "doomed", ramp(300))
                dataset(file, "chunked", ramp(9, 7), chunks=(2, 3), compression="gzip")
                group(file, "group").attrs["text"] = "kept"
                del file["doomed"]


def chunk_tree_width(maker):
    """Superblock version 1 stores the width of chunk B-trees; a narrow one makes four levels of few chunks."""
    with maker.file("superblock-1-earliest", prepare=lambda creation: lib.H5Pset_istore_k(creation.id, 2)) as file:
        for name, options in (("deep", {}), ("deep filtered", {"compression": "gzip", "shuffle": True})):
            data = dataset(file, name, shape=(9, 10), dtype="<i2", chunks=(1, 1), **options)
            for number in range(90):
                place = number * 37 % 90
                data[place // 10, place % 10] = place


def cache_image(maker):
    """The metadata lies in one block that the superblock extension points to, not at its own addresses."""

    class Configuration(ctypes.Structure):
        _fields_ = [
            ("version", ctypes.c_int),
            ("generate_image", ctypes.c_bool),
            ("save_resize_status", ctypes.c_bool),
            ("entry_ageout", ctypes.c_int),
        ]

    def imaged(access):
        lib.H5Pset_mdc_image_config(access.id, ctypes.byref(Configuration(1, True, False, -1)))

    with maker.file("cache-image-latest", "latest", prepare_access=imaged) as file:
        dataset(group(file, "group"), "data", ramp(4, 5))
        dataset(file, "chunked", ramp(9, 7), chunks=(2, 3), compression="gzip")
        file["group"].attrs["text"] = "in the image"
