import Testing

@testable import HDF5Format

@Suite struct DataLayoutMessageTests {
    private func index(_ version: UInt8, _ values: inout GeneratedValues) -> DataLayoutMessage.ChunkIndexKind {
        guard version >= 4 else { return .btree1 }
        switch values.int(0...5) {
        case 0: return .singleChunk(filteredSize: nil, filterMask: 0)
        case 1: return .singleChunk(filteredSize: values.length(), filterMask: values.uint32())
        case 2: return .implicit
        case 3: return .fixedArray(pageBits: values.uint8())
        case 4:
            return .extensibleArray(
                DataLayoutMessage.ExtensibleArrayParameters(
                    maximumBits: values.uint8(), indexBlockElements: values.uint8(),
                    minimumDataBlockPointers: values.uint8(), minimumDataBlockElements: values.uint8(),
                    pageBits: values.uint8()))
        default:
            return .btree2(nodeSize: values.uint32(), splitPercent: values.uint8(), mergePercent: values.uint8())
        }
    }

    private func message(_ version: UInt8, _ values: inout GeneratedValues) -> DataLayoutMessage {
        let extents: [UInt32] = version < 3 ? values.array(1...5) { $0.uint32() } : []
        switch values.int(0...3) {
        case 0: return DataLayoutMessage(version: version, layout: .compact(values.bytes(upTo: 60)), extents: extents)
        case 1:
            let size = version < 3 ? nil : values.length()
            return DataLayoutMessage(
                version: version, layout: .contiguous(address: values.optionalAddress(), size: size), extents: extents)
        case 2 where version >= 4:
            return DataLayoutMessage(
                version: version,
                layout: .virtual(heapAddress: values.optionalAddress(), heapIndex: values.uint32()))
        default:
            return DataLayoutMessage(
                version: version,
                layout: .chunked(
                    DataLayoutMessage.ChunkedLayout(
                        chunkShape: values.array(1...4) { $0.int(1...[3, 300, 3_000][$0.int(0...2)]) },
                        elementSize: values.int(1...1_000), index: index(version, &values),
                        address: values.optionalAddress(),
                        leavesPartialChunksUnfiltered: version >= 4 && values.bool())))
        }
    }

    @Test("layouts of every class and version keep their values")
    func roundTrip() throws {
        try forGeneratedValues(cases: 100) { values in
            for version in UInt8(1)...5 {
                let message = message(version, &values)
                try expectRoundTrip(message, values.sizes, { try $0.encode(to: &$1) }) {
                    try DataLayoutMessage(from: &$0)
                }
            }
        }
    }

    @Test(
        "messages as libhdf5 writes them are given back",
        arguments: [
            "01 01 01 00 00 00 00 00 00 08 00 00 00 00 00 00 04 00 00 00",
            "01 02 02 00 00 00 00 00 f0 63 00 00 00 00 00 00 0a 00 00 00 30 00 00 00",
            "02 01 01 00 00 00 00 00 ff ff ff ff ff ff ff ff 04 00 00 00",
            "03 00 0c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c",
            "03 02 02 f0 63 00 00 00 00 00 00 0a 00 00 00 08 00 00 00",
            "04 02 00 02 01 0a 08 04 20 04 04 10 0a f0 63 00 00 00 00 00 00",
            "04 02 00 03 01 02 03 04 03 0a f0 63 00 00 00 00 00 00",
            "04 02 00 03 01 02 03 04 05 00 08 00 00 64 28 f0 63 00 00 00 00 00 00",
            "04 02 00 03 01 02 03 04 02 f0 63 00 00 00 00 00 00",
            "04 02 02 03 01 04 06 04 01 08 00 00 00 00 00 00 00 01 00 00 00 f0 63 00 00 00 00 00 00",
            "05 02 00 02 01 03 04 04 20 04 04 10 0a f0 63 00 00 00 00 00 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try DataLayoutMessage(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test(
        "extents of chunks take as many bytes as the largest one needs", arguments: [(255, 1), (256, 2), (65_536, 3)])
    func extentWidth(_ extent: Int, _ width: UInt8) throws {
        let message = DataLayoutMessage(
            version: 4,
            layout: .chunked(
                DataLayoutMessage.ChunkedLayout(
                    chunkShape: [extent], elementSize: 8, index: .implicit, address: nil,
                    leavesPartialChunksUnfiltered: false)))
        #expect(try encoded(FieldSizes()) { try message.encode(to: &$0) }[4] == width)
    }

    @Test("what a version cannot say is refused")
    func refusals() {
        func refuse(_ version: UInt8, _ layout: DataLayoutMessage.Layout) {
            expectRefusal { try DataLayoutMessage(version: version, layout: layout).encode(to: &$0) }
        }
        func chunked(_ index: DataLayoutMessage.ChunkIndexKind, _ extent: Int, _ isPartial: Bool = false)
            -> DataLayoutMessage.Layout
        {
            .chunked(
                DataLayoutMessage.ChunkedLayout(
                    chunkShape: [extent], elementSize: 4, index: index, address: nil,
                    leavesPartialChunksUnfiltered: isPartial))
        }
        refuse(3, .virtual(heapAddress: nil, heapIndex: 0))
        refuse(3, .contiguous(address: nil, size: nil))
        refuse(1, .contiguous(address: nil, size: 8))
        refuse(3, .compact([UInt8](repeating: 0, count: 65_536)))
        refuse(3, chunked(.implicit, 2))
        refuse(3, chunked(.btree1, 2, true))
        refuse(3, chunked(.btree1, 1 << 32))
        refuse(4, chunked(.btree1, 2))
        refuse(4, chunked(.implicit, 0))
        refuse(4, chunked(.singleChunk(filteredSize: nil, filterMask: 1), 2))
        refuse(6, .compact([]))
    }
}
