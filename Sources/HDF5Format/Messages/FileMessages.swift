/// Shared Message Table message (0x000F) of the superblock extension.
///
/// | bytes   | field              |
/// |---------|--------------------|
/// | 1       | version 0          |
/// | address | the table          |
/// | 1       | number of indexes  |
package struct SharedMessageTableMessage: Hashable, Sendable {
    package var tableAddress: UInt64
    package var indexCount: Int

    package init(tableAddress: UInt64, indexCount: Int) {
        self.tableAddress = tableAddress
        self.indexCount = indexCount
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "shared message table message")
        tableAddress = try cursor.readDefinedAddress("shared message table")
        indexCount = Int(try cursor.readUInt8())
        guard (1...8).contains(indexCount) else {
            throw cursor.damaged("a shared message table of \(indexCount) indexes is not possible")
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeUInt8(0)
        try builder.writeAddress(tableAddress)
        try builder.writeUInt8(indexCount, "the number of indexes of shared messages")
    }
}

/// Object Header Continuation message (0x0010): where the header goes on.
///
/// | bytes   | field   |
/// |---------|---------|
/// | address | address |
/// | length  | length  |
package struct ContinuationMessage: Hashable, Sendable {
    package var address: UInt64
    package var length: UInt64

    package init(address: UInt64, length: UInt64) {
        self.address = address
        self.length = length
    }

    package init(from cursor: inout ByteCursor) throws {
        address = try cursor.readDefinedAddress("continuation of the object header")
        length = try cursor.readLength()
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeAddress(address)
        try builder.writeLength(length, "the size of a continuation")
    }
}

/// B-tree 'K' Values message (0x0013) of the superblock extension.
///
/// | bytes     | field                                                   |
/// |-----------|---------------------------------------------------------|
/// | 1         | version 0                                               |
/// | 2 + 2 + 2 | K of chunk indexes, group B-trees and group leaves      |
package struct BTreeKValuesMessage: Hashable, Sendable {
    package var chunkInternal: UInt16
    package var groupInternal: UInt16
    package var groupLeaf: UInt16

    package init(chunkInternal: UInt16 = 32, groupInternal: UInt16 = 16, groupLeaf: UInt16 = 4) {
        self.chunkInternal = chunkInternal
        self.groupInternal = groupInternal
        self.groupLeaf = groupLeaf
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "B-tree K values message")
        chunkInternal = try cursor.readUInt16()
        groupInternal = try cursor.readUInt16()
        groupLeaf = try cursor.readUInt16()
    }

    package func encode(to builder: inout ByteBuilder) {
        builder.writeUInt8(0)
        for value in [chunkInternal, groupInternal, groupLeaf] { builder.writeUInt16(value) }
    }
}

/// Driver Info message (0x0014), and the driver information block of superblocks 0 and 1.
///
/// | bytes | message            | block (superblock 0, 1)       |
/// |-------|--------------------|-------------------------------|
/// | 1     | version 0          | version 0, then 3 reserved    |
/// |       |                    | u32 size                      |
/// | 8     | driver, ASCII      | driver, ASCII                 |
/// | 2     | size               |                               |
/// | size  | information        | information                   |
package struct DriverInformation: Hashable, Sendable {
    /// The name of the driver, such as `NCSAfami` or `NCSAmult`.
    package var driver: String
    package var information: [UInt8]

    package init(driver: String, information: [UInt8]) {
        self.driver = driver
        self.information = information
    }

    /// Decodes the message.
    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "driver information")
        driver = H5Name(try cursor.readBytes(8)).string
        let size = Int(try cursor.readUInt16())
        information = try cursor.readArray(size)
    }

    /// Decodes the block that a superblock of version 0 or 1 leads to.
    package init(block cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "driver information block")
        try cursor.skip(3)
        let size = Int(try cursor.readUInt32())
        driver = H5Name(try cursor.readBytes(8)).string
        information = try cursor.readArray(size)
    }

    /// Encodes the message.
    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeUInt8(0)
        try encodeDriver(to: &builder)
        try builder.writeUInt16(information.count, "the size of the driver information")
        builder.writeBytes(information)
    }

    /// Encodes the block that a superblock of version 0 or 1 leads to.
    package func encode(block builder: inout ByteBuilder) throws {
        builder.writeZeros(4)
        try builder.writeUInt32(information.count, "the size of the driver information")
        try encodeDriver(to: &builder)
        builder.writeBytes(information)
    }

    private func encodeDriver(to builder: inout ByteBuilder) throws {
        guard driver.utf8.count == 8 else { throw builder.unencodable("the driver \(driver) has not eight letters") }
        builder.writeBytes(driver.utf8)
    }
}

