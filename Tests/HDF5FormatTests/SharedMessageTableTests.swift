import Testing

@testable import HDF5Format

@Suite struct SharedMessageTableTests {
    static func record(_ values: inout GeneratedValues) -> SharedMessageRecord {
        let location: SharedMessageRecord.Location =
            values.bool()
            ? .heap(referenceCount: values.uint32(), identifier: values.bytes(8))
            : .objectHeader(type: values.uint8(), creationIndex: values.uint16(), address: values.address())
        return SharedMessageRecord(hash: values.uint32(), location: location)
    }

    @Test("tables and lists keep their values")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let table = SharedMessageTable(
                indexes: values.array(1...8) { values in
                    SharedMessageTable.Index(
                        isTree: values.bool(), messageTypes: values.uint16(), minimumMessageSize: values.uint32(),
                        maximumListCount: values.uint16(), minimumTreeCount: values.uint16(),
                        messageCount: values.int(0...65_535), indexAddress: values.optionalAddress(),
                        heapAddress: values.optionalAddress())
                })
            let bytes = try encoded(values.sizes) { try table.encode(to: &$0) }
            #expect(bytes.count == SharedMessageTable.size(values.sizes, count: table.indexes.count))
            try expectRoundTrip(table, values.sizes, { try $0.encode(to: &$1) }) {
                try SharedMessageTable(from: &$0, count: table.indexes.count)
            }
            let list = SharedMessageList(records: values.array(0...20, Self.record))
            try expectRoundTrip(list, values.sizes, { try $0.encode(to: &$1) }) {
                try SharedMessageList(from: &$0, count: list.records.count)
            }
        }
    }

    @Test("fill values of old files are shared in the heap of fill values")
    func oldFillValues() {
        let fillValues: UInt16 = 1 << 5
        let table = SharedMessageTable(
            indexes: [
                SharedMessageTable.Index(
                    messageTypes: ~fillValues, minimumMessageSize: 0, maximumListCount: 0, minimumTreeCount: 0,
                    heapAddress: 100),
                SharedMessageTable.Index(
                    messageTypes: fillValues, minimumMessageSize: 0, maximumListCount: 0, minimumTreeCount: 0,
                    heapAddress: 200),
            ])
        #expect(table.heapAddress(for: .fillValue) == 200)
        #expect(table.heapAddress(for: .oldFillValue) == 200)
        #expect(table.heapAddress(for: .datatype) == 100)
    }
}
