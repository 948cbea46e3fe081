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
        package var messageTypes: UInt16
        package var messageCount: Int
        package var heapAddress: UInt64?
    }

    package var indexes: [Index]

    /// The size of a table of `count` indexes.
    package static func size(_ sizes: FieldSizes, count: Int) -> Int { 8 + count * (14 + 2 * sizes.offsets) }

    package init(from cursor: inout ByteCursor, count: Int) throws {
        try cursor.expectSignature(.sharedMessageTable, "shared message table")
        indexes = []
        for _ in 0..<count {
            _ = try cursor.expectVersion(0...0, "shared message index")
            try cursor.skip(1)
            let types = try cursor.readUInt16()
            try cursor.skip(4 + 2 + 2)
            let messages = Int(try cursor.readUInt16())
            _ = try cursor.readAddress()
            indexes.append(Index(messageTypes: types, messageCount: messages, heapAddress: try cursor.readAddress()))
        }
        try cursor.expectChecksum("shared message table")
    }

    /// The heap of messages of a type.
    package func heapAddress(for type: MessageType) -> UInt64? {
        guard type.rawValue < 16 else { return nil }
        return indexes.first { $0.messageTypes & 1 << type.rawValue != 0 }?.heapAddress
    }
}
