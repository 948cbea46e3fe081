"""One table of ratios from the measurements of peers.py: how many times faster than h5py and than the best C program.

    ratios.py MEASURED.json [--keep]

MEASURED.json is what `peers.py --json` writes, of the cases that read or of those that write. With --keep the figures go to
results/read.json or write.json, and the table to read.md or write.md, which README.md shows; without it the last kept ratios
stand beside the new ones.
"""

import argparse
import json
import pathlib

RESULTS = pathlib.Path(__file__).parent / "results"

# What is due on each row: (cases, times h5py, times the best C program, what the machine allows in seconds).
DUE = [
    ("full.a", 1.0, 1.0, 0.019),
    ("full.b_big", 2.0, 1.7, 0.40),
    ("full.c_big", 2.0, 1.9, 0.44),
    ("full.d_big", 2.0, 1.9, 0.44),
    ("full.c_small", 3.0, 2.1, 0.45),
    ("full.e_small", 3.0, 3.0, 0.02),
    ("rows10.e_small", 10, 8, 0.02),
    ("rows10.c_small", 3, 2.8, 0.45),
    ("col.c_small", 2.3, 2.3, 0.03),
    ("col.c_big", 2.3, 2.3, 0.03),
    ("rand1000.c_big", 2.1, 2.1, 0.4),
    ("rand1000.c_small", 2.6, 2.6, 0.3),
    ("rand1000.e_small", 8, 8, 0.01),
    ("walk.earliest", 40, 10, 0.025),
    ("walk.latest", 40, 10, 0.025),
    ("readall.earliest", 50, 10, 0.03),
    ("readall.latest", 50, 10, 0.03),
    ("attrs.earliest", 60, 6, 0.03),
    ("attrs.latest", 60, 6, 0.03),
    ("vlen", 5, 2, 0.01),
    ("compound.table", 3, 1, 0.004),
    ("field.table", 5, 3, 0.004),
    ("write_contig", 1.0, 1.0, 0.055),
    ("write_chunk", 1.0, 1.0, 0.055),
    ("write_gz", 1.9, 1.9, 2.9),
    ("write_shufgz", 1.9, 1.9, 2.3),
    ("create.earliest", 35, 7, 0.02),
    ("create.latest", 35, 7, 0.02),
    ("append.earliest", 20, 2, 0.01),
    ("append.latest", 20, 2, 0.01),
    ("write_vlen", 5, 2, 0.01),
]
WRITING = ("write_", "create.", "append.")


def best(case, names):
    times = [case["peers"][name]["min"] for name in names if "min" in case["peers"].get(name, {})]
    return min(times) if times else None


def ratios(measured):
    found = {}
    for name, case in measured["cases"].items():
        ours = best(case, ["swift"])
        if ours is None:
            continue
        wrong = [peer for peer, result in case["peers"].items() if not result.get("ok", True)]
        row = {"seconds": round(ours, 4), "memory_mb": round(case["peers"]["swift"]["rss_mb"]), "wrong": wrong}
        for key, peers in (("h5py", ["h5py"]), ("c", ["c_1.10.8", "c_2.0.0"]), ("hidefix", ["hidefix"])):
            theirs = best(case, peers)
            if theirs is not None:
                row[key] = round(theirs / ours, 2)
        found[name] = row
    return found


def table(found, kept):
    lines = [
        "| case | seconds | times h5py | due | times C | due | times hidefix | allowed by the machine, s | result |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    due = {name: rest for name, *rest in DUE}
    for name in [row[0] for row in DUE] + [name for name in found if name not in due]:
        if name not in found:
            continue
        row = found[name]
        h5py, c, floor = due.get(name, (None, None, None))
        short = [
            key for key, wanted in (("h5py", h5py), ("c", c)) if wanted is not None and row.get(key, 0) < wanted
        ]
        verdict = "WRONG" if row["wrong"] else "" if h5py is None else "short of " + ", ".join(short) if short else "met"
        before = kept.get(name, {})

        def cell(key):
            if key not in row:
                return ""
            return f"{row[key]}" + (f" (was {before[key]})" if key in before and before[key] != row[key] else "")

        cells = [name, row["seconds"], cell("h5py"), h5py or "", cell("c"), c or "", cell("hidefix"), floor or "", verdict]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("measured")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    found = ratios(json.loads(pathlib.Path(arguments.measured).read_text()))
    name = "write" if all(case.startswith(WRITING) for case in found) else "read"
    kept = RESULTS / f"{name}.json"
    before = {} if arguments.keep or not kept.exists() else json.loads(kept.read_text())
    text = table(found, before)
    print(text)
    if arguments.keep:
        RESULTS.mkdir(exist_ok=True)
        kept.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        (RESULTS / f"{name}.md").write_text(text)


if __name__ == "__main__":
    main()
