import HDF5Format

/// Chunks as records of a version 2 B-tree: how they are written, and in which order they stand.
struct BTreeV2ChunkRecords {
    let type: BTreeV2Header.RecordType
    /// The bytes of a record.
    let size: Int
    private let rank: Int

    /// The records of a new tree.
    init(grid: ChunkGrid, isFiltered: Bool, layoutVersion: UInt8, _ sizes: FieldSizes) {
        type = isFiltered ? .filteredChunk : .chunk
        rank = grid.rank
        size =
            8 * grid.rank
            + ChunkElement.size(
                isFiltered: isFiltered, chunkBytes: grid.chunkBytes, layoutVersion: layoutVersion, sizes)
    }

    /// The records of a tree as its header tells of them.
    init(_ header: BTreeV2Header, grid: ChunkGrid, _ sizes: FieldSizes) throws {
        type = header.type
        size = header.recordSize
        rank = grid.rank
        guard type == .chunk || type == .filteredChunk,
            ChunkElement.isPossible(elementSize: size - 8 * rank, isFiltered: type == .filteredChunk, sizes)
        else { throw H5Error(.damaged, "the records of a chunk B-tree do not fit the dataset") }
    }

    /// Writes the record of a chunk; one without an address does to find it by.
    func encode(_ element: ChunkElement, coordinates: [Int], to builder: inout ByteBuilder) throws {
        let isFiltered = type == .filteredChunk
        let known = element.address == nil ? ChunkElementBlock.unset(isFiltered: isFiltered) : element
        try known.encode(to: &builder, isFiltered: isFiltered, elementSize: size - 8 * rank)
        for coordinate in coordinates {
            try builder.writeUInt(coordinate, width: 8, "the place of a chunk")
        }
    }

    /// Where the first record belongs relative to the second: in row-major order of the chunks.
    func order(_ left: RawSpan, _ right: RawSpan) throws -> BTreeV2.Comparison {
        let sizes = FieldSizes()
        var (left, right) = (ByteCursor(left, sizes: sizes), ByteCursor(right, sizes: sizes))
        try left.skip(size - 8 * rank)
        try right.skip(size - 8 * rank)
        for _ in 0..<rank {
            let (first, second) = (try left.readUInt64(), try right.readUInt64())
            if first != second { return first < second ? .before : .after }
        }
        return .found
    }
}
