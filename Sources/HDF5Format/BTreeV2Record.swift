/// The records of version 2 B-trees, by the type that the tree's header names.
///
/// | type  | record                                                                                    | order            |
/// |-------|-------------------------------------------------------------------------------------------|------------------|
/// | 1     | address, length, length key: huge object                                                  | key              |
/// | 2     | address, length, u32 filter mask, length unfiltered size, length key: filtered huge object | key             |
/// | 3, 4  | as 1 and 2 without the key                                                                | address          |
/// | 5     | u32 hash of the name, heap identifier: link                                               | hash, then name  |
/// | 6     | i64 creation order, heap identifier: link                                                 | creation order   |
/// | 7     | shared message, as in a `SharedMessageList`                                               | hash             |
/// | 8     | heap identifier, u8 message flags, u32 creation order, u32 hash of the name: attribute    | hash, then name  |
/// | 9     | heap identifier, u8 message flags, u32 creation order: attribute                          | creation order   |
/// | 10    | address, u64 × rank offset in chunks                                                      | offsets          |
/// | 11    | address, size, u32 filter mask, u64 × rank offset in chunks                               | offsets          |
package enum BTreeV2Record: Hashable, Sendable {
    /// A huge object; its key where the heap's identifiers are too short for an address.
    case hugeObject(address: UInt64, length: UInt64, filter: HugeObjectFilter?, key: UInt64?)
    case linkName(hash: UInt32, identifier: [UInt8])
    case linkCreationOrder(order: Int64, identifier: [UInt8])
    case sharedMessage(SharedMessageRecord)
    case attributeName(identifier: [UInt8], flags: MessageFlags, creationOrder: UInt32, hash: UInt32)
    case attributeCreationOrder(identifier: [UInt8], flags: MessageFlags, creationOrder: UInt32)
    /// A chunk; its offsets count chunks.
    case chunk(ChunkElement, scaledOffsets: [UInt64])

    /// What a filtered heap knows of a huge object.
    package struct HugeObjectFilter: Hashable, Sendable {
        package var mask: UInt32
        package var unfilteredLength: UInt64

        package init(mask: UInt32, unfilteredLength: UInt64) {
            self.mask = mask
            self.unfilteredLength = unfilteredLength
        }
    }

    /// The creation order of attributes of objects that do not track it.
    package static let untrackedCreationOrder: UInt32 = 0xFFFF

    /// Reads a record of `size` bytes.
    package init(from cursor: inout ByteCursor, type: BTreeV2Header.RecordType, size: Int) throws {
        var record = try cursor.readSlice(size)
        switch type {
        case .hugeObjectIndirect, .hugeObjectIndirectFiltered, .hugeObjectDirect, .hugeObjectDirectFiltered:
            let isFiltered = type == .hugeObjectIndirectFiltered || type == .hugeObjectDirectFiltered
            let hasKey = type == .hugeObjectIndirect || type == .hugeObjectIndirectFiltered
            let address = try record.readDefinedAddress("huge object")
            let length = try record.readLength()
            var filter: HugeObjectFilter?
            if isFiltered {
                filter = HugeObjectFilter(mask: try record.readUInt32(), unfilteredLength: try record.readLength())
            }
            self = .hugeObject(
                address: address, length: length, filter: filter, key: hasKey ? try record.readLength() : nil)
        case .linkName:
            let hash = try record.readUInt32()
            self = .linkName(hash: hash, identifier: try record.readArray(size - 4))
        case .linkCreationOrder:
            let order = try record.readInt64()
            self = .linkCreationOrder(order: order, identifier: try record.readArray(size - 8))
        case .sharedMessage:
            self = .sharedMessage(try SharedMessageRecord(from: &record))
            return
        case .attributeName:
            let identifier = try record.readArray(size - 9)
            let flags = MessageFlags(rawValue: try record.readUInt8())
            let order = try record.readUInt32()
            self = .attributeName(
                identifier: identifier, flags: flags, creationOrder: order, hash: try record.readUInt32())
        case .attributeCreationOrder:
            let identifier = try record.readArray(size - 5)
            let flags = MessageFlags(rawValue: try record.readUInt8())
            self = .attributeCreationOrder(
                identifier: identifier, flags: flags, creationOrder: try record.readUInt32())
        case .chunk, .filteredChunk:
            // The size of a filtered chunk takes 1 to 8 bytes, so that the record's size tells the rank.
            let rest = size - record.sizes.offsets - (type == .chunk ? 0 : 4)
            let rank = type == .chunk ? rest / 8 : (rest - 1) / 8
            guard rank >= 1 else { throw record.damaged("a B-tree record of \(size) bytes holds no chunk") }
            let element = try ChunkElement(
                from: &record, isFiltered: type == .filteredChunk, elementSize: size - 8 * rank)
            var offsets: [UInt64] = []
            for _ in 0..<rank { offsets.append(try record.readUInt64()) }
            self = .chunk(element, scaledOffsets: offsets)
        }
        guard record.remaining == 0 else {
            throw record.damaged("B-tree records of type \(type.rawValue) cannot have \(size) bytes")
        }
    }

    /// Writes the record in `size` bytes.
    package func encode(to builder: inout ByteBuilder, type: BTreeV2Header.RecordType, size: Int) throws {
        let start = builder.count
        switch (self, type) {
        case (.hugeObject(let address, let length, let filter, let key), .hugeObjectIndirect),
            (.hugeObject(let address, let length, let filter, let key), .hugeObjectIndirectFiltered),
            (.hugeObject(let address, let length, let filter, let key), .hugeObjectDirect),
            (.hugeObject(let address, let length, let filter, let key), .hugeObjectDirectFiltered):
            try builder.writeAddress(address)
            try builder.writeLength(length, "the size of a huge object")
            if let filter {
                builder.writeUInt32(filter.mask)
                try builder.writeLength(filter.unfilteredLength, "the size of a huge object")
            }
            if let key { try builder.writeLength(key, "the key of a huge object") }
        case (.linkName(let hash, let identifier), .linkName):
            builder.writeUInt32(hash)
            builder.writeBytes(identifier)
        case (.linkCreationOrder(let order, let identifier), .linkCreationOrder):
            builder.writeInt64(order)
            builder.writeBytes(identifier)
        case (.sharedMessage(let record), .sharedMessage):
            try record.encode(to: &builder)
            try builder.pad(to: size, from: start, "a B-tree record")
        case (.attributeName(let identifier, let flags, let order, let hash), .attributeName):
            builder.writeBytes(identifier)
            builder.writeUInt8(flags.rawValue)
            builder.writeUInt32(order)
            builder.writeUInt32(hash)
        case (.attributeCreationOrder(let identifier, let flags, let order), .attributeCreationOrder):
            builder.writeBytes(identifier)
            builder.writeUInt8(flags.rawValue)
            builder.writeUInt32(order)
        case (.chunk(let element, let offsets), .chunk), (.chunk(let element, let offsets), .filteredChunk):
            try element.encode(
                to: &builder, isFiltered: type == .filteredChunk, elementSize: size - 8 * offsets.count)
            for offset in offsets { builder.writeUInt64(offset) }
        default: throw builder.unencodable("a B-tree of type \(type.rawValue) cannot hold that record")
        }
        guard builder.count - start == size else {
            throw builder.unencodable(
                "a B-tree record takes \(builder.count - start) bytes where records have \(size)")
        }
    }
}
