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
package struct BTreeV1Node: Sendable {
    /// What the tree indexes.
    package enum NodeType: UInt8, Sendable {
        case group = 0
        case chunk = 1
    }

    package var type: NodeType
    package var level: Int
    package var count: Int

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
        _ = try cursor.readAddress()
        _ = try cursor.readAddress()
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

    /// Reads a key and writes its element offsets over `offsets`, so that no array is made per key.
    package init(from cursor: inout ByteCursor, offsets: inout [UInt64]) throws {
        storedSize = try cursor.readUInt32()
        filterMask = try cursor.readUInt32()
        for axis in offsets.indices { offsets[axis] = try cursor.readUInt64() }
        let element = try cursor.readUInt64()
        guard element == 0 else { throw cursor.damaged("a chunk starts \(element) bytes into an element") }
    }
}
