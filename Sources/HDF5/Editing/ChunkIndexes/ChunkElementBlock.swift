import HDF5Format

/// A run of elements in an array of chunks, with what stands before it and the checksum behind it.
struct ChunkElementBlock {
    /// Where the block is.
    let address: UInt64
    /// The number of the first element in the array.
    let first: UInt64
    /// The number of elements.
    let count: Int
    let isFiltered: Bool
    let elementSize: Int

    /// The bytes of the elements and the checksum.
    private var tailSize: Int { count * elementSize + 4 }

    /// The elements of chunks that were never written.
    static func unset(isFiltered: Bool) -> ChunkElement {
        ChunkElement(address: nil, storedSize: isFiltered ? 0 : nil)
    }

    // The numbers of changes are not negative and rise, as `ChunkIndexChange.checkOrder` says.

    /// Writes a block in which no element is set but those of the changes.
    func create(_ changes: ArraySlice<ChunkIndexChange>, prefix: [UInt8], in storage: FileStorage) throws {
        try write(prefix, changes, in: storage) { builder, range in
            let unset = Self.unset(isFiltered: isFiltered)
            for _ in range { try unset.encode(to: &builder, isFiltered: isFiltered, elementSize: elementSize) }
        }
    }

    /// Writes changed elements over those of a block.
    ///
    /// - Parameter prefix: The bytes before the elements; `check` throws where they are not what they should be.
    func change(
        _ changes: ArraySlice<ChunkIndexChange>, prefixSize: Int = 0, in storage: FileStorage,
        check: (inout ByteCursor) throws -> Void = { _ in }
    ) throws {
        let former = try storage.withCursor(at: address, count: prefixSize + tailSize) { cursor in
            try check(&cursor)
            try cursor.move(to: prefixSize + count * elementSize)
            try cursor.expectChecksum("block of an array of chunks")
            try cursor.move(to: 0)
            return try cursor.readArray(prefixSize + count * elementSize)
        }
        try write(Array(former[..<prefixSize]), changes, in: storage) { builder, range in
            let start = prefixSize + range.lowerBound * elementSize
            builder.writeBytes(former[start..<(start + range.count * elementSize)])
        }
    }

    private func write(
        _ prefix: [UInt8], _ changes: ArraySlice<ChunkIndexChange>, in storage: FileStorage,
        keep: (inout ByteBuilder, Range<Int>) throws -> Void
    ) throws {
        try storage.checkAllocation(prefix.count + tailSize, "a block of an array of chunks")
        try storage.write(at: address) { builder in
            builder.reserveCapacity(prefix.count + tailSize)
            builder.writeBytes(prefix)
            var position = 0
            for change in changes {
                guard UInt64(change.number) >= first,
                    let index = Int(exactly: UInt64(change.number) - first), index >= position, index < count
                else { throw H5Error(.invalidArgument, "chunks are changed that are not in order, or one twice") }
                try keep(&builder, position..<index)
                let element =
                    change.element.address == nil ? Self.unset(isFiltered: isFiltered) : change.element
                try element.encode(to: &builder, isFiltered: isFiltered, elementSize: elementSize)
                position = index + 1
            }
            try keep(&builder, position..<count)
            builder.writeChecksum(from: 0)
        }
    }
}

extension ChunkElement {
    /// The size of an element in an array of chunks.
    ///
    /// - Parameter layoutVersion: Version 5 gives sizes eight bytes, version 4 one more than the size of a chunk takes.
    static func size(isFiltered: Bool, chunkBytes: Int, layoutVersion: UInt8, _ sizes: FieldSizes) -> Int {
        guard isFiltered else { return sizes.offsets }
        let width = layoutVersion >= 5 ? 8 : min(8, 1 + (floorLog2(UInt64(max(1, chunkBytes))) + 8) / 8)
        return sizes.offsets + width + 4
    }
}
