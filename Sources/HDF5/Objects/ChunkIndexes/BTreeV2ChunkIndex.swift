import HDF5Format

/// Chunks in a version 2 B-tree, keyed by their scaled offsets.
struct BTreeV2ChunkIndex {
    private let tree: BTreeV2
    private let grid: ChunkGrid
    private let sizes: FieldSizes
    private let isFiltered: Bool

    init(address: UInt64, grid: ChunkGrid, storage: FileStorage) throws {
        tree = try BTreeV2(address: address, storage: storage)
        self.grid = grid
        sizes = storage.sizes
        isFiltered = tree.header.type == .filteredChunk
        guard isFiltered || tree.header.type == .chunk,
            ChunkElement.isPossible(
                elementSize: tree.header.recordSize - 8 * grid.rank, isFiltered: isFiltered, storage.sizes)
        else { throw H5Error(.damaged, "the records of a chunk B-tree do not fit the dataset", address: address) }
    }

    /// Calls `add` for each wanted chunk that exists.
    func find(_ query: ChunkQuery, _ add: (Int, ChunkElement) throws -> Void) throws {
        let (lower, upper) = query.bounds
        var coordinates = grid.shape.map { _ in 0 }
        let rank = grid.rank
        let elementSize = tree.header.recordSize - 8 * rank
        try tree.forEach(
            where: { record in
                try record.skip(elementSize)
                for axis in coordinates.indices { coordinates[axis] = Int(clamping: try record.readUInt64()) }
                if coordinates.precedesInRowMajorOrder(lower) { return .after }
                return upper.precedesInRowMajorOrder(coordinates) ? .before : .found
            },
            precedes: { left, right in
                for axis in 0..<rank {
                    // Loads from a span are checked against its end.
                    let offset = elementSize + 8 * axis
                    let first = left.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    let second = right.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    if first != second { return UInt64(littleEndian: first) < UInt64(littleEndian: second) }
                }
                return false
            },
            { record in
                let element = try ChunkElement(from: &record, isFiltered: isFiltered, elementSize: elementSize)
                for axis in coordinates.indices { coordinates[axis] = Int(clamping: try record.readUInt64()) }
                if let ordinal = query.ordinal(of: coordinates) { try add(ordinal, element) }
            })
    }
}
