"""The N-dimensional form of a Main dataset, by looking every cell up in the indices.

pyUSID reshapes by the sizes of the dimensions; that is only right for a plain raster. For a
plain raster the two must agree, and this module insists on it.
"""

import contextlib
import io
import zlib
from ctypes import create_string_buffer

import h5py
import numpy as np
import pyUSID as usid
from pyUSID.io.hdf_utils import check_if_main

from libhdf5 import DEFAULT, lib
from usid_files import PAIRS

SCHEMA = "usid-ndim-1"


def expected_forms(path):
    """Every Main dataset of the file with the checksum of its N-dimensional form, or why it has none."""
    names = []

    def note(name, thing):
        if isinstance(thing, h5py.Dataset) and all(pair in thing.attrs for pair in PAIRS):
            names.append("/" + name)

    with h5py.File(path, "r") as file:
        file.visititems(note)  # holds h5py's lock, which pyUSID's threads want
        return {"schema": SCHEMA, "mains": {name: expected_form(file[name]) for name in names}}


def expected_form(main):
    position_indices, position_values, spectrum_indices, spectrum_values = (referred(main, pair) for pair in PAIRS)
    positions = Side(position_indices, position_indices[()], position_values[()])
    spectra = Side(spectrum_indices, spectrum_indices[()].T, spectrum_values[()].T)
    form = {
        "quantity": attribute_text(main, "quantity"),
        "units": attribute_text(main, "units"),
        "positions": positions.description(),
        "spectroscopic": spectra.description(),
    }
    reasons = [
        f"{name}: {side.problem}"
        for name, side in (("positions", positions), ("spectroscopic", spectra))
        if side.problem
    ]
    if reasons:
        return form | {"reasons": reasons}
    data = main[()]
    shape = tuple(positions.sizes + spectra.sizes)
    result = np.empty(shape, data.dtype)
    for row, place in enumerate(positions.ranks):
        for column, point in enumerate(spectra.ranks):
            result[tuple(place) + tuple(point)] = data[row, column]
    if (
        positions.is_plain_raster()
        and spectra.is_plain_raster()
        and pyusid_can_open(main, position_indices, spectrum_indices)
    ):
        compare_with_pyusid(main, result)
    return form | {
        "labels": positions.labels + spectra.labels,
        "shape": list(shape),
        "nbytes": len(packed(result)),
        "crc32": "%08x" % zlib.crc32(packed(result)),
    }


def referred(main, name):
    try:
        reference = main.attrs[name]
    except TypeError:  # h5py does not know the references of HDF5 1.12
        raw = create_string_buffer(64)
        attribute = h5py.h5a.open(main.id, name.encode())
        lib.H5Aread(attribute.id, lib.constant("H5T_STD_REF"), raw)
        target = h5py.Dataset(h5py.h5i.wrap_identifier(lib.H5Ropen_object(raw, DEFAULT, DEFAULT)))
        lib.H5Rdestroy(raw)
        return target
    return main.file[text(reference) if isinstance(reference, (bytes, str)) else reference]


def attribute_text(holder, name):
    """A scalar text; blanks that only fill a space-padded string are no part of it."""
    value = text(holder.attrs[name])
    kind = holder.attrs.get_id(name).get_type()
    padded = not kind.is_variable_str() and kind.get_strpad() == h5py.h5t.STR_SPACEPAD
    return value.rstrip(" ") if padded else value


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


class Side:
    """The position or the spectroscopic dimensions; matrices with one row per point."""

    def __init__(self, dataset, indices, values):
        self.labels = [text(label) for label in np.atleast_1d(dataset.attrs["labels"])]
        self.units = [text(unit) for unit in np.atleast_1d(dataset.attrs["units"])]
        self.values = values
        distinct = [np.unique(column) for column in indices.T]
        self.sizes = [len(found) for found in distinct]
        self.ranks = np.column_stack([np.searchsorted(found, column) for found, column in zip(distinct, indices.T)])
        cells = len(np.unique(self.ranks, axis=0))
        self.problem = None
        if cells < len(self.ranks):
            self.problem = "duplicates"
        elif cells < np.prod(self.sizes):
            self.problem = "missing cells"

    def order(self):
        """Dimensions from the fastest to the slowest: by the number of changes along the points, ties in file order."""
        changes = (np.diff(self.ranks, axis=0) != 0).sum(axis=0)
        return sorted(range(len(self.labels)), key=lambda dimension: -changes[dimension])

    def is_plain_raster(self):
        """Whether the points run through the complete grid from index 0, the fastest dimension first."""
        expected = np.zeros_like(self.ranks)
        block = 1
        for dimension in self.order():
            expected[:, dimension] = np.arange(len(self.ranks)) // block % self.sizes[dimension]
            block *= self.sizes[dimension]
        return np.array_equal(expected, self.ranks)

    def unit_values(self, dimension):
        """The values at indices 0, 1, 2, ...; None when one index has several values."""
        found = {}
        for rank, value in zip(self.ranks[:, dimension], self.values[:, dimension]):
            if found.setdefault(int(rank), float(value)) != float(value):
                return None
        return [found[rank] for rank in sorted(found)]

    def description(self):
        return {
            "labels": self.labels,
            "units": self.units,
            "sizes": self.sizes,
            "fastestFirst": [self.labels[dimension] for dimension in self.order()],
            "raster": self.is_plain_raster(),
            "unitValues": [self.unit_values(dimension) for dimension in range(len(self.labels))],
        }


def pyusid_can_open(main, position_indices, spectrum_indices):
    """pyUSID fails where there are fewer points than dimensions, and on labels that are no array."""
    enough_points = (
        position_indices.shape[0] >= position_indices.shape[1]
        and spectrum_indices.shape[1] >= spectrum_indices.shape[0]
    )
    arrays = all(
        np.ndim(dataset.attrs[name]) for dataset in (position_indices, spectrum_indices) for name in ("labels", "units")
    )
    return enough_points and arrays and check_if_main(main)


def compare_with_pyusid(main, result):
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = usid.USIDataset(main).get_n_dim_form(lazy=False)
    assert theirs.shape == result.shape, (main.name, theirs.shape, result.shape)
    assert packed(theirs) == packed(result), main.name


def packed(values):
    """Little-endian bytes in C order; the members of a compound one after the other without padding."""
    if values.dtype.names:
        members = sorted(values.dtype.names, key=lambda name: values.dtype.fields[name][1])
        packing = np.dtype([(name, values.dtype.fields[name][0].newbyteorder("<")) for name in members])
        result = np.empty(values.shape, packing)
        for name in members:
            result[name] = values[name]
        return result.tobytes()
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
