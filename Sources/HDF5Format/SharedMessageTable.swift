/// Shared object header message table: which heap holds the shared messages of which type.
///
/// | bytes   | field                                              |
/// |---------|----------------------------------------------------|
/// | 4       | `SMTB`                                             |
/// |         | per index: u8 version 0, u8 kind (0 list, 1 B-tree), u16 message types (bit: 1 << type), u32 smallest message, u16 + u16 cutoffs, u16 number of messages, address of the index, address of the heap |
/// | 4       | checksum                                           |
package struct SharedMessageTable: Hashable, Sendable {
    /// One index of the table.
    package struct Index: Hashable, Sendable {
        /// Whether a version 2 B-tree (type 7) lists the messages; else a `SharedMessageList` does.
        package var isTree: Bool
        /// A bit per type of message: 1 << type.
        package var messageTypes: UInt16
        /// Smaller messages are not shared.
        package var minimumMessageSize: UInt32
        /// The most messages of a list.
        package var maximumListCount: UInt16
        /// The fewest messages of a B-tree.
        package var minimumTreeCount: UInt16
        package var messageCount: Int
        package var indexAddress: UInt64?
        package var heapAddress: UInt64?

        package init(
            isTree: Bool = false, messageTypes: UInt16, minimumMessageSize: UInt32, maximumListCount: UInt16,
            minimumTreeCount: UInt16, messageCount: Int = 0, indexAddress: UInt64? = nil, heapAddress: UInt64? = nil
        ) {
            self.isTree = isTree
            self.messageTypes = messageTypes
            self.minimumMessageSize = minimumMessageSize
            self.maximumListCount = maximumListCount
            self.minimumTreeCount = minimumTreeCount
            self.messageCount = messageCount
            self.indexAddress = indexAddress
            self.heapAddress = heapAddress
        }

        package init(from cursor: inout ByteCursor) throws {
            _ = try cursor.expectVersion(0...0, "shared message index")
            let kind = try cursor.readUInt8()
            guard kind <= 1 else { throw cursor.damaged("a shared message index of kind \(kind) is not known") }
            isTree = kind == 1
            messageTypes = try cursor.readUInt16()
            minimumMessageSize = try cursor.readUInt32()
            maximumListCount = try cursor.readUInt16()
            minimumTreeCount = try cursor.readUInt16()
            messageCount = Int(try cursor.readUInt16())
            indexAddress = try cursor.readAddress()
            heapAddress = try cursor.readAddress()
        }

        package func encode(to builder: inout ByteBuilder) throws {
            builder.writeUInt8(0)
            builder.writeUInt8(isTree ? 1 : 0)
            builder.writeUInt16(messageTypes)
            builder.writeUInt32(minimumMessageSize)
            builder.writeUInt16(maximumListCount)
            builder.writeUInt16(minimumTreeCount)
            try builder.writeUInt16(messageCount, "the number of shared messages")
            try builder.writeAddress(indexAddress)
            try builder.writeAddress(heapAddress)
        }
    }

    package var indexes: [Index]

    /// The size of a table of `count` indexes.
    package static func size(_ sizes: FieldSizes, count: Int) -> Int { 8 + count * (14 + 2 * sizes.offsets) }

    package init(indexes: [Index]) { self.indexes = indexes }

    package init(from cursor: inout ByteCursor, count: Int) throws {
        try cursor.expectSignature(.sharedMessageTable, "shared message table")
        indexes = []
        for _ in 0..<count { indexes.append(try Index(from: &cursor)) }
        try cursor.expectChecksum("shared message table")
    }

    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.sharedMessageTable)
        for index in indexes { try index.encode(to: &builder) }
        builder.writeChecksum(from: start)
    }

    /// The heap of messages of a type.
    package func heapAddress(for type: MessageType) -> UInt64? {
        // Fill values of old files are shared along with the others.
        let type = type == .oldFillValue ? MessageType.fillValue : type
        guard type.rawValue < 16 else { return nil }
        return indexes.first { $0.messageTypes & 1 << type.rawValue != 0 }?.heapAddress
    }
}

