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

    /// Where the block begins in the heap's address space.
    package var blockOffset: UInt64
    package var children: [Child]

    package init(blockOffset: UInt64, children: [Child]) {
        self.blockOffset = blockOffset
        self.children = children
    }

    package init(from cursor: inout ByteCursor, heap: FractalHeapHeader, heapAddress: UInt64, rows: Int) throws {
        try cursor.expectSignature(.fractalHeapIndirectBlock, "indirect block of a fractal heap")
        _ = try cursor.expectVersion(0...0, "indirect block of a fractal heap")
        guard try cursor.readAddress() == heapAddress else {
            throw cursor.damaged("an indirect block belongs to another fractal heap")
        }
        blockOffset = try cursor.readUInt(width: heap.offsetWidth)
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

    package func encode(to builder: inout ByteBuilder, heap: FractalHeapHeader, heapAddress: UInt64) throws {
        guard heap.tableWidth > 0, children.count % heap.tableWidth == 0 else {
            throw builder.unencodable("\(children.count) blocks do not fill rows of \(heap.tableWidth)")
        }
        let start = builder.count
        builder.writeSignature(.fractalHeapIndirectBlock)
        builder.writeUInt8(0)
        try builder.writeAddress(heapAddress)
        try builder.writeUInt(blockOffset, width: heap.offsetWidth, "the offset of a block of a fractal heap")
        for (index, child) in children.enumerated() {
            try builder.writeAddress(child.address)
            if heap.filters != nil, index / heap.tableWidth < heap.maximumDirectRows {
                try builder.writeLength(child.filteredSize, "the size of a filtered block")
                builder.writeUInt32(child.filterMask)
            } else if child.filteredSize != 0 || child.filterMask != 0 {
                throw builder.unencodable("only direct blocks of filtered heaps have a filtered size and a mask")
            }
        }
        builder.writeChecksum(from: start)
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

    /// Writes a whole (unfiltered) block of `size` bytes: the header, the objects, zeros.
    package static func encode(
        objects: [UInt8], blockOffset: UInt64, size: Int, heap: FractalHeapHeader, heapAddress: UInt64,
        to builder: inout ByteBuilder
    ) throws {
        let start = builder.count
        builder.writeSignature(.fractalHeapDirectBlock)
        builder.writeUInt8(0)
        try builder.writeAddress(heapAddress)
        try builder.writeUInt(blockOffset, width: heap.offsetWidth, "the offset of a block of a fractal heap")
        let checksum = builder.count
        if heap.checksumsDirectBlocks { builder.writeZeros(4) }
        builder.writeBytes(objects)
        try builder.pad(to: size, from: start, "a direct block of a fractal heap")
        guard heap.checksumsDirectBlocks else { return }
        try builder.patch(builder.checksum(from: start), at: checksum, width: 4, "the checksum of a direct block")
    }
}
