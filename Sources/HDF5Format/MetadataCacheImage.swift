/// Metadata cache image: metadata that a program left in one block when it closed the file, instead of at its places.
///
/// | bytes     | field                                                                                  |
/// |-----------|----------------------------------------------------------------------------------------|
/// | 4 + 1 + 1 | `MDCI`, version 0, flags                                                               |
/// | length    | length of the image                                                                    |
/// | 4         | number of entries                                                                      |
/// |           | per entry: u8 type, flags, ring, age; u16 children, dirty children, parents; i32 rank; address, length, parents' addresses, bytes |
/// | 4         | checksum                                                                               |
package struct MetadataCacheImage: Hashable, Sendable {
    /// Bytes that belong at an address, where the file still has older ones.
    package struct Entry: Hashable, Sendable {
        package var address: UInt64
        package var bytes: [UInt8]
        /// The kind of structure, as the cache of libhdf5 counts them.
        package var type: UInt8 = 0
        /// 1: dirty, 2: in the list of recent use, 4: with dirty parents, 8: with children.
        package var flags: UInt8 = 0
        /// The order of flushing among rings.
        package var ring: UInt8 = 0
        /// How often the entry came from an image without being used.
        package var age: UInt8 = 0
        package var childCount: UInt16 = 0
        package var dirtyChildCount: UInt16 = 0
        /// The place in the list of recent use.
        package var rank: Int32 = 0
        /// The addresses of what must be flushed after the entry.
        package var parents: [UInt64?] = []

        package init(address: UInt64, bytes: [UInt8]) {
            self.address = address
            self.bytes = bytes
        }

        package init(from cursor: inout ByteCursor) throws {
            type = try cursor.readUInt8()
            flags = try cursor.readUInt8()
            ring = try cursor.readUInt8()
            age = try cursor.readUInt8()
            childCount = try cursor.readUInt16()
            dirtyChildCount = try cursor.readUInt16()
            let parentCount = Int(try cursor.readUInt16())
            rank = Int32(bitPattern: try cursor.readUInt32())
            address = try cursor.readDefinedAddress("entry of a metadata cache image")
            let length = try cursor.readCount("the size of an entry")
            for _ in 0..<parentCount { parents.append(try cursor.readAddress()) }
            bytes = try cursor.readArray(length)
        }

        package func encode(to builder: inout ByteBuilder) throws {
            builder.writeBytes([type, flags, ring, age])
            builder.writeUInt16(childCount)
            builder.writeUInt16(dirtyChildCount)
            try builder.writeUInt16(parents.count, "the number of parents of an entry")
            builder.writeUInt32(UInt32(bitPattern: rank))
            try builder.writeAddress(address)
            try builder.writeLength(bytes.count, "the size of an entry")
            for parent in parents { try builder.writeAddress(parent) }
            builder.writeBytes(bytes)
        }
    }

    package var flags: UInt8
    package var entries: [Entry]

    package init(flags: UInt8 = 0, entries: [Entry]) {
        self.flags = flags
        self.entries = entries
    }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.metadataCacheImage, "metadata cache image")
        _ = try cursor.expectVersion(0...0, "metadata cache image")
        flags = try cursor.readUInt8()
        _ = try cursor.readLength()
        let count = Int(try cursor.readUInt32())
        entries = []
        for _ in 0..<count { entries.append(try Entry(from: &cursor)) }
        try cursor.expectChecksum("metadata cache image")
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.metadataCacheImage)
        builder.writeUInt8(0)
        builder.writeUInt8(flags)
        let length = builder.count
        builder.writeZeros(builder.sizes.lengths)
        try builder.writeUInt32(entries.count, "the number of entries")
        for entry in entries { try entry.encode(to: &builder) }
        try builder.patch(
            builder.count - start + 4, at: length, width: builder.sizes.lengths, "the length of a metadata cache image")
        builder.writeChecksum(from: start)
    }
}
