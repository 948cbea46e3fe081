import HDF5Filters
import HDF5Format

/// How a file is opened.
public struct H5OpenOptions: Sendable {
    /// What reading may cost.
    public var limits: H5Limits
    /// Which other files external links, external raw data and virtual datasets may lead to.
    public var externalFiles: H5ExternalFiles
    /// Filters of the host, for chunks that the built-in ones cannot decode; of two with one number, the host's wins.
    public var filters: [any H5Filter]

    /// Makes options: by default the machine's memory is the limit and other files are read only below the file's folder.
    public init(
        limits: H5Limits = .standard, externalFiles: H5ExternalFiles = .besideFile, filters: [any H5Filter] = []
    ) {
        self.limits = limits
        self.externalFiles = externalFiles
        self.filters = filters
    }
}
