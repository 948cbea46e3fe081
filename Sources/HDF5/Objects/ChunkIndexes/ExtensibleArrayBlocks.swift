import HDF5Format

/// The blocks of an extensible array that lead to others, and where the parts of the others are.
struct ExtensibleArrayBlocks {
    let header: ExtensibleArrayHeader
    private let headerAddress: UInt64
    private let storage: FileStorage

    init(address: UInt64, storage: FileStorage) throws {
        self.storage = storage
        headerAddress = address
        header = try storage.withCursor(at: address, count: ExtensibleArrayHeader.size(storage.sizes)) {
            try ExtensibleArrayHeader(from: &$0)
        }
    }

    struct IndexBlock {
        var elements: [UInt8]
        var dataBlocks: [UInt64?]
        var superBlocks: [UInt64?]
    }

    struct SuperBlock {
        var bitmap: [UInt8]
        var dataBlocks: [UInt64?]

        /// Whether a page was written.
        ///
        /// The bits of all data blocks of a super block form one string, most significant bit first.
        func isPageWritten(_ block: UInt64, _ page: UInt64, pages: UInt64) -> Bool {
            let bit = block &* pages &+ page
            let byte = Int(bit / 8)
            return byte < bitmap.count && bitmap[byte] & (0x80 >> UInt8(bit % 8)) != 0
        }
    }

    func readIndexBlock(_ address: UInt64) throws -> IndexBlock {
        let size = header.indexBlockSize(storage.sizes)
        return try storage.withCursor(at: address, count: size) { cursor in
            try ExtensibleArrayBlock.checkPrefix(
                &cursor, signature: .extensibleArrayIndexBlock, headerAddress: headerAddress)
            let elements = try cursor.readArray(header.indexBlockElements * header.elementSize)
            var block = IndexBlock(elements: elements, dataBlocks: [], superBlocks: [])
            for _ in 0..<header.directDataBlockCount { block.dataBlocks.append(try cursor.readAddress()) }
            for _ in 0..<header.superBlockAddressCount { block.superBlocks.append(try cursor.readAddress()) }
            try cursor.expectChecksum("index block of an extensible array")
            return block
        }
    }

    // MARK: Super blocks

    /// The pages of each data block of a super block; 0 where blocks are not paged.
    func pagesPerBlock(superBlock: Int) -> UInt64 {
        let elements = header.dataBlockElements(superBlock: superBlock)
        return elements > header.pageElementCount ? elements / header.pageElementCount : 0
    }

    /// The bytes of a super block that say which pages were written.
    func bitmapSize(superBlock: Int) throws -> UInt64 {
        try header.dataBlockCount(superBlock: superBlock)
            .multiplied(by: (pagesPerBlock(superBlock: superBlock) &+ 7) / 8, "the size of a super block")
    }

    /// The bytes of a super block.
    func superBlockSize(_ superBlock: Int) throws -> UInt64 {
        try header.dataBlockCount(superBlock: superBlock)
            .multiplied(by: UInt64(storage.sizes.offsets), "the size of a super block")
            .adding(try bitmapSize(superBlock: superBlock), "the size of a super block")
            .adding(UInt64(ExtensibleArrayBlock.prefixSize(header, storage.sizes) + 4), "the size of a super block")
    }

    func readSuperBlock(_ address: UInt64, _ superBlock: Int) throws -> SuperBlock {
        let blocks = header.dataBlockCount(superBlock: superBlock)
        let size = try superBlockSize(superBlock)
        try storage.checkExtent(address, size)
        return try storage.withCursor(at: address, count: Int(size)) { cursor in
            try ExtensibleArrayBlock.checkPrefix(
                &cursor, signature: .extensibleArraySuperBlock, headerAddress: headerAddress)
            try cursor.skip(header.offsetWidth)
            let bitmap = try cursor.readArray(Int(try bitmapSize(superBlock: superBlock)))
            var block = SuperBlock(bitmap: bitmap, dataBlocks: [])
            block.dataBlocks.reserveCapacity(Int(blocks))
            for _ in 0..<blocks { block.dataBlocks.append(try cursor.readAddress()) }
            try cursor.expectChecksum("super block of an extensible array")
            return block
        }
    }

    // MARK: Data blocks

    /// The bytes of a page with its checksum.
    var pageSize: UInt64 { header.pageElementCount &* UInt64(header.elementSize) &+ 4 }

    /// Where a page of a data block is.
    func pageAddress(_ block: UInt64, page: UInt64) -> UInt64 {
        let prefix = UInt64(ExtensibleArrayBlock.prefixSize(header, storage.sizes) + 4)
        return block &+ prefix &+ page &* pageSize
    }

    /// The bytes of a data block of a super block.
    func dataBlockSize(superBlock: Int) throws -> UInt64 {
        try header.dataBlockElements(superBlock: superBlock)
            .multiplied(by: UInt64(header.elementSize), "the size of a data block")
            .adding(4 &* pagesPerBlock(superBlock: superBlock), "the size of a data block")
            .adding(UInt64(ExtensibleArrayBlock.prefixSize(header, storage.sizes) + 4), "the size of a data block")
    }
}
