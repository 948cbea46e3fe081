@_exported import HDF5
