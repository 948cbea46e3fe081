import Testing

@testable import HDF5Format

@Suite struct FractalHeapTests {
    private func heap(_ values: inout GeneratedValues) -> FractalHeapHeader {
        let pipeline = FilterPipelineMessage(
            version: values.bool() ? 1 : 2,
            filters: [
                H5FilterDescription(identifier: 2, clientValues: [8]),
                H5FilterDescription(identifier: 32_000, name: "lzf", flags: 1, clientValues: [4, 0x105, 0]),
            ])
        let largest = UInt64(1) << UInt64(values.int(9...12))
        return FractalHeapHeader(
            identifierLength: values.int(7...40), startingBlockSize: 512,
            addressBits: values.int(16...(8 * min(values.sizes.lengths, 4))), maximumDirectBlockSize: largest,
            maximumManagedSize: UInt32(values.int(1...Int(largest))), startingRows: values.int(0...3),
            filters: values.bool() ? pipeline : nil)
    }

    @Test("headers keep their values, statistics and filters among them")
    func headers() throws {
        try forGeneratedValues { values in
            var header = heap(&values)
            header.wrapsHugeKeys = values.bool()
            header.checksumsDirectBlocks = values.bool()
            header.nextHugeKey = values.length()
            header.hugeIndexAddress = values.optionalAddress()
            header.freeSpaceManagerAddress = values.optionalAddress()
            header.statistics.freeSpace = values.length()
            header.statistics.managedSpace = values.length()
            header.statistics.allocatedSpace = values.length()
            header.statistics.allocationIterator = values.length()
            header.statistics.hugeObjectBytes = values.length()
            header.statistics.hugeObjectCount = values.length()
            header.statistics.tinyObjectBytes = values.length()
            header.statistics.tinyObjectCount = values.length()
            header.managedObjectCount = values.length()
            header.rootAddress = values.optionalAddress()
            header.rootRows = values.int(0...header.maximumRows)
            if header.filters != nil {
                header.filteredRootSize = values.length()
                header.rootFilterMask = values.uint32()
            }
            try expectRoundTrip(header, values.sizes, { try $0.encode(to: &$1) }) { try FractalHeapHeader(from: &$0) }
            let bytes = try encoded(values.sizes) { try header.encode(to: &$0) }
            let length = try encoded(values.sizes) { try header.filters?.encode(to: &$0) }.count
            #expect(bytes.count == FractalHeapHeader.size(values.sizes, filterLength: length))
        }
    }

    @Test("indirect blocks keep their children, filtered or not")
    func indirectBlocks() throws {
        try forGeneratedValues { values in
            let heap = heap(&values)
            let rows = values.int(1...6)
            let address = values.address()
            let children = (0..<(rows * heap.tableWidth)).map { index in
                let isFiltered = heap.filters != nil && index / heap.tableWidth < heap.maximumDirectRows
                return FractalHeapIndirectBlock.Child(
                    address: values.optionalAddress(), filteredSize: isFiltered ? values.length() : 0,
                    filterMask: isFiltered ? values.uint32() : 0)
            }
            let block = FractalHeapIndirectBlock(
                blockOffset: values.number(width: heap.offsetWidth), children: children)
            let bytes = try encoded(values.sizes) { try block.encode(to: &$0, heap: heap, heapAddress: address) }
            #expect(bytes.count == heap.indirectBlockSize(rows: rows, values.sizes))
            try expectRoundTrip(
                block, values.sizes, { try $0.encode(to: &$1, heap: heap, heapAddress: address) }
            ) { try FractalHeapIndirectBlock(from: &$0, heap: heap, heapAddress: address, rows: rows) }
        }
    }

    @Test("direct blocks have their size, their objects, and a checksum where the heap has them")
    func directBlocks() throws {
        try forGeneratedValues { values in
            var heap = heap(&values)
            heap.checksumsDirectBlocks = values.bool()
            let address = values.address()
            let objects = values.bytes(upTo: 400)
            let offset = values.number(width: heap.offsetWidth)
            let block = try encoded(values.sizes) {
                try FractalHeapDirectBlock.encode(
                    objects: objects, blockOffset: offset, size: 512, heap: heap, heapAddress: address, to: &$0)
            }
            #expect(block.count == 512)
            try FractalHeapDirectBlock.check(
                block, heap: heap, heapAddress: address, address: 0, sizes: values.sizes)
            #expect(block.dropFirst(heap.directBlockPrefixSize(values.sizes)).starts(with: objects))
            guard heap.checksumsDirectBlocks else { return }
            var damaged = block
            damaged[500] ^= 1
            #expect(throws: H5Error.self) {
                try FractalHeapDirectBlock.check(
                    damaged, heap: heap, heapAddress: address, address: 0, sizes: values.sizes)
            }
        }
    }

    @Test("identifiers of every kind keep their values, whatever their length")
    func identifiers() throws {
        try forGeneratedValues(cases: 200) { values in
            let heap = heap(&values)
            let room = heap.identifierLength - 1
            let direct =
                values.sizes.offsets + values.sizes.lengths + (heap.filters == nil ? 0 : 4 + values.sizes.lengths)
            let longest = heap.identifierLength > 18 ? room - 1 : min(room, 16)
            let kinds: [FractalHeapIdentifier] = [
                .managed(
                    offset: values.number(width: heap.offsetWidth),
                    length: Int(values.number(width: min(heap.lengthWidth, 4)))),
                room >= direct
                    ? .hugeDirect(
                        address: values.address(), length: values.length(),
                        filterMask: heap.filters == nil ? 0 : values.uint32(),
                        unfilteredLength: heap.filters == nil ? nil : values.length())
                    : .hugeIndirect(key: values.number(width: min(8, room))),
                .tiny(values.bytes(values.int(1...longest))),
            ]
            for identifier in kinds {
                try expectRoundTrip(identifier, values.sizes, { try $0.encode(to: &$1, heap: heap) }) {
                    try FractalHeapIdentifier(from: &$0, heap: heap)
                }
            }
            let tooLong = FractalHeapIdentifier.tiny(values.bytes(longest + 1))
            expectRefusal(values.sizes) { try tooLong.encode(to: &$0, heap: heap) }
        }
    }

    @Test("identifiers as libhdf5 writes them are given back")
    func bytes() throws {
        let links = FractalHeapHeader(identifierLength: 7, startingBlockSize: 512, addressBits: 32)
        let attributes = FractalHeapHeader(identifierLength: 8, startingBlockSize: 1_024, addressBits: 40)
        for (text, heap) in [
            ("10 01 00 00 00 00 00", links), ("23 02 00 00 00 00 00", links), ("00 15 00 00 00 14 00", links),
            ("00 16 00 00 00 00 1b 00", attributes),
        ] {
            try expectBytes(
                text, { try FractalHeapIdentifier(from: &$0, heap: heap) }, { try $0.encode(to: &$1, heap: heap) })
        }
    }
}
