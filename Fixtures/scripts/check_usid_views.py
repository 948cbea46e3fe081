"""Compares slices, reductions and exports of h5USID files with NumPy and with pyUSID.

    check_usid_views.py [--seed N] TOOL FILE...       TOOL is h5usid

For every Main dataset of the files, with choices that follow from the seed:

* a slice as .npy equals what the indices say, element for element, and pyUSID's `slice` where that is right;
* reductions as .npy equal NumPy's over the values that the indices put together, and pyUSID's `reduce`, but for rounding;
* both written as Mains: `check_if_main` says yes, `USIDataset` constructs, and the data are those of the .npy;
* .npy of the whole has the type and the elements of the dataset, in both forms;
* .csv of the whole has, cell for cell, the texts and numbers of pyUSID's `to_csv`.

pyUSID reshapes by sizes alone, so scans that are no raster are compared with NumPy only; so are matrices that it takes for
transposed ones (fewer points than dimensions).
"""

import argparse
import collections
import csv
import os
import random
import subprocess
import sys
import tempfile

import dask.array as da
import h5py
import numpy as np
import pyUSID as usid
from pyUSID.io.hdf_utils import check_if_main

from usid_sides import SIDES, Side, ancillaries, looked_up, quiet

REDUCTIONS = {
    "mean": (np.mean, da.mean), "sum": (np.sum, da.sum), "min": (np.min, da.min), "max": (np.max, da.max),
    "std": (np.std, da.std), "median": (np.median, None),
}


def same(left, right):
    """Whether all elements are equal, NaN too."""
    return np.array_equal(left, right, equal_nan=left.dtype.kind in "fc")


def is_compound(data):
    return bool(data.dtype.names)


class Cells:
    """The points of one side by the dimensions that are left."""

    def __init__(self, side, kept):
        if len(kept) == side.ranks.shape[1]:
            self.groups = [[point] for point in range(len(side.ranks))]
            self.is_grid = side.is_grid
            order = np.ravel_multi_index(tuple(side.ranks.T), side.sizes) if side.is_grid else range(len(side.ranks))
        else:
            found = collections.OrderedDict()
            for point, ranks in enumerate(side.ranks[:, kept]):
                found.setdefault(tuple(ranks), []).append(point)
            self.groups = list(found.values())
            self.is_grid = len(found) == np.prod(side.sizes[kept], dtype=object)
            order = [np.ravel_multi_index(cell, side.sizes[kept]) if kept else 0 for cell in found] if self.is_grid else range(len(found))
        self.order = np.argsort(np.asarray(order), kind="stable")
        self.shape = [int(size) for size in side.sizes[kept]]


def reduced(data, sides, dropped, function):
    cells = [Cells(side, [n for n, label in enumerate(side.labels) if label not in dropped]) for side in sides]
    matrix = np.array([[function(data[np.ix_(rows, columns)]) for columns in cells[1].groups] for rows in cells[0].groups])
    if not all(side.is_grid for side in cells):
        return matrix, matrix
    return matrix[np.ix_(cells[0].order, cells[1].order)].reshape(cells[0].shape + cells[1].shape), matrix


