/// Version 1 B-tree node: an index of a group's symbol table nodes (type 0) or of a dataset's chunks (type 1).
///
/// | bytes       | field                                                      |
/// |-------------|------------------------------------------------------------|
/// | 4           | `TREE`                                                     |
/// | 1           | type                                                       |
/// | 1           | level; 0 for a leaf                                        |
/// | 2           | number of children in use                                  |
/// | 2 addresses | left and right sibling                                     |
/// |             | key 0, child 0, key 1, child 1, …, last key                |
///
/// A node is allocated for 2K children; the rest of it is garbage.
package struct BTreeV1Node: Hashable, Sendable {
    /// What the tree indexes.
    package enum NodeType: UInt8, Sendable {
        case group = 0
        case chunk = 1
    }

    package var type: NodeType
    package var level: Int
    package var count: Int
    package var leftSibling: UInt64?
    package var rightSibling: UInt64?

    package init(type: NodeType, level: Int, count: Int, leftSibling: UInt64? = nil, rightSibling: UInt64? = nil) {
        self.type = type
        self.level = level
        self.count = count
        self.leftSibling = leftSibling
        self.rightSibling = rightSibling
    }

    /// The bytes before the first key.
    package static func prefixSize(_ sizes: FieldSizes) -> Int { 8 + 2 * sizes.offsets }

    /// The size of a key: a heap offset, or a chunk key of `rank` axes.
    package static func keySize(_ type: NodeType, rank: Int, _ sizes: FieldSizes) -> Int {
        type == .group ? sizes.lengths : 8 + 8 * (rank + 1)
    }

    /// The bytes that a node with `count` children uses.
    package static func usedSize(_ type: NodeType, rank: Int, count: Int, _ sizes: FieldSizes) -> Int {
        let key = keySize(type, rank: rank, sizes)
        return prefixSize(sizes) + count * (key + sizes.offsets) + key
    }

    /// Reads the part before the first key.
    package init(from cursor: inout ByteCursor, expecting expected: NodeType) throws {
        try cursor.expectSignature(.treeNode, "B-tree node")
        let code = try cursor.readUInt8()
        guard code == expected.rawValue else {
            throw cursor.damaged("the B-tree node has type \(code), expected is \(expected.rawValue)")
        }
        type = expected
        level = Int(try cursor.readUInt8())
        count = Int(try cursor.readUInt16())
        leftSibling = try cursor.readAddress()
        rightSibling = try cursor.readAddress()
    }

    /// Writes the part before the first key.
    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeSignature(.treeNode)
        builder.writeUInt8(type.rawValue)
        try builder.writeUInt8(level, "the level of a B-tree node")
        try builder.writeUInt16(count, "the number of children of a B-tree node")
        try builder.writeAddress(leftSibling)
        try builder.writeAddress(rightSibling)
    }

    /// Writes a whole node: one key more than children, and zeros to the size of a node of 2K children.
    ///
    /// `writeKey` writes the key of a number; the one after the last child bounds what that child holds.
    package func encode(
        children: [UInt64], rank: Int, internalK: UInt16, to builder: inout ByteBuilder,
        writeKey: (Int, inout ByteBuilder) throws -> Void
    ) throws {
        guard children.count == count else {
            throw builder.unencodable("a B-tree node of \(count) children is given \(children.count)")
        }
        let start = builder.count
        try encode(to: &builder)
        for (index, child) in children.enumerated() {
            try writeKey(index, &builder)
            try builder.writeAddress(child)
        }
        try writeKey(count, &builder)
        let size = Self.usedSize(type, rank: rank, count: 2 * Int(internalK), builder.sizes)
        try builder.pad(to: size, from: start, "a B-tree node")
    }
}

/// The key of a chunk in a version 1 B-tree.
///
/// | bytes        | field                                                              |
/// |--------------|--------------------------------------------------------------------|
/// | 4            | size of the stored chunk                                           |
/// | 4            | filter mask                                                        |
/// | 8 × (rank+1) | offset of the chunk in elements; the last is 0                     |
package struct ChunkKey: Hashable, Sendable {
    package var storedSize: UInt32
    package var filterMask: UInt32
    /// The offset along the axis of the element's bytes: 0 for chunks; the key that ends a node may have another.
    package var elementOffset: UInt64

    package init(storedSize: UInt32, filterMask: UInt32 = 0, elementOffset: UInt64 = 0) {
        self.storedSize = storedSize
        self.filterMask = filterMask
        self.elementOffset = elementOffset
    }

    /// Reads a key and writes its element offsets over `offsets`, so that no array is made per key.
    package init(from cursor: inout ByteCursor, offsets: inout [UInt64]) throws {
        storedSize = try cursor.readUInt32()
        filterMask = try cursor.readUInt32()
        for axis in offsets.indices { offsets[axis] = try cursor.readUInt64() }
        elementOffset = try cursor.readUInt64()
    }

    /// Writes the key of the chunk at `offsets`.
    package func encode(to builder: inout ByteBuilder, offsets: [UInt64]) {
        builder.writeUInt32(storedSize)
        builder.writeUInt32(filterMask)
        for offset in offsets { builder.writeUInt64(offset) }
        builder.writeUInt64(elementOffset)
    }
}
