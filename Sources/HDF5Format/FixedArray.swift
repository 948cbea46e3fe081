/// What chunk arrays hold per chunk: an address, and for filtered chunks also size and mask.
package struct ChunkElement: Hashable, Sendable {
    /// nil: the chunk was never written.
    package var address: UInt64?
    /// nil for unfiltered chunks, whose size is that of every chunk.
    package var storedSize: UInt64?
    package var filterMask: UInt32

    package init(address: UInt64?, storedSize: UInt64? = nil, filterMask: UInt32 = 0) {
        self.address = address
        self.storedSize = storedSize
        self.filterMask = filterMask
    }

    /// Reads an element; the width of the size field follows from the size of the element.
    package init(from cursor: inout ByteCursor, isFiltered: Bool, elementSize: Int) throws {
        address = try cursor.readAddress()
        if isFiltered {
            storedSize = try cursor.readUInt(width: elementSize - cursor.sizes.offsets - 4)
            filterMask = try cursor.readUInt32()
        } else {
            storedSize = nil
            filterMask = 0
        }
    }

    /// Whether an element of that size can be read.
    package static func isPossible(elementSize: Int, isFiltered: Bool, _ sizes: FieldSizes) -> Bool {
        isFiltered
            ? (sizes.offsets + 5...sizes.offsets + 12).contains(elementSize) : elementSize == sizes.offsets
    }
}

/// Fixed array header: the chunks of a dataset whose maximum extent is finite.
///
/// | bytes   | field                                |
/// |---------|--------------------------------------|
/// | 4 + 1   | `FAHD`, version 0                    |
/// | 1       | client: 0 plain chunks, 1 filtered   |
/// | 1       | size of an element                   |
/// | 1       | bits of a page                       |
/// | length  | number of elements                   |
/// | address | data block                           |
/// | 4       | checksum                             |
package struct FixedArrayHeader: Hashable, Sendable {
    package var isFiltered: Bool
    package var elementSize: Int
    package var pageBits: Int
    package var elementCount: UInt64
    package var dataBlockAddress: UInt64?

    package static func size(_ sizes: FieldSizes) -> Int { 12 + sizes.lengths + sizes.offsets }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.fixedArrayHeader, "fixed array")
        _ = try cursor.expectVersion(0...0, "fixed array")
        let client = try cursor.readUInt8()
        isFiltered = client == 1
        elementSize = Int(try cursor.readUInt8())
        pageBits = Int(try cursor.readUInt8())
        elementCount = try cursor.readLength()
        dataBlockAddress = try cursor.readAddress()
        try cursor.expectChecksum("fixed array")
        guard client <= 1, pageBits < 32,
            ChunkElement.isPossible(elementSize: elementSize, isFiltered: isFiltered, cursor.sizes)
        else { throw cursor.damaged("the parameters of a fixed array make no sense") }
    }

    /// The number of elements of a page.
    package var pageElementCount: Int { 1 << pageBits }
    /// The number of pages; 0 where the block is not paged.
    package var pageCount: UInt64 {
        let perPage = UInt64(pageElementCount)
        return elementCount > perPage ? (elementCount - 1) / perPage + 1 : 0
    }
}

/// Fixed array data block.
///
/// | bytes   | field                                                                         |
/// |---------|-------------------------------------------------------------------------------|
/// | 4 + 1 + 1 | `FADB`, version 0, client                                                   |
/// | address | the header                                                                    |
/// |         | not paged: elements, checksum                                                 |
/// |         | paged: bitmap of written pages (most significant bit first), checksum, then pages of elements and a checksum each |
package enum FixedArrayDataBlock {
    /// The bytes before the elements or the bitmap.
    package static func prefixSize(_ sizes: FieldSizes) -> Int { 6 + sizes.offsets }

    /// Checks the prefix and skips it.
    package static func checkPrefix(_ cursor: inout ByteCursor, headerAddress: UInt64) throws {
        try cursor.expectSignature(.fixedArrayDataBlock, "data block of a fixed array")
        _ = try cursor.expectVersion(0...0, "data block of a fixed array")
        try cursor.skip(1)
        guard try cursor.readAddress() == headerAddress else {
            throw cursor.damaged("a data block belongs to another fixed array")
        }
    }
}
