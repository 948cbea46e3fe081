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
    package var maximumIndexSet: UInt64
    package var indexBlockAddress: UInt64?

    package static func size(_ sizes: FieldSizes) -> Int { 16 + 6 * sizes.lengths + sizes.offsets }

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
        for _ in 0..<4 { _ = try cursor.readLength() }
        maximumIndexSet = try cursor.readLength()
        _ = try cursor.readLength()
        indexBlockAddress = try cursor.readAddress()
        try cursor.expectChecksum("extensible array")
        func isPowerOfTwo(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard client <= 1, ChunkElement.isPossible(elementSize: elementSize, isFiltered: isFiltered, cursor.sizes),
            (1...64).contains(maximumBits), isPowerOfTwo(minimumDataBlockElements),
            isPowerOfTwo(minimumDataBlockPointers), minimumDataBlockPointers >= 2, pageBits < 32,
            maximumBits > floorLog2(UInt64(minimumDataBlockElements))
        else { throw cursor.damaged("the parameters of an extensible array make no sense") }
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
}
