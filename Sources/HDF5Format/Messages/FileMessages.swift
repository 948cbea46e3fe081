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

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "shared message table message")
        tableAddress = try cursor.readDefinedAddress("shared message table")
        indexCount = Int(try cursor.readUInt8())
        guard (1...8).contains(indexCount) else {
            throw cursor.damaged("a shared message table of \(indexCount) indexes is not possible")
        }
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

    package init(from cursor: inout ByteCursor) throws {
        address = try cursor.readDefinedAddress("continuation of the object header")
        length = try cursor.readLength()
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

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "B-tree K values message")
        chunkInternal = try cursor.readUInt16()
        groupInternal = try cursor.readUInt16()
        groupLeaf = try cursor.readUInt16()
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
}

/// Object Reference Count message (0x0016): the number of hard links to an object, where it is not one.
///
/// | bytes | field     |
/// |-------|-----------|
/// | 1     | version 0 |
/// | 4     | count     |
package struct ReferenceCountMessage: Hashable, Sendable {
    package var count: UInt32

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "reference count message")
        count = try cursor.readUInt32()
    }
}

/// File Space Info message (0x0017) of the superblock extension: how free space is managed.
///
/// | bytes   | version 1                                                        |
/// |---------|------------------------------------------------------------------|
/// | 1       | version (version 0 of early 1.10 differs and is only recognised) |
/// | 1       | strategy: 0 free-space managers, 1 paged, 2 aggregators, 3 none  |
/// | 1       | whether free space is kept in the file                           |
/// | length  | threshold                                                        |
/// | length  | page size                                                        |
/// | 2       | page-end metadata threshold                                      |
/// | address | end of file before free-space managers were written              |
package struct FileSpaceInfoMessage: Hashable, Sendable {
    package var version: UInt8
    package var strategy: UInt8
    package var persistsFreeSpace: Bool
    package var pageSize: UInt64?

    package init(from cursor: inout ByteCursor) throws {
        version = try cursor.expectVersion(0...1, "file space info message")
        strategy = try cursor.readUInt8()
        if version == 0 {
            persistsFreeSpace = strategy == 1
            pageSize = nil
        } else {
            persistsFreeSpace = try cursor.readUInt8() != 0
            _ = try cursor.readLength()
            pageSize = try cursor.readLength()
        }
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

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(0...0, "metadata cache image message")
        address = try cursor.readAddress()
        length = try cursor.readLength()
    }
}

/// Modification Time messages (0x0012, and 0x000E of old files), in seconds since 1970-01-01 UTC.
///
/// | 0x0012                             | 0x000E                                         |
/// |------------------------------------|------------------------------------------------|
/// | u8 version 1, 3 reserved, u32 time | 14 digits YYYYMMDDhhmmss (UTC), 2 reserved     |
package struct ModificationTimeMessage: Hashable, Sendable {
    package var secondsSince1970: Int64

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(1...1, "modification time message")
        try cursor.skip(3)
        secondsSince1970 = Int64(try cursor.readUInt32())
    }

    package init(old cursor: inout ByteCursor) throws {
        func number(_ digits: Int) throws -> Int {
            var value = 0
            for _ in 0..<digits {
                let digit = try cursor.readUInt8()
                guard (0x30...0x39).contains(digit) else { throw cursor.damaged("a modification time is not a number") }
                value = value * 10 + Int(digit - 0x30)
            }
            return value
        }
        let year = try number(4)
        let month = try number(2)
        let day = try number(2)
        let hour = try number(2)
        let minute = try number(2)
        let second = try number(2)
        // Days from the civil date (proleptic Gregorian), counting years from March.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        secondsSince1970 = Int64(days * 86_400 + hour * 3_600 + minute * 60 + second)
    }
}