class Check:
    def __init__(self, tool, seed, folder):
        self.tool, self.random, self.folder = tool, random.Random(seed), folder
        self.wrong, self.counts = [], collections.Counter()

    def run(self, *arguments):
        done = subprocess.run([self.tool, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"h5usid {' '.join(arguments)} ends with {done.returncode}: {done.stderr.strip()}")

    def out(self, name):
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            os.remove(path)
        return path

    def main(self, dataset):
        sides = [Side(dataset, name, turned) for name, turned in SIDES]
        self.is_grid = all(side.is_grid for side in sides)
        self.is_plain = self.is_grid and all(side.is_raster and not side.looks_turned for side in sides)
        data = dataset[()]
        self.arguments = (dataset.file.filename, dataset.name)
        self.counts["Main datasets"] += 1
        for check in (self.whole, self.table, self.slice, self.reduce):
            try:
                check(dataset, sides, data)
            except Exception as error:
                self.wrong.append(f"{dataset.file.filename} {dataset.name} {check.__name__}: {type(error).__name__} {error}")

    # The whole dataset

    def whole(self, dataset, sides, data):
        forms = [("matrix", data)] + ([("nd", looked_up(dataset, sides))] if self.is_grid else [])
        for form, expected in forms:
            path = self.out("whole.npy")
            self.run("export", *self.arguments, "-o", path, "--form", form)
            ours = np.load(path)
            assert ours.dtype == expected.dtype.newbyteorder("<"), f"{form} has type {ours.dtype}, not {expected.dtype}"
            assert ours.shape == expected.shape and same(ours, expected), f"{form} differs"
            self.counts["arrays equal"] += 1

    def table(self, dataset, sides, data):
        if is_compound(data) and data.dtype.kind != "c":
            return
        theirs, ours = self.out("theirs.csv"), self.out("ours.csv")
        self.run("export", *self.arguments, "-o", ours)
        try:
            usid.USIDataset(dataset).to_csv(theirs, force=True)
        except Exception:
            self.counts["tables that pyUSID raises on"] += 1
            return
        with open(theirs) as left, open(ours) as right:
            left, right = list(csv.reader(left)), list(csv.reader(right))
        assert len(left) == len(right), f"the table has {len(right)} rows, pyUSID's {len(left)}"
        for number, (their, our) in enumerate(zip(left, right)):
            assert len(their) == len(our), f"row {number} has {len(our)} cells, pyUSID's {len(their)}"
            for cell, other in zip(their, our):
                assert same_cell(cell, other, data.dtype), f"row {number}: {other!r}, pyUSID has {cell!r}"
        self.counts["tables equal to pyUSID's"] += 1

    # Parts

    def choice(self, size):
        kind = self.random.randrange(4)
        if kind == 0:
            index = self.random.randrange(size)
            return str(index - size if self.random.random() < 0.3 else index), [index], True
        if kind == 1:
            start, step = self.random.randrange(size), self.random.randint(1, 3)
            return f"{start}::{step}", list(range(start, size, step)), False
        if kind == 2:
            indices = sorted(self.random.sample(range(size), self.random.randint(1, size)))
            # A single number is an index.
            return (",".join(map(str, indices)), indices, len(indices) == 1)
        end = self.random.randint(1, size)
        return f":{end}", list(range(end)), False

    def slice(self, dataset, sides, data):
        chosen = {}
        for side in sides:
            for label, size in zip(side.labels, side.sizes):
                if self.random.random() < 0.6:
                    chosen[label] = self.choice(int(size))
        if not chosen:
            label, size = sides[0].labels[0], int(sides[0].sizes[0])
            chosen[label] = self.choice(size)
        masks = []
        for side in sides:
            mask = np.ones(len(side.ranks), bool)
            for number, label in enumerate(side.labels):
                if label in chosen:
                    mask &= np.isin(side.ranks[:, number], chosen[label][1])
            masks.append(np.flatnonzero(mask))
        if not all(len(mask) for mask in masks):
            return
        matrix = data[np.ix_(*masks)]
        selections = [word for label, (text, _, _) in chosen.items() for word in ("--select", f"{label}={text}")]
        path = self.out("slice.h5")
        self.run("slice", *self.arguments, *selections, "-o", path)
        name = dataset.name.split("/")[-1]
        with h5py.File(path, "r") as file:
            main = file[f"{name}-slice_000/{name}"]
            assert check_if_main(main), "check_if_main says no of the slice"
            assert main.dtype == data.dtype and same(main[()], matrix), "the written slice differs"
            for (side_name, turned), side, mask in zip(SIDES, sides, masks):
                cut = Side(main, side_name, turned)
                assert np.array_equal(cut.indices, cut.ranks) or side.labels == cut.labels and len(mask) == len(side.ranks), "indices do not count from 0"
                for number, label in enumerate(cut.labels):
                    if label in side.labels:
                        column = side.labels.index(label)
                        assert np.array_equal(cut.values[:, number], side.values[mask, column]), f"values of {label} differ"
                        assert cut.units[number] == side.units[column]
            self.counts["slices written"] += 1
            self.construct(main)
        if is_compound(data) and data.dtype.kind != "c":
            return
        path = self.out("slice.npy")
        self.run("slice", *self.arguments, *selections, "-o", path)
        ours = np.load(path)
        if not self.is_grid:
            if ours.ndim == 2 and ours.shape == matrix.shape:
                assert same(ours, matrix), "the slice differs"
                self.counts["slices equal to the indices"] += 1
            return
        expected = looked_up(dataset, sides)
        for axis, label in enumerate(sides[0].labels + sides[1].labels):
            if label in chosen:
                expected = np.take(expected, chosen[label][1], axis)
        dropped = tuple(axis for axis, label in enumerate(sides[0].labels + sides[1].labels) if label in chosen and chosen[label][2])
        expected = expected.squeeze(dropped)
        assert ours.shape == expected.shape and same(ours, expected), "the slice differs from the lookup"
        self.counts["slices equal to the indices"] += 1
        if self.is_plain:
            try:
                theirs, success = usid.USIDataset(dataset).slice({label: indices if len(indices) > 1 else indices[0] for label, (_, indices, _) in chosen.items()})
            except Exception:
                self.counts["slices that pyUSID raises on"] += 1
                return
            if success is True:
                assert same(np.squeeze(theirs), np.squeeze(ours)), "the slice differs from pyUSID's"
                self.counts["slices equal to pyUSID's"] += 1

    def construct(self, main):
        """pyUSID takes what is written, and its N-dimensional form is what the indices say."""
        sides = [Side(main, name, turned) for name, turned in SIDES]
        if any(side.looks_turned for side in sides):
            return
        if not all(side.is_grid for side in sides):
            return
        theirs = usid.USIDataset(main)
        if all(side.is_raster for side in sides):
            form = np.asarray(theirs.get_n_dim_form(lazy=False))
            assert np.array_equal(np.squeeze(form), np.squeeze(looked_up(main, sides)), equal_nan=form.dtype.kind == "f"), "pyUSID's form of what is written differs"
            self.counts["forms of what is written equal to pyUSID's"] += 1

    def reduce(self, dataset, sides, data):
        if is_compound(data) and data.dtype.kind != "c":
            return
        labels = [label for side in sides for label in side.labels]
        names = ["mean", "sum"] if data.dtype.kind == "c" else list(REDUCTIONS)
        for name in names:
            dropped = self.random.sample(labels, self.random.randint(1, len(labels)))
            wide = data.astype(np.complex128 if data.dtype.kind == "c" else np.float64)
            expected, matrix = reduced(wide, sides, dropped, REDUCTIONS[name][0])
            path = self.out("reduced.npy")
            self.run("reduce", *self.arguments, "--over", ",".join(dropped), "--by", name, "-o", path)
            ours = np.load(path)
            exact = data.dtype.kind in "fc" and data.dtype.itemsize <= (4 if data.dtype.kind == "f" else 8)
            tolerance = 1e-6 if exact else 1e-11
            scale = max(1e-300, float(np.nan_to_num(np.max(np.abs(wide)))) * (len(data) * data.shape[1] if name == "sum" else 1))
            assert ours.shape == expected.shape, f"{name} over {dropped} has shape {ours.shape}, not {expected.shape}"
            assert np.allclose(ours, expected, rtol=tolerance, atol=tolerance * scale, equal_nan=True), f"{name} over {dropped} differs from NumPy's"
            self.counts["reductions equal to NumPy's"] += 1
            path = self.out("reduced.h5")
            self.run("reduce", *self.arguments, "--over", ",".join(dropped), "--by", name, "-o", path)
            link = dataset.name.split("/")[-1]
            with h5py.File(path, "r") as file:
                main = file[f"{link}-Reduce_000/{link}"]
                assert check_if_main(main), "check_if_main says no of the reduction"
                assert main.dtype == ours.dtype and np.allclose(main[()], matrix, rtol=tolerance, atol=tolerance * scale, equal_nan=True), f"written {name} over {dropped} differs"
                self.counts["reductions written"] += 1
                self.construct(main)
            if self.is_plain and REDUCTIONS[name][1]:
                try:
                    theirs = np.asarray(usid.USIDataset(dataset).reduce(dropped, ufunc=REDUCTIONS[name][1])[0])
                except Exception:
                    self.counts["reductions that pyUSID raises on"] += 1
                    continue
                if data.dtype == np.float16 and not np.isfinite(theirs).all() and np.isfinite(ours).all():
                    self.counts["reductions that overflow in pyUSID"] += 1
                elif np.squeeze(theirs).shape == np.squeeze(ours).shape:
                    # pyUSID sums in the type of the data.
                    assert np.allclose(np.squeeze(ours), np.squeeze(theirs), rtol=1e-3 if data.dtype == np.float16 else 1e-4, atol=1e-4 * scale, equal_nan=True), f"{name} over {dropped} differs from pyUSID's"
                    self.counts["reductions equal to pyUSID's"] += 1


def same_cell(left, right, dtype):
    """Whether two cells say the same: as texts, or as numbers of the type of the data or of the values."""
    if left == right:
        return True
    if dtype.kind == "c" and left.strip().endswith("j)"):
        return np.array(complex(left.strip().replace("+-", "-")), dtype) == np.array(complex(right), dtype)
    try:
        left, right = float(left), float(right)
    except ValueError:
        return False
    return left == right or np.isnan(left) and np.isnan(right) or dtype.kind == "f" and dtype.type(left) == dtype.type(right)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("tool", type=os.path.abspath)
    parser.add_argument("files", nargs="+", type=os.path.abspath)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # pyUSID leaves a file in the folder where it works.
        os.chdir(folder)
        check = Check(arguments.tool, arguments.seed, folder)
        for path in arguments.files:
            with h5py.File(path, "r") as file:
                for dataset in ancillaries(file):
                    with quiet():
                        check.main(dataset)
        os.chdir("/")
    for what, number in sorted(check.counts.items()):
        print(f"{number} {what}")
    for line in check.wrong:
        print(line)
    print(f"{len(check.wrong)} differences")
    compared = all(check.counts[what] for what in ("slices equal to pyUSID's", "reductions equal to pyUSID's", "tables equal to pyUSID's"))
    return 1 if check.wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
