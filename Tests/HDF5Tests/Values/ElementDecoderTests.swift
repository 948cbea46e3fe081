import HDF5Format
import Testing

@testable import HDF5

@Suite("Elements as values that show themselves")
struct ElementDecoderTests {
    private func value(_ bytes: [UInt8], _ datatype: H5Datatype, _ file: HeapFile = HeapFile()) throws -> H5Value {
        try ElementDecoder(datatype: datatype, context: try file.context()).value(bytes.span.bytes)
    }

    private func text(_ bytes: [UInt8], _ datatype: H5Datatype, _ file: HeapFile = HeapFile()) throws -> String {
        try value(bytes, datatype, file).description
    }

    @Test("integers of every width are shown in full")
    func integers() throws {
        #expect(try value([0xFE], .integer(1)) == .integer(-2))
        #expect(try value([0xFF, 0xFF], .integer(2, signed: false, .bigEndian)) == .unsigned(65535))
        #expect(try value([0x34, 0xF2], .integer(2, offset: 4, precision: 8)) == .integer(0x23))
        let wide = [UInt8](repeating: 0xFF, count: 16)
        #expect(try text(wide, .integer(16)) == "-1")
        #expect(try text(wide, .integer(16, signed: false)) == "340282366920938463463374607431768211455")
        #expect(
            try text([0x0A] + [UInt8](repeating: 0, count: 16) + [1], .integer(18)) == "0x01"
                + String(repeating: "00", count: 16) + "0A")
        let time = H5Datatype(kind: .time(order: .littleEndian, precision: 32), size: 4)
        #expect(try value([0, 0, 1, 0], time) == .time(65536))
        let bits = H5Datatype(kind: .bitfield(H5IntegerFormat(isSigned: false, precision: 12)), size: 2)
        #expect(try text([0x1F, 0xF0], bits) == "0x01F")
    }

    @Test("floating-point numbers are shown in the shortest form of their stored precision")
    func floats() throws {
        #expect(try text(memory([Float(0.1)]), .float32) == "0.1")
        #expect(try text(memory([0.1]), .float64) == "0.1")
        #expect(try text(memory([Double(Float(0.1))]), .float64) == "0.10000000149011612")
        #expect(try text([0x66, 0x2E], .float16) == "0.1")
        #expect(try text([0x01, 0x00], .float16) == "6e-08")
        #expect(try text([0xFF, 0xFB], .float16) == "-65500.0")
        #expect(try text([0xCD, 0x3D], .brainFloat) == "0.1")
        #expect(try text([0x38], .e4m3) == "1.0")
        #expect(try text([0x80], .e5m2) == "-0.0")
        #expect(try text([0xD9, 0x3F, 0x99, 0x99, 0x99, 0x99, 0x9A, 0x99], .vaxG) == "0.1")
        #expect(try text(memory([Float.nan, .infinity]), .array([2], .float32)) == "[nan, inf]")
    }

    @Test("the shortest form of every half reads back as that half")
    func shortestHalves() throws {
        let decoder = ElementDecoder(datatype: .float16, context: try HeapFile().context())
        for pattern in stride(from: UInt16(0), to: 0x7C00, by: 7) {
            let shown = try decoder.value(stored(pattern, 2).span.bytes).description
            let parsed = try #require(Double(shown))
            let back = try converted(NumericConversionTests.quadruple(parsed), .binary128, to: Float.self, .rounding)[0]
            // Through a Double rounded to eleven bits, which for these few digits is the half nearest to the text.
            let half = try converted(stored(pattern, 2), .float16, to: Float.self)[0]
            let unit = Double(sign: .plus, exponent: max(Int(half.exponent), -14) - 10, significand: 1)
            #expect(pattern == 0 || abs(Double(back) - Double(half)) <= unit / 2, "\(pattern) \(shown)")
        }
    }

    @Test("text ends where its padding says, and bytes that are not UTF-8 stay visible")
    func strings() throws {
        #expect(try value([0x61, 0x62, 0, 0x63], .string(4)) == .string("ab"))
        #expect(try value([0x61, 0x62, 0x63, 0x64], .string(4)) == .string("abcd"))
        #expect(try value([0x61, 0, 0x62, 0], .string(4, .nullPadded)) == .string("a\0b"))
        #expect(try value([0x61, 0x20, 0x62, 0x20, 0], .string(5, .spacePadded)) == .string("a b"))
        #expect(try text([0xC3, 0xA9, 0xE9], .string(3)) == "\"é\\\\xe9\"")
        var file = HeapFile()
        let descriptor = file.string("Höhe\0rest")
        #expect(try value(descriptor, .variableString, file) == .string("Höhe"))
        #expect(try value(HeapFile.descriptor(0, 0), .variableString) == .string(""))
        // Length 0 with an address is never looked up.
        #expect(try value(HeapFile.descriptor(0, 77), .variableString) == .string(""))
    }

    @Test("records, arrays, enumerations and complex numbers are shown with their names")
    func composites() throws {
        let colors = H5Datatype.enumeration(.integer(1), [("RED", [0]), ("GREEN", [1])])
        let record = H5Datatype.compound(
            12, [("x", 0, .float32), ("c", 5, colors), ("m", 8, .array([2, 2], .integer(1)))])
        let bytes = memory([Float(1.5)]) + [9, 1, 9, 9, 1, 2, 3, 4]
        #expect(try text(bytes, record) == "{x: 1.5, c: GREEN, m: [[1, 2], [3, 4]]}")
        #expect(try text([7], colors) == "7")
        #expect(try text([1], .boolean) == "TRUE")
        let pair = H5Datatype.compound(8, [("r", 0, .float32), ("i", 4, .float32)])
        #expect(try text(memory([Float(1), -2]), pair) == "1.0-2.0i")
        #expect(
            try text(memory([1.0, 0.5]), H5Datatype(kind: .complex(base: .float64), size: 16)) == "1.0+0.5i")
        #expect(try text([1, 0xAB], H5Datatype(kind: .opaque(tag: "t"), size: 2)) == "0x01AB")
    }

    @Test("sequences of sequences are followed")
    func sequences() throws {
        var file = HeapFile()
        let inner = [file.sequence([[1], [2]]), file.sequence([]), file.sequence([[3]])]
        let outer = file.sequence(inner)
        #expect(try text(outer, .sequence(.sequence(.integer(1))), file) == "[[1, 2], [], [3]]")
        let words = file.sequence([file.string("a"), file.string("b\n")])
        #expect(try text(words, .sequence(.variableString), file) == "[\"a\", \"b\\n\"]")
    }

    @Test("damaged descriptors are errors: too few bytes, no such object, no heap there")
    func damaged() throws {
        var file = HeapFile()
        let index = file.add([1, 2, 3, 4])
        let type = H5Datatype.sequence(.integer(4))
        #expect(try text(HeapFile.descriptor(1, index), type, file) == "[67305985]")
        #expect(errorCode { _ = try value(HeapFile.descriptor(2, index), type, file) } == .damaged)
        #expect(errorCode { _ = try value(HeapFile.descriptor(-1, index), type, file) } == .damaged)
        #expect(errorCode { _ = try value(HeapFile.descriptor(1, 9), type, file) } == .damaged)
        #expect(
            errorCode { _ = try value(stored(UInt32(1), 4) + stored(UInt64(8), 8) + stored(UInt32(1), 4), type, file) }
                == .damaged)
        #expect(errorCode { _ = try value([1, 2, 3], type, file) } == .truncated)
    }

    @Test("sequences of sequences that all lead to one object stop at the limits")
    func hostileNesting() throws {
        // Object 1 is a thousand descriptors of itself: a thousand to the power of the depth.
        var file = HeapFile()
        _ = file.add((0..<1000).flatMap { _ in HeapFile.descriptor(1000, 1) })
        var type = H5Datatype.integer(1)
        for _ in 0..<6 { type = .sequence(type) }
        let limits = H5Limits(bytesPerCall: 4 << 20, nestingDepth: 8)
        let decoder = ElementDecoder(datatype: type, context: try file.context(limits: limits))
        let descriptor = HeapFile.descriptor(1000, 1)
        #expect(errorCode { _ = try decoder.value(descriptor.span.bytes) } == .limitExceeded)
        var encoder = CanonicalEncoder(datatype: type, context: try file.context(limits: limits)) { _ in "" }
        #expect(errorCode { try encoder.encode(descriptor.span.bytes, count: 1) } == .limitExceeded)
        for _ in 0..<6 { type = .sequence(type) }
        var deep = HeapFile()
        _ = deep.add(HeapFile.descriptor(1, 1))
        let deepDecoder = ElementDecoder(datatype: type, context: try deep.context(limits: limits))
        let one = HeapFile.descriptor(1, 1)
        let refusal = error { _ = try deepDecoder.value(one.span.bytes) }
        #expect(refusal?.code == .limitExceeded)
        #expect(refusal?.message.contains("8 levels") == true)
    }

    @Test("references of all kinds are resolved")
    func references() throws {
        let old = H5Datatype(kind: .reference(.object), size: 8)
        #expect(try value(stored(UInt64(0x320), 8), old) == .reference(.object(address: 0x320)))
        #expect(try value(stored(UInt64(0), 8), old) == .reference(.null))
        #expect(try value(stored(UInt64.max, 8), old) == .reference(.null))
        var file = HeapFile()
        let all = stored(UInt32(3), 4) + stored(UInt32(1), 4) + [UInt8](repeating: 0, count: 8)
        let points =
            stored(UInt32(1), 4) + stored(UInt32(1), 4) + [UInt8](repeating: 0, count: 8) + stored(UInt32(1), 4)
            + stored(UInt32(2), 4) + stored(UInt32(5), 4) + stored(UInt32(7), 4)
        let region = file.add(stored(UInt64(0x500), 8) + points)
        #expect(
            try value(HeapFile.identifier(region), H5Datatype(kind: .reference(.region), size: 12), file)
                == .reference(.region(address: 0x500, selection: .points([[5], [7]]))))
        let standard = H5Datatype(kind: .reference(.standard), size: 18)
        #expect(
            try value([2, 0, 8, 0xB3] + [UInt8](repeating: 0, count: 14), standard)
                == .reference(.object(address: 0xB3)))
        #expect(try value([UInt8](repeating: 0, count: 18), standard) == .reference(.null))
        let newRegion = file.add([8] + stored(UInt64(0xB3), 8) + stored(UInt32(16), 4) + stored(UInt32(1), 4) + all)
        #expect(
            try value([3, 0, 0, 0, 0, 0] + HeapFile.identifier(newRegion), standard, file)
                == .reference(.region(address: 0xB3, selection: .all)))
        let attribute = file.add([8] + stored(UInt64(0xB3), 8) + [4, 0] + Array("name".utf8))
        #expect(
            try text([4, 0, 0, 0, 0, 0] + HeapFile.identifier(attribute), standard, file)
                == "attribute \"name\" of the object at 0xb3")
        let external = file.add([8] + stored(UInt64(0xB3), 8) + [4, 0] + Array("a.h5".utf8) + [1, 0, 0x78])
        #expect(
            try value([4, 1, 0, 0, 0, 0] + HeapFile.identifier(external), standard, file)
                == .reference(.external(file: "a.h5", .attribute(address: 0xB3, name: "x"))))
    }

    @Test("a run of elements gives a value per element")
    func runs() throws {
        let decoder = ElementDecoder(datatype: .integer(2), context: try HeapFile().context())
        let bytes: [UInt8] = [1, 0, 2, 0, 3]
        #expect(try decoder.values(bytes.span.bytes, count: 2) == [.integer(1), .integer(2)])
        #expect(errorCode { _ = try decoder.values(bytes.span.bytes, count: 3) } == .invalidArgument)
    }
}
