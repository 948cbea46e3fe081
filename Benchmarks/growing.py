"""What one more chunk, or one more dataset, and a commit cost, by how many there are before: the cost should not grow.

    growing.py H5BENCH FOLDER [--rounds 3]        makes its files in FOLDER

Each figure is the least of 20 changes with a commit each in a file that was opened anew; the first change after opening,
which finds out what the others know already, stands behind it.
"""

import argparse
import json
import pathlib
import subprocess

COUNTS = (100, 10_000, 100_000)
CASES = [
    ("chunk, version 1 B-tree (earliest)", "commit_chunk", "earliest"),
    ("chunk, version 1 B-tree (1.8)", "commit_chunk", "v1_8"),
    ("chunk, extensible array", "commit_chunk", "latest"),
    ("chunk, version 2 B-tree", "commit_chunk", "plane"),
    ("dataset, symbol table", "commit_dataset", "earliest"),
    ("dataset, dense links", "commit_dataset", "latest"),
]


def measured(command, rounds):
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(rounds)]
    return min(run["cpu"] for run in runs), min(run["tc"] for run in runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("h5bench")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = arguments.folder / "growing.h5"
    print("| what | " + " | ".join(f"{count:,}" for count in COUNTS) + " | most / fewest |")
    print("|---" * (len(COUNTS) + 2) + "|")
    for name, operation, kind in CASES:
        costs, cells = [], []
        for count in COUNTS:
            cost, first = measured(
                [arguments.h5bench, operation, str(path), "", f"{kind}:{count}"], arguments.rounds)
            costs.append(cost)
            cells.append(f"{cost * 1e6:.0f} µs (first {first * 1e3:.1f} ms)")
        print(f"| {name} | " + " | ".join(cells) + f" | {costs[-1] / costs[0]:.2f} |", flush=True)
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
