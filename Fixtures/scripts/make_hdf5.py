"""Makes the HDF5 fixtures with libhdf5.

    python make_hdf5.py [FOLDER]        the folder is ../hdf5 unless named

The same versions (requirements-hdf5.txt) give the same bytes every time.
"""

import os
import sys

import hdf5_attributes
import hdf5_chunks
import hdf5_datatypes
import hdf5_drivers
import hdf5_filters
import hdf5_groups
import hdf5_references
import hdf5_storage
import hdf5_times
import hdf5_virtual
import hdf5_zstandard
from fixture_files import Maker


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    maker = Maker(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "hdf5"))
    for subject in (
        hdf5_groups,
        hdf5_attributes,
        hdf5_datatypes,
        hdf5_references,
        hdf5_storage,
        hdf5_chunks,
        hdf5_filters,
        hdf5_times,
        hdf5_virtual,
    ):
        subject.make(maker)
    for subject in (hdf5_drivers, hdf5_zstandard):
        subject.make(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "hdf5"))
    print(len(maker.names), "files")


if __name__ == "__main__":
    main()
