import Testing

@testable import HDF5Format

@Suite struct ByteBuilderTests {
    @Test("what is written is read back, for integers of every width")
    func widths() throws {
        try forGeneratedValues(cases: 20) { values in
            var builder = ByteBuilder(sizes: values.sizes)
            let numbers = (0...8).map { (width: $0, value: $0 == 0 ? 0 : values.number(width: $0)) }
            for number in numbers { try builder.writeUInt(number.value, width: number.width, "a number") }
            let signed = Int64(bitPattern: values.next())
            builder.writeInt64(signed)
            var cursor = ByteCursor(builder.bytes.span.bytes, sizes: values.sizes)
            for number in numbers { #expect(try cursor.readUInt(width: number.width) == number.value) }
            #expect(try cursor.readInt64() == signed)
            #expect(cursor.remaining == 0)
        }
    }

    @Test("a value that does not fit its field is refused, not cut")
    func misfits() {
        let narrow = FieldSizes(offsets: 2, lengths: 2)
        expectRefusal { try $0.writeUInt8(256, "a count") }
        expectRefusal { try $0.writeUInt8(-1, "a count") }
        expectRefusal { try $0.writeUInt16(65_536, "a count") }
        expectRefusal { try $0.writeUInt32(UInt64(1) << 32, "a count") }
        expectRefusal { try $0.writeUInt(UInt64(1) << 24, width: 3, "a number") }
        expectRefusal { try $0.writeUInt(1, width: 0, "a number") }
        expectRefusal { try $0.writeUInt(1, width: 9, "a number") }
        expectRefusal(narrow) { try $0.writeLength(65_536, "a length") }
        expectRefusal(narrow) { try $0.writeAddress(65_536) }
        expectRefusal { try $0.patch(1, at: 0, width: 1, "a field that is not there") }
    }

    @Test("the largest number of a width is no address, for it stands for none")
    func allOnes() throws {
        for width in [2, 4, 8] {
            let sizes = FieldSizes(offsets: width, lengths: width)
            let ones = [UInt8](repeating: 0xFF, count: width)
            #expect(try encoded(sizes) { try $0.writeAddress(nil) } == ones)
            #expect(try encoded(sizes) { try $0.writeLimitedLength(nil, "a limit") } == ones)
            let largest = width == 8 ? UInt64.max : UInt64(1) << UInt64(8 * width) - 1
            expectRefusal(sizes) { try $0.writeAddress(largest) }
            expectRefusal(sizes) { try $0.writeLimitedLength(largest, "a limit") }
            #expect(try encoded(sizes) { try $0.writeLength(largest, "a length") } == ones)
        }
    }

    @Test("names end with a NUL, are padded from where they start, and hold no NUL themselves")
    func names() throws {
        let bytes = try encoded(FieldSizes()) { builder in
            builder.writeUInt8(9)
            let start = builder.count
            try builder.writeNullTerminated("1234567".utf8, "a name")
            builder.pad(toMultipleOf: 8, from: start)
            try builder.writeNullTerminated("12345678".utf8, "a name")
            builder.pad(toMultipleOf: 8, from: start)
        }
        #expect(bytes == [9] + Array("1234567".utf8) + [0] + Array("12345678".utf8) + [UInt8](repeating: 0, count: 8))
        expectRefusal { try $0.writeNullTerminated([0x61, 0, 0x62], "a name") }
        expectRefusal { builder in
            builder.writeZeros(5)
            try builder.pad(to: 4, from: 0, "a node")
        }
    }

    @Test("a patched field keeps its neighbours, and the checksum covers what it says")
    func patches() throws {
        var builder = ByteBuilder(sizes: FieldSizes())
        builder.writeBytes([1, 2, 0, 0, 5])
        try builder.patch(0x0403, at: 2, width: 2, "a field")
        #expect(builder.bytes == [1, 2, 3, 4, 5])
        builder.writeChecksum(from: 1)
        var cursor = ByteCursor(builder.bytes.span.bytes, sizes: FieldSizes())
        try cursor.move(to: 5)
        try cursor.expectChecksum(from: 1, "five bytes")
        #expect(throws: H5Error.self) {
            try cursor.move(to: 5)
            try cursor.expectChecksum(from: 0, "five bytes")
        }
    }
}
