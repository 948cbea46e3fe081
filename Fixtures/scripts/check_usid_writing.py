"""Reads h5USID files that this project wrote with pyUSID, and compares what it says with the indices and with us.

    check_usid_writing.py [--forms TOOL] FILE...     TOOL prints the N-dimensional forms of a file: NDimensionalForms

For every dataset that refers to ancillary datasets: pyUSID's `check_if_main` must say yes, `USIDataset` must construct,
`get_n_dim_form` must be what a lookup of every cell in the indices gives, and the unit values must be the values at the
first point of every index. With --forms, our own N-dimensional form must have the same shape and checksum.

Where pyUSID cannot or is wrong by itself, whoever wrote the file, the reason is printed with the number of datasets:

* it reshapes by sizes alone, so serpentine and other scans that are no raster come out in wrong order;
* it has no N-dimensional form where points do not fill a grid (neither have we), and raises;
* it takes matrices with fewer points than dimensions (for unit values also with as many) for transposed ones (issue 82),
  and raises or loses a dimension;
* it gives no unit values of a dimension whose values are not a function of its indices, and raises.
"""

import argparse
import collections
import sys

import h5py
import numpy as np
import pyUSID as usid
from pyUSID.io.hdf_utils import check_if_main, get_attr, get_source_dataset
from sidpy.hdf.dtype_utils import flatten_to_real, stack_real_to_target_dtype

from usid_sides import SIDES, Side, ancillaries, checksums, decoded, forms, looked_up, packed, quiet


class WrittenSide(Side):
    """A side of a Main that we wrote: the pair must say the same, in the types that we choose."""

    def __init__(self, main, name, turned):
        super().__init__(main, name, turned)
        for dataset in self.pair:
            assert decoded(dataset.attrs["labels"]) == self.labels and decoded(dataset.attrs["units"]) == self.units
            assert dataset.attrs["labels"].dtype.kind == "S", "labels are stored with a fixed length"
        assert self.pair[0].dtype == np.uint32 and self.pair[1].dtype in (np.float32, np.float64)


