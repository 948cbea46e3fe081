import HDF5Format

/// Makes and changes fixed arrays of chunks, whose number is known.
///
/// The header stays where it is. The data block comes with the first chunk, all of it at once; its pages are written
/// when the first chunk of each is.
struct FixedArrayEditor {
    /// Where the header is.
    let address: UInt64
    private var header: FixedArrayHeader
    private let storage: FileStorage

    /// The elements of a page, as a power of two, that libhdf5 chooses.
    static let usualPageBits: UInt8 = 10

    /// Makes an array in which no chunk is set; answers its address.
    static func create(
        count: Int, isFiltered: Bool, elementSize: Int, pageBits: UInt8 = usualPageBits, in storage: FileStorage
    ) throws -> UInt64 {
        guard count > 0, pageBits < 32 else {
            throw H5Error(.invalidArgument, "an array of \(count) chunks in pages of 2^\(pageBits) is not possible")
        }
        let header = FixedArrayHeader(
            isFiltered: isFiltered, elementSize: elementSize, pageBits: Int(pageBits), elementCount: UInt64(count),
            dataBlockAddress: nil)
        let address = try storage.allocate(FixedArrayHeader.size(storage.sizes))
        try storage.write(at: address) { try header.encode(to: &$0) }
        return address
    }

    /// Opens an array for changes.
    init(address: UInt64, in storage: FileStorage) throws {
        self.address = address
        self.storage = storage
        header = try storage.withCursor(at: address, count: FixedArrayHeader.size(storage.sizes)) {
            try FixedArrayHeader(from: &$0)
        }
    }

    // MARK: Sizes

    private var prefixSize: Int { FixedArrayDataBlock.prefixSize(storage.sizes) }
    private var bitmapSize: Int { Int(clamping: (header.pageCount + 7) / 8) }

    /// The bytes of the data block.
    private var blockSize: Int {
        get throws {
            let elements = try header.elementCount.multiplied(by: UInt64(header.elementSize), "the size of an array")
            let extra = header.pageCount == 0 ? 4 : UInt64(bitmapSize) + 4 + 4 * header.pageCount
            return try Int(
                checking: try elements.adding(UInt64(prefixSize) + extra, "the size of an array"),
                "the size of an array")
        }
    }

    private func block(at address: UInt64, first: UInt64, count: UInt64) -> ChunkElementBlock {
        ChunkElementBlock(
            address: address, first: first, count: Int(clamping: count), isFiltered: header.isFiltered,
            elementSize: header.elementSize)
    }

    // MARK: Changes

    /// Makes changes, which rise by their numbers in the array.
    mutating func apply(_ changes: [ChunkIndexChange]) throws {
        try ChunkIndexChange.checkOrder(changes)
        guard let last = changes.last else { return }
        guard UInt64(last.number) < header.elementCount else {
            throw H5Error(
                .invalidArgument, "chunk \(last.number) does not fit an array of \(header.elementCount) chunks")
        }
        if header.dataBlockAddress == nil {
            // What was never set need not be taken out.
            guard changes.contains(where: { $0.element.address != nil }) else { return }
            let place = try storage.allocate(try blockSize)
            if header.pageCount == 0 {
                try block(at: place, first: 0, count: header.elementCount)
                    .create(changes[...], prefix: try prefix(), in: storage)
            } else {
                try applyPaged(changes[...], at: place, bitmap: nil)
            }
            header.dataBlockAddress = place
            try storage.write(at: address) { try header.encode(to: &$0) }
        } else if let place = header.dataBlockAddress {
            try storage.checkExtent(place, UInt64(try blockSize))
            if header.pageCount == 0 {
                try block(at: place, first: 0, count: header.elementCount)
                    .change(changes[...], prefixSize: prefixSize, in: storage) {
                        try FixedArrayDataBlock.checkPrefix(&$0, headerAddress: address)
                    }
            } else {
                try applyPaged(changes[...], at: place, bitmap: try readBitmap(at: place))
            }
        }
    }

    private func prefix() throws -> [UInt8] {
        var builder = ByteBuilder(sizes: storage.sizes)
        try FixedArrayDataBlock.encodePrefix(header: header, headerAddress: address, to: &builder)
        return builder.bytes
    }

    private func readBitmap(at place: UInt64) throws -> [UInt8] {
        try storage.withCursor(at: place, count: prefixSize + bitmapSize + 4) { cursor in
            try FixedArrayDataBlock.checkPrefix(&cursor, headerAddress: address)
            let bitmap = try cursor.readArray(bitmapSize)
            try cursor.expectChecksum("data block of a fixed array")
            return bitmap
        }
    }

    /// Changes pages; `bitmap` says which were written, and is nil where the block is new.
    private func applyPaged(_ changes: ArraySlice<ChunkIndexChange>, at place: UInt64, bitmap former: [UInt8]?) throws {
        try storage.checkAllocation(bitmapSize, "the list of an array's pages")
        var bitmap = former ?? [UInt8](repeating: 0, count: bitmapSize)
        let pageSize = UInt64(header.pageElementCount * header.elementSize + 4)
        let pages = place + UInt64(prefixSize + bitmapSize + 4)
        var rest = changes
        while let change = rest.first {
            let page = change.number >> header.pageBits
            let stop = rest.firstIndex { $0.number >> header.pageBits != page } ?? rest.endIndex
            let own = rest[..<stop]
            rest = rest[stop...]
            let (byte, bit) = (page / 8, UInt8(0x80) >> UInt8(page % 8))
            guard UInt64(page) < header.pageCount, byte < bitmap.count else {
                throw H5Error(.invalidArgument, "chunks are changed that are not in order")
            }
            let first = UInt64(page) << UInt64(header.pageBits)
            let block = block(
                at: pages + UInt64(page) * pageSize, first: first,
                count: min(UInt64(header.pageElementCount), header.elementCount - first))
            if bitmap[byte] & bit != 0 {
                try block.change(own, in: storage)
            } else if own.contains(where: { $0.element.address != nil }) {
                try block.create(own, prefix: [], in: storage)
                bitmap[byte] |= bit
            }
        }
        guard bitmap != former else { return }
        try storage.write(at: place) {
            try FixedArrayDataBlock.encodePagedPrefix(bitmap: bitmap, header: header, headerAddress: address, to: &$0)
        }
    }

    /// Gives the header and the data block back, and not the chunks.
    func removeAll() throws {
        if let place = header.dataBlockAddress { try storage.release(place, try blockSize) }
        try storage.release(address, FixedArrayHeader.size(storage.sizes))
    }
}
