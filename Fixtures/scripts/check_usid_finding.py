"""Compares the results that we find with those that pyUSID finds.

    check_usid_finding.py TOOL FOLDER…       TOOL is the snippet FindResults

For every Main of every file and every tool that a results group names: the groups of pyUSID's `find_results_groups`
whose name is exactly that of the rule must be ours (pyUSID takes every group whose name contains both names). For
every group found, with the numbers and texts of its attributes as parameters: the same of `check_for_old`.
"""

import collections
import collections.abc
import os
import subprocess
import sys
import warnings

import h5py
import numpy as np
from pyUSID.io.hdf_utils import check_for_old, check_if_main, find_results_groups

from usid_sides import ancillaries

collections.Iterable = collections.abc.Iterable  # pyUSID 0.0.12 knows only the place of Python 3.9
SKIPPED = ("timestamp", "machine_id", "platform", "tool", "num_source_dsets")


def mains(file):
    def is_main(dataset):
        try:
            return check_if_main(dataset)
        except Exception:
            return False

    return [dataset for dataset in ancillaries(file, tolerant=True) if is_main(dataset)]


def ours(tool, path, main, name, parameters=()):
    words = [tool, path, main.name, name, *(f"{key}={value}" for key, value in parameters)]
    output = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line for line in output.splitlines() if line.startswith("/")]


def exactly(groups, main, tool):
    """Those of pyUSID's groups that are results of this tool on this Main by name and by attributes."""
    wanted = main.name.split("/")[-1].replace("-", "_") + "-" + tool.replace("-", "_") + "_"
    for group in groups:
        name = group.name.split("/")[-1]
        if not name.startswith(wanted) or not name[len(wanted) :].isdigit():
            continue
        source = group.attrs.get("source_000")
        if source is None and ("source_file_path" in group.attrs or "source_dataset_path" in group.attrs):
            continue
        if source is None and "tool" not in group.attrs:
            continue
        try:
            if source is not None and group.file[source].name != main.name:
                continue
        except KeyError:  # a dead reference
            continue
        yield group.name


def settings(group):
    for key, value in group.attrs.items():
        if key in SKIPPED or key.endswith("_version") or isinstance(value, h5py.Reference):
            continue
        if isinstance(value, (str, int, np.integer)) and not isinstance(value, np.bool_):
            yield key, value


def main():
    warnings.simplefilter("ignore")
    tool, folders = sys.argv[1], sys.argv[2:]
    asked = found = 0
    wrong = []
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not name.endswith((".h5", ".hf5")) or not h5py.is_hdf5(path):
                continue
            with h5py.File(path, "r") as file:
                for main in mains(file):
                    tools = {
                        key.split("-")[1].rsplit("_", 1)[0] for key in main.parent if key.count("-") == 1 and "_" in key
                    }
                    for kind in sorted(tools | {kind.split("_")[-1] for kind in tools}):
                        asked += 1
                        theirs = find_results_groups(main, kind)
                        expected = sorted(exactly(theirs, main, kind))
                        if sorted(ours(tool, path, main, kind)) != expected:
                            wrong.append(f"{path} {main.name} {kind}: {ours(tool, path, main, kind)} not {expected}")
                        for group in theirs:
                            if group.name not in expected:
                                continue
                            found += 1
                            wished = list(settings(group))
                            same = sorted(exactly(check_for_old(main, kind, dict(wished)), main, kind))
                            mine = sorted(ours(tool, path, main, kind, wished))
                            if mine != same:
                                wrong.append(f"{path} {group.name} {wished}: {mine} not {same}")
    print(f"{asked} tools asked for, {found} groups compared with their parameters, {len(wrong)} differ")
    for line in wrong:
        print(line)
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
