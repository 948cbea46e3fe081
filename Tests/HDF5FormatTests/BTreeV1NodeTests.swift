import Testing

@testable import HDF5Format

@Suite struct BTreeV1NodeTests {
    @Test("prefixes keep their values")
    func prefixes() throws {
        try forGeneratedValues { values in
            for type in [BTreeV1Node.NodeType.group, .chunk] {
                let node = BTreeV1Node(
                    type: type, level: values.int(0...255), count: values.int(0...65_535),
                    leftSibling: values.optionalAddress(), rightSibling: values.optionalAddress())
                try expectRoundTrip(node, values.sizes, { try $0.encode(to: &$1) }) {
                    try BTreeV1Node(from: &$0, expecting: type)
                }
            }
        }
    }

    @Test("keys and children stand in turn, and the node has the size of 2K children")
    func nodes() throws {
        try forGeneratedValues(cases: 10) { values in
            let rank = values.int(1...4)
            let children = values.array(0...8) { $0.address() }
            let keys = (0...children.count).map { _ in
                ChunkKey(
                    storedSize: values.uint32(), filterMask: values.uint32(), elementOffset: values.number(width: 8))
            }
            let offsets = (0...children.count).map { _ in (0..<rank).map { _ in values.next() } }
            let node = BTreeV1Node(type: .chunk, level: 0, count: children.count)
            let bytes = try encoded(values.sizes) { builder in
                try node.encode(children: children, rank: rank, internalK: 4, to: &builder) { index, builder in
                    keys[index].encode(to: &builder, offsets: offsets[index])
                }
            }
            #expect(bytes.count == BTreeV1Node.usedSize(.chunk, rank: rank, count: 8, values.sizes))
            var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
            let decoded = try BTreeV1Node(from: &cursor, expecting: .chunk)
            #expect(decoded == node)
            for index in 0...children.count {
                var found = [UInt64](repeating: 0, count: rank)
                #expect(try ChunkKey(from: &cursor, offsets: &found) == keys[index])
                #expect(found == offsets[index])
                if index < children.count { #expect(try cursor.readAddress() == children[index]) }
            }
        }
    }

    @Test("the node of a group of an h5py file has 544 bytes")
    func usualSize() throws {
        let node = BTreeV1Node(type: .group, level: 0, count: 1)
        let bytes = try encoded(FieldSizes()) { builder in
            try node.encode(children: [800], rank: 0, internalK: 16, to: &builder) {
                try $1.writeLength($0 == 0 ? 0 : 8, "a key")
            }
        }
        #expect(bytes.count == 544)
        let start = hexadecimal(
            "54 52 45 45 00 00 01 00 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 "
                + "20 03 00 00 00 00 00 00 08 00 00 00 00 00 00 00")
        #expect(bytes.starts(with: start))
        #expect(bytes.dropFirst(start.count).allSatisfy { $0 == 0 })
    }

    @Test("more children than a node has room for are refused")
    func refusals() {
        let node = BTreeV1Node(type: .group, level: 0, count: 3)
        expectRefusal { builder in
            try node.encode(children: [1, 2, 3], rank: 0, internalK: 1, to: &builder) { _, builder in
                builder.writeUInt64(0)
            }
        }
        expectRefusal { builder in
            try node.encode(children: [1, 2], rank: 0, internalK: 4, to: &builder) { _, builder in
                builder.writeUInt64(0)
            }
        }
    }
}
