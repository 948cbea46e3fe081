"""Processes beside pyUSID's `Process`: one table of ratios.

    process.py PROCESSBENCH PYUSID_PROCESS FOLDER [--rounds 3] [--keep]

PYUSID_PROCESS is the script with pyUSID's classes, which makes the files too and prints a line of JSON for each measurement. Every
measurement is a process of its own, timed from opening the file to the last write, without the start of the program; the two take turns.
Nothing waits for the disk, as pyUSID does not; what a commit takes that does is told beside. With --keep the table goes to results/process.md.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

RESULTS = pathlib.Path(__file__).parent / "results"
DATASET = "Measurement_000/Channel_000/Raw_Data"
# Through the engine, and the same work without it.
PAIRS = [("empty", "copy"), ("work", "smooth")]


def start(command, environment=None, core=None):
    def bind():
        os.sched_setaffinity(0, {core})

    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=None if core is None else bind)


def result(process):
    out, errors = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, process.args))}:\n{errors[-2000:]}")
    return json.loads(out.splitlines()[-1])


def once(command, environment=None, core=None):
    return result(start(command, environment, core))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("processbench")
    parser.add_argument("pyusid_process")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, H5BENCH_WORK=str(folder), OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    files = {"sho": folder / "data/proc/sho_4096.h5", "fft": folder / "data/proc/fft_65536.h5"}
    if not all(path.exists() for path in files.values()):
        subprocess.run([sys.executable, options.pyusid_process, "--rounds", "0"], env=environment, capture_output=True, check=True)
    cores_there_are = sorted(os.sched_getaffinity(0))

    def begin(operation, cores, *more, core=None):
        copy, out = folder / f"process-copy-{core}.h5", folder / f"process-out-{core}.h5"
        shutil.copy(files["sho" if operation == "sho" else "fft"], copy)
        return start([options.processbench, operation, str(copy), DATASET, str(cores), str(out), *more], core=core)

    def ours(operation, cores, *more):
        # With one core there are two threads all the same, one of which computes while the other waits for the disk.
        return result(begin(operation, cores, *more, core=cores_there_are[-1] if cores == 1 else None))

    def two_at_once():
        running = [begin("sho", 1, core=core) for core in cores_there_are[:2]]
        return max(result(process)["t"] for process in running)

    def theirs(kind, cores):
        return once(
            [sys.executable, options.pyusid_process, "--child", kind, "process", "4096" if kind == "sho" else "65536", str(cores)],
            environment)

    best, pairs = {}, {}

    def note(key, result):
        known = best.setdefault(key, result)
        if result["t"] < known["t"]:
            best[key] = dict(result, rss_mb=max(result["rss_mb"], known["rss_mb"]))

    for _ in range(options.rounds):
        for key, measure in [
            *((f"{kind} {cores}", lambda kind=kind, cores=cores: ours(kind, cores)) for kind in ("sho", "fft") for cores in (1, 2)),
            *((f"pyusid {kind} {cores}", lambda kind=kind, cores=cores: theirs(kind, cores)) for kind in ("sho", "fft") for cores in (1, 2)),
            *((f"{kind} durable", lambda kind=kind: ours(kind, 2, "durable")) for kind in ("sho", "fft")),
        ]:
            note(key, measure())
        # The machine changes its speed from one second to the next: what is compared to some percent runs in pairs.
        for _ in range(10):
            one, both, apart = ours("sho", 1), ours("sho", 2), two_at_once()
            note("sho 1", one)
            note("sho 2", both)
            pairs.setdefault("cores", []).append(one["t"] / both["t"])
            pairs.setdefault("apart", []).append(2 * one["t"] / apart)
        for engine, plain in PAIRS:
            for _ in range(3):
                first, second = ours(engine, 2), ours(plain, 2)
                note(engine, first)
                note(plain, second)
                pairs.setdefault(engine, []).append(first["t"] / second["t"])
    seconds = {key: result["t"] for key, result in best.items()}
    lines = ["| case | here, s | pyUSID 1 / 2 cores, s | ratio | due | peak here / pyUSID, MiB | result |", "|---|---|---|---|---|---|---|"]

    def row(name, mine, other, ratio, due, is_met, memory):
        lines.append(f"| {name} | {mine} | {other} | {ratio:.2f} | {due} | {memory} | {'met' if is_met else 'short'} |")

    for kind, name, due in (("fft", "FFT low-pass, 65,536 × 512 f32, gzip", 5), ("sho", "SHO fit, 4,096 × 128 complex", 200)):
        other = [seconds[f"pyusid {kind} {cores}"] for cores in (1, 2)]
        ratio = min(other) / seconds[f"{kind} 2"]
        memory = best[f"{kind} 2"]["rss_mb"]
        row(
            name, f"{seconds[f'{kind} 2']:.4f} ({seconds[f'{kind} durable']:.4f} durable)", f"{other[0]:.2f} / {other[1]:.2f}", ratio, due,
            ratio >= due and (kind == "sho" or memory < 256), f"{memory:.0f} / {best[f'pyusid {kind} 1']['rss_mb']:.0f}")
    ratio, apart = statistics.median(pairs["cores"]), statistics.median(pairs["apart"])
    row(
        f"SHO fit, one core against two, median of {len(pairs['cores'])} pairs; two separate programs on a core each get {apart:.2f}",
        f"{seconds['sho 1']:.4f} / {seconds['sho 2']:.4f}", "", ratio, 1.9, ratio >= 1.9, "")
    for name, engine, plain, due in (("empty kernel, through the engine against plain threads", "empty", "copy", 1.1), ("kernel of 50 averages", "work", "smooth", 1.05)):
        ratio = statistics.median(pairs[engine])
        row(f"{name}, median of {len(pairs[engine])} pairs", f"{seconds[engine]:.4f} / {seconds[plain]:.4f}", "", ratio, f"< {due}", ratio < due, f"{best[engine]['rss_mb']:.0f} / –")
    table = "\n".join(lines)
    print(table)
    print("checks:", {key: result.get("check") for key, result in best.items()})
    if options.keep:
        (RESULTS / "process.md").write_text(table + "\n")


if __name__ == "__main__":
    main()
