"""Lets random changes be made to files, and libhdf5 compare each committed state with what it must be.

    python check_changes.py TOOL [--operations N] [--seed S] [--files NAME…] [--many] [--repack H5USID] [--folder DIR]

TOOL is a build of random-changes, which mirrors its changes by a model. Without --files: a new file of each generation and
ten files made by libhdf5, of every generation. With --many the file is closed and opened again now and then. With --repack
each state is also copied, which leaves no free space: the file must stay within twice the size of the largest copy, or of
the most data that there was between commits, so far; only for one session, as space that became free in an earlier one is not known. Exits 1 where a state differs, or a file grows too large.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# The program that changes the file holds the lock.
os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"

from digest import Digest

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hdf5")
FILES = [
    "new-earliest", "new-1.8", "new-1.10", "groups-many-links-earliest.h5", "groups-many-links-latest.h5", "chunks-tree-earliest.h5",
    "chunks-resized-latest.h5", "chunks-indexes-v110.h5", "attributes-many-latest.h5", "attributes-creation-order-v108.h5",
    "filters-common-latest.h5", "file-space-paged-latest.h5", "datatypes-sequences-earliest.h5",
]  # fmt: skip
IGNORED = {"preview", "sha256", "time", "vsel", "ssel", "committed"}
SLACK = 16 << 10  # what the smallest files may take beside twice their content


def differs(wanted, given, place=""):
    """-> where the given digest lacks or contradicts something wanted, or None."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key, value in wanted.items():
            if key not in IGNORED:
                found = differs(value, given.get(key), f"{place}.{key}")
                if found:
                    return found
        return None
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        return next(filter(None, (differs(*pair, f"{place}[{i}]") for i, pair in enumerate(zip(wanted, given)))), None)
    return None if wanted == given else f"{place}: {str(given)[:200]} and not {str(wanted)[:200]}"


def compare(path):
    with open(path + ".json", encoding="utf-8") as stream:
        wanted = {one["path"]: one for one in json.load(stream)["objects"]}
    folder = os.getcwd()
    try:
        given = {one["path"]: one for one in Digest(path).document["objects"]}
    finally:
        os.chdir(folder)
    if set(wanted) != set(given):
        return f"only wanted: {sorted(set(wanted) - set(given))[:3]}, only found: {sorted(set(given) - set(wanted))[:3]}"
    return next(filter(None, (differs(one, given[path], path) for path, one in wanted.items())), None)


def run(tool, name, operations, seed, sessions, repack, folder):
    """-> (commits, worst ratio of sizes, failure or None)"""
    path = os.path.join(folder, name if name.endswith(".h5") else name + ".h5")
    command = [tool, path, str(seed), str(operations), sessions]
    if name.startswith("new-"):
        command.append(name[4:])
    else:
        shutil.copy(os.path.join(FIXTURES, name), path)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    commits, live, worst, failure = 0, 0, 0.0, None
    for line in process.stdout:
        commits += 1
        try:
            failure = compare(path)
        except Exception as error:  # whatever h5py raises for a file that it cannot read
            failure = f"{type(error).__name__}: {error}"
        if not failure and repack:
            copy = path + ".copy"
            if os.path.exists(copy):
                os.remove(copy)
            formats = {"new-1.8": "1.8", "new-1.10": "1.10"}
            format = formats.get(name, "earliest" if "earliest" in name else "1.8" if "v108" in name else "1.10")
            command = [repack, "repack", path, copy, "--format", format]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            size, live = os.path.getsize(path), max(live, os.path.getsize(copy), int(line.split()[2]))
            worst = max(worst, size / live)
            if size > 2 * live + SLACK:
                failure = f"the file has {size} bytes, its copies {live} at most"
        if failure:
            failure = f"{line.strip()}: {failure}"
            process.kill()
            break
        process.stdin.write("\n")
        process.stdin.flush()
    status = process.wait()
    return commits, worst, failure or (f"status {status}" if status else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--operations", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", nargs="*", default=FILES)
    parser.add_argument("--many", action="store_true")
    parser.add_argument("--repack")
    parser.add_argument("--folder")
    options = parser.parse_args()
    folder = options.folder or tempfile.mkdtemp()
    tool, repack = os.path.abspath(options.tool), options.repack and os.path.abspath(options.repack)
    failures = 0
    for name in options.files:
        sessions = "many" if options.many else "one"
        commits, worst, failure = run(tool, name, options.operations, options.seed, sessions, repack, folder)
        failures += failure is not None
        size = f", at most {worst:.2f} times its largest copy" if worst else ""
        print(f"{name}: {options.operations} operations, {commits} commits read by libhdf5{size}: {failure or 'equal'}", flush=True)
    if not options.folder:
        shutil.rmtree(folder)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
