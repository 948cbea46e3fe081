"""Writes the golden digest of every fixture into the folder `golden` of its set.

Files that are about one rule of h5USID (folders of SKIPPED) get none: they hold nothing new for a
reader of HDF5. Nor do files that lie in several files (the folder sets).

    python make_goldens.py [--check] [SET ...]      the sets are ../hdf5 and ../usid unless named

With --check nothing is written: it exits with 1 when a golden is not what libhdf5 reads now.
"""

import json
import os
import sys

from digest import digest

SKIPPED = ("golden", "broken", "kept", "faults", "rules", "sets")


def lines(document):
    """JSON with one line an object, so that a change shows where it is."""

    def compact(value):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)

    head = {key: value for key, value in document.items() if key != "objects"}
    return compact(head)[:-1] + ',"objects":[\n' + ",\n".join(map(compact, document["objects"])) + "\n]}\n"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    arguments = sys.argv[1:]
    check = "--check" in arguments
    different = []
    sets = [name for name in arguments if name != "--check"] or [os.path.join(here, "..", name) for name in ("hdf5", "usid")]
    for folder in map(os.path.abspath, sets):
        count = 0
        for parent, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            for name in sorted(files):
                if not name.endswith(".h5"):
                    continue
                path = os.path.join(parent, name)
                golden = os.path.join(folder, "golden", os.path.relpath(path, folder)[:-3] + ".json")
                count += 1
                if check:
                    with open(golden, encoding="ascii") as stream:
                        if stream.read() != lines(digest(path)):
                            different.append(path)
                    continue
                os.makedirs(os.path.dirname(golden), exist_ok=True)
                with open(golden, "w", encoding="ascii") as stream:
                    stream.write(lines(digest(path)))
        print(count, "goldens in", os.path.join(os.path.basename(folder), "golden"))
    for path in different:
        print("differs:", path)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
