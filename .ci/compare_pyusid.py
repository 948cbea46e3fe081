"""Compares the N-dimensional form of every Main dataset with what pyUSID's USIDataset gives.

    compare_pyusid.py TOOL FOLDER [PATTERN]       TOOL prints the forms of a file: the snippet NDimensionalForms

pyUSID reshapes by the sizes of the dimensions, so only plain rasters can be compared with it; the others are
compared with a lookup of every cell in the indices.
"""

import contextlib
import fnmatch
import io
import json
import os
import subprocess
import sys
import zlib

import h5py
import numpy as np
import pyUSID as usid
from pyUSID.io.hdf_utils import check_if_main

ANCILLARIES = ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values")


def packed(values):
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()


def checksums(values):
    names = values.dtype.names
    if names and set(names) != {"r", "i"}:
        return {name: zlib.crc32(packed(values[name])) for name in names}
    return {"": zlib.crc32(packed(values))}


def ranks(matrix):
    return np.stack([np.unique(column, return_inverse=True)[1].reshape(-1) for column in matrix.T], axis=1)


def looked_up(main):
    """The N-dimensional form by lookup, or None; and whether the points are a plain raster."""
    positions = ranks(main.file[main.attrs["Position_Indices"]][()])
    spectra = ranks(main.file[main.attrs["Spectroscopic_Indices"]][()].T)
    sizes = [side.max(axis=0) + 1 for side in (positions, spectra)]
    for side, size in zip((positions, spectra), sizes):
        if np.prod(size) != len(side) or len(np.unique(side, axis=0)) != len(side):
            return None, False
    data = main[()]
    result = np.empty(tuple(sizes[0]) + tuple(sizes[1]), data.dtype)
    for row, place in enumerate(positions):
        for column, point in enumerate(spectra):
            result[tuple(place) + tuple(point)] = data[row, column]
    return result, all(is_raster(side, size) for side, size in zip((positions, spectra), sizes))


def is_raster(side, size):
    changes = (np.diff(side, axis=0) != 0).sum(axis=0)
    expected = np.zeros_like(side)
    block = 1
    for dimension in sorted(range(side.shape[1]), key=lambda index: -changes[index]):
        expected[:, dimension] = np.arange(len(side)) // block % size[dimension]
        block *= size[dimension]
    return np.array_equal(expected, side)


def main():
    tool, folder = sys.argv[1:3]
    pattern = sys.argv[3] if len(sys.argv) > 3 else "*"
    compared = by_pyusid = 0
    wrong = []
    for parent, folders, names in os.walk(folder):
        # Files about one rule, some of which cannot be opened at all, have a table of their own.
        folders[:] = sorted(name for name in folders if name != "rules")
        for name in sorted(names):
            path = os.path.join(parent, name)
            if not name.endswith((".h5", ".hf5")) or not fnmatch.fnmatch(name, pattern):
                continue
            output = subprocess.run([tool, path], capture_output=True, text=True, check=True).stdout
            ours = {form["path"]: form for form in map(json.loads, output.splitlines())}
            with h5py.File(path, "r") as file:
                for place, form in ours.items():
                    dataset = file[place]
                    try:
                        expected, raster = looked_up(dataset)
                    except TypeError:  # h5py cannot read references of HDF5 1.12
                        continue
                    compared += 1
                    if expected is None:
                        if "reason" not in form:
                            wrong.append(f"{path} {place}: there is no N-dimensional form")
                        continue
                    if form.get("shape") != list(expected.shape) or form.get("crc32") != checksums(expected):
                        wrong.append(f"{path} {place}: {form} differs from the lookup")
                    with contextlib.redirect_stdout(io.StringIO()):
                        try:
                            theirs = usid.USIDataset(dataset).get_n_dim_form(lazy=False) if raster else None
                        except Exception:  # pyUSID fails on fewer points than dimensions, scalar labels and the like
                            theirs = None
                    if theirs is not None:
                        by_pyusid += 1
                        if list(theirs.shape) != form.get("shape") or checksums(theirs) != form.get("crc32"):
                            wrong.append(f"{path} {place}: {form} differs from pyUSID")
    print(f"{compared} Main datasets compared, {by_pyusid} of them with pyUSID, {len(wrong)} differ")
    for line in wrong:
        print(line)
    return 1 if wrong or not by_pyusid else 0


if __name__ == "__main__":
    sys.exit(main())
