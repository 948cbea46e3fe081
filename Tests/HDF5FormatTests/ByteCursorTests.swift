import Testing

@testable import HDF5Format

@Suite struct ByteCursorTests {
    @Test("integers of every width are little-endian")
    func widths() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        for width in 1...8 {
            var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes())
            var expected: UInt64 = 0
            for index in (0..<width).reversed() { expected = expected << 8 | UInt64(bytes[index]) }
            #expect(try cursor.readUInt(width: width) == expected)
            #expect(cursor.position == width)
        }
    }

    @Test("reading past the end throws with the address and moves nothing")
    func shortage() throws {
        let bytes: [UInt8] = [1, 2, 3]
        var cursor = ByteCursor(bytes.span.bytes, sizes: FieldSizes(), address: 0x100)
        try cursor.skip(1)
        var caught: H5Error?
        do { _ = try cursor.readUInt32() } catch { caught = error as? H5Error }
        #expect(caught?.code == .truncated)
        #expect(caught?.address == 0x101)
        #expect(cursor.position == 1)
        do { try cursor.skip(-1) } catch { caught = nil }
        #expect(caught == nil)
    }

    @Test("all ones at the file's width is the undefined address", arguments: [2, 4, 8])
    func undefined(_ width: Int) throws {
        let ones = [UInt8](repeating: 0xFF, count: width)
        var cursor = ByteCursor(ones.span.bytes, sizes: FieldSizes(offsets: width, lengths: width))
        #expect(try cursor.readAddress() == nil)
        let almost = [0xFE] + ones.dropFirst()
        cursor = ByteCursor(almost.span.bytes, sizes: FieldSizes(offsets: width, lengths: width))
        #expect(try cursor.readAddress() != nil)
    }

    @Test("encoded widths step at powers of 256")
    func encodedWidths() {
        #expect([0, 1, 255, 256, 65_535, 65_536, .max].map(encodedWidth) == [1, 1, 1, 2, 2, 3, 8])
    }
}
