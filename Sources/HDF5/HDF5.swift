// Complex numbers and the values of the format belong to this module's interface.
@_exported import ComplexModule
@_exported import HDF5Filters
@_exported import HDF5Format
