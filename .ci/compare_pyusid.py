"""Compares the N-dimensional form of every Main dataset with what pyUSID's USIDataset gives.

    compare_pyusid.py TOOL FOLDER [PATTERN]       TOOL prints the forms of a file: the snippet NDimensionalForms

pyUSID reshapes by the sizes of the dimensions, so only plain rasters can be compared with it; the others are
compared with a lookup of every cell in the indices.
"""

import fnmatch
import os
import pathlib
import sys

import h5py
import pyUSID as usid

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Fixtures/scripts"))
from usid_sides import SIDES, Side, checksums, forms, looked_up, quiet  # noqa: E402


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
            ours = forms(tool, path)
            with h5py.File(path, "r") as file:
                for place, form in ours.items():
                    dataset = file[place]
                    try:
                        sides = [Side(dataset, name, turned) for name, turned in SIDES]
                    except TypeError:  # h5py cannot read references of HDF5 1.12
                        continue
                    compared += 1
                    if not all(side.is_grid for side in sides):
                        if "reason" not in form:
                            wrong.append(f"{path} {place}: there is no N-dimensional form")
                        continue
                    expected = looked_up(dataset, sides)
                    if form.get("shape") != list(expected.shape) or form.get("crc32") != checksums(expected):
                        wrong.append(f"{path} {place}: {form} differs from the lookup")
                    is_raster = all(side.is_raster for side in sides)
                    with quiet():
                        try:
                            theirs = usid.USIDataset(dataset).get_n_dim_form(lazy=False) if is_raster else None
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
