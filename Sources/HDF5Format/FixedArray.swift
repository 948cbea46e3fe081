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

    /// Writes an element; a chunk that was never written has no address, size 0 and mask 0.
    package func encode(to builder: inout ByteBuilder, isFiltered: Bool, elementSize: Int) throws {
        try builder.writeAddress(address)
        if isFiltered {
            try builder.writeUInt(
                storedSize ?? 0, width: elementSize - builder.sizes.offsets - 4, "the size of a chunk")
            builder.writeUInt32(filterMask)
        } else if storedSize != nil || filterMask != 0 {
            throw builder.unencodable("an index of unfiltered chunks has no place for sizes and filter masks")
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

    package init(
        isFiltered: Bool, elementSize: Int, pageBits: Int, elementCount: UInt64, dataBlockAddress: UInt64?
    ) {
        self.isFiltered = isFiltered
        self.elementSize = elementSize
        self.pageBits = pageBits
        self.elementCount = elementCount
        self.dataBlockAddress = dataBlockAddress
    }

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

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.fixedArrayHeader)
        builder.writeUInt8(0)
        builder.writeUInt8(isFiltered ? 1 : 0)
        try builder.writeUInt8(elementSize, "the size of an element")
        try builder.writeUInt8(pageBits, "the bits of a page")
        try builder.writeLength(elementCount, "the number of elements of a fixed array")
        try builder.writeAddress(dataBlockAddress)
        builder.writeChecksum(from: start)
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

    /// Writes a data block without pages.
    package static func encode(
        _ elements: [ChunkElement], header: FixedArrayHeader, headerAddress: UInt64, to builder: inout ByteBuilder
    ) throws {
        guard header.pageCount == 0, UInt64(elements.count) == header.elementCount else {
            throw builder.unencodable(
                "a fixed array of \(header.elementCount) elements, with pages or not, is given \(elements.count)")
        }
        let start = builder.count
        try encodePrefix(header: header, headerAddress: headerAddress, to: &builder)
        try encode(elements, header: header, to: &builder)
        builder.writeChecksum(from: start)
    }

    /// Writes what stands before the pages of a data block; `bitmap` says which were written, the first one in the highest
    /// bit.
    package static func encodePagedPrefix(
        bitmap: [UInt8], header: FixedArrayHeader, headerAddress: UInt64, to builder: inout ByteBuilder
    ) throws {
        guard header.pageCount > 0, UInt64(bitmap.count) == (header.pageCount - 1) / 8 + 1 else {
            throw builder.unencodable("a bitmap of \(bitmap.count) bytes does not fit \(header.pageCount) pages")
        }
        let start = builder.count
        try encodePrefix(header: header, headerAddress: headerAddress, to: &builder)
        builder.writeBytes(bitmap)
        builder.writeChecksum(from: start)
    }

    /// Writes a page: as many elements as a page has, or what is left for the last one.
    package static func encodePage(
        _ elements: [ChunkElement], header: FixedArrayHeader, to builder: inout ByteBuilder
    ) throws {
        guard elements.count <= header.pageElementCount else {
            throw builder.unencodable("a page of \(header.pageElementCount) elements is given \(elements.count)")
        }
        let start = builder.count
        try encode(elements, header: header, to: &builder)
        builder.writeChecksum(from: start)
    }

    /// Writes what stands before the elements or the bitmap.
    package static func encodePrefix(
        header: FixedArrayHeader, headerAddress: UInt64, to builder: inout ByteBuilder
    ) throws {
        builder.writeSignature(.fixedArrayDataBlock)
        builder.writeUInt8(0)
        builder.writeUInt8(header.isFiltered ? 1 : 0)
        try builder.writeAddress(headerAddress)
    }

    private static func encode(
        _ elements: [ChunkElement], header: FixedArrayHeader, to builder: inout ByteBuilder
    ) throws {
        for element in elements {
            try element.encode(to: &builder, isFiltered: header.isFiltered, elementSize: header.elementSize)
        }
    }
}
