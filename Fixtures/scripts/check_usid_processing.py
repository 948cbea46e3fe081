"""Runs the processes of `h5usid process` and looks at what they leave with pyUSID, NumPy and SciPy; kills them and resumes.

    check_usid_processing.py TOOL [--kills N] [--ranks 1,2,4] [--seed S] [--positions N] [--work FOLDER]

TOOL is h5usid. For complex spectra in one block and for signals in one block and in compressed chunks:
- every result is a Main for pyUSID, whose N-dimensional form is that of its rows; `find_results_groups` finds the group
  from the source, and `check_for_old` by the attributes;
- the fit is the optimum that SciPy finds, the filtered signals are those of NumPy's transforms;
- runs of 1, 2 and 8 threads, with little memory and, with --ranks, of several ranks of MPI (TOOL is built with the trait
  MPI then) leave the same bytes;
- with --kills, runs that are killed at random moments and resumed, alone and with ranks, leave the same bytes, and no
  position is marked as complete that is not.
"""

import argparse
import collections
import collections.abc
import contextlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import dask
import h5py
import numpy as np

dask.config.set(scheduler="synchronous")  # its threads and h5py's lock wait for each other
collections.Iterable = collections.abc.Iterable  # pyUSID 0.0.12 knows only the place of Python 3.9
if not hasattr(np, "product"):
    np.product = np.prod
warnings.simplefilter("ignore")
import pyUSID as usid  # noqa: E402
from pyUSID.io.hdf_utils import check_for_old, check_if_main, find_results_groups  # noqa: E402

SOURCE = "Measurement_000/Channel_000/Raw_Data"
KEPT = ("completed_positions", "source_digests")
MPI = ["mpirun", "--allow-run-as-root", "--oversubscribe"]
# Containers forbid what OpenMPI copies with between processes of one machine.
ENVIRONMENT = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_rmaps_base_oversubscribe="1")


def response(parameters, w):
    a, w0, q, phase = parameters
    return a * np.exp(1j * phase) * w0**2 / (w**2 - 1j * w * w0 / q - w0**2)


