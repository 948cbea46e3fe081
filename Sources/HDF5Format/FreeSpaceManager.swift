/// Free-space manager header: where the list of the unused parts of a fractal heap, or of the file, lies.
///
/// | bytes   | field                                                             |
/// |---------|-------------------------------------------------------------------|
/// | 4 + 1   | `FSHD`, version 0                                                 |
/// | 1       | client: 0 fractal heap, 1 file                                    |
/// | length  | bytes of all sections                                             |
/// | 3 × length | sections, those that are stored, those that are not            |
/// | 2       | classes of sections                                               |
/// | 2 + 2   | percent at which the list shrinks and grows                       |
/// | 2       | bits of the addresses                                             |
/// | length  | largest section                                                   |
/// | address | list of sections; undefined where none is stored                  |
/// | 2 × length | bytes of the list in use, bytes allocated for it               |
/// | 4       | checksum                                                          |
package struct FreeSpaceManager: Hashable, Sendable {
    /// Whose free space it is: 0 for a fractal heap, 1 for the file.
    package var client: UInt8
    package var totalSpace: UInt64
    package var sectionCount: UInt64
    package var storedSectionCount: UInt64
    package var unstoredSectionCount: UInt64
    package var classCount: UInt16
    package var shrinkPercent: UInt16
    package var expandPercent: UInt16
    package var addressBits: UInt16
    package var maximumSectionSize: UInt64
    package var listAddress: UInt64?
    package var listSize: UInt64
    package var allocatedListSize: UInt64

    /// The size of the header.
    package static func size(_ sizes: FieldSizes) -> Int { 18 + 7 * sizes.lengths + sizes.offsets }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.freeSpaceManager, "free-space manager")
        _ = try cursor.expectVersion(0...0, "free-space manager")
        client = try cursor.readUInt8()
        totalSpace = try cursor.readLength()
        sectionCount = try cursor.readLength()
        storedSectionCount = try cursor.readLength()
        unstoredSectionCount = try cursor.readLength()
        classCount = try cursor.readUInt16()
        shrinkPercent = try cursor.readUInt16()
        expandPercent = try cursor.readUInt16()
        addressBits = try cursor.readUInt16()
        maximumSectionSize = try cursor.readLength()
        listAddress = try cursor.readAddress()
        listSize = try cursor.readLength()
        allocatedListSize = try cursor.readLength()
        try cursor.expectChecksum("free-space manager")
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.freeSpaceManager)
        builder.writeUInt8(0)
        builder.writeUInt8(client)
        try builder.writeLength(totalSpace, "the free space")
        try builder.writeLength(sectionCount, "the number of free sections")
        try builder.writeLength(storedSectionCount, "the number of stored free sections")
        try builder.writeLength(unstoredSectionCount, "the number of free sections that are not stored")
        builder.writeUInt16(classCount)
        builder.writeUInt16(shrinkPercent)
        builder.writeUInt16(expandPercent)
        builder.writeUInt16(addressBits)
        try builder.writeLength(maximumSectionSize, "the size of the largest free section")
        try builder.writeAddress(listAddress)
        try builder.writeLength(listSize, "the size of a list of free sections")
        try builder.writeLength(allocatedListSize, "the size of a list of free sections")
        builder.writeChecksum(from: start)
    }
}
