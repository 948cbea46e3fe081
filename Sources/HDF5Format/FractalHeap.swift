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
    package var checksumsDirectBlocks: Bool
    package var maximumManagedSize: UInt32
    package var hugeIndexAddress: UInt64?
    package var managedObjectCount: UInt64
    package var tableWidth: Int
    package var startingBlockSize: UInt64
    package var maximumDirectBlockSize: UInt64
    package var addressBits: Int
    package var rootAddress: UInt64?
    package var rootRows: Int
    package var filters: FilterPipelineMessage?
    package var filteredRootSize: UInt64
    package var rootFilterMask: UInt32

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
        checksumsDirectBlocks = flags & 2 != 0
        maximumManagedSize = try cursor.readUInt32()
        _ = try cursor.readLength()
        hugeIndexAddress = try cursor.readAddress()
        _ = try cursor.readLength()
        _ = try cursor.readAddress()
        for _ in 0..<3 { _ = try cursor.readLength() }
        managedObjectCount = try cursor.readLength()
        for _ in 0..<4 { _ = try cursor.readLength() }
        tableWidth = Int(try cursor.readUInt16())
        startingBlockSize = try cursor.readLength()
        maximumDirectBlockSize = try cursor.readLength()
        addressBits = Int(try cursor.readUInt16())
        _ = try cursor.readUInt16()
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

/// Fractal heap indirect block: the addresses of its child blocks, row by row.
///
/// | bytes   | field                                                            |
/// |---------|------------------------------------------------------------------|
/// | 4 + 1   | `FHIB`, version 0                                                |
/// | address | the heap's header                                                |
/// | offset  | the block's offset in the heap                                   |
/// |         | direct rows: address, filtered: length and u32 mask              |
/// |         | indirect rows: address                                           |
/// | 4       | checksum                                                         |
package struct FractalHeapIndirectBlock: Hashable, Sendable {
    /// A child block.
    package struct Child: Hashable, Sendable {
        package var address: UInt64?
        package var filteredSize: UInt64
        package var filterMask: UInt32

        package init(address: UInt64?, filteredSize: UInt64, filterMask: UInt32) {
            self.address = address
            self.filteredSize = filteredSize
            self.filterMask = filterMask
        }
    }

    package var children: [Child]

    package init(from cursor: inout ByteCursor, heap: FractalHeapHeader, heapAddress: UInt64, rows: Int) throws {
        try cursor.expectSignature(.fractalHeapIndirectBlock, "indirect block of a fractal heap")
        _ = try cursor.expectVersion(0...0, "indirect block of a fractal heap")
        guard try cursor.readAddress() == heapAddress else {
            throw cursor.damaged("an indirect block belongs to another fractal heap")
        }
        try cursor.skip(heap.offsetWidth)
        children = []
        children.reserveCapacity(min(rows * heap.tableWidth, cursor.remaining / 2))
        for row in 0..<rows {
            for _ in 0..<heap.tableWidth {
                var child = Child(address: try cursor.readAddress(), filteredSize: 0, filterMask: 0)
                if heap.filters != nil, row < heap.maximumDirectRows {
                    child.filteredSize = try cursor.readLength()
                    child.filterMask = try cursor.readUInt32()
                }
                children.append(child)
            }
        }
        try cursor.expectChecksum("indirect block of a fractal heap")
    }
}

/// Fractal heap direct block: the objects, behind a short header.
///
/// | bytes   | field                                                  |
/// |---------|--------------------------------------------------------|
/// | 4 + 1   | `FHDB`, version 0                                      |
/// | address | the heap's header                                      |
/// | offset  | the block's offset in the heap                         |
/// | 4       | checksum, where the heap has them; over the whole block with this field zero |
package enum FractalHeapDirectBlock {
    /// Checks the header and the checksum of a whole (unfiltered) block.
    package static func check(
        _ block: [UInt8], heap: FractalHeapHeader, heapAddress: UInt64, address: UInt64, sizes: FieldSizes
    ) throws {
        var cursor = ByteCursor(block.span.bytes, sizes: sizes, address: address)
        try cursor.expectSignature(.fractalHeapDirectBlock, "direct block of a fractal heap")
        _ = try cursor.expectVersion(0...0, "direct block of a fractal heap")
        guard try cursor.readAddress() == heapAddress else {
            throw cursor.damaged("a direct block belongs to another fractal heap")
        }
        try cursor.skip(heap.offsetWidth)
        guard heap.checksumsDirectBlocks else { return }
        let position = cursor.position
        let stored = try cursor.readUInt32()
        var blanked = block
        for index in position..<(position + 4) { blanked[index] = 0 }
        guard MetadataChecksum.lookup3(blanked.span.bytes) == stored else {
            throw cursor.error(
                .checksumMismatch,
                "the checksum of a direct block of a fractal heap is wrong; the file is damaged there")
        }
    }
}

/// The identifier of an object in a fractal heap.
///
/// | type      | behind the first byte (bits 4-5: type)                                            |
/// |-----------|-----------------------------------------------------------------------------------|
/// | 0 managed | offset in the heap, length                                                        |
/// | 1 huge    | address, length, [filtered: u32 mask, length] where that fits; else a B-tree key  |
/// | 2 tiny    | the object itself; length - 1 in the low bits of the first (and second) byte      |
package enum FractalHeapIdentifier: Hashable, Sendable {
    case managed(offset: UInt64, length: Int)
    case hugeDirect(address: UInt64, length: UInt64, filterMask: UInt32, unfilteredLength: UInt64?)
    case hugeIndirect(key: UInt64)
    case tiny([UInt8])

    package init(from cursor: inout ByteCursor, heap: FractalHeapHeader) throws {
        var cursor = try cursor.readSlice(heap.identifierLength)
        let first = try cursor.readUInt8()
        guard first & 0xC0 == 0 else { throw cursor.damaged("a heap identifier has an unknown version") }
        let room = heap.identifierLength - 1
        let sizes = cursor.sizes
        switch first >> 4 & 3 {
        case 0:
            let offset = try cursor.readUInt(width: heap.offsetWidth)
            self = .managed(offset: offset, length: Int(try cursor.readUInt(width: min(heap.lengthWidth, 4))))
        case 1:
            let direct = sizes.offsets + sizes.lengths + (heap.filters == nil ? 0 : 4 + sizes.lengths)
            if room >= direct {
                let address = try cursor.readDefinedAddress("huge object")
                let length = try cursor.readLength()
                let mask = heap.filters == nil ? 0 : try cursor.readUInt32()
                self = .hugeDirect(
                    address: address, length: length, filterMask: mask,
                    unfilteredLength: heap.filters == nil ? nil : try cursor.readLength())
            } else {
                self = .hugeIndirect(key: try cursor.readUInt(width: min(8, room)))
            }
        case 2:
            // Identifiers longer than 18 bytes use the second byte for the length too.
            let length: Int
            if room <= 16 || room == 17 {
                length = Int(first & 0xF) + 1
            } else {
                length = Int(first & 0xF) << 8 + Int(try cursor.readUInt8()) + 1
            }
            self = .tiny(try cursor.readArray(length))
        default: throw cursor.damaged("a heap identifier has an unknown type")
        }
    }
}
