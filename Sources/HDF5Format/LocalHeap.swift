/// Local heap: the names of an old-style group, NUL-terminated, at multiples of 8.
///
/// | bytes   | field                                             |
/// |---------|---------------------------------------------------|
/// | 4       | `HEAP`                                            |
/// | 1 + 3   | version 0, reserved                               |
/// | length  | size of the data segment                          |
/// | length  | first free block; 1 where none                    |
/// | address | the data segment                                  |
package struct LocalHeap: Hashable, Sendable {
    package var dataSize: UInt64
    package var freeListOffset: UInt64
    package var dataAddress: UInt64

    /// The size of the header.
    package static func headerSize(_ sizes: FieldSizes) -> Int { 8 + 2 * sizes.lengths + sizes.offsets }

    /// What `freeListOffset` is where no block is free.
    package static let noFreeBlock: UInt64 = 1

    package init(dataSize: UInt64, freeListOffset: UInt64 = noFreeBlock, dataAddress: UInt64) {
        self.dataSize = dataSize
        self.freeListOffset = freeListOffset
        self.dataAddress = dataAddress
    }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.localHeap, "local heap")
        _ = try cursor.expectVersion(0...0, "local heap")
        try cursor.skip(3)
        dataSize = try cursor.readLength()
        freeListOffset = try cursor.readLength()
        dataAddress = try cursor.readDefinedAddress("data of the local heap")
    }

    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeSignature(.localHeap)
        builder.writeUInt8(0)
        builder.writeZeros(3)
        try builder.writeLength(dataSize, "the size of a local heap")
        try builder.writeLength(freeListOffset, "the place of a free block")
        try builder.writeAddress(dataAddress)
    }
}

/// A free block in the data segment of a local heap.
///
/// | bytes  | field                              |
/// |--------|------------------------------------|
/// | length | the next free block; 1 where none  |
/// | length | size of this block                 |
package struct LocalHeapFreeBlock: Hashable, Sendable {
    package var nextOffset: UInt64
    package var size: UInt64

    package init(nextOffset: UInt64 = LocalHeap.noFreeBlock, size: UInt64) {
        self.nextOffset = nextOffset
        self.size = size
    }

    package init(from cursor: inout ByteCursor) throws {
        nextOffset = try cursor.readLength()
        size = try cursor.readLength()
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeLength(nextOffset, "the place of a free block")
        try builder.writeLength(size, "the size of a free block")
    }
}
