"""What a scientist does with a Main dataset, in pyUSID and here: one table of ratios.

    usid.py USIDBENCH FOLDER [--rounds 3] [--side 256] [--points 1024] [--keep]

Needs pyUSID 0.0.12 and h5py; makes its files in FOLDER, 256 MiB each, contiguous and compressed. Every measurement is a process of
its own, timed from opening the file to the result, without the start of Python and its imports; the data is in the page cache.
With --keep the table goes to results/usid.md.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

RESULTS = pathlib.Path(__file__).parent / "results"
DATASET = "Measurement_000/Channel_000/Raw_Data"
OPERATIONS = ["open", "ndim", "spectrum", "line", "map", "mean"]
NAMES = {
    "open": "open the Main (dimensions, order, sizes, values)",
    "ndim": "N-dimensional form",
    "spectrum": "one spectrum",
    "line": "the spectra of one line",
    "map": "map at one spectral index",
    "mean": "mean over both positions",
}
# How many times faster is due, contiguous and compressed.
DUE = {"open": (10, 10), "ndim": (4, 3), "spectrum": (20, 20), "line": (10, 10), "map": (4, 3), "mean": (3, 3)}


def make(path, side, points, compressed):
    import h5py
    import numpy as np
    import pyUSID as usid

    x = usid.Dimension("X", "nm", np.linspace(0, 100, side))
    y = usid.Dimension("Y", "nm", np.linspace(0, 100, side))
    frequency = usid.Dimension("Frequency", "kHz", np.linspace(300, 400, points))
    random = np.random.default_rng(11)
    bell = np.exp(-((np.arange(points) - points / 2) ** 2) / (2 * (points / 20) ** 2))
    data = np.empty((side * side, points), "<f4")
    for start in range(0, side * side, side):
        rows = (bell * random.uniform(0.5, 2, (side, 1)) + random.normal(0, 0.02, (side, points))).astype("<f4")
        # What instruments measure has some twelve significant bits.
        data[start : start + side] = np.round(rows * 1024) / 1024
    options = dict(compression="gzip", compression_opts=4, shuffle=True) if compressed else {}
    temporary = path.with_suffix(".part")
    with h5py.File(temporary, "w") as file:
        measurement = usid.hdf_utils.create_indexed_group(file, "Measurement")
        channel = usid.hdf_utils.create_indexed_group(measurement, "Channel")
        usid.hdf_utils.write_main_dataset(
            channel, data, "Raw_Data", "Response", "a.u.", [x, y], [frequency], slow_to_fast=False, **options
        )
    temporary.rename(path)


def check(values):
    import numpy as np

    flat = np.asarray(values, "f8").ravel()
    return flat.size, float(np.sum(flat * (np.arange(flat.size) % 1009 + 1)))


def pyusid(operation, path):
    """Runs one operation in pyUSID and prints what usidbench prints."""
    import resource
    import warnings

    warnings.simplefilter("ignore")
    import h5py
    import numpy as np
    import pyUSID as usid

    processor, start = time.process_time(), time.perf_counter()
    with h5py.File(path, "r") as file:
        main = usid.USIDataset(file[DATASET])
        fastest = list(main.pos_dim_labels)
        sizes = dict(zip(main.n_dim_labels, main.n_dim_sizes))
        if operation == "open":
            values = [
                sizes[name] + float(find(name)[-1])
                for names, find in ((main.pos_dim_labels, main.get_pos_values), (main.spec_dim_labels, main.get_spec_values))
                for name in names
            ]
        elif operation == "ndim":
            values = main.get_n_dim_form()
        elif operation == "spectrum":
            values = main.slice({name: sizes[name] // 2 for name in fastest})[0]
        elif operation == "line":
            values = main.slice({"Y": sizes["Y"] // 2})[0]
        elif operation == "map":
            values = main.slice({name: sizes[name] // 2 for name in main.spec_dim_labels})[0]
        else:
            values = main.reduce(list(main.pos_dim_labels), ufunc=da_mean())[0]
        values = np.asarray(values)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    count, total = check(values)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"t": seconds, "cpu": processor, "rss_mb": memory, "count": count, "sum": total}))


def da_mean():
    import dask.array

    return dask.array.mean


def once(command):
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])


def same(ours, theirs):
    scale = max(abs(theirs["sum"]), 1.0)
    return ours["count"] == theirs["count"] and abs(ours["sum"] - theirs["sum"]) <= 1e-4 * scale


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--pyusid":
        return pyusid(sys.argv[2], sys.argv[3])
    parser = argparse.ArgumentParser()
    parser.add_argument("usidbench")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--points", type=int, default=1024)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "| case | storage | here, s | pyUSID, s | times pyUSID | due | peak here, MiB | peak pyUSID, MiB | result |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    wrong = 0
    for kind, compressed in (("contiguous", False), ("gzip", True)):
        path = arguments.folder / f"usid-{arguments.side}-{arguments.points}-{kind}.h5"
        if not path.exists():
            make(path, arguments.side, arguments.points, compressed)
        path.read_bytes()
        for operation in OPERATIONS:
            ours = [arguments.usidbench, operation, str(path), DATASET]
            theirs = [sys.executable, __file__, "--pyusid", operation, str(path)]
            runs = [(once(ours), once(theirs)) for _ in range(arguments.rounds)]
            mine = min(run[0]["t"] for run in runs)
            other = min(run[1]["t"] for run in runs)
            is_right = all(same(*run) for run in runs)
            wrong += not is_right
            due = DUE[operation][compressed]
            ratio = other / mine
            result = ("met" if ratio >= due else "short") if is_right else "WRONG"
            lines.append(
                f"| {NAMES[operation]} | {kind} | {mine:.4f} | {other:.3f} | {ratio:.1f} | {due} | "
                f"{max(run[0]['rss_mb'] for run in runs):.0f} | {max(run[1]['rss_mb'] for run in runs):.0f} | {result} |"
            )
            print(lines[-1], flush=True)
    table = "\n".join(lines)
    print(table)
    if arguments.keep and not wrong:
        (RESULTS / "usid.md").write_text(table + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
