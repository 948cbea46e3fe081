/// Extensible array header: the chunks of a dataset with one unlimited axis.
///
/// | bytes   | field                                      |
/// |---------|--------------------------------------------|
/// | 4 + 1   | `EAHD`, version 0                          |
/// | 1       | client: 0 plain chunks, 1 filtered         |
/// | 1       | size of an element                         |
/// | 1       | bits of the largest index                  |
/// | 1       | elements in the index block                |
/// | 1       | fewest elements of a data block            |
/// | 1       | fewest data block pointers of a super block |
/// | 1       | bits of a page                             |
/// | 6 × length | super blocks, their size, data blocks, their size, largest index set, elements realised |
/// | address | index block                                |
/// | 4       | checksum                                   |
package struct ExtensibleArrayHeader: Hashable, Sendable {
    package var isFiltered: Bool
    package var elementSize: Int
    package var maximumBits: Int
    package var indexBlockElements: Int
    package var minimumDataBlockElements: Int
    package var minimumDataBlockPointers: Int
    package var pageBits: Int
    /// What the array has grown to.
    package var statistics: Statistics
    /// One more than the largest index that was written.
    package var maximumIndexSet: UInt64
    package var indexBlockAddress: UInt64?

    /// What the array has grown to, in blocks and bytes.
    package struct Statistics: Hashable, Sendable {
        package var superBlocks: UInt64
        package var superBlockBytes: UInt64
        package var dataBlocks: UInt64
        package var dataBlockBytes: UInt64
        /// The elements that the blocks have room for, those of the index block included.
        package var elementsRealised: UInt64

        package init(
            superBlocks: UInt64 = 0, superBlockBytes: UInt64 = 0, dataBlocks: UInt64 = 0, dataBlockBytes: UInt64 = 0,
            elementsRealised: UInt64 = 0
        ) {
            self.superBlocks = superBlocks
            self.superBlockBytes = superBlockBytes
            self.dataBlocks = dataBlocks
            self.dataBlockBytes = dataBlockBytes
            self.elementsRealised = elementsRealised
        }
    }

    package static func size(_ sizes: FieldSizes) -> Int { 16 + 6 * sizes.lengths + sizes.offsets }

    package init(
        isFiltered: Bool, elementSize: Int, parameters: DataLayoutMessage.ExtensibleArrayParameters,
        statistics: Statistics = Statistics(), maximumIndexSet: UInt64 = 0, indexBlockAddress: UInt64? = nil
    ) {
        self.isFiltered = isFiltered
        self.elementSize = elementSize
        maximumBits = Int(parameters.maximumBits)
        indexBlockElements = Int(parameters.indexBlockElements)
        minimumDataBlockElements = Int(parameters.minimumDataBlockElements)
        minimumDataBlockPointers = Int(parameters.minimumDataBlockPointers)
        pageBits = Int(parameters.pageBits)
        self.statistics = statistics
        self.maximumIndexSet = maximumIndexSet
        self.indexBlockAddress = indexBlockAddress
    }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.extensibleArrayHeader, "extensible array")
        _ = try cursor.expectVersion(0...0, "extensible array")
        let client = try cursor.readUInt8()
        isFiltered = client == 1
        elementSize = Int(try cursor.readUInt8())
        maximumBits = Int(try cursor.readUInt8())
        indexBlockElements = Int(try cursor.readUInt8())
        minimumDataBlockElements = Int(try cursor.readUInt8())
        minimumDataBlockPointers = Int(try cursor.readUInt8())
        pageBits = Int(try cursor.readUInt8())
        statistics = Statistics(
            superBlocks: try cursor.readLength(), superBlockBytes: try cursor.readLength(),
            dataBlocks: try cursor.readLength(), dataBlockBytes: try cursor.readLength())
        maximumIndexSet = try cursor.readLength()
        statistics.elementsRealised = try cursor.readLength()
        indexBlockAddress = try cursor.readAddress()
        try cursor.expectChecksum("extensible array")
        func isPowerOfTwo(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard client <= 1, ChunkElement.isPossible(elementSize: elementSize, isFiltered: isFiltered, cursor.sizes),
            (1...64).contains(maximumBits), isPowerOfTwo(minimumDataBlockElements),
            isPowerOfTwo(minimumDataBlockPointers), minimumDataBlockPointers >= 2, pageBits < 32,
            maximumBits > floorLog2(UInt64(minimumDataBlockElements))
        else { throw cursor.damaged("the parameters of an extensible array make no sense") }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.extensibleArrayHeader)
        builder.writeUInt8(0)
        builder.writeUInt8(isFiltered ? 1 : 0)
        try builder.writeUInt8(elementSize, "the size of an element")
        try builder.writeUInt8(maximumBits, "the bits of the largest index")
        try builder.writeUInt8(indexBlockElements, "the number of elements in an index block")
        try builder.writeUInt8(minimumDataBlockElements, "the number of elements of a data block")
        try builder.writeUInt8(minimumDataBlockPointers, "the number of data blocks of a super block")
        try builder.writeUInt8(pageBits, "the bits of a page")
        try builder.writeLength(statistics.superBlocks, "the number of super blocks")
        try builder.writeLength(statistics.superBlockBytes, "the size of all super blocks")
        try builder.writeLength(statistics.dataBlocks, "the number of data blocks")
        try builder.writeLength(statistics.dataBlockBytes, "the size of all data blocks")
        try builder.writeLength(maximumIndexSet, "the largest index of an extensible array")
        try builder.writeLength(statistics.elementsRealised, "the number of elements of an extensible array")
        try builder.writeAddress(indexBlockAddress)
        builder.writeChecksum(from: start)
    }

    // MARK: Derived shape

    /// The bytes of a block offset.
    package var offsetWidth: Int { (maximumBits + 7) / 8 }
    /// The number of super blocks that the array can have.
    package var superBlockCount: Int { 1 + maximumBits - floorLog2(UInt64(minimumDataBlockElements)) }
    /// The super blocks whose data blocks the index block names itself.
    package var directSuperBlockCount: Int { min(2 * floorLog2(UInt64(minimumDataBlockPointers)), superBlockCount) }
    /// The data block addresses in the index block.
    package var directDataBlockCount: Int { 2 * (minimumDataBlockPointers - 1) }
    /// The super block addresses in the index block.
    package var superBlockAddressCount: Int { superBlockCount - directSuperBlockCount }
    /// The data blocks of a super block.
    package func dataBlockCount(superBlock: Int) -> UInt64 { 1 << UInt64(superBlock / 2) }
    /// The elements of each data block of a super block.
    package func dataBlockElements(superBlock: Int) -> UInt64 {
        UInt64(minimumDataBlockElements) << UInt64((superBlock + 1) / 2)
    }
    /// The elements of a page.
    package var pageElementCount: UInt64 { 1 << UInt64(pageBits) }

    /// The size of the index block.
    package func indexBlockSize(_ sizes: FieldSizes) -> Int {
        10 + sizes.offsets + indexBlockElements * elementSize
            + (directDataBlockCount + superBlockAddressCount) * sizes.offsets
    }

    /// Where an element is.
    package enum Location: Hashable, Sendable {
        case indexBlock(element: Int)
        case directDataBlock(block: Int, superBlock: Int, element: UInt64)
        case superBlock(index: Int, superBlock: Int, block: UInt64, element: UInt64)
    }

    /// Finds the place of an element; nil beyond what the array can hold.
    package func location(of index: UInt64) -> Location? {
        if index < UInt64(indexBlockElements) { return .indexBlock(element: Int(index)) }
        let rest = index - UInt64(indexBlockElements)
        let superBlock = floorLog2(rest / UInt64(minimumDataBlockElements) + 1)
        guard superBlock < superBlockCount else { return nil }
        var start: UInt64 = 0
        var startBlock: UInt64 = 0
        for earlier in 0..<superBlock {
            start &+= dataBlockCount(superBlock: earlier) &* dataBlockElements(superBlock: earlier)
            startBlock &+= dataBlockCount(superBlock: earlier)
        }
        let element = rest &- start
        let perBlock = dataBlockElements(superBlock: superBlock)
        let block = element / perBlock
        if superBlock < directSuperBlockCount {
            return .directDataBlock(
                block: Int(truncatingIfNeeded: startBlock &+ block), superBlock: superBlock, element: element % perBlock
            )
        }
        return .superBlock(
            index: superBlock - directSuperBlockCount, superBlock: superBlock, block: block,
            element: element % perBlock)
    }
}

