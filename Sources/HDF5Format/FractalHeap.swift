/// Fractal heap header: objects of any size (links, attributes, shared messages), found by heap identifiers.
///
/// | bytes   | field                                                                     |
/// |---------|---------------------------------------------------------------------------|
/// | 4 + 1   | `FRHP`, version 0                                                         |
/// | 2       | length of heap identifiers                                                |
/// | 2       | length of the filter pipeline                                             |
/// | 1       | flags: 1 identifiers of huge objects wrapped, 2 direct blocks checksummed |
/// | 4       | largest managed object                                                    |
/// | length, address | next huge identifier, B-tree of huge objects                      |
/// | length, address | free space, free-space manager                                    |
/// | 4 × length | managed space, allocated space, iterator, managed objects              |
/// | 4 × length | size and number of huge objects, size and number of tiny objects       |
/// | 2       | width of the doubling table                                               |
/// | 2 × length | starting block size, largest direct block                              |
/// | 2 + 2   | bits of the heap's addresses, starting rows                               |
/// | address | root block                                                                |
/// | 2       | rows of the root; 0: the root is a direct block                           |
/// | length + 4 + … | filtered: size and mask of the root block, filter pipeline message |
/// | 4       | checksum                                                                  |
package struct FractalHeapHeader: Hashable, Sendable {
    package var identifierLength: Int
    /// Whether keys of huge objects were used up and began anew.
    package var wrapsHugeKeys: Bool
    package var checksumsDirectBlocks: Bool
    package var maximumManagedSize: UInt32
    package var nextHugeKey: UInt64
    package var hugeIndexAddress: UInt64?
    package var freeSpaceManagerAddress: UInt64?
    package var statistics: Statistics
    package var managedObjectCount: UInt64
    package var tableWidth: Int
    package var startingBlockSize: UInt64
    package var maximumDirectBlockSize: UInt64
    package var addressBits: Int
    /// The rows that the root gets when it becomes an indirect block.
    package var startingRows: Int
    package var rootAddress: UInt64?
    package var rootRows: Int
    package var filters: FilterPipelineMessage?
    package var filteredRootSize: UInt64
    package var rootFilterMask: UInt32

    /// What the heap holds and has room for; the number of managed objects has a property of its own.
    package struct Statistics: Hashable, Sendable {
        /// The free bytes of the managed blocks.
        package var freeSpace: UInt64 = 0
        /// The bytes of address space that the root spans.
        package var managedSpace: UInt64 = 0
        /// The bytes of direct blocks that are allocated.
        package var allocatedSpace: UInt64 = 0
        /// Where in the address space the next direct block goes.
        package var allocationIterator: UInt64 = 0
        package var hugeObjectBytes: UInt64 = 0
        package var hugeObjectCount: UInt64 = 0
        package var tinyObjectBytes: UInt64 = 0
        package var tinyObjectCount: UInt64 = 0

        package init() {}
    }

    /// Makes the header of an empty heap with the parameters that libhdf5 uses: for links blocks from 512 bytes on in 32 bits
    /// of address space and identifiers of 7 bytes; for attributes and shared messages 1,024, 40 and 8.
    package init(
        identifierLength: Int, startingBlockSize: UInt64, addressBits: Int, tableWidth: Int = 4,
        maximumDirectBlockSize: UInt64 = 65_536, maximumManagedSize: UInt32 = 4_096, startingRows: Int = 1,
        filters: FilterPipelineMessage? = nil
    ) {
        self.identifierLength = identifierLength
        wrapsHugeKeys = false
        checksumsDirectBlocks = true
        self.maximumManagedSize = maximumManagedSize
        nextHugeKey = 0
        statistics = Statistics()
        managedObjectCount = 0
        self.tableWidth = tableWidth
        self.startingBlockSize = startingBlockSize
        self.maximumDirectBlockSize = maximumDirectBlockSize
        self.addressBits = addressBits
        self.startingRows = startingRows
        rootRows = 0
        self.filters = filters
        filteredRootSize = 0
        rootFilterMask = 0
    }

    /// The size of the header before the part that only filtered heaps have, without the checksum.
    package static func fixedSize(_ sizes: FieldSizes) -> Int { 22 + 12 * sizes.lengths + 3 * sizes.offsets }

    /// The size of a header, given the length of its filter pipeline message.
    package static func size(_ sizes: FieldSizes, filterLength: Int) -> Int {
        fixedSize(sizes) + (filterLength > 0 ? sizes.lengths + 4 + filterLength : 0) + 4
    }

    /// Reads the length of the filter pipeline from the first bytes of a header.
    package static func filterLength(from cursor: inout ByteCursor) throws -> Int {
        try cursor.expectSignature(.fractalHeap, "fractal heap")
        try cursor.skip(3)
        return Int(try cursor.readUInt16())
    }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.fractalHeap, "fractal heap")
        _ = try cursor.expectVersion(0...0, "fractal heap")
        identifierLength = Int(try cursor.readUInt16())
        let filterLength = Int(try cursor.readUInt16())
        let flags = try cursor.readUInt8()
        wrapsHugeKeys = flags & 1 != 0
        checksumsDirectBlocks = flags & 2 != 0
        maximumManagedSize = try cursor.readUInt32()
        nextHugeKey = try cursor.readLength()
        hugeIndexAddress = try cursor.readAddress()
        statistics = Statistics()
        statistics.freeSpace = try cursor.readLength()
        freeSpaceManagerAddress = try cursor.readAddress()
        statistics.managedSpace = try cursor.readLength()
        statistics.allocatedSpace = try cursor.readLength()
        statistics.allocationIterator = try cursor.readLength()
        managedObjectCount = try cursor.readLength()
        statistics.hugeObjectBytes = try cursor.readLength()
        statistics.hugeObjectCount = try cursor.readLength()
        statistics.tinyObjectBytes = try cursor.readLength()
        statistics.tinyObjectCount = try cursor.readLength()
        tableWidth = Int(try cursor.readUInt16())
        startingBlockSize = try cursor.readLength()
        maximumDirectBlockSize = try cursor.readLength()
        addressBits = Int(try cursor.readUInt16())
        startingRows = Int(try cursor.readUInt16())
        rootAddress = try cursor.readAddress()
        rootRows = Int(try cursor.readUInt16())
        (filteredRootSize, rootFilterMask) = (0, 0)
        if filterLength > 0 {
            filteredRootSize = try cursor.readLength()
            rootFilterMask = try cursor.readUInt32()
            var slice = try cursor.readSlice(filterLength)
            filters = try FilterPipelineMessage(from: &slice)
        }
        try cursor.expectChecksum("fractal heap")
        func isPowerOfTwo(_ value: UInt64) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard isPowerOfTwo(UInt64(tableWidth)), isPowerOfTwo(startingBlockSize), isPowerOfTwo(maximumDirectBlockSize),
            startingBlockSize <= maximumDirectBlockSize, maximumDirectBlockSize <= 1 << 32, addressBits > 0,
            addressBits <= 64, startingBlockSize < UInt64(1) << 32, identifierLength >= 1
        else { throw cursor.damaged("the doubling table of a fractal heap makes no sense") }
        guard rootRows <= maximumRows else {
            throw cursor.damaged("a fractal heap of \(rootRows) rows exceeds its \(addressBits) address bits")
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        let pipeline = try encoded(builder.sizes) { try filters?.encode(to: &$0) }
        builder.writeSignature(.fractalHeap)
        builder.writeUInt8(0)
        try builder.writeUInt16(identifierLength, "the length of heap identifiers")
        try builder.writeUInt16(pipeline.count, "the length of a heap's filter pipeline")
        builder.writeUInt8((wrapsHugeKeys ? 1 : 0) | (checksumsDirectBlocks ? 2 : 0))
        builder.writeUInt32(maximumManagedSize)
        try builder.writeLength(nextHugeKey, "the next key of a huge object")
        try builder.writeAddress(hugeIndexAddress)
        try builder.writeLength(statistics.freeSpace, "the free space of a heap")
        try builder.writeAddress(freeSpaceManagerAddress)
        try builder.writeLength(statistics.managedSpace, "the managed space of a heap")
        try builder.writeLength(statistics.allocatedSpace, "the allocated space of a heap")
        try builder.writeLength(statistics.allocationIterator, "the next place in a heap")
        try builder.writeLength(managedObjectCount, "the number of managed objects")
        try builder.writeLength(statistics.hugeObjectBytes, "the size of all huge objects")
        try builder.writeLength(statistics.hugeObjectCount, "the number of huge objects")
        try builder.writeLength(statistics.tinyObjectBytes, "the size of all tiny objects")
        try builder.writeLength(statistics.tinyObjectCount, "the number of tiny objects")
        try builder.writeUInt16(tableWidth, "the width of a doubling table")
        try builder.writeLength(startingBlockSize, "the size of the first block of a heap")
        try builder.writeLength(maximumDirectBlockSize, "the size of the largest block of a heap")
        try builder.writeUInt16(addressBits, "the bits of a heap's addresses")
        try builder.writeUInt16(startingRows, "the first rows of a heap")
        try builder.writeAddress(rootAddress)
        try builder.writeUInt16(rootRows, "the rows of a heap")
        if !pipeline.isEmpty {
            try builder.writeLength(filteredRootSize, "the size of a filtered block")
            builder.writeUInt32(rootFilterMask)
            builder.writeBytes(pipeline)
        }
        builder.writeChecksum(from: start)
    }

    // MARK: Doubling table

    /// The bytes of an offset in the heap.
    package var offsetWidth: Int { (addressBits + 7) / 8 }
    /// The bytes of an object's length in a heap identifier.
    package var lengthWidth: Int {
        min((floorLog2(maximumDirectBlockSize) + 7) / 8, encodedWidth(of: UInt64(maximumManagedSize)))
    }
    /// The number of rows that hold direct blocks.
    package var maximumDirectRows: Int { floorLog2(maximumDirectBlockSize) - floorLog2(startingBlockSize) + 2 }
    /// The bits that the first row spans.
    package var firstRowBits: Int { floorLog2(startingBlockSize) + floorLog2(UInt64(tableWidth)) }
    /// The most rows of the root block.
    package var maximumRows: Int { max(addressBits - firstRowBits + 1, 0) }

    /// The size of a block in a row.
    package func blockSize(row: Int) -> UInt64 {
        row == 0 ? startingBlockSize : row > 63 ? 0 : startingBlockSize << UInt64(row - 1)
    }

    /// The heap offset at which a row starts, counted from the start of its indirect block.
    package func rowOffset(row: Int) -> UInt64 {
        row == 0 ? 0 : row > 63 ? 0 : (startingBlockSize &* UInt64(tableWidth)) << UInt64(row - 1)
    }

    /// The number of rows of a child indirect block in a row.
    package func rowsOfIndirectBlock(row: Int) -> Int { floorLog2(blockSize(row: row)) - firstRowBits + 1 }

    /// Where an offset lies in an indirect block that starts at offset 0.
    package func position(of offset: UInt64) -> (row: Int, column: Int) {
        if offset < startingBlockSize &* UInt64(tableWidth) {
            return (0, Int(truncatingIfNeeded: offset / startingBlockSize))
        }
        let high = floorLog2(offset)
        let row = high - firstRowBits + 1
        return (row, Int(truncatingIfNeeded: (offset - UInt64(1) << UInt64(high)) / max(blockSize(row: row), 1)))
    }

    /// The bytes before the objects of a direct block.
    package func directBlockPrefixSize(_ sizes: FieldSizes) -> Int {
        5 + sizes.offsets + offsetWidth + (checksumsDirectBlocks ? 4 : 0)
    }

    /// The size of an indirect block of `rows` rows.
    package func indirectBlockSize(rows: Int, _ sizes: FieldSizes) -> Int {
        let direct = min(rows, maximumDirectRows) * tableWidth
        let indirect = max(0, rows - maximumDirectRows) * tableWidth
        let entry = sizes.offsets + (filters == nil ? 0 : sizes.lengths + 4)
        return 5 + sizes.offsets + offsetWidth + direct * entry + indirect * sizes.offsets + 4
    }
}
