"""Mends h5USID files with `h5usid fix` and looks at the copies with pyUSID and libhdf5.

    check_usid_fixing.py TOOL FOLDER [FOLDER…]       TOOL is h5usid

For every file: the input must not change; where the tool says that the copy is valid, every dataset that refers to
ancillary datasets must be a Main for pyUSID, and `USIDataset` must construct; every dataset and attribute of the copy
that the tool does not name must be what it was, as libhdf5 reads it.
"""

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import warnings

import h5py
import pyUSID as usid
from pyUSID.io.hdf_utils import check_if_main

from usid_sides import quiet

ROLES = ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values")


def plain(file, value):
    """A value that does not depend on addresses."""
    if isinstance(value, h5py.Empty):
        return ("empty", str(value.dtype))
    if isinstance(value, h5py.Reference):
        return ("ref", file[value].name if value and exists(file, value) else None)
    if getattr(value, "dtype", None) is not None and value.dtype.hasobject:
        if value.dtype.names:
            return [plain(file, value[name]) for name in value.dtype.names]
        return [plain(file, item) for item in value.reshape(-1)]
    if hasattr(value, "tobytes"):
        return (str(value.dtype), value.shape, hashlib.sha1(value.tobytes()).hexdigest())
    return repr(value)


def exists(file, reference):
    try:
        return bool(file[reference].name)
    except Exception:
        return False


def contents(path):
    """Every object, every dataset and every attribute, by path."""
    found = {}
    with h5py.File(path, "r") as file:

        def note(name, thing):
            here = "/" + name.strip("/")
            found[here] = (type(thing).__name__,)
            if isinstance(thing, h5py.Dataset):
                found[here] += (plain(file, thing[()]) if thing.shape is not None else None, thing.chunks)
            for key in thing.attrs:
                with contextlib.suppress(TypeError):  # h5py cannot read references of HDF5 1.12
                    found[here, key] = plain(file, thing.attrs[key])

        note("/", file)
        file.visititems(note)
    return found


def checksum(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).digest()


def differences(before, after, told):
    """What changed although the tool did not name it."""
    renamed = {path: path.rsplit("/", 1)[0] + "/" + new for path, new in told["renamed"].items()}

    def place(key):
        path = key[0] if isinstance(key, tuple) else key
        for old, new in renamed.items():
            if path == old or path.startswith(old + "/"):
                path = new + path[len(old) :]
        return (path, *key[1:]) if isinstance(key, tuple) else path

    def text(value):
        value = repr(value)
        for old, new in renamed.items():
            value = value.replace(old, new)
        return value

    expected = {place(key): text(value) for key, value in before.items()}
    for key in expected.keys() | after.keys():
        path = key[0] if isinstance(key, tuple) else key
        if path not in told["paths"] and expected.get(key) != text(after.get(key)):
            yield key


def main():
    warnings.simplefilter("ignore")
    tool, folders = sys.argv[1], sys.argv[2:]
    counts = {"files": 0, "valid": 0, "mains": 0, "left": 0}
    wrong = []
    paths = sorted(os.path.join(folder, name) for folder in folders for name in os.listdir(folder) if name.endswith(".h5"))
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            counts["files"] += 1
            copy = os.path.join(scratch, "copy.h5")
            with contextlib.suppress(FileNotFoundError):
                os.remove(copy)
            former = checksum(path)
            run = subprocess.run([tool, "fix", path, copy], capture_output=True, text=True)
            if checksum(path) != former:
                wrong.append(f"{path}: the input changed")
            if run.returncode not in (0, 1):
                wrong.append(f"{path}: exit code {run.returncode}: {run.stderr}")
                continue
            told = {"paths": set(), "renamed": {}}
            for place, message in re.findall(r"^  fixed +\S+ +(/.*)\n +(.*)$", run.stdout, re.M):
                told["paths"].add(place)
                if new := re.match(r"rename it to '(.*?)'", message):
                    told["renamed"][place] = new[1]
            with contextlib.suppress(OSError, RuntimeError, KeyError):  # objects that libhdf5 cannot read
                before = contents(path)
                wrong += [f"{path}: {key} changed" for key in differences(before, contents(copy), told)]
            if run.returncode:
                counts["left"] += 1
                continue
            counts["valid"] += 1
            with h5py.File(copy, "r") as file:

                def look(name, thing):
                    try:
                        if not isinstance(thing, h5py.Dataset) or not any(role in thing.attrs for role in ROLES):
                            return
                        if any(thing.attrs.get_id(role).dtype.kind == "V" for role in ROLES):
                            return
                        counts["mains"] += 1
                        with quiet():
                            if not check_if_main(thing):
                                wrong.append(f"{path}: pyUSID takes {name} for no Main")
                            elif 0 not in thing.shape:  # pyUSID constructs nothing from nothing
                                usid.USIDataset(thing)
                    except TypeError as error:
                        if "reference type" not in str(error):  # those of HDF5 1.12
                            wrong.append(f"{path}: {name}: {error!r}")
                    except Exception as error:
                        wrong.append(f"{path}: {name}: {error!r}")

                file.visititems(look)
    print(
        f"{counts['files']} files mended, {counts['valid']} valid afterwards with {counts['mains']} Mains for pyUSID, "
        f"{counts['left']} with errors left, {len(wrong)} wrong"
    )
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