class Check:
    def __init__(self):
        self.wrong, self.excuses, self.counts = [], collections.Counter(), collections.Counter()

    def main(self, dataset, ours):
        place = f"{dataset.file.filename} {dataset.name}"

        def say(text):
            self.wrong.append(f"{place}: {text}")

        self.counts["Main datasets"] += 1
        if not check_if_main(dataset):
            return say("check_if_main says no")
        sides = [WrittenSide(dataset, name, turned) for name, turned in SIDES]
        turned = any(side.looks_turned for side in sides)
        is_grid = all(side.is_grid for side in sides)
        try:
            main = usid.USIDataset(dataset)
        except Exception as error:
            if turned or not is_grid:
                self.excuses[f"USIDataset raises {type(error).__name__} on " + ("fewer points than dimensions" if turned else "points that fill no grid")] += 1
                return None
            return say(f"USIDataset raises {error!r}")
        if [list(main.pos_dim_labels), list(main.spec_dim_labels)] != [side.labels for side in sides]:
            say(f"labels {main.pos_dim_labels} {main.spec_dim_labels}")
        self.form(main, dataset, sides, is_grid, turned, ours, say)
        self.real_form(dataset, say)
        self.source(dataset, say)
        for side, get in zip(sides, (main.get_pos_values, main.get_spec_values)):
            for number, label in enumerate(side.labels):
                self.unit_values(side, number, label, get, say)

    def real_form(self, dataset, say):
        """Complex and compound elements as real numbers, which we left beside the Main, and back."""
        ours = dataset.parent.get(dataset.name.split("/")[-1] + "_real")
        if ours is None:
            return
        data = dataset[()]
        if data.dtype.kind in "cV":
            theirs = flatten_to_real(data)
            back = stack_real_to_target_dtype(ours[()].astype(theirs.dtype), data.dtype)
            # By value: their sum of real and imaginary parts loses the sign of zero.
            if not np.array_equal(back.reshape(data.shape), data):
                say("stack_real_to_target_dtype of our real form is not the data")
        else:
            theirs = data
        self.counts["real forms equal to pyUSID's"] += 1
        if not np.array_equal(theirs.astype(np.float64), ours[()]):
            say("flatten_to_real differs from our real form")

    def source(self, dataset, say):
        """The source of a results group, by its name and by its attributes."""
        group = dataset.parent
        if "source_000" not in group.attrs:
            return
        self.counts["sources found"] += 1
        source = dataset.file[group.attrs["source_000"]]
        if get_source_dataset(group) != usid.USIDataset(source) or get_attr(group, "num_source_dsets") != 1:
            say(f"get_source_dataset is {get_source_dataset(group)}, not {source}")
        if "names" in group.attrs and list(get_attr(group, "names")) != ["a", "bc"]:
            say(f"the texts of a parameter are {get_attr(group, 'names')}")

    def form(self, main, dataset, sides, is_grid, turned, ours, say):
        if ours is not None and is_grid == ("reason" in ours):
            say(f"we say {ours}, the indices say a grid: {is_grid}")
        if not is_grid:
            self.excuses["no N-dimensional form of points that fill no grid"] += 1
            return
        expected = looked_up(dataset, sides)
        if ours is not None:
            self.counts["forms equal to ours"] += 1
            if ours["shape"] != list(expected.shape) or ours["crc32"] != checksums(expected):
                say(f"our form {ours} differs from the lookup")
        try:
            theirs = np.asarray(main.get_n_dim_form(lazy=False))
        except Exception as error:
            theirs = error
        if isinstance(theirs, np.ndarray) and theirs.shape == expected.shape and packed(theirs) == packed(expected):
            self.counts["forms equal to pyUSID's"] += 1
        elif turned:
            self.excuses["wrong form of fewer points than dimensions (issue 82)"] += 1
        elif not all(side.is_raster for side in sides):
            self.excuses["form of a scan that is no raster in wrong order"] += 1
        else:
            say(f"the form is {theirs.shape if isinstance(theirs, np.ndarray) else repr(theirs)}, the lookup gives {expected.shape}")

    def unit_values(self, side, number, label, get, say):
        expected = side.unit_values(number)
        try:
            theirs = np.atleast_1d(get(label))
        except Exception as error:
            theirs = error
        if expected is not None and isinstance(theirs, np.ndarray) and np.array_equal(theirs, expected):
            self.counts["dimensions with equal unit values"] += 1
        elif expected is None:
            self.excuses["no unit values where they are no function of the indices"] += 1
        elif side.values_look_turned:
            self.excuses["wrong unit values of no more points than dimensions (issue 82)"] += 1
        elif not (side.is_grid and side.is_raster):
            self.excuses["no unit values of points that are no raster"] += 1
        else:
            say(f"unit values of {label} are {theirs!r}, not {expected!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    check = Check()
    for path in arguments.files:
        ours = forms(arguments.forms, path) if arguments.forms else {}
        with h5py.File(path, "r") as file:
            found = ancillaries(file)
            if not found:
                check.wrong.append(f"{path}: no Main dataset")
            for dataset in found:
                if arguments.forms and dataset.name not in ours:
                    check.wrong.append(f"{path} {dataset.name}: we do not find it")
                with quiet():
                    check.main(dataset, ours.get(dataset.name))
    for what, number in sorted(check.counts.items()):
        print(f"{number} {what}")
    for what, number in sorted(check.excuses.items()):
        print(f"pyUSID by itself, {number} times: {what}")
    for line in check.wrong:
        print(line)
    print(f"{len(check.wrong)} differences")
    return 1 if check.wrong or not check.counts["forms equal to pyUSID's"] else 0


if __name__ == "__main__":
    sys.exit(main())