/// Object Reference Count message (0x0016): the number of hard links to an object, where it is not one.
///
/// | bytes | field     |
/// |-------|-----------|
/// | 1     | version 0 |
/// | 4     | count     |
package struct ReferenceCountMessage: Hashable, Sendable {
    package var count: UInt32

    package init(count: UInt32) { self.count = count }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "reference count message")
        count = try cursor.readUInt32()
    }

    package func encode(to builder: inout ByteBuilder) {
        builder.writeUInt8(0)
        builder.writeUInt32(count)
    }
}

/// File Space Info message (0x0017) of the superblock extension: how free space is managed.
///
/// | bytes   | version 1                                                        |
/// |---------|------------------------------------------------------------------|
/// | 1       | version                                                          |
/// | 1       | strategy: 0 free-space managers, 1 paged, 2 aggregators, 3 none  |
/// | 1       | whether free space is kept in the file                           |
/// | length  | threshold                                                        |
/// | length  | page size                                                        |
/// | 2       | page-end metadata threshold                                      |
/// | address | end of file before free-space managers were written              |
/// | 12 × address | where free space is kept: small, then large managers of six kinds of data |
///
/// Version 0, of early 1.10, has the strategy (1 keeps free space), the threshold and for strategy 1 six managers.
package struct FileSpaceInfoMessage: Hashable, Sendable {
    package var version: UInt8
    package var strategy: UInt8
    package var persistsFreeSpace: Bool
    /// Smaller free blocks are not tracked.
    package var threshold: UInt64
    package var pageSize: UInt64?
    /// Version 1: free space of fewer bytes at the end of a page of metadata is not used.
    package var pageEndThreshold: UInt16
    /// Version 1: the end of the file before free-space managers were written.
    package var endBeforeManagers: UInt64?
    /// The free-space managers, where free space is kept: 12, or 6 in version 0.
    package var managerAddresses: [UInt64?]

    /// Makes a message of version 1.
    package init(
        strategy: UInt8, threshold: UInt64 = 1, pageSize: UInt64 = 4_096, pageEndThreshold: UInt16 = 0,
        endBeforeManagers: UInt64? = nil, managerAddresses: [UInt64?] = []
    ) {
        version = 1
        self.strategy = strategy
        persistsFreeSpace = !managerAddresses.isEmpty
        self.threshold = threshold
        self.pageSize = pageSize
        self.pageEndThreshold = pageEndThreshold
        self.endBeforeManagers = endBeforeManagers
        self.managerAddresses = managerAddresses
    }

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(0...1, "file space info message")
        strategy = try cursor.readUInt8()
        if version == 0 {
            persistsFreeSpace = strategy == 1
            threshold = try cursor.readLength()
            pageSize = nil
            pageEndThreshold = 0
        } else {
            persistsFreeSpace = try cursor.readUInt8() != 0
            threshold = try cursor.readLength()
            pageSize = try cursor.readLength()
            pageEndThreshold = try cursor.readUInt16()
            endBeforeManagers = try cursor.readAddress()
        }
        managerAddresses = []
        guard persistsFreeSpace else { return }
        for _ in 0..<(version == 0 ? 6 : 12) { managerAddresses.append(try cursor.readAddress()) }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        guard version <= 1, managerAddresses.count == (persistsFreeSpace ? version == 0 ? 6 : 12 : 0),
            version == 1 || persistsFreeSpace == (strategy == 1)
        else { throw builder.unencodable("the number of free-space managers does not fit the file space info") }
        builder.writeUInt8(version)
        builder.writeUInt8(strategy)
        if version == 0 {
            try builder.writeLength(threshold, "the threshold of free space")
        } else {
            builder.writeUInt8(persistsFreeSpace ? 1 : 0)
            try builder.writeLength(threshold, "the threshold of free space")
            try builder.writeLength(pageSize ?? 0, "the size of a page")
            builder.writeUInt16(pageEndThreshold)
            try builder.writeAddress(endBeforeManagers)
        }
        for address in managerAddresses { try builder.writeAddress(address) }
    }
}

/// Metadata Cache Image message (0x0018) of the superblock extension.
///
/// | bytes   | field                                |
/// |---------|--------------------------------------|
/// | 1       | version 0                            |
/// | address | the image; undefined where none      |
/// | length  | its length                           |
package struct MetadataCacheImageMessage: Hashable, Sendable {
    package var address: UInt64?
    package var length: UInt64

    package init(address: UInt64?, length: UInt64) {
        self.address = address
        self.length = length
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "metadata cache image message")
        address = try cursor.readAddress()
        length = try cursor.readLength()
    }

    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeUInt8(0)
        try builder.writeAddress(address)
        try builder.writeLength(length, "the length of a metadata cache image")
    }
}
