"""The content digest of an HDF5 file, schema h5golden-1, read with libhdf5.

    python digest.py FILE.h5 [OUT.json]

Nothing in the digest depends on where the file keeps things: objects are named by their
paths, data by the length and CRC-32 of a canonical encoding, references by what they lead to.
"""

import json
import os
import sys
import zlib
from ctypes import byref, c_int, create_string_buffer

import h5py
from h5py import h5a, h5d, h5f, h5o, h5s, h5t

from digest_types import (
    Compound,
    Element,
    Enumeration,
    FixedString,
    Number,
    Opaque,
    Reference,
    Repeated,
    Sequence,
    VariableString,
    text,
)
from libhdf5 import ALL, DEFAULT, HDF5Error, lib, sizes

OBJECT_KINDS = {h5o.TYPE_GROUP: "group", h5o.TYPE_DATASET: "dataset", h5o.TYPE_NAMED_DATATYPE: "datatype"}
LAYOUTS = {h5d.COMPACT: "compact", h5d.CONTIGUOUS: "contiguous", h5d.CHUNKED: "chunked", h5d.VIRTUAL: "virtual"}
FILL_STATUSES = ("undefined", "default", "user")
FILL_TIMES = {h5d.FILL_TIME_ALLOC: "alloc", h5d.FILL_TIME_NEVER: "never", h5d.FILL_TIME_IFSET: "ifset"}
UNLIMITED = 2**64 - 1
LARGEST_DATA = 64 * 1024 * 1024


class Digest:
    """Reads one open file; `document` is the finished digest."""

    def __init__(self, path):
        os.chdir(os.path.dirname(os.path.abspath(path)))  # external and virtual sources lie beside the file
        name = os.path.basename(path)
        self.file = h5f.open(os.fsencode(name), h5f.ACC_RDONLY)
        self.file_id = self.file.id
        creation = self.file.get_create_plist()
        self.offset_size, length_size = creation.get_sizes()
        self.user_block = creation.get_userblock()
        self.objects, self.paths = [], {}
        self.visit(h5o.open(self.file, b"/"), "/")
        for identifier, entry in self.objects:
            self.describe(identifier, entry)
            entry["aliases"].sort()
        self.document = {
            "schema": "h5golden-1",
            "superblock": {
                "version": superblock_version(name, self.user_block),
                "offset_size": self.offset_size,
                "length_size": length_size,
                "userblock": self.user_block,
            },
            "objects": [entry for _, entry in self.objects],
        }

    # The tree

    def visit(self, identifier, path):
        """Gives the object its canonical path and goes down into it, depth first, links by the bytes of their names."""
        information = h5o.get_info(identifier)
        entry = {"path": path, "type": OBJECT_KINDS[information.type], "aliases": []}
        self.paths[information.fileno, information.addr] = entry
        self.objects.append((identifier, entry))
        if entry["type"] == "group":
            entry["links"] = []
            names = []
            identifier.links.iterate(names.append)
            for name in sorted(names):
                entry["links"].append(self.link(identifier, name, path))

    def link(self, group, name, path):
        link = {"name": text(name)}
        kind = group.links.get_info(name).type
        if kind == h5py.h5l.TYPE_HARD:
            target = h5o.open(group, name)
            information = h5o.get_info(target)
            here = path.rstrip("/") + "/" + text(name)
            known = self.paths.get((information.fileno, information.addr))
            if known is None:
                self.visit(target, here)
            else:
                known["aliases"].append(here)
            return link | {"kind": "hard", "target": known["path"] if known else here}
        if kind == h5py.h5l.TYPE_SOFT:
            return link | {"kind": "soft", "target": text(group.links.get_val(name))}
        if kind == h5py.h5l.TYPE_EXTERNAL:
            file, target = group.links.get_val(name)
            return link | {"kind": "external", "file": text(file), "target": text(target)}
        return link | {"kind": "user", "code": int(kind)}

    def path_of(self, identifier):
        """The canonical path of an open object, `?` when no hard link leads to it."""
        information = h5o.get_info(identifier)
        entry = self.paths.get((information.fileno, information.addr))
        return entry["path"] if entry else "?"

    # Objects

    def describe(self, identifier, entry):
        if entry["type"] == "dataset":
            self.describe_dataset(identifier, entry)
        elif entry["type"] == "datatype":
            entry["dtype"] = self.element(identifier.id).description
        entry["attrs"] = [
            self.attribute(h5a.open(identifier, index=index)) for index in range(h5a.get_num_attrs(identifier))
        ]
        entry["attrs"].sort(key=lambda attribute: attribute.pop("sort key"))

    def describe_dataset(self, dataset, entry):
        type_id = dataset.get_type()
        element = self.element(type_id.id)
        entry["dtype"] = element.description
        if type_id.committed():
            entry["committed"] = self.path_of(type_id)
        entry["space"], count = dataspace(dataset.get_space())
        creation = dataset.get_create_plist()
        entry["layout"] = layout(creation)
        entry["filters"] = [
            {"id": code, "flags": flags, "cd_values": list(values)}
            for code, flags, values, _ in map(creation.get_filter, range(creation.get_nfilters()))
        ]
        entry["fill"] = fill(creation, type_id.id, element)
        if count * element.memory > LARGEST_DATA:
            entry["data"] = {"skipped": "too large"}
            return

        def read(buffer):
            lib.H5Dread(dataset.id, type_id.id, ALL, ALL, DEFAULT, buffer)

        entry["data"] = data(element, count, read)

    def attribute(self, attribute):
        type_id = attribute.get_type()
        element = self.element(type_id.id)
        space, count = dataspace(attribute.get_space())
        entry = {"sort key": attribute.name, "name": text(attribute.name), "dtype": element.description, "space": space}
        if type_id.committed():
            entry["committed"] = self.path_of(type_id)
        entry["data"] = data(element, count, lambda buffer: lib.H5Aread(attribute.id, type_id.id, buffer))
        return entry

    # Datatypes

    def element(self, type_id) -> Element:
        """The digest's view of a datatype identifier."""
        kind = lib.H5Tget_class(type_id)
        if kind in (h5t.INTEGER, h5t.FLOAT, h5t.TIME, h5t.BITFIELD):
            names = {h5t.INTEGER: "int", h5t.FLOAT: "float", h5t.TIME: "time", h5t.BITFIELD: "bitfield"}
            return Number(type_id, names[kind])
        if kind == h5t.STRING:
            if lib.H5Tis_variable_str(type_id):
                return VariableString(type_id, self.offset_size)
            return FixedString(type_id)
        if kind == h5t.OPAQUE:
            return Opaque(type_id)
        if kind == h5t.COMPOUND:
            return Compound(type_id, self)
        if kind == h5t.REFERENCE:
            return Reference(type_id, self)
        parent = lib.H5Tget_super(type_id)
        base = self.element(parent)
        lib.H5Tclose(parent)
        if kind == h5t.ENUM:
            return Enumeration(type_id, base)
        if kind == h5t.VLEN:
            return Sequence(base, self.offset_size)
        if kind == h5t.ARRAY:
            shape = sizes([0] * lib.H5Tget_array_ndims(type_id))
            lib.H5Tget_array_dims2(type_id, shape)
            count = 1
            for length in shape:
                count *= length
            return Repeated(base, count, {"class": "array", "dims": list(shape), "base": base.description})
        return Repeated(base, 2, {"class": "complex", "size": 2 * base.memory, "base": base.description})


