import HDF5Format

/// Everything that a new dataset is made of.
struct DatasetCreation {
    /// Where the elements will be.
    enum Storage {
        /// In the object header; at most 64 KiB.
        case compact
        /// In one block, allocated when something is written, or with the dataset.
        case contiguous
        /// In chunks.
        case chunked(shape: [Int], leavesPartialChunksUnfiltered: Bool)
        /// In other files, piece after piece.
        case external([ExternalPiece])
        /// In other datasets.
        case virtual(VirtualDatasetMapping)
    }

    /// A piece of another file; without a size it goes on to the end.
    struct ExternalPiece {
        var file: H5Name
        var offset: UInt64
        var size: UInt64?
    }

    var datatype: H5Datatype
    /// The address of the committed datatype that the dataset uses.
    var committedDatatype: UInt64?
    var dataspace: H5Dataspace
    var storage: Storage
    var filters: [H5FilterDescription] = []
    var fill = H5FillValue(status: .default)
    /// Whether the block, or all chunks, are allocated and get the fill value with the dataset.
    var allocatesEarly = false
    var tracksAttributeCreationOrder = false
    var modificationTime: Int64?
    /// How many bytes of messages the header has room for at least: as much as libhdf5 leaves for attributes.
    var room = 256

    /// Compact data shares the header with the other messages.
    static let maximumCompactBytes = 65_000

    /// Throws where the dataset cannot be, before anything is written.
    func check(in generation: H5FormatGeneration) throws {
        let count = try checkedProduct(dataspace.elementCount, datatype.size, "the size of the dataset")
        for (extent, limit) in zip(dataspace.shape, dataspace.maximumShape) {
            guard extent >= 0, limit.map({ $0 >= extent }) ?? true else {
                throw H5Error(.invalidArgument, "an axis of extent \(extent) cannot have a maximum of \(limit ?? 0)")
            }
        }
        let grows = dataspace.maximumShape != dataspace.shape.map { $0 }
        switch storage {
        case .compact:
            guard count <= Self.maximumCompactBytes else {
                throw H5Error(
                    .invalidArgument,
                    "compact data is part of the object header and can have \(Self.maximumCompactBytes) bytes, not \(count)"
                )
            }
            fallthrough
        case .contiguous:
            guard filters.isEmpty else {
                throw H5Error(.invalidArgument, "filters work on chunks: give a chunk shape, or .automatic")
            }
            guard !grows else {
                throw H5Error(.invalidArgument, "only a dataset in chunks can grow: give a chunk shape, or .automatic")
            }
        case .chunked(let shape, _):
            guard shape.count == dataspace.rank, dataspace.rank > 0, shape.allSatisfy({ $0 > 0 }) else {
                throw H5Error(
                    .invalidArgument, "chunks of shape \(shape) do not fit a dataset of shape \(dataspace.shape)")
            }
            for (axis, limit) in dataspace.maximumShape.enumerated() {
                guard limit.map({ shape[axis] <= max(1, $0) }) ?? true else {
                    throw H5Error(
                        .invalidArgument,
                        "a chunk has \(shape[axis]) elements on axis \(axis), more than the dataset will ever have")
                }
            }
            let bytes = try checkedProduct(shape + [datatype.size], "the size of a chunk")
            guard bytes <= Int(UInt32.max) else {
                throw H5Error(.invalidArgument, "a chunk has \(bytes) bytes; 4294967295 is the most")
            }
        case .external(let pieces):
            guard filters.isEmpty, !pieces.isEmpty else {
                throw H5Error(.invalidArgument, "data in other files has no filters and at least one piece")
            }
        case .virtual:
            try generation.require(.v1_10, for: "a virtual dataset")
            guard filters.isEmpty else { throw H5Error(.invalidArgument, "a virtual dataset has no filters") }
        }
    }
}
