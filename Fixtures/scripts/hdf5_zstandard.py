"""A dataset under filter 32015 (Zstandard), which libhdf5 does not have: the chunks are compressed here and written raw."""

import os

import h5py
import numpy as np
import zstandard

ZSTANDARD = 32015


def make(folder):
    values = np.arange(600, dtype="<i4").reshape(20, 30) ** 2
    with h5py.File(os.path.join(folder, "filters-zstandard.h5"), "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((8, 30))
        properties.set_obj_track_times(False)
        properties.set_shuffle()
        # Optional, so that a library without the filter creates the dataset; it decodes nothing all the same.
        properties.set_filter(ZSTANDARD, h5py.h5z.FLAG_OPTIONAL, (3,))
        dataset = h5py.h5d.create(
            file.id, b"squares", h5py.h5t.STD_I32LE, h5py.h5s.create_simple(values.shape), properties
        )
        for row in range(0, 20, 8):
            chunk = np.zeros((8, 30), "<i4")
            rows = values[row : row + 8]
            chunk[: len(rows)] = rows
            shuffled = np.frombuffer(chunk.tobytes(), np.uint8).reshape(-1, 4).T.tobytes()
            dataset.write_direct_chunk((row, 0), zstandard.ZstdCompressor(level=3).compress(shuffled))


if __name__ == "__main__":
    make(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hdf5"))
