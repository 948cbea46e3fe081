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
    }

    package var entries: [Entry]

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.metadataCacheImage, "metadata cache image")
        _ = try cursor.expectVersion(0...0, "metadata cache image")
        try cursor.skip(1)
        _ = try cursor.readLength()
        let count = Int(try cursor.readUInt32())
        entries = []
        for _ in 0..<count {
            try cursor.skip(4 + 2 + 2)
            let parents = Int(try cursor.readUInt16())
            try cursor.skip(4)
            let address = try cursor.readDefinedAddress("entry of a metadata cache image")
            let length = try cursor.readCount("the size of an entry")
            try cursor.skip(parents * cursor.sizes.offsets)
            entries.append(Entry(address: address, bytes: try cursor.readArray(length)))
        }
        try cursor.expectChecksum("metadata cache image")
    }
}
