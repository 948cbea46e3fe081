import HDF5

/// Which conventions of h5USID a written file follows; readers that keep R40 read both alike.
public enum USIDProfile: String, Hashable, Sendable, CaseIterable {
    /// As the paper describes and pyUSID wrote in 2019: ancillary datasets hold the fastest dimension first and carry a
    /// region reference per dimension (R29).
    case pyUSID2019
    /// As pyUSID writes since 2020: ancillary datasets hold the slowest dimension first and carry the modes of the
    /// dimensions in the attribute `type` (R30).
    case pyUSID2020
}

/// How a Main dataset is written, beside what it holds.
public struct USIDWriteOptions: Sendable {
    /// The conventions of the file.
    public var profile: USIDProfile
    /// How the data is cut into chunks; nil where it lies in one block.
    ///
    /// `.automatic` takes whole positions (R10).
    public var chunks: H5ChunkShape?
    /// The filters of chunks, in the order of writing.
    public var filters: [H5DatasetFilter]
    /// What is written about when, where and by what the dataset was made (R70).
    public var bookKeeping: USIDBookKeeping
    /// Whether the data has its place in the file from the start, so that it can be written there past the commits.
    package var allocatesSpace = false

    /// Makes options; by default the data lies in one block, or in automatic chunks where there are filters.
    public init(
        profile: USIDProfile = .pyUSID2020, chunks: H5ChunkShape? = nil, filters: [H5DatasetFilter] = [],
        bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) {
        self.profile = profile
        self.chunks = chunks
        self.filters = filters
        self.bookKeeping = bookKeeping
    }

    /// The same as options of a dataset.
    var datasetOptions: H5DatasetOptions {
        H5DatasetOptions(
            chunks: chunks ?? (filters.isEmpty ? nil : .automatic), filters: filters,
            fillValue: H5FillValue(status: .default, allocationTime: allocatesSpace ? .early : .default))
    }
}
