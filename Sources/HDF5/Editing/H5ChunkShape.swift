import HDF5Format

/// How a dataset is cut into chunks.
public enum H5ChunkShape: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Chunks of about 1 MiB that hold whole rows.
    ///
    /// The inner axes are taken whole as long as they fit, the next one in part, those before it one by one. For a USID
    /// Main dataset (positions × spectroscopic values) that is whole positions: reading one spectrum decodes one chunk. An axis
    /// without a limit counts as long as it needs to fill the chunk.
    case automatic
    /// Chunks of a shape, in elements.
    case shape([Int])

    /// The bytes that automatic chunks come close to.
    public static let automaticBytes = 1 << 20

    /// Makes a shape from its extents.
    public init(arrayLiteral elements: Int...) { self = .shape(elements) }

    /// The shape of automatic chunks.
    static func automatic(_ dataspace: H5Dataspace, elementSize: Int) -> [Int] {
        var chunk = dataspace.shape.map { _ in 1 }
        var bytes = max(1, elementSize)
        for axis in dataspace.shape.indices.reversed() {
            let room = max(1, automaticBytes / bytes)
            let extent: Int
            if let limit = dataspace.maximumShape[axis] {
                extent = max(1, axis == 0 ? limit : max(dataspace.shape[axis], 1))
            } else {
                // The first axis is the one that grows; others are as long as they are.
                extent = axis == 0 ? room : max(1, dataspace.shape[axis])
            }
            chunk[axis] = min(extent, room)
            bytes = bytes.multipliedReportingOverflow(by: chunk[axis]).partialValue
            if chunk[axis] < extent { break }
        }
        return chunk
    }

    /// The shape for a dataset.
    func resolved(_ dataspace: H5Dataspace, elementSize: Int) -> [Int] {
        switch self {
        case .automatic: return Self.automatic(dataspace, elementSize: elementSize)
        case .shape(let shape): return shape
        }
    }
}
