/// Symbol table node: up to 2K links of an old-style group, sorted by name.
///
/// | bytes | field                       |
/// |-------|-----------------------------|
/// | 4     | `SNOD`                      |
/// | 1 + 1 | version 1, reserved         |
/// | 2     | number of entries           |
/// |       | the entries                 |
package struct SymbolTableNode: Hashable, Sendable {
    package var entries: [SymbolTableEntry]

    /// The bytes before the first entry.
    package static let prefixSize = 8

    package init(entries: [SymbolTableEntry]) { self.entries = entries }

    package init(from cursor: inout ByteCursor) throws {
        try self.init(count: try Self.entryCount(from: &cursor), from: &cursor)
    }

    /// Reads what stands before the entries; gives their number.
    package static func entryCount(from cursor: inout ByteCursor) throws -> Int {
        try cursor.expectSignature(.symbolTableNode, "symbol table node")
        _ = try cursor.expectVersion(1...1, "symbol table node")
        try cursor.skip(1)
        return Int(try cursor.readUInt16())
    }

    /// Reads the entries.
    package init(count: Int, from cursor: inout ByteCursor) throws {
        entries = []
        entries.reserveCapacity(min(count, cursor.remaining / 20))
        for _ in 0..<count { entries.append(try SymbolTableEntry(from: &cursor)) }
    }

    /// Writes what stands before the entries.
    package static func encodePrefix(count: Int, to builder: inout ByteBuilder) throws {
        builder.writeSignature(.symbolTableNode)
        builder.writeUInt8(1)
        builder.writeZeros(1)
        try builder.writeUInt16(count, "the number of links of a symbol table node")
    }

    /// Writes the part of the node that is in use.
    package func encode(to builder: inout ByteBuilder) throws {
        try Self.encodePrefix(count: entries.count, to: &builder)
        for entry in entries { try entry.encode(to: &builder) }
    }

    /// Writes the node with zeros to its full size, that of 2K entries.
    package func encode(to builder: inout ByteBuilder, leafK: UInt16) throws {
        let start = builder.count
        try encode(to: &builder)
        let size = Self.prefixSize + 2 * Int(leafK) * SymbolTableEntry.size(builder.sizes)
        try builder.pad(to: size, from: start, "a symbol table node")
    }
}

/// Symbol table entry: one link of an old-style group.
///
/// | bytes   | field                                                                  |
/// |---------|------------------------------------------------------------------------|
/// | length  | offset of the name in the group's local heap                           |
/// | address | object header; undefined for a soft link                               |
/// | 4       | cache type: 0 none, 1 group, 2 soft link                               |
/// | 4       | reserved                                                               |
/// | 16      | scratch: 1: B-tree and heap of the group; 2: u32 heap offset of the path |
package struct SymbolTableEntry: Hashable, Sendable {
    /// What the entry remembers of the object.
    package enum Cache: Hashable, Sendable {
        case none
        case group(btree: UInt64, heap: UInt64)
        case softLink(pathOffset: UInt64)
    }

    package var nameOffset: UInt64
    package var headerAddress: UInt64?
    package var cache: Cache

    /// The size of an entry.
    package static func size(_ sizes: FieldSizes) -> Int { sizes.lengths + sizes.offsets + 24 }

    package init(nameOffset: UInt64, headerAddress: UInt64?, cache: Cache = .none) {
        self.nameOffset = nameOffset
        self.headerAddress = headerAddress
        self.cache = cache
    }

    package init(from cursor: inout ByteCursor) throws {
        nameOffset = try cursor.readLength()
        headerAddress = try cursor.readAddress()
        let type = try cursor.readUInt32()
        try cursor.skip(4)
        var scratch = try cursor.readSlice(16)
        switch type {
        case 1:
            let btree = try scratch.readAddress()
            let heap = try scratch.readAddress()
            if let btree, let heap { cache = .group(btree: btree, heap: heap) } else { cache = .none }
        case 2: cache = .softLink(pathOffset: UInt64(try scratch.readUInt32()))
        default: cache = .none
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeLength(nameOffset, "the place of a link's name")
        try builder.writeAddress(headerAddress)
        let type: UInt32
        var scratch = ByteBuilder(sizes: builder.sizes)
        switch cache {
        case .none: type = 0
        case .group(let btree, let heap):
            type = 1
            try scratch.writeAddress(btree)
            try scratch.writeAddress(heap)
        case .softLink(let pathOffset):
            type = 2
            try scratch.writeUInt32(pathOffset, "the place of a soft link's path")
        }
        builder.writeUInt32(type)
        builder.writeZeros(4)
        try scratch.pad(to: 16, from: 0, "what a symbol table entry remembers")
        builder.writeBytes(scratch.bytes)
    }
}