/// Extensible array blocks below the header.
///
/// | block        | layout                                                                                        |
/// |--------------|-----------------------------------------------------------------------------------------------|
/// | index `EAIB` | version 0, client, header address, elements, data block addresses, super block addresses, checksum |
/// | super `EASB` | version 0, client, header address, offset, [paged: bitmap of written pages], data block addresses, checksum |
/// | data `EADB`  | version 0, client, header address, offset, elements, checksum; paged: checksum, then pages of elements and a checksum each |
package enum ExtensibleArrayBlock {
    /// Checks the prefix that all blocks share and skips it.
    package static func checkPrefix(
        _ cursor: inout ByteCursor, signature: StructureSignature, headerAddress: UInt64
    ) throws {
        try cursor.expectSignature(signature, "extensible array block")
        _ = try cursor.expectVersion(0...0, "extensible array block")
        try cursor.skip(1)
        guard try cursor.readAddress() == headerAddress else {
            throw cursor.damaged("a block belongs to another extensible array")
        }
    }

    /// The bytes of a data block or super block before its elements, addresses or bitmap.
    package static func prefixSize(_ header: ExtensibleArrayHeader, _ sizes: FieldSizes) -> Int {
        6 + sizes.offsets + header.offsetWidth
    }

    /// Writes the index block; the addresses of blocks that were never written are nil.
    package static func encodeIndexBlock(
        _ elements: [ChunkElement], dataBlocks: [UInt64?], superBlocks: [UInt64?], header: ExtensibleArrayHeader,
        headerAddress: UInt64, to builder: inout ByteBuilder
    ) throws {
        guard elements.count == header.indexBlockElements, dataBlocks.count == header.directDataBlockCount,
            superBlocks.count == header.superBlockAddressCount
        else { throw builder.unencodable("the parts of an index block do not fit its extensible array") }
        let start = builder.count
        try encodePrefix(.extensibleArrayIndexBlock, header, headerAddress, offset: nil, to: &builder)
        try encode(elements, header, to: &builder)
        for address in dataBlocks + superBlocks { try builder.writeAddress(address) }
        builder.writeChecksum(from: start)
    }

    /// Writes a super block; `bitmap` says which pages were written, and is empty where data blocks have none.
    package static func encodeSuperBlock(
        offset: UInt64, bitmap: [UInt8], dataBlocks: [UInt64?], header: ExtensibleArrayHeader, headerAddress: UInt64,
        to builder: inout ByteBuilder
    ) throws {
        let start = builder.count
        try encodePrefix(.extensibleArraySuperBlock, header, headerAddress, offset: offset, to: &builder)
        builder.writeBytes(bitmap)
        for address in dataBlocks { try builder.writeAddress(address) }
        builder.writeChecksum(from: start)
    }

    /// Writes a data block without pages, or with no elements what stands before the pages of one.
    package static func encodeDataBlock(
        _ elements: [ChunkElement], offset: UInt64, header: ExtensibleArrayHeader, headerAddress: UInt64,
        to builder: inout ByteBuilder
    ) throws {
        let start = builder.count
        try encodePrefix(.extensibleArrayDataBlock, header, headerAddress, offset: offset, to: &builder)
        try encode(elements, header, to: &builder)
        builder.writeChecksum(from: start)
    }

    /// Writes a page of a data block.
    package static func encodePage(
        _ elements: [ChunkElement], header: ExtensibleArrayHeader, to builder: inout ByteBuilder
    ) throws {
        guard UInt64(elements.count) == header.pageElementCount else {
            throw builder.unencodable("a page of \(header.pageElementCount) elements is given \(elements.count)")
        }
        let start = builder.count
        try encode(elements, header, to: &builder)
        builder.writeChecksum(from: start)
    }

    /// Writes what stands before the elements, addresses or bitmap of a block; the index block has no offset.
    package static func encodePrefix(
        _ signature: StructureSignature, _ header: ExtensibleArrayHeader, _ headerAddress: UInt64, offset: UInt64?,
        to builder: inout ByteBuilder
    ) throws {
        builder.writeSignature(signature)
        builder.writeUInt8(0)
        builder.writeUInt8(header.isFiltered ? 1 : 0)
        try builder.writeAddress(headerAddress)
        if let offset {
            try builder.writeUInt(offset, width: header.offsetWidth, "the offset of a block of an extensible array")
        }
    }

    private static func encode(
        _ elements: [ChunkElement], _ header: ExtensibleArrayHeader, to builder: inout ByteBuilder
    ) throws {
        for element in elements {
            try element.encode(to: &builder, isFiltered: header.isFiltered, elementSize: header.elementSize)
        }
    }
}
