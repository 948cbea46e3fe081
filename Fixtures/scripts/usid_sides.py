"""What the checks of h5USID files share: both sides of a Main dataset read with h5py alone, and its form by lookup."""

import contextlib
import io
import json
import subprocess
import warnings
import zlib

import h5py
import numpy as np

SIDES = (("Position", False), ("Spectroscopic", True))


def packed(values):
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()


def checksums(values):
    names = values.dtype.names
    if names and set(names) != {"r", "i"}:
        return {name: zlib.crc32(packed(values[name])) for name in names}
    return {"": zlib.crc32(packed(values))}


def decoded(texts):
    return [text.decode("utf-8") if isinstance(text, bytes) else str(text) for text in texts]


def ancillaries(file, tolerant=False):
    """The datasets that name ancillary datasets, as Mains do; up to the first object that libhdf5 cannot read, if tolerant."""
    found = []

    def note(_, item):
        if isinstance(item, h5py.Dataset) and "Position_Indices" in item.attrs:
            found.append(item)

    with contextlib.suppress(RuntimeError) if tolerant else contextlib.nullcontext():
        file.visititems(note)
    return found


def forms(tool, path):
    """What our tool, the snippet NDimensionalForms, says of every Main of a file, by their paths."""
    output = subprocess.run([tool, path], capture_output=True, text=True, check=True).stdout
    return {form["path"]: form for form in map(json.loads, output.splitlines())}


@contextlib.contextmanager
def quiet():
    """Keeps pyUSID from telling what it does and what it warns of."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Side:
    """One pair of ancillary datasets, points along axis 0, read with h5py alone."""

    def __init__(self, main, name, turned):
        self.pair = [main.file[main.attrs[f"{name}_{part}"]] for part in ("Indices", "Values")]
        self.indices, self.values = (dataset[()].T if turned else dataset[()] for dataset in self.pair)
        self.labels, self.units = (decoded(np.atleast_1d(self.pair[0].attrs[part])) for part in ("labels", "units"))
        self.ranks = np.stack([np.unique(column, return_inverse=True)[1].reshape(-1) for column in self.indices.T], axis=1)
        self.sizes = self.ranks.max(axis=0) + 1

    @property
    def is_grid(self):
        return np.prod(self.sizes, dtype=object) == len(self.ranks) and len(np.unique(self.ranks, axis=0)) == len(self.ranks)

    @property
    def is_raster(self):
        changes = (np.diff(self.ranks, axis=0) != 0).sum(axis=0)
        expected, block = np.zeros_like(self.ranks), 1
        for dimension in np.argsort(-changes, kind="stable"):
            expected[:, dimension] = np.arange(len(self.ranks)) // block % self.sizes[dimension]
            block *= self.sizes[dimension]
        return np.array_equal(expected, self.ranks)

    @property
    def looks_turned(self):
        return len(self.ranks) < self.ranks.shape[1]

    @property
    def values_look_turned(self):
        return 1 < self.ranks.shape[1] and len(self.ranks) <= self.ranks.shape[1]

    def unit_values(self, dimension):
        """The value at the first point of each index; None where equal indices carry different values."""
        ranks, values = self.ranks[:, dimension], self.values[:, dimension]
        first = np.unique(ranks, return_index=True)[1]
        return values[first] if np.array_equal(values[first][ranks], values) else None


def looked_up(main, sides):
    """The N-dimensional form: every cell looked up in the indices."""
    data = main[()]
    result = np.empty(tuple(sides[0].sizes) + tuple(sides[1].sizes), data.dtype)
    rows = np.ravel_multi_index(tuple(sides[0].ranks.T), sides[0].sizes)
    columns = np.ravel_multi_index(tuple(sides[1].ranks.T), sides[1].sizes)
    flat = result.reshape(len(rows), len(columns))
    flat[np.ix_(rows, columns)] = data
    return result
