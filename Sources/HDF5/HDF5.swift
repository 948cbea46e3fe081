@_exported import HDF5Format
