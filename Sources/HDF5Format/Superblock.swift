/// The superblock: the entry to the file, at offset 0, 512, 1024, … behind the signature.
///
/// Versions 0 and 1 (sizes for addresses and lengths of 8 bytes):
///
/// | bytes | field                                                         |
/// |-------|---------------------------------------------------------------|
/// | 8     | signature `89 48 44 46 0D 0A 1A 0A`                           |
/// | 5     | versions of superblock, free space, root group; reserved; shared messages |
/// | 1 + 1 | size of offsets, size of lengths                              |
/// | 1     | reserved                                                      |
/// | 2 + 2 | K of group leaves, K of group B-trees                         |
/// | 4     | consistency flags                                             |
/// | 2 + 2 | version 1: K of chunk B-trees, reserved                       |
/// | 4 × 8 | base address, free-space index, end of file, driver block     |
/// | 40    | symbol table entry of the root group                          |
///
/// Versions 2 and 3:
///
/// | bytes | field                                                         |
/// |-------|---------------------------------------------------------------|
/// | 8     | signature                                                     |
/// | 1     | version                                                       |
/// | 1 + 1 | size of offsets, size of lengths                              |
/// | 1     | consistency flags                                             |
/// | 4 × 8 | base address, extension, end of file, root group header       |
/// | 4     | checksum                                                      |
package struct Superblock: Hashable, Sendable {
    package var version: UInt8
    package var sizes: FieldSizes
    package var consistencyFlags: UInt32
    package var groupLeafK: UInt16
    package var groupInternalK: UInt16
    package var chunkInternalK: UInt16
    /// Absolute; wrong in files that were wrapped or moved, so the place of the signature is used instead.
    package var baseAddress: UInt64
    /// Absolute end of the allocated space.
    package var endOfFile: UInt64
    package var extensionAddress: UInt64?
    package var driverInformationAddress: UInt64?
    package var rootHeaderAddress: UInt64
    /// Versions 0 and 1: the index of free space, which no library ever wrote.
    package var freeSpaceAddress: UInt64?
    /// Versions 0 and 1: the root group as a link, which may remember the group's B-tree and heap.
    package var rootEntry: SymbolTableEntry?

    /// The eight bytes every HDF5 file starts with, behind its user block.
    package static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The largest size of a superblock of any version.
    package static let maximumSize = 160

    /// Makes a superblock; the K values take effect in version 0 and 1 only, where others name them in the extension.
    package init(
        version: UInt8, sizes: FieldSizes, baseAddress: UInt64 = 0, endOfFile: UInt64, rootHeaderAddress: UInt64,
        extensionAddress: UInt64? = nil, consistencyFlags: UInt32 = 0, groupLeafK: UInt16 = 4,
        groupInternalK: UInt16 = 16, chunkInternalK: UInt16 = 32, driverInformationAddress: UInt64? = nil,
        rootCache: SymbolTableEntry.Cache = .none
    ) {
        self.version = version
        self.sizes = sizes
        self.consistencyFlags = consistencyFlags
        self.groupLeafK = groupLeafK
        self.groupInternalK = groupInternalK
        self.chunkInternalK = chunkInternalK
        self.baseAddress = baseAddress
        self.endOfFile = endOfFile
        self.extensionAddress = extensionAddress
        self.driverInformationAddress = driverInformationAddress
        self.rootHeaderAddress = rootHeaderAddress
        if version < 2 {
            rootEntry = SymbolTableEntry(nameOffset: 0, headerAddress: rootHeaderAddress, cache: rootCache)
        }
    }

    package init(from cursor: inout ByteCursor) throws {
        for byte in Self.signature where try cursor.readUInt8() != byte {
            throw H5Error(.notHDF5, "the signature of an HDF5 file is missing")
        }
        let version = try cursor.expectVersion(0...3, "superblock")
        self.version = version
        if version < 2 {
            for what in ["free space", "root group"] {
                guard try cursor.readUInt8() == 0 else { throw cursor.damaged("the version of the \(what) is not 0") }
            }
            try cursor.skip(1)
            guard try cursor.readUInt8() == 0 else { throw cursor.damaged("the version of shared messages is not 0") }
            sizes = try Self.fieldSizes(from: &cursor)
            try cursor.skip(1)
            groupLeafK = try cursor.readUInt16()
            groupInternalK = try cursor.readUInt16()
            consistencyFlags = try cursor.readUInt32()
            chunkInternalK = 32
            if version == 1 {
                chunkInternalK = try cursor.readUInt16()
                try cursor.skip(2)
            }
            guard groupLeafK > 0, groupInternalK > 0, chunkInternalK > 0 else {
                throw cursor.damaged("a K value of the superblock is 0")
            }
            var fields = ByteCursor(try cursor.readBytes(cursor.remaining), sizes: sizes)
            baseAddress = try fields.readDefinedAddress("base of the file")
            freeSpaceAddress = try fields.readAddress()
            endOfFile = try fields.readDefinedAddress("end of the file")
            driverInformationAddress = try fields.readAddress()
            extensionAddress = nil
            let root = try SymbolTableEntry(from: &fields)
            guard let header = root.headerAddress else { throw fields.damaged("the root group has no object header") }
            rootHeaderAddress = header
            rootEntry = root
        } else {
            sizes = try Self.fieldSizes(from: &cursor)
            consistencyFlags = UInt32(try cursor.readUInt8())
            let start = cursor.position
            let length = 4 * sizes.offsets
            var fields = ByteCursor(try cursor.readBytes(length), sizes: sizes, address: UInt64(start))
            try cursor.expectChecksum("superblock")
            baseAddress = try fields.readDefinedAddress("base of the file")
            extensionAddress = try fields.readAddress()
            endOfFile = try fields.readDefinedAddress("end of the file")
            rootHeaderAddress = try fields.readDefinedAddress("root group")
            driverInformationAddress = nil
            (groupLeafK, groupInternalK, chunkInternalK) = (4, 16, 32)
        }
    }

    /// Writes the superblock; the widths are its own, whatever those of the builder.
    package func encode(to builder: inout ByteBuilder) throws {
        var own = ByteBuilder(sizes: sizes)
        own.writeBytes(Self.signature)
        own.writeUInt8(version)
        switch version {
        case 0, 1: try encodeOld(to: &own)
        case 2, 3:
            try own.writeUInt8(sizes.offsets, "the width of addresses")
            try own.writeUInt8(sizes.lengths, "the width of lengths")
            try own.writeUInt(consistencyFlags, width: 1, "the consistency flags")
            try own.writeAddress(baseAddress)
            try own.writeAddress(extensionAddress)
            try own.writeAddress(endOfFile)
            try own.writeAddress(rootHeaderAddress)
            own.writeChecksum(from: 0)
        default: throw own.unencodable("superblocks of version \(version) are not known")
        }
        builder.writeBytes(own.bytes)
    }

    private func encodeOld(to own: inout ByteBuilder) throws {
        // Versions of free space and root group, reserved, version of shared messages.
        own.writeZeros(4)
        try own.writeUInt8(sizes.offsets, "the width of addresses")
        try own.writeUInt8(sizes.lengths, "the width of lengths")
        own.writeZeros(1)
        own.writeUInt16(groupLeafK)
        own.writeUInt16(groupInternalK)
        own.writeUInt32(consistencyFlags)
        if version == 1 {
            own.writeUInt16(chunkInternalK)
            own.writeZeros(2)
        } else if chunkInternalK != 32 {
            throw own.unencodable("a superblock of version 0 cannot say that the K of chunks is \(chunkInternalK)")
        }
        try own.writeAddress(baseAddress)
        try own.writeAddress(freeSpaceAddress)
        try own.writeAddress(endOfFile)
        try own.writeAddress(driverInformationAddress)
        guard let rootEntry, rootEntry.headerAddress == rootHeaderAddress else {
            throw own.unencodable("the root group of a superblock of version \(version) needs its symbol table entry")
        }
        try rootEntry.encode(to: &own)
    }

    private static func fieldSizes(from cursor: inout ByteCursor) throws -> FieldSizes {
        let offsets = Int(try cursor.readUInt8())
        let lengths = Int(try cursor.readUInt8())
        guard [2, 4, 8].contains(offsets), [2, 4, 8].contains(lengths) else {
            throw cursor.error(
                .unsupported, "addresses of \(offsets) and lengths of \(lengths) bytes are not supported")
        }
        return FieldSizes(offsets: offsets, lengths: lengths)
    }
}
