import Testing

@testable import HDF5Format

@Suite struct FixedArrayTests {
    /// An element with the width that sizes have in its array.
    static func element(isFiltered: Bool, size: Int, _ values: inout GeneratedValues) -> ChunkElement {
        guard isFiltered else { return ChunkElement(address: values.optionalAddress()) }
        return ChunkElement(
            address: values.optionalAddress(), storedSize: values.number(width: size - values.sizes.offsets - 4),
            filterMask: values.uint32())
    }

    private func header(pageBits: Int, count: UInt64, _ values: inout GeneratedValues) -> FixedArrayHeader {
        let isFiltered = values.bool()
        return FixedArrayHeader(
            isFiltered: isFiltered,
            elementSize: isFiltered ? values.sizes.offsets + 4 + values.int(1...8) : values.sizes.offsets,
            pageBits: pageBits, elementCount: count, dataBlockAddress: values.optionalAddress())
    }

    @Test("headers keep their values")
    func headers() throws {
        try forGeneratedValues { values in
            let header = header(pageBits: values.int(0...31), count: values.length(), &values)
            try expectRoundTrip(header, values.sizes, { try $0.encode(to: &$1) }) { try FixedArrayHeader(from: &$0) }
        }
        try expectBytes(
            "46 41 48 44 00 01 0e 0a 09 00 00 00 00 00 00 00 eb 01 00 00 00 00 00 00 e5 df fe 0b",
            { try FixedArrayHeader(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("data blocks and pages keep their elements")
    func blocks() throws {
        try forGeneratedValues(cases: 20) { values in
            let address = values.address()
            let header = header(pageBits: 3, count: UInt64(values.int(1...20)), &values)
            let isFiltered = header.isFiltered
            func elements(_ bytes: [UInt8], from start: Int, count: Int) throws -> [ChunkElement] {
                var cursor = ByteCursor(bytes.span.bytes, sizes: values.sizes)
                try cursor.move(to: start)
                let found = try (0..<count).map { _ in
                    try ChunkElement(from: &cursor, isFiltered: isFiltered, elementSize: header.elementSize)
                }
                try cursor.expectChecksum("elements")
                #expect(cursor.remaining == 0)
                return found
            }
            let prefix = FixedArrayDataBlock.prefixSize(values.sizes)
            if header.pageCount == 0 {
                let given = (0..<header.elementCount).map { _ in
                    Self.element(isFiltered: isFiltered, size: header.elementSize, &values)
                }
                let block = try encoded(values.sizes) {
                    try FixedArrayDataBlock.encode(given, header: header, headerAddress: address, to: &$0)
                }
                var cursor = ByteCursor(block.span.bytes, sizes: values.sizes)
                try FixedArrayDataBlock.checkPrefix(&cursor, headerAddress: address)
                #expect(try elements(block, from: prefix, count: given.count) == given)
            } else {
                let bitmap = values.bytes(Int((header.pageCount + 7) / 8))
                let block = try encoded(values.sizes) {
                    try FixedArrayDataBlock.encodePagedPrefix(
                        bitmap: bitmap, header: header, headerAddress: address, to: &$0)
                }
                #expect(Array(block[prefix..<(prefix + bitmap.count)]) == bitmap)
                #expect(block.count == prefix + bitmap.count + 4)
                let given = (0..<values.int(1...8)).map { _ in
                    Self.element(isFiltered: isFiltered, size: header.elementSize, &values)
                }
                let page = try encoded(values.sizes) {
                    try FixedArrayDataBlock.encodePage(given, header: header, to: &$0)
                }
                #expect(try elements(page, from: 0, count: given.count) == given)
            }
        }
    }

    @Test("elements and pages that do not fit are refused")
    func refusals() {
        let element = ChunkElement(address: 1, storedSize: 256, filterMask: 0)
        expectRefusal { try element.encode(to: &$0, isFiltered: true, elementSize: 13) }
        expectRefusal { try element.encode(to: &$0, isFiltered: false, elementSize: 8) }
        let header = FixedArrayHeader(
            isFiltered: false, elementSize: 8, pageBits: 1, elementCount: 3, dataBlockAddress: nil)
        let plain = ChunkElement(address: 1)
        expectRefusal { try FixedArrayDataBlock.encodePage([plain, plain, plain], header: header, to: &$0) }
        expectRefusal {
            try FixedArrayDataBlock.encode([plain, plain, plain], header: header, headerAddress: 0, to: &$0)
        }
    }
}
