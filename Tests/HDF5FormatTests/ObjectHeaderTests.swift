import Testing

@testable import HDF5Format

@Suite struct ObjectHeaderTests {
    /// The messages of a chunk as they are read.
    private func messages(
        _ prefix: ObjectHeaderPrefix, _ chunk: [UInt8], from start: Int, _ sizes: FieldSizes
    ) throws -> [EncodedMessage] {
        let body = Array(chunk[start..<(chunk.count - (prefix.version == 1 ? 0 : 4))])
        var cursor = ByteCursor(body.span.bytes, sizes: sizes)
        var found: [HeaderMessage] = []
        try prefix.readMessages(from: &cursor, base: 0, into: &found)
        return found.map {
            EncodedMessage(
                type: $0.type, flags: $0.flags, creationOrder: $0.creationOrder,
                body: Array(body[$0.offset..<($0.offset + $0.count)]))
        }
    }

    private func prefix(_ version: UInt8, messageBytes: Int, _ values: inout GeneratedValues) -> ObjectHeaderPrefix {
        guard version == 2 else {
            return ObjectHeaderPrefix(
                messageCount: values.int(0...65_535), referenceCount: values.uint32(), messageBytes: messageBytes)
        }
        let times = ObjectHeaderPrefix.Times(
            access: values.uint32(), modification: values.uint32(), change: values.uint32(), birth: values.uint32())
        return ObjectHeaderPrefix(
            messageBytes: messageBytes, sizeWidthBits: UInt8(values.int(1...3)),
            tracksAttributeCreationOrder: values.bool(), indexesAttributeCreationOrder: values.bool(),
            attributeThresholds: values.bool() ? (values.uint16(), values.uint16()) : nil,
            times: values.bool() ? times : nil)
    }

    @Test("prefixes keep their values")
    func prefixes() throws {
        try forGeneratedValues { values in
            for version in UInt8(1)...2 {
                let prefix = prefix(version, messageBytes: values.int(0...65_535), &values)
                try expectRoundTrip(prefix, values.sizes, { try $0.encode(to: &$1) }) {
                    try ObjectHeaderPrefix(from: &$0)
                }
            }
        }
    }

    @Test("messages are found as they were given, and what is left is a null message or a gap")
    func chunks() throws {
        try forGeneratedValues { values in
            for version in UInt8(1)...2 {
                var prefix = prefix(version, messageBytes: 0, &values)
                let given = values.array(0...5) { values in
                    EncodedMessage(
                        type: MessageType(rawValue: UInt16(values.int(0...24))),
                        flags: MessageFlags(rawValue: values.uint8()),
                        creationOrder: prefix.tracksAttributeCreationOrder ? values.uint16() : nil,
                        body: values.bytes(version == 1 ? 8 * values.int(0...4) : values.int(0...30)))
                }
                let used = given.reduce(0) { $0 + prefix.messageHeaderSize + $1.body.count }
                let rest = version == 1 ? 8 * values.int(0...3) : values.int(0...20)
                prefix.messageBytes = used + rest
                let first = try encoded(values.sizes) { try prefix.encodeFirstChunk(given, to: &$0) }
                #expect(first.count == prefix.size + used + rest + (version == 1 ? 0 : 4))
                var found = try messages(prefix, first, from: prefix.size, values.sizes)
                if rest >= prefix.messageHeaderSize {
                    #expect(found.last?.type == .null)
                    found.removeLast()
                }
                #expect(found == given)
                guard version == 1 || used + rest >= prefix.messageHeaderSize else { continue }
                let size = used + rest + (version == 1 ? 0 : 8)
                let next = try encoded(values.sizes) { try prefix.encodeContinuation(given, size: size, to: &$0) }
                #expect(next.count == size)
                found = try messages(prefix, next, from: version == 1 ? 0 : 4, values.sizes)
                #expect(Array(found.prefix(given.count)) == given)
                if version == 2 {
                    var cursor = ByteCursor(next.span.bytes, sizes: values.sizes)
                    try cursor.move(to: size - 4)
                    try cursor.expectChecksum("continuation")
                }
            }
        }
    }

    @Test("messages that do not fit their header are refused")
    func refusals() {
        let old = ObjectHeaderPrefix(messageCount: 1, referenceCount: 1, messageBytes: 16)
        let new = ObjectHeaderPrefix(messageBytes: 10)
        let message = EncodedMessage(type: .comment, body: [UInt8](repeating: 1, count: 7))
        expectRefusal { try old.encodeFirstChunk([message], to: &$0) }
        expectRefusal { try new.encodeFirstChunk([message], to: &$0) }
        let ordered = EncodedMessage(type: .comment, creationOrder: 1, body: [1])
        expectRefusal { try new.encodeFirstChunk([ordered], to: &$0) }
        let long = EncodedMessage(type: .comment, body: [UInt8](repeating: 1, count: 65_536))
        expectRefusal { try ObjectHeaderPrefix(messageBytes: 70_000).encodeFirstChunk([long], to: &$0) }
    }
}