/// Shared message list: where the messages of an index are, as long as they are few.
///
/// | bytes | field                                                  |
/// |-------|--------------------------------------------------------|
/// | 4     | `SMLI`                                                 |
/// |       | the records; their number stands in the table          |
/// | 4     | checksum, right behind the last record that is in use  |
package struct SharedMessageList: Hashable, Sendable {
    package var records: [SharedMessageRecord]

    package init(records: [SharedMessageRecord]) { self.records = records }

    package init(from cursor: inout ByteCursor, count: Int) throws {
        try cursor.expectSignature(.sharedMessageList, "shared message list")
        records = []
        for _ in 0..<count {
            var record = try cursor.readSlice(SharedMessageRecord.size(cursor.sizes))
            records.append(try SharedMessageRecord(from: &record))
        }
        try cursor.expectChecksum("shared message list")
    }

    /// Writes the part of the list that is in use.
    package func encode(to builder: inout ByteBuilder) throws {
        let start = builder.count
        builder.writeSignature(.sharedMessageList)
        for record in records {
            let recordStart = builder.count
            try record.encode(to: &builder)
            try builder.pad(to: SharedMessageRecord.size(builder.sizes), from: recordStart, "a shared message record")
        }
        builder.writeChecksum(from: start)
    }
}

/// Where a shared message is: a record of a `SharedMessageList` or of a version 2 B-tree (type 7).
///
/// | bytes | field                                                                                          |
/// |-------|------------------------------------------------------------------------------------------------|
/// | 1     | location: 0 heap, 1 object header                                                              |
/// | 4     | hash of the encoded message, begun with its type                                               |
/// |       | heap: u32 number of users, 8 bytes heap identifier                                             |
/// |       | object header: u8 reserved, u8 type, u16 creation index, address                               |
package struct SharedMessageRecord: Hashable, Sendable {
    /// Where the message is.
    package enum Location: Hashable, Sendable {
        case heap(referenceCount: UInt32, identifier: [UInt8])
        case objectHeader(type: UInt8, creationIndex: UInt16, address: UInt64)
    }

    package var hash: UInt32
    package var location: Location

    /// The size of a record: that of the longer location.
    package static func size(_ sizes: FieldSizes) -> Int { 5 + max(12, 4 + sizes.offsets) }

    package init(hash: UInt32, location: Location) {
        self.hash = hash
        self.location = location
    }

    package init(from cursor: inout ByteCursor) throws {
        let code = try cursor.readUInt8()
        hash = try cursor.readUInt32()
        switch code {
        case 0:
            let count = try cursor.readUInt32()
            location = .heap(referenceCount: count, identifier: try cursor.readArray(8))
        case 1:
            try cursor.skip(1)
            let type = try cursor.readUInt8()
            let creationIndex = try cursor.readUInt16()
            location = .objectHeader(
                type: type, creationIndex: creationIndex,
                address: try cursor.readDefinedAddress("object that holds a shared message"))
        default: throw cursor.damaged("location \(code) of a shared message is not known")
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        switch location {
        case .heap(let referenceCount, let identifier):
            builder.writeUInt8(0)
            builder.writeUInt32(hash)
            builder.writeUInt32(referenceCount)
            guard identifier.count == 8 else {
                throw builder.unencodable("the identifier of a shared message has \(identifier.count) bytes, not 8")
            }
            builder.writeBytes(identifier)
        case .objectHeader(let type, let creationIndex, let address):
            builder.writeUInt8(1)
            builder.writeUInt32(hash)
            builder.writeZeros(1)
            builder.writeUInt8(type)
            builder.writeUInt16(creationIndex)
            try builder.writeAddress(address)
        }
    }
}
