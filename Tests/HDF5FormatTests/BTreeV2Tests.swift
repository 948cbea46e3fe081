import Testing

@testable import HDF5Format

@Suite struct BTreeV2Tests {
    /// A record of a type, with the size that records of its tree have.
    private func record(
        _ type: BTreeV2Header.RecordType, rank: Int, _ values: inout GeneratedValues
    ) -> (record: BTreeV2Record, size: Int) {
        let sizes = values.sizes
        let filter = BTreeV2Record.HugeObjectFilter(mask: values.uint32(), unfilteredLength: values.length())
        let flags = MessageFlags(rawValue: values.uint8())
        let hugeSize = sizes.offsets + sizes.lengths
        switch type {
        case .hugeObjectIndirect:
            return (
                .hugeObject(address: values.address(), length: values.length(), filter: nil, key: values.length()),
                hugeSize + sizes.lengths
            )
        case .hugeObjectIndirectFiltered:
            return (
                .hugeObject(address: values.address(), length: values.length(), filter: filter, key: values.length()),
                hugeSize + 4 + 2 * sizes.lengths
            )
        case .hugeObjectDirect:
            return (.hugeObject(address: values.address(), length: values.length(), filter: nil, key: nil), hugeSize)
        case .hugeObjectDirectFiltered:
            return (
                .hugeObject(address: values.address(), length: values.length(), filter: filter, key: nil),
                hugeSize + 4 + sizes.lengths
            )
        case .linkName: return (.linkName(hash: values.uint32(), identifier: values.bytes(7)), 11)
        case .linkCreationOrder:
            return (.linkCreationOrder(order: Int64(bitPattern: values.next()), identifier: values.bytes(7)), 15)
        case .sharedMessage:
            return (.sharedMessage(SharedMessageTableTests.record(&values)), SharedMessageRecord.size(sizes))
        case .attributeName:
            return (
                .attributeName(
                    identifier: values.bytes(8), flags: flags, creationOrder: values.uint32(), hash: values.uint32()),
                17
            )
        case .attributeCreationOrder:
            return (
                .attributeCreationOrder(identifier: values.bytes(8), flags: flags, creationOrder: values.uint32()), 13
            )
        case .chunk, .filteredChunk:
            let width = values.int(1...8)
            let element =
                type == .chunk
                ? ChunkElement(address: values.address())
                : ChunkElement(
                    address: values.address(), storedSize: values.number(width: width), filterMask: values.uint32())
            let offsets = (0..<rank).map { _ in values.next() }
            return (
                .chunk(element, scaledOffsets: offsets), sizes.offsets + (type == .chunk ? 0 : width + 4) + 8 * rank
            )
        }
    }

    private static let types = (UInt8(1)...11).compactMap { BTreeV2Header.RecordType(rawValue: $0) }

    @Test("headers keep their values")
    func headers() throws {
        try forGeneratedValues { values in
            for type in Self.types {
                let recordSize = values.int(1...100)
                let header = BTreeV2Header(
                    type: type, nodeSize: values.int((recordSize + 10)...100_000), recordSize: recordSize,
                    depth: values.int(0...32), splitPercent: values.uint8(), mergePercent: values.uint8(),
                    rootAddress: values.optionalAddress(), rootRecordCount: values.int(0...65_535),
                    totalRecordCount: values.length())
                try expectRoundTrip(header, values.sizes, { try $0.encode(to: &$1) }) { try BTreeV2Header(from: &$0) }
            }
        }
    }

    @Test("records of every type keep their values")
    func records() throws {
        try forGeneratedValues { values in
            for type in Self.types {
                let (record, size) = record(type, rank: values.int(1...32), &values)
                try expectRoundTrip(record, values.sizes, { try $0.encode(to: &$1, type: type, size: size) }) {
                    try BTreeV2Record(from: &$0, type: type, size: size)
                }
                // Chunks and shared messages have parts that may be narrower.
                guard ![.sharedMessage, .chunk, .filteredChunk].contains(type) else { continue }
                expectRefusal(values.sizes) { try record.encode(to: &$0, type: type, size: size - 1) }
            }
        }
    }

    @Test("nodes keep their records and children, at every height")
    func nodes() throws {
        try forGeneratedValues(cases: 8) { values in
            for type in [BTreeV2Header.RecordType.linkName, .attributeName, .chunk] {
                let rank = 2
                let size = record(type, rank: rank, &values).size
                let header = BTreeV2Header(type: type, nodeSize: 512, recordSize: size, depth: 2)
                let geometry = try BTreeV2Geometry(header, sizes: values.sizes)
                for height in 0...2 {
                    let records = values.array(0...geometry.maximumRecords[height]) {
                        record(type, rank: rank, &$0).record
                    }
                    var children: [BTreeV2Node.Child] = []
                    if height > 0 {
                        for _ in 0...records.count {
                            let count = values.int(0...geometry.maximumRecords[height - 1])
                            children.append(
                                BTreeV2Node.Child(
                                    address: values.address(), recordCount: count,
                                    totalRecordCount: height > 1 ? values.number(width: 2) : UInt64(count)))
                        }
                    }
                    let bytes = try encoded(values.sizes) {
                        try BTreeV2Node.encode(
                            records, children: children, height: height, header: header, geometry: geometry, to: &$0)
                    }
                    #expect(bytes.count <= header.nodeSize)
                    var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
                    try BTreeV2Node.checkPrefix(&cursor, isLeaf: height == 0, type: type)
                    for record in records {
                        #expect(try BTreeV2Record(from: &cursor, type: type, size: size) == record)
                    }
                    if height > 0 {
                        let found = try BTreeV2Node.children(
                            from: &cursor, recordCount: records.count, height: height, geometry: geometry)
                        #expect(found == children)
                    }
                    try cursor.expectChecksum("node")
                    #expect(cursor.remaining == 0)
                }
            }
        }
    }

    @Test("nodes that cannot be are refused")
    func refusals() throws {
        let header = BTreeV2Header(type: .linkName, nodeSize: 64, recordSize: 11, depth: 1)
        let geometry = try BTreeV2Geometry(header, sizes: FieldSizes())
        let record = BTreeV2Record.linkName(hash: 1, identifier: [UInt8](repeating: 0, count: 7))
        expectRefusal {
            try BTreeV2Node.encode(
                Array(repeating: record, count: 5), height: 0, header: header, geometry: geometry, to: &$0)
        }
        expectRefusal { try BTreeV2Node.encode([record], height: 1, header: header, geometry: geometry, to: &$0) }
        let order = BTreeV2Record.linkCreationOrder(order: 1, identifier: [1, 2, 3])
        expectRefusal { try BTreeV2Node.encode([order], height: 0, header: header, geometry: geometry, to: &$0) }
    }
}
