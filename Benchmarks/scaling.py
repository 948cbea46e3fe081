"""What a chunk and an object cost, by how many there are: the cost per piece should not grow with their number.

    scaling.py H5BENCH FOLDER [--rounds 3]        needs h5py; makes its files in FOLDER

Chunks of 64 bytes are read whole and unfiltered, so that the index is what takes time; objects are datasets of one
group, walked.
"""

import argparse
import json
import pathlib
import subprocess

import h5py
import numpy as np

ROW = 16


def chunked(path, count, libver, maximum):
    with h5py.File(path, "w", libver=libver) as file:
        data = file.create_dataset("data", (count, ROW), "<f4", chunks=(1, ROW), maxshape=maximum)
        step = 1 << 15
        for start in range(0, count, step):
            end = min(count, start + step)
            data[start:end] = np.arange(start * ROW, end * ROW, dtype="<f4").reshape(-1, ROW)


def objects(path, count, libver):
    with h5py.File(path, "w", libver=libver) as file:
        space, kind = h5py.h5s.create_simple((4,)), h5py.h5t.IEEE_F32LE
        for number in range(count):
            h5py.h5d.create(file.id, b"d%06d" % number, kind, space)


def seconds(command, rounds):
    return min(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["t"] for _ in range(rounds))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("h5bench")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    indexes = {
        "version 1 B-tree": ("earliest", (None, ROW)),
        "fixed array": ("latest", None),
        "extensible array": ("latest", (None, ROW)),
        "version 2 B-tree": ("latest", (None, None)),
    }
    print("| what | 10^3 | 10^4 | 10^5 | 10^6 | largest / smallest |\n|---|---|---|---|---|---|")

    def report(name, make, operation, powers):
        costs = []
        for power in powers:
            path = arguments.folder / f"{name.replace(' ', '-')}-{power}.h5"
            if not path.exists():
                make(path, 10**power)
            command = [arguments.h5bench, operation, str(path)] + (["data"] if operation == "full" else [])
            costs.append(seconds(command, arguments.rounds) / 10**power * 1e6)
        cells = [f"{cost:.2f} µs" for cost in costs] + [""] * (4 - len(costs))
        # The first file of a thousand pays for opening; from ten thousand on only the pieces count.
        print(f"| {name} | " + " | ".join(cells) + f" | {max(costs[1:]) / min(costs[1:]):.2f} |", flush=True)

    for name, (libver, maximum) in indexes.items():
        report(f"chunk, {name}", lambda path, count: chunked(path, count, libver, maximum), "full", (3, 4, 5, 6))
    for libver in ("earliest", "latest"):
        report(f"object, {libver}", lambda path, count: objects(path, count, libver), "walk", (3, 4, 5))


if __name__ == "__main__":
    main()
