"""Opening fixture files so that the same calls always give the same bytes.

`fixture(...)` opens a file with no time stamps; `groups`, `datasets` and raw writes below go
through the low-level interface because a high-level h5py call stamps the clock into group headers.
"""

import contextlib
import math
import os
from ctypes import create_string_buffer

import h5py
import numpy as np
from h5py import h5d, h5f, h5g, h5p, h5s

from libhdf5 import ALL, DEFAULT, lib
from object_times import settle_extension_times

VERSIONS = {
    "earliest": (h5f.LIBVER_EARLIEST, h5f.LIBVER_LATEST),
    "v108": (h5f.LIBVER_V18, h5f.LIBVER_V18),
    "v110": (h5f.LIBVER_V110, h5f.LIBVER_V110),
    "v114": (h5f.LIBVER_V114, h5f.LIBVER_V114),
    "latest": (h5f.LIBVER_LATEST, h5f.LIBVER_LATEST),
}
BOTH = ("earliest", "latest")


class Maker:
    """The folder that fixtures are made in, and the names made so far."""

    def __init__(self, folder):
        self.folder = folder
        self.names = []
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    @contextlib.contextmanager
    def file(self, name, version="earliest", prepare=None, order=0, prepare_access=None):
        """A new file `name`.h5; `order` is the root's link creation order, the others may set further properties."""
        creation = h5p.create(h5p.FILE_CREATE)
        creation.set_obj_track_times(False)
        if order:
            creation.set_link_creation_order(order)
        if prepare:
            prepare(creation)
        access = h5p.create(h5p.FILE_ACCESS)
        access.set_libver_bounds(*VERSIONS[version])
        lib.H5Pset_small_data_block_size(access.id, 0)  # no space set aside: small files
        if prepare_access:
            prepare_access(access)
        path = self.path(name + ".h5")
        file = h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access))
        try:
            yield file
        finally:
            file.close()
        settle_extension_times(path)
        self.names.append(name)

    def twins(self, name, versions=BOTH, **options):
        """Opens the same file once for each library version: `for file in maker.twins(...)`."""
        for version in versions:
            with self.file(f"{name}-{version}", version, **options) as file:
                yield file


def group(parent, name, order=0, attribute_order=0, prepare=None):
    """A group without time stamps. `name` is text or bytes; the orders are h5p.CRT_ORDER_* flags."""
    creation = h5p.create(h5p.GROUP_CREATE)
    creation.set_obj_track_times(False)
    if order:
        creation.set_link_creation_order(order)
    if attribute_order:
        creation.set_attr_creation_order(attribute_order)
    if prepare:
        prepare(creation)
    return h5py.Group(h5g.create(parent.id, encoded(name), gcpl=creation))


def dataset(parent, name, values=None, **options):
    """A dataset without time stamps; options as for h5py."""
    return parent.create_dataset(name, data=values, track_times=False, **options)


def raw_dataset(parent, name, type_id, shape, raw=None, creation=None, maximum=None):
    """A dataset of any datatype identifier, its elements given as they lie in memory."""
    creation = creation or h5p.create(h5p.DATASET_CREATE)
    creation.set_obj_track_times(False)
    if raw is not None:
        assert len(raw) == lib.H5Tget_size(identifier_of(type_id)) * math.prod(shape), name
    space = h5s.create(h5s.SCALAR) if shape == () else h5s.create_simple(tuple(shape), maximum)
    identifier = lib.H5Dcreate2(
        parent.id.id, encoded(name), identifier_of(type_id), space.id, DEFAULT, creation.id, DEFAULT
    )
    if raw is not None:
        lib.H5Dwrite(identifier, identifier_of(type_id), ALL, ALL, DEFAULT, create_string_buffer(raw, len(raw)))
    lib.H5Dclose(identifier)


def raw_attribute(parent, name, type_id, shape, raw):
    """An attribute of any datatype identifier, its elements given as they lie in memory."""
    assert len(raw) == lib.H5Tget_size(identifier_of(type_id)) * math.prod(shape), name
    space = h5s.create(h5s.SCALAR) if shape == () else h5s.create_simple(tuple(shape))
    identifier = lib.H5Acreate2(parent.id.id, encoded(name), identifier_of(type_id), space.id, DEFAULT, DEFAULT)
    lib.H5Awrite(identifier, identifier_of(type_id), create_string_buffer(raw, len(raw)))
    lib.H5Aclose(identifier)


def committed(parent, name, type_id):
    """Commits a datatype without time stamps."""
    creation = lib.H5Pcreate(lib.constant("H5P_CLS_DATATYPE_CREATE_ID"))
    lib.H5Pset_obj_track_times(creation, False)
    lib.H5Tcommit2(parent.id.id, encoded(name), identifier_of(type_id), DEFAULT, creation, DEFAULT)
    lib.H5Pclose(creation)


def chunked(shape, *, gzip=None, shuffle=False, fletcher=False, fill=None, early=False):
    """A dataset creation property list for low-level calls."""
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_obj_track_times(False)
    creation.set_chunk(tuple(shape))
    if shuffle:
        creation.set_shuffle()
    if gzip is not None:
        creation.set_deflate(gzip)
    if fletcher:
        creation.set_fletcher32()
    if fill is not None:
        creation.set_fill_value(np.asarray(fill))
    if early:
        creation.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    return creation


def encoded(name):
    return name.encode("utf-8") if isinstance(name, str) else name


def identifier_of(type_id):
    return type_id if isinstance(type_id, int) else type_id.id


def variable_text(values):
    """numpy object array that h5py writes as variable-length UTF-8 strings."""
    return np.array(values, dtype=h5py.string_dtype("utf-8"))


def ramp(*shape, dtype="<i4", start=0):
    """An array whose values are its linear element numbers."""
    count = int(np.prod(shape, dtype=np.int64))
    return (np.arange(count) + start).astype(dtype).reshape(shape)
