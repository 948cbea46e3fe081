import HDF5Format

/// Chunks in a fixed array, numbered over the maximum extent.
struct FixedArrayChunkIndex {
    private let header: FixedArrayHeader
    private let headerAddress: UInt64
    private let numbering: ChunkNumbering
    private let grid: ChunkGrid
    private let storage: FileStorage

    init(address: UInt64, grid: ChunkGrid, storage: FileStorage) throws {
        self.grid = grid
        self.storage = storage
        headerAddress = address
        header = try storage.withCursor(at: address, count: FixedArrayHeader.size(storage.sizes)) {
            try FixedArrayHeader(from: &$0)
        }
        numbering = try ChunkNumbering(grid: grid)
        guard header.elementCount == UInt64(numbering.count) else {
            throw H5Error(
                .damaged, "a fixed array of \(header.elementCount) elements does not fit \(numbering.count) chunks",
                address: address)
        }
    }

    /// Calls `add` for each wanted chunk that exists.
    func find(_ query: ChunkQuery, _ add: (Int, ChunkElement) throws -> Void) throws {
        guard let address = header.dataBlockAddress else { return }
        let sizes = storage.sizes
        let prefix = FixedArrayDataBlock.prefixSize(sizes)
        let elementSize = UInt64(header.elementSize)
        var coordinates = grid.shape.map { _ in 0 }
        if header.pageCount == 0 {
            let count = Int(header.elementCount) * header.elementSize
            let elements = try storage.withCursor(at: address, count: prefix + count + 4) { cursor in
                try FixedArrayDataBlock.checkPrefix(&cursor, headerAddress: headerAddress)
                let elements = try cursor.readArray(count)
                try cursor.expectChecksum("data block of a fixed array")
                return elements
            }
            for ordinal in 0..<query.count {
                query.coordinates(of: ordinal, into: &coordinates)
                try addElement(numbering.number(of: coordinates), of: elements, ordinal, address, add)
            }
            return
        }
        // The space of all pages is allocated, so an array that does not fit the file is damaged.
        let pageCount = try Int(checking: header.pageCount, "the number of pages")
        let pageBytes = UInt64(header.pageElementCount) &* elementSize &+ 4
        let bitmapBytes = (pageCount + 7) / 8
        let total = try header.elementCount.multiplied(by: elementSize, "the size of a fixed array")
        try storage.checkExtent(address, total)
        let bitmap = try storage.withCursor(at: address, count: prefix + bitmapBytes + 4) { cursor in
            try FixedArrayDataBlock.checkPrefix(&cursor, headerAddress: headerAddress)
            let bitmap = try cursor.readArray(bitmapBytes)
            try cursor.expectChecksum("data block of a fixed array")
            return bitmap
        }
        let pages = address &+ UInt64(prefix + bitmapBytes + 4)
        var loaded = -1
        var elements: [UInt8] = []
        for ordinal in 0..<query.count {
            query.coordinates(of: ordinal, into: &coordinates)
            let number = numbering.number(of: coordinates)
            let page = number >> header.pageBits
            guard page < pageCount, bitmap[page / 8] & (0x80 >> UInt8(page % 8)) != 0 else { continue }
            if page != loaded {
                let first = page << header.pageBits
                let count = min(header.pageElementCount, numbering.count - first) * header.elementSize
                elements = try storage.withCursor(at: pages &+ UInt64(page) &* pageBytes, count: count + 4) { cursor in
                    let elements = try cursor.readArray(count)
                    try cursor.expectChecksum("page of a fixed array")
                    return elements
                }
                loaded = page
            }
            try addElement(number & (header.pageElementCount - 1), of: elements, ordinal, address, add)
        }
    }

    private func addElement(
        _ index: Int, of elements: [UInt8], _ ordinal: Int, _ address: UInt64,
        _ add: (Int, ChunkElement) throws -> Void
    ) throws {
        var cursor = ByteCursor(elements.span.bytes, sizes: storage.sizes, address: address)
        try cursor.move(to: index * header.elementSize)
        try add(
            ordinal,
            try ChunkElement(from: &cursor, isFiltered: header.isFiltered, elementSize: header.elementSize))
    }
}
