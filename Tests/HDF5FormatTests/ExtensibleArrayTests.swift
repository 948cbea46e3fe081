import Testing

@testable import HDF5Format

@Suite struct ExtensibleArrayTests {
    private func header(_ values: inout GeneratedValues) -> ExtensibleArrayHeader {
        let isFiltered = values.bool()
        return ExtensibleArrayHeader(
            isFiltered: isFiltered,
            elementSize: isFiltered ? values.sizes.offsets + 4 + values.int(1...8) : values.sizes.offsets,
            parameters: DataLayoutMessage.ExtensibleArrayParameters(
                maximumBits: UInt8(values.int(8...64)), indexBlockElements: UInt8(values.int(0...8)),
                minimumDataBlockPointers: 1 << UInt8(values.int(1...3)),
                minimumDataBlockElements: 1 << UInt8(values.int(0...4)), pageBits: UInt8(values.int(0...4))),
            statistics: ExtensibleArrayHeader.Statistics(
                superBlocks: values.length(), superBlockBytes: values.length(), dataBlocks: values.length(),
                dataBlockBytes: values.length(), elementsRealised: values.length()),
            maximumIndexSet: values.length(), indexBlockAddress: values.optionalAddress())
    }

    @Test("headers keep their values, statistics among them")
    func headers() throws {
        try forGeneratedValues { values in
            let header = header(&values)
            try expectRoundTrip(header, values.sizes, { try $0.encode(to: &$1) }) {
                try ExtensibleArrayHeader(from: &$0)
            }
        }
    }

    @Test("the header and the layout message name the same parameters in different orders")
    func parameterOrder() throws {
        let parameters = DataLayoutMessage.ExtensibleArrayParameters(
            maximumBits: 32, indexBlockElements: 5, minimumDataBlockPointers: 4, minimumDataBlockElements: 16,
            pageBits: 10)
        let header = ExtensibleArrayHeader(isFiltered: false, elementSize: 8, parameters: parameters)
        #expect(try encoded(FieldSizes()) { try header.encode(to: &$0) }[7..<12] == [32, 5, 16, 4, 10])
        let layout = DataLayoutMessage(
            version: 4,
            layout: .chunked(
                DataLayoutMessage.ChunkedLayout(
                    chunkShape: [3], elementSize: 4, index: .extensibleArray(parameters), address: nil,
                    leavesPartialChunksUnfiltered: false)))
        #expect(try encoded(FieldSizes()) { try layout.encode(to: &$0) }[8..<13] == [32, 5, 4, 16, 10])
    }

    @Test("blocks and pages keep what they hold")
    func blocks() throws {
        try forGeneratedValues(cases: 20) { values in
            let header = header(&values)
            let sizes = values.sizes
            let address = values.address()
            func elements(_ count: Int, _ cursor: inout ByteCursor) throws -> [ChunkElement] {
                try (0..<count).map { _ in
                    try ChunkElement(
                        from: &cursor, isFiltered: header.isFiltered, elementSize: header.elementSize)
                }
            }
            func given(_ count: Int) -> [ChunkElement] {
                (0..<count).map { _ in
                    FixedArrayTests.element(isFiltered: header.isFiltered, size: header.elementSize, &values)
                }
            }
            let inIndex = given(header.indexBlockElements)
            let data = (0..<header.directDataBlockCount).map { _ in values.optionalAddress() }
            let supers = (0..<header.superBlockAddressCount).map { _ in values.optionalAddress() }
            let index = try encoded(sizes) {
                try ExtensibleArrayBlock.encodeIndexBlock(
                    inIndex, dataBlocks: data, superBlocks: supers, header: header, headerAddress: address, to: &$0)
            }
            #expect(index.count == header.indexBlockSize(sizes))
            var cursor = ByteCursor(index.span.bytes, sizes: sizes)
            try ExtensibleArrayBlock.checkPrefix(
                &cursor, signature: .extensibleArrayIndexBlock, headerAddress: address)
            #expect(try elements(inIndex.count, &cursor) == inIndex)
            for expected in data + supers { #expect(try cursor.readAddress() == expected) }
            try cursor.expectChecksum("index block")

            let offset = values.number(width: header.offsetWidth)
            let inBlock = given(values.int(1...8))
            let block = try encoded(sizes) {
                try ExtensibleArrayBlock.encodeDataBlock(
                    inBlock, offset: offset, header: header, headerAddress: address, to: &$0)
            }
            cursor = ByteCursor(block.span.bytes, sizes: sizes)
            try ExtensibleArrayBlock.checkPrefix(&cursor, signature: .extensibleArrayDataBlock, headerAddress: address)
            #expect(try cursor.readUInt(width: header.offsetWidth) == offset)
            #expect(try elements(inBlock.count, &cursor) == inBlock)
            try cursor.expectChecksum("data block")

            let bitmap = values.bytes(upTo: 4)
            let superBlock = try encoded(sizes) {
                try ExtensibleArrayBlock.encodeSuperBlock(
                    offset: offset, bitmap: bitmap, dataBlocks: data, header: header, headerAddress: address, to: &$0)
            }
            cursor = ByteCursor(superBlock.span.bytes, sizes: sizes)
            try ExtensibleArrayBlock.checkPrefix(
                &cursor, signature: .extensibleArraySuperBlock, headerAddress: address)
            #expect(try cursor.readUInt(width: header.offsetWidth) == offset)
            #expect(try cursor.readArray(bitmap.count) == bitmap)
            for expected in data { #expect(try cursor.readAddress() == expected) }
            try cursor.expectChecksum("super block")

            let inPage = given(Int(header.pageElementCount))
            let page = try encoded(sizes) { try ExtensibleArrayBlock.encodePage(inPage, header: header, to: &$0) }
            cursor = ByteCursor(page.span.bytes, sizes: sizes)
            #expect(try elements(inPage.count, &cursor) == inPage)
            try cursor.expectChecksum("page")
            #expect(cursor.remaining == 0)
        }
    }
}