def superblock_version(name, user_block):
    with open(name, "rb") as stream:
        stream.seek(user_block + 8)
        return stream.read(1)[0]


def dataspace(space):
    """-> (description, number of elements)"""
    kind = space.get_simple_extent_type()
    if kind == h5s.NULL:
        return {"kind": "null"}, 0
    if kind == h5s.SCALAR:
        return {"kind": "scalar"}, 1
    shape = list(space.get_simple_extent_dims())
    maximum = [
        -1 if length in (h5s.UNLIMITED, UNLIMITED, None) else length for length in space.get_simple_extent_dims(True)
    ]
    return {"kind": "simple", "shape": shape, "maxshape": maximum}, space.get_simple_extent_npoints()


def layout(creation):
    description = {"class": LAYOUTS[creation.get_layout()]}
    if description["class"] == "chunked":
        description["chunk"] = list(creation.get_chunk())
    elif description["class"] == "contiguous" and creation.get_external_count():
        description["external"] = [
            {"name": text(name), "offset": offset, "size": -1 if size in (h5s.UNLIMITED, UNLIMITED) else size}
            for name, offset, size in map(creation.get_external, range(creation.get_external_count()))
        ]
    elif description["class"] == "virtual":
        description["virtual"] = [
            {
                "file": creation.get_virtual_filename(i),
                "dset": creation.get_virtual_dsetname(i),
                "vsel": regular_selection(creation.get_virtual_vspace(i)),
                "ssel": regular_selection(creation.get_virtual_srcspace(i)),
            }
            for i in range(creation.get_virtual_count())
        ]
    return description


def regular_selection(space):
    kind = space.get_select_type()
    if kind != h5s.SEL_HYPERSLABS:
        return {h5s.SEL_ALL: "all", h5s.SEL_NONE: "none"}.get(kind, "irregular")
    if not space.is_regular_hyperslab():
        return "irregular"
    parts = space.get_regular_hyperslab()
    return {
        name: [-1 if value in (h5s.UNLIMITED, UNLIMITED) else value for value in values]
        for name, values in zip(("start", "stride", "count", "block"), parts)
    }


def fill(creation, type_id, element):
    status = c_int()
    lib.H5Pfill_value_defined(creation.id, byref(status))
    description = {"status": FILL_STATUSES[status.value], "time": FILL_TIMES[creation.get_fill_time()]}
    if description["status"] == "user":
        description["value"] = data(element, 1, lambda buffer: lib.H5Pget_fill_value(creation.id, type_id, buffer))
    return description


def data(element, count, read):
    """Where the file keeps nothing and defines no fill value libhdf5 leaves the buffer as it was: zeros."""
    buffer = create_string_buffer(max(1, count * element.memory))
    try:
        if count:
            read(buffer)
    except HDF5Error as error:
        return {"error": str(error)}
    raw = buffer.raw
    encoded = element.encode_many(raw, count)
    return {"nbytes": len(encoded), "crc32": "%08x" % zlib.crc32(encoded), "preview": element.show_many(raw, count)}


def digest(path):
    """The digest of a file as JSON values; the file may lie anywhere."""
    here = os.getcwd()
    try:
        return Digest(path).document
    finally:
        os.chdir(here)


def main():
    document = json.dumps(digest(sys.argv[1]), separators=(",", ":"), ensure_ascii=True, sort_keys=True)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="ascii") as stream:
            stream.write(document + "\n")
    else:
        print(document)


if __name__ == "__main__":
    main()