def write(path, data, axis, values, **options):
    side = int(np.sqrt(len(data)))
    with h5py.File(path, "w") as file, contextlib.redirect_stdout(io.StringIO()):
        group = file.create_group("Measurement_000/Channel_000")
        positions = [usid.Dimension("X", "m", np.arange(side)), usid.Dimension("Y", "m", np.arange(len(data) // side))]
        spectra = [usid.Dimension(axis[0], axis[1], values)]
        usid.hdf_utils.write_main_dataset(group, data, "Raw_Data", "Response", "V", positions, spectra, **options)


def make_sources(folder, side, rng):
    count = side * side
    index = np.arange(count)
    u, v = index % side / side, index // side / side
    w = np.linspace(300e3, 340e3, 96)
    truth = np.stack(
        [1e-3 * (1 + 0.5 * np.sin(5 * u)), 320e3 + 4e3 * np.cos(4 * v + u), 80 + 40 * np.sin(3 * u * v + 1), 0.8 * np.sin(6 * v)],
        1)
    spectra = np.stack([response(q, w) for q in truth])
    spectra += 0.001 * (rng.standard_normal(spectra.shape) + 1j * rng.standard_normal(spectra.shape))
    write(f"{folder}/sho.h5", spectra.astype(np.complex64), ("Frequency", "Hz"), w)
    t = np.arange(500) * 1e-6
    signals = np.sin(2 * np.pi * 2e4 * t + u[:, None] * 3) + 0.3 * rng.standard_normal((count, 500))
    signals = signals.astype(np.float32)
    write(f"{folder}/plain.h5", signals, ("Time", "s"), t)
    write(f"{folder}/packed.h5", signals, ("Time", "s"), t, compression="gzip", compression_opts=4, shuffle=True, chunks=(96, 100))
    return spectra.astype(np.complex64), w, signals


def command(tool, path, words, ranks=1):
    prefix = MPI + ["-n", str(ranks)] if ranks > 1 else []
    return prefix + [tool, "process", path, *words]


def run(tool, path, words, ranks=1):
    done = subprocess.run(command(tool, path, words, ranks), capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode != 0:
        sys.exit(f"{words} on {path} with {ranks} ranks ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def results(path):
    """The results groups of a file, each with the bytes of its datasets."""
    with h5py.File(path, "r") as file:
        parent = file[SOURCE].parent
        return {
            name: {key: item[()].tobytes() for key, item in parent[name].items() if isinstance(item, h5py.Dataset)}
            for name in parent if "-" in name
        }


def only(found, path):
    if len(found) != 1:
        sys.exit(f"{path} has {len(found)} results groups: {sorted(found)}")
    return next(iter(found.values()))


def check_with_pyusid(path, tool_name, parameters):
    with h5py.File(path, "r") as file, contextlib.redirect_stdout(io.StringIO()):
        main = file[SOURCE]
        groups = find_results_groups(main, tool_name)
        assert len(groups) == 1, f"pyUSID finds {groups} in {path}"
        old = check_for_old(main, tool_name, new_parms=parameters)
        assert [group.name for group in old] == [groups[0].name], f"check_for_old finds {old}"
        count = 0
        for name, item in groups[0].items():
            if not isinstance(item, h5py.Dataset) or name in KEPT or "_Indices" in name or "_Values" in name:
                continue
            if name == "Composite_Filter":
                continue
            assert check_if_main(item, verbose=True), f"{item.name} is no Main"
            dataset = usid.USIDataset(item)
            shape = tuple(dataset.n_dim_sizes)
            form = dataset.get_n_dim_form()
            rows = int(np.sqrt(len(item)))
            assert shape[:2] == (len(item) // rows, rows) or shape[:2] == (rows, len(item) // rows), (item.name, shape)
            assert np.array_equal(
                form.reshape(item.shape).view(np.uint8), item[()].view(np.uint8)), f"{item.name} differs in its form"
            count += 1
        assert groups[0]["completed_positions"][()].all() and groups[0].attrs["last_pixel"] == len(main)
    return count


def check_fit(path, spectra, w, picks):
    from scipy.optimize import least_squares

    with h5py.File(path, "r") as file:
        fit = file[SOURCE + "-SHO_Fit_000/Fit"][()].ravel()
    worst = 0
    for k in picks:
        row = spectra[k].astype(complex)
        start = np.array([float(value) for value in list(fit[k])[:4]])
        scale = np.array([start[0], start[1], start[2], 1.0])

        def difference(q):
            d = response(q * scale, w) - row
            return np.concatenate([d.real, d.imag])

        # From elsewhere than where we ended, or SciPy would only agree.
        found = least_squares(difference, start / scale * [1.2, 1.0005, 0.8, 1] + [0, 0, 0, 0.2], method="lm", xtol=1e-14, ftol=1e-14)
        best = found.x * scale
        worst = max(worst, *(abs(best[:3] - start[:3]) / abs(best[:3])), abs(best[3] - start[3]))
    assert worst < 2e-6, f"the fit is {worst} from SciPy's"
    return worst


def low_pass(n, cut_off, rate, roll_off=0.05):
    from scipy.special import erf

    edge, width = int(np.rint(n * cut_off / rate)), int(np.rint(n * roll_off * cut_off / rate))
    factors = np.zeros(n // 2 + 1)
    factors[: edge + 1] = 1
    if width > 0:
        t = np.linspace(-2.5, 2.5, width) if width > 1 else np.zeros(1)
        factors[edge - width + 1 : edge + 1] = (1 - erf(t)) / 2
    return factors


def check_filter(path, signals):
    with h5py.File(path, "r") as file:
        got = file[SOURCE + "-FFT_Filtering_000/Filtered_Data"][()]
        stored = file[SOURCE + "-FFT_Filtering_000/Composite_Filter"][()]
    n = signals.shape[1]
    factors = low_pass(n, 5e4, 1e6)
    assert np.allclose(stored, factors, atol=1e-7), "the filter is another one"
    expected = np.fft.irfft(np.fft.rfft(signals.astype(float), axis=1) * factors, n, axis=1)
    worst = np.abs(got - expected).max() / np.abs(expected).max()
    assert worst < 2e-6, f"filtered signals differ by {worst}"
    return worst


def killed(tool, source, words, expected, work, dice, duration, rank_choices):
    """Kills a run at random moments, resumes it as long as it takes, and compares the end; how often it was killed."""
    path = f"{work}/killed.h5"
    shutil.copy(source, path)
    kills = 0
    marked = 0
    while True:
        ranks = dice.choice(rank_choices)
        process = subprocess.Popen(
            command(tool, path, words + ["--checkpoint", "0"], ranks), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=ENVIRONMENT, start_new_session=True)
        wait = dice.uniform(0, duration[ranks]) if kills < 3 else 3600
        try:
            status = process.wait(timeout=wait)
            if status != 0:
                sys.exit(f"a resumed run of {ranks} ranks ended with {status}")
            break
        except subprocess.TimeoutExpired:
            kills += 1
            if ranks > 1 and dice.random() < 0.5:
                # One rank alone; the launcher ends the others.
                children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
                for child in dice.sample(children, min(1, len(children))):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGKILL)
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    states = subprocess.run(["ps", "-o", "stat=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()
                    if not all(state.startswith("Z") for state in states):
                        sys.exit("the other ranks went on after one was killed")
                    # All are gone; the launcher, which ends below, may wait for ever for one that was killed as it was started.
            # Ranks of OpenMPI have process groups of their own.
            children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            process.wait()
            time.sleep(0.05 if ranks > 1 else 0)
        # What is there now: as `h5usid recover` and the next run find it.
        copy = f"{work}/looked-at.h5"
        shutil.copy(path, copy)
        journal = [name for name in os.listdir(work) if name.startswith("killed.h5") and name != "killed.h5"]
        for name in journal:
            shutil.copy(f"{work}/{name}", f"{work}/" + name.replace("killed", "looked-at"))
        if journal:
            subprocess.run([tool, "recover", copy], check=True, capture_output=True)
        found = results(copy)
        for group in found.values():
            status = np.frombuffer(group["completed_positions"], np.uint8)
            if status.sum() < marked:
                sys.exit("positions that were complete are no longer")
            marked = int(status.sum())
            for name, whole in expected.items():
                if name in KEPT or len(whole) % len(status):
                    continue
                size = len(whole) // len(status)
                if name.endswith(("_Indices", "_Values")) or name == "Composite_Filter":
                    continue
                rows = np.frombuffer(group[name], np.uint8).reshape(len(status), size)
                wanted = np.frombuffer(whole, np.uint8).reshape(len(status), size)
                if not np.array_equal(rows[status == 1], wanted[status == 1]):
                    sys.exit(f"after a kill a position of {name} is marked as complete and is not")
        for name in os.listdir(work):
            if name.startswith("looked-at"):
                os.unlink(f"{work}/{name}")
    if only(results(path), path) != expected:
        sys.exit(f"the end after {kills} kills differs")
    os.unlink(path)
    return kills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--kills", type=int, default=0, help="runs that are killed, of each kind")
    parser.add_argument("--ranks", default="1", help="numbers of ranks, separated by commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", type=int, default=64, help="positions along X and Y")
    parser.add_argument("--work", help="a folder that stays")
    options = parser.parse_args()
    ranks = [int(text) for text in options.ranks.split(",")]
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or temporary
        os.makedirs(work, exist_ok=True)
        spectra, w, signals = make_sources(work, options.side, np.random.default_rng(options.seed))
        low = ["--name", "signal-filter", "--param", "low-pass=50e3", "--param", "noise-threshold=1e-4"]
        jobs = {
            "sho": (["--name", "sho-fit"], "SHO_Fit", {"frequency_dimension": "Frequency"}),
            "plain": (low[:4], "FFT_Filtering", {"filter_0-cut_off": 50e3, "filter_0-kind": "low-pass"}),
            "packed": (low[:4], "FFT_Filtering", {"filter_0-cut_off": 50e3, "filter_0-kind": "low-pass"}),
        }
        killed_runs = total = 0
        for name, (words, tool_name, parameters) in jobs.items():
            source = f"{work}/{name}.h5"
            whole = f"{work}/{name}-whole.h5"
            shutil.copy(source, whole)
            text = run(options.tool, whole, words)
            again = run(options.tool, whole, words)
            assert "done before" in again, again
            mains = check_with_pyusid(whole, tool_name, parameters)
            worst = check_fit(whole, spectra, w, dice.sample(range(len(spectra)), 40)) if name == "sho" else check_filter(whole, signals)
            expected = only(results(whole), whole)
            print(f"{name}: {mains} Mains, {worst:.1e} from the oracle; {text.strip().split(' in ')[0]}", flush=True)
            for extra in (["--cores", "1"], ["--cores", "8"], ["--memory", "1M"], ["--memory", "3M", "--cores", "3"]):
                path = f"{work}/other.h5"
                shutil.copy(source, path)
                run(options.tool, path, words + extra)
                assert only(results(path), path) == expected, f"{name} with {extra} differs"
                os.unlink(path)
            duration = {}
            for count in ranks:
                path = f"{work}/ranks.h5"
                shutil.copy(source, path)
                start = time.perf_counter()
                run(options.tool, path, words + ["--checkpoint", "0"], count)
                duration[count] = time.perf_counter() - start
                assert only(results(path), path) == expected, f"{name} with {count} ranks differs"
                os.unlink(path)
            for _ in range(options.kills):
                for choices in [[1]] + ([ranks] if max(ranks) > 1 else []):
                    total += killed(options.tool, source, words, expected, work, dice, duration, choices)
                    killed_runs += 1
            if not options.work:
                os.unlink(whole)
        text = f"; {killed_runs} runs were killed {total} times, resumed, and ended the same" if killed_runs else ""
        print(f"processing: all results as they must be, with {options.ranks} ranks{text}")


if __name__ == "__main__":
    main()
