"""Files that lie in several files: the family and split drivers."""

import os

import h5py
import numpy as np

FOLDER = "sets"


def write(file):
    """Enough for several members of a family, with values that tell where they belong."""
    file.create_dataset("counting", data=np.arange(3000, dtype="<i4").reshape(30, 100), track_times=False)
    file.create_dataset(
        "packed", data=np.arange(2000, dtype="<f8"), chunks=(500,), compression="gzip", shuffle=True, track_times=False
    )
    group = file.create_group("group")
    group.attrs["text"] = "across members"


def make(folder):
    sets = os.path.join(folder, FOLDER)
    os.makedirs(sets, exist_ok=True)
    for libver in ("earliest", "latest"):
        with h5py.File(
            os.path.join(sets, f"family-{libver}-%03d.h5"), "w", driver="family", memb_size=4096, libver=libver
        ) as file:
            write(file)
        with h5py.File(
            os.path.join(sets, f"split-{libver}"), "w", driver="split", libver=libver, meta_ext=b"-m.h5", raw_ext=b"-r.h5"
        ) as file:
            write(file)


if __name__ == "__main__":
    make(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hdf5"))
