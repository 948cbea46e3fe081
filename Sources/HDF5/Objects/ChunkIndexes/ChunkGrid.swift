import HDF5Format

/// How a dataset's extent is cut into chunks.
struct ChunkGrid: Sendable {
    /// The extent in elements.
    let shape: [Int]
    /// The shape of one chunk in elements.
    let chunkShape: [Int]
    /// The number of bytes of one unfiltered chunk.
    let chunkBytes: Int
    /// The number of chunks along each axis of the current extent.
    let chunkCounts: [Int]
    /// The number of chunks along each axis of the maximum extent; nil without a limit.
    let maximumChunkCounts: [Int?]

    init(dataspace: H5Dataspace, layout: DataLayoutMessage.ChunkedLayout, elementSize: Int) throws {
        shape = dataspace.shape
        chunkShape = layout.chunkShape
        guard chunkShape.count == shape.count else {
            throw H5Error(.damaged, "chunks have \(chunkShape.count) axes, the dataset has \(shape.count)")
        }
        guard layout.elementSize == elementSize else {
            throw H5Error(
                .damaged, "the layout says elements of \(layout.elementSize) bytes, the datatype \(elementSize)")
        }
        chunkBytes = try checkedProduct(chunkShape + [elementSize], "the size of a chunk")
        chunkCounts = zip(shape, chunkShape).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
        maximumChunkCounts = zip(dataspace.maximumShape, chunkShape).map { limit, chunk in
            limit.map { $0 == 0 ? 0 : ($0 - 1) / chunk + 1 }
        }
    }

    var rank: Int { shape.count }

    /// Writes the coordinates of the chunk of a number in row-major order over `coordinates`.
    func coordinates(of number: Int, into coordinates: inout [Int]) throws {
        var rest = number
        for axis in chunkCounts.indices.reversed() where chunkCounts[axis] > 0 {
            coordinates[axis] = rest % chunkCounts[axis]
            rest /= chunkCounts[axis]
        }
        guard number >= 0, rest == 0, !chunkCounts.contains(0) else {
            throw H5Error(.invalidArgument, "there is no chunk of number \(number) in an extent of \(shape)")
        }
    }

    /// Whether a chunk reaches over the edge of the extent.
    func isPartial(_ coordinates: [Int]) -> Bool {
        // The number of whole chunks decides; multiplying back could overflow near the largest extent.
        for axis in 0..<rank where coordinates[axis] >= shape[axis] / chunkShape[axis] { return true }
        return false
    }
}

/// Which chunks are wanted: along each axis a rising list of chunk coordinates; all combinations are meant.
struct ChunkQuery: Sendable {
    /// The wanted coordinates of one axis.
    enum Axis: Sendable {
        case range(Range<Int>)
        case list([Int])

        var count: Int {
            switch self {
            case .range(let range): return range.count
            case .list(let list): return list.count
            }
        }

        /// The coordinate at a position; 0 where there is none.
        func coordinate(_ position: Int) -> Int {
            switch self {
            case .range(let range): return range.lowerBound + position
            case .list(let list): return position < list.count ? list[position] : 0
            }
        }

        /// The position of a coordinate; nil where it is not wanted.
        func position(of coordinate: Int) -> Int? {
            switch self {
            case .range(let range): return range.contains(coordinate) ? coordinate - range.lowerBound : nil
            case .list(let list):
                var low = 0
                var high = list.count
                while low < high {
                    let middle = (low + high) / 2
                    if list[middle] < coordinate { low = middle + 1 } else { high = middle }
                }
                return low < list.count && list[low] == coordinate ? low : nil
            }
        }
    }

    let axes: [Axis]
    /// The number of wanted chunks.
    let count: Int

    init(_ axes: [Axis]) throws {
        self.axes = axes
        count = try checkedProduct(axes.lazy.map(\.count), "the number of chunks")
    }

    /// The smallest and the largest wanted coordinate of each axis; the query is not empty.
    var bounds: (lower: [Int], upper: [Int]) {
        (axes.map { $0.coordinate(0) }, axes.map { $0.coordinate(max(0, $0.count - 1)) })
    }

    /// The position of a chunk in row-major order of the wanted ones; nil where it is not wanted.
    func ordinal(of coordinates: [Int]) -> Int? {
        var ordinal = 0
        for axis in axes.indices {
            guard let position = axes[axis].position(of: coordinates[axis]) else { return nil }
            ordinal = ordinal &* axes[axis].count &+ position
        }
        return ordinal
    }

    /// Writes the coordinates of a wanted chunk over `coordinates`.
    func coordinates(of ordinal: Int, into coordinates: inout [Int]) {
        var rest = ordinal
        for axis in axes.indices.reversed() {
            let count = axes[axis].count
            coordinates[axis] = axes[axis].coordinate(rest % count)
            rest /= count
        }
    }
}

/// A chunk that a query found.
struct FoundChunk: Sendable {
    /// The position of the chunk in the query.
    var ordinal: Int
    var address: UInt64
    /// The stored bytes.
    var storedSize: Int
    var filterMask: UInt32
}

extension Array where Element == Int {
    /// Whether the coordinates come before others in row-major order.
    func precedesInRowMajorOrder(_ other: [Int]) -> Bool {
        for axis in indices where self[axis] != other[axis] { return self[axis] < other[axis] }
        return false
    }
}
