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
package struct Superblock: Sendable {
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
    /// The root group's B-tree and heap as cached in its symbol table entry (versions 0 and 1).
    package var rootSymbolTable: (btree: UInt64, heap: UInt64)?

    /// The eight bytes every HDF5 file starts with, behind its user block.
    package static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The largest size of a superblock of any version.
    package static let maximumSize = 160

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
            _ = try fields.readAddress()
            endOfFile = try fields.readDefinedAddress("end of the file")
            driverInformationAddress = try fields.readAddress()
            extensionAddress = nil
            let root = try SymbolTableEntry(from: &fields)
            guard let header = root.headerAddress else { throw fields.damaged("the root group has no object header") }
            rootHeaderAddress = header
            if case .group(let btree, let heap) = root.cache { rootSymbolTable = (btree, heap) }
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
