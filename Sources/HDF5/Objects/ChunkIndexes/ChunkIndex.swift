import HDF5Format

/// Finds the chunks of a dataset through whichever index the dataset has.
struct ChunkIndex {
    let grid: ChunkGrid
    private let layout: DataLayoutMessage.ChunkedLayout
    private let isFiltered: Bool
    private let storage: FileStorage

    init(grid: ChunkGrid, layout: DataLayoutMessage.ChunkedLayout, isFiltered: Bool, storage: FileStorage) {
        self.grid = grid
        self.layout = layout
        self.isFiltered = isFiltered
        self.storage = storage
    }

    /// The wanted chunks that exist, in no particular order; what is missing was never written.
    func find(_ query: ChunkQuery) throws -> [FoundChunk] {
        guard query.count > 0, let address = layout.address else { return [] }
        var found: [FoundChunk] = []
        // Most or all exist as a rule; a few of many cost no more than this.
        found.reserveCapacity(min(query.count, 1 << 16))
        func add(_ ordinal: Int, _ element: ChunkElement) throws {
            guard let address = element.address else { return }
            let size = try element.storedSize.map { try Int(checking: $0, "the size of a chunk") } ?? grid.chunkBytes
            // Checked here, so that nobody allocates for a chunk that the file cannot hold.
            try storage.checkExtent(address, UInt64(size))
            found.append(
                FoundChunk(ordinal: ordinal, address: address, storedSize: size, filterMask: element.filterMask))
        }
        switch layout.index {
        case .btree1:
            try BTreeV1ChunkIndex(address: address, grid: grid, isFiltered: isFiltered, storage: storage)
                .find(query, add)
        case .singleChunk(let filteredSize, let mask):
            if let ordinal = query.ordinal(of: grid.shape.map { _ in 0 }) {
                try add(ordinal, ChunkElement(address: address, storedSize: filteredSize, filterMask: mask))
            }
        case .implicit: try findImplicit(query, address, add)
        case .fixedArray:
            try FixedArrayChunkIndex(address: address, grid: grid, storage: storage).find(query, add)
        case .extensibleArray:
            try ExtensibleArrayChunkIndex(address: address, grid: grid, storage: storage).find(query, add)
        case .btree2:
            try BTreeV2ChunkIndex(address: address, grid: grid, storage: storage).find(query, add)
        }
        try Self.checkDistinct(found)
        return found
    }

    /// Refuses an index that lists two chunks for one place.
    ///
    /// Readers count on it: as many chunks as wanted means that every place is filled, and no two threads decode to the
    /// same memory.
    private static func checkDistinct(_ found: [FoundChunk]) throws {
        var previous = -1
        var isRising = true
        for chunk in found {
            isRising = isRising && chunk.ordinal > previous
            previous = chunk.ordinal
        }
        // Most indexes give chunks in rising order; then nothing needs sorting.
        guard !isRising else { return }
        let ordinals = found.map(\.ordinal).sorted()
        for index in ordinals.indices.dropFirst() where ordinals[index] == ordinals[index - 1] {
            throw H5Error(.damaged, "the index of chunks lists two chunks for one place")
        }
    }

    private func findImplicit(
        _ query: ChunkQuery, _ address: UInt64, _ add: (Int, ChunkElement) throws -> Void
    ) throws {
        let numbering = try ChunkNumbering(grid: grid)
        let bytes = UInt64(grid.chunkBytes)
        try storage.checkExtent(address, try UInt64(numbering.count).multiplied(by: bytes, "the size of all chunks"))
        var coordinates = grid.shape.map { _ in 0 }
        for ordinal in 0..<query.count {
            query.coordinates(of: ordinal, into: &coordinates)
            let number = UInt64(numbering.number(of: coordinates))
            try add(ordinal, ChunkElement(address: address &+ number &* bytes))
        }
    }
}
