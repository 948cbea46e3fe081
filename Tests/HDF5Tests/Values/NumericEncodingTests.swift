import ComplexModule
import HDF5Format
import Testing

@testable import HDF5

/// All values as stored elements.
func encoded<Element: H5Element>(
    _ values: [Element], _ datatype: H5Datatype, _ policy: H5ConversionPolicy = .exact
) throws -> [UInt8] {
    let encoding = try NumericEncoding<Element>(to: datatype, policy: policy)
    // Whatever was there must not show.
    var bytes = [UInt8](repeating: 0xA5, count: values.count * datatype.size)
    try bytes.withUnsafeMutableBytes { target in
        try values.withUnsafeBufferPointer { try encoding.encode($0, into: target, firstIndex: 100) }
    }
    return bytes
}

@Suite("Numbers as numbers of any stored format")
struct NumericEncodingTests {
    private static let orders: [H5ByteOrder] = [.littleEndian, .bigEndian]

    /// Numbers of every size near the ends of ranges, and any others.
    private func numbers<T: FixedWidthInteger>(_ type: T.Type, _ random: inout TestRandom) -> [T] {
        var values: [T] = [0, 1, .max, .min, .max - 1, .min + 1, 0 &- 1]
        for shift in stride(from: Int.random(in: 0..<3, using: &random), to: T.bitWidth, by: 3) {
            let power: T = 1 << shift
            values += [power, power &- 1, 0 &- power, ~power]
            values.append(T.random(in: .min ... .max, using: &random) >> T(shift))
        }
        return values
    }

    private func checkIntegers<T: H5Number & FixedWidthInteger>(_ type: T.Type, _ random: inout TestRandom) throws {
        for size in 1...16 {
            for (order, signed) in Self.orders.flatMap({ [($0, true), ($0, false)] }) {
                let precision = Int.random(in: 1...size * 8, using: &random)
                let offset = Int.random(in: 0...(size * 8 - precision), using: &random)
                for datatype in [
                    H5Datatype.integer(size, signed: signed, order),
                    .integer(size, signed: signed, order, offset: offset, precision: precision),
                ] {
                    guard case .integer(let format) = datatype.kind else { continue }
                    let bits = min(format.precision, 126)
                    let range: ClosedRange<Int128> =
                        signed ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
                    let values = numbers(T.self, &random)
                    let fitting = values.filter { range.contains(Int128($0)) }
                    #expect(try converted(encoded(fitting, datatype), datatype, to: T.self) == fitting, "\(datatype)")
                    let clamped = values.map {
                        T(clamping: min(max(Int128($0), range.lowerBound), range.upperBound))
                    }
                    let bytes = try encoded(values, datatype, .clamping)
                    #expect(try converted(bytes, datatype, to: T.self, .clamping) == clamped, "\(datatype)")
                    for value in values where !range.contains(Int128(value)) {
                        let refusal = error { _ = try encoded(fitting + [value], datatype) }
                        #expect(refusal?.code == .conversion)
                        #expect(
                            refusal?.message.hasPrefix("element \(100 + fitting.count) is \(value), which") == true)
                        break
                    }
                }
            }
        }
    }

    @Test("integers become integers of any size, order, offset, precision and sign, or are refused, or are clamped")
    func integers() throws {
        var random = TestRandom(1)
        try checkIntegers(Int8.self, &random)
        try checkIntegers(Int16.self, &random)
        try checkIntegers(Int32.self, &random)
        try checkIntegers(Int64.self, &random)
        try checkIntegers(Int.self, &random)
        try checkIntegers(UInt8.self, &random)
        try checkIntegers(UInt16.self, &random)
        try checkIntegers(UInt32.self, &random)
        try checkIntegers(UInt64.self, &random)
        try checkIntegers(UInt.self, &random)
    }

    static let floatTypes: [H5Datatype] = [
        .float16, .float32, .float64, .brainFloat, .e4m3, .e5m2, .binary128, .x87(10), .x87(12), .x87(16), .vaxF, .vaxD,
        .vaxG,
    ]

    static let floats: [Double] = [
        0, -0.0, 1, -1, 0.1, .pi, -1e10, 1e-10, 65504, 65519, 65520, 448, 464, 57344, 3.5e38, 1e300,
        .greatestFiniteMagnitude, 0x1p-1040, .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-14, 0x1p-24, 0x1p-25,
        0x1.8p-25,
        0x1p-126, 0x1p-149, 0x1p-150, 0x1.8p-150, 0x1p-133, 0x1.01p0, 0x1.018p0, 0x1.008p0, 0x1.000002p0, 1.7e308,
        Double(Float.greatestFiniteMagnitude), Double(Float.greatestFiniteMagnitude) * 1.00000001,
    ]

    @Test(
        "floating-point numbers survive every format that holds them, and are refused or rounded by the others",
        arguments: floatTypes)
    func floatingPoint(_ plain: H5Datatype) throws {
        var random = TestRandom(2)
        guard case .float(let format) = plain.kind else { return }
        let isVAX = format.order == .vax
        var values = Self.floats
        for _ in 0..<100 { values.append(Double(bitPattern: random.next())) }
        for _ in 0..<100 { values.append(Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))) }
        for _ in 0..<100 { values.append(Double(Int16(truncatingIfNeeded: random.next())) / 16) }
        if !isVAX { values += [.infinity, -.infinity] }
        for datatype in isVAX ? [plain] : [plain, plain.bigEndian] {
            for value in values where !value.isNaN {
                // What the format makes of the number, seen through the decoder.
                if isVAX, errorCode({ _ = try encoded([value], datatype, .rounding) }) == .conversion {
                    #expect(errorCode { _ = try encoded([value], datatype) } == .conversion, "\(value) in \(datatype)")
                    let bytes = try encoded([value], datatype, .clamping)
                    let clamped = try converted(bytes, datatype, to: Double.self, .rounding)
                    #expect(clamped[0].magnitude <= value.magnitude)
                    continue
                }
                let bytes = try encoded([value], datatype, .rounding)
                let back = try converted(bytes, datatype, to: Double.self, .rounding)[0]
                let exact = errorCode {
                    let same = try encoded([value], datatype)
                    #expect(same == bytes)
                }
                #expect((exact == nil) == (back == value), "\(value) in \(datatype) gives \(back)")
                if let nearest = nearest(value, format) { #expect(back == nearest, "\(value) in \(datatype)") }
                if let single = Float(exactly: value) {
                    #expect(try encoded([single], datatype, .rounding) == bytes, "\(single) in \(datatype)")
                }
                if let half = Float16(exactly: value) {
                    #expect(try encoded([half], datatype, .rounding) == bytes, "\(half) in \(datatype)")
                }
            }
            if isVAX {
                #expect(errorCode { _ = try encoded([Float.infinity], datatype, .rounding) } == .conversion)
                continue
            }
            let nan = try converted(try encoded([Double.nan, -.nan], datatype), datatype, to: Double.self)
            #expect(nan[0].isNaN && nan[1].isNaN)
            let single = try converted(
                try encoded([Float(bitPattern: 0x7F80_0001)], datatype), datatype, to: Float.self)
            #expect(single[0].isNaN)
        }
    }

    private func nearest(_ value: Double, _ format: H5FloatFormat) -> Double? {
        if format.hasSameFields(as: .binary16) { return Double(Float16(value)) }
        if format.hasSameFields(as: .binary32) { return Double(Float(value)) }
        if format.mantissaSize >= 55, format.exponentSize >= 11 { return value }
        return nil
    }

    @Test("integers and floating-point numbers become each other where they are equal")
    func mixed() throws {
        let doubles: [Double] = [
            0, -1, 127, 255, 256, 1.5, -128, 65535, 16_777_217, 0x1p53, 0x1p63, -0x1p63, 1e30, .nan,
        ]
        for size in [1, 2, 3, 4, 8, 12, 16] {
            for (order, signed) in Self.orders.flatMap({ [($0, true), ($0, false)] }) {
                let type = H5Datatype.integer(size, signed: signed, order)
                let bits = min(126, size * 8)
                let lower: Int128 = signed ? -(1 << (bits - 1)) : 0
                let upper: Int128 = signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1
                for value in doubles {
                    let whole = Int128(exactly: value.rounded(.towardZero))
                    let fits = whole.map { (lower...upper).contains($0) } ?? false
                    let exact = errorCode {
                        let back = try converted(encoded([value], type), type, to: Double.self)
                        #expect(back == [value])
                    }
                    #expect(exact == (fits && value.rounded() == value ? nil : .conversion), "\(value) in \(type)")
                    let rounded = errorCode {
                        let bytes = try encoded([value], type, .rounding)
                        let back = try converted(bytes, type, to: Double.self)
                        #expect(back == [value.rounded(.towardZero)])
                    }
                    #expect(rounded == (fits ? nil : .conversion), "\(value) in \(type)")
                }
                let clamped = try encoded([1e300, -1e300, .nan], type, .clamping)
                let ends = try converted(clamped, type, to: Double.self, .rounding)
                // The largest value is one less than a power of two, which a Double tells up to 53 bits.
                let end = pow2(signed ? size * 8 - 1 : size * 8)
                #expect(ends == [size * 8 <= 53 ? end - 1 : end, signed ? -end : 0, 0], "\(type)")
            }
        }
        for type in Self.floatTypes {
            guard case .float(let format) = type.kind else { continue }
            let precision = format.mantissaSize + (format.normalization == .implied ? 1 : 0)
            for value in [Int64(1), -3, 240, 1 << 40, .max, .min, 16_777_217] {
                let bits = 64 - value.magnitude.leadingZeroBitCount
                let used = bits - value.magnitude.trailingZeroBitCount
                let isRepresentable = used <= precision && bits <= 1 << (format.exponentSize - 1)
                let code = errorCode {
                    let back = try converted(encoded([value], type), type, to: Int64.self)
                    #expect(back == [value])
                }
                // An E4M3 number of eight bits would be beyond its largest exponent already.
                #expect(code == (isRepresentable ? nil : .conversion), "\(value) in \(type)")
            }
        }
    }

    private func pow2(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

    @Test("bits that carry no value become what the type says of them")
    func padding() throws {
        var format = H5IntegerFormat(
            order: .bigEndian, isSigned: false, bitOffset: 4, precision: 8, lowPadding: .one, highPadding: .one)
        #expect(
            try encoded([UInt8(0x12), 0xFF], H5Datatype(kind: .integer(format), size: 3))
                == [0xFF, 0xF1, 0x2F, 0xFF, 0xFF, 0xFF])
        format.order = .littleEndian
        format.lowPadding = .zero
        #expect(try encoded([Int32(0x12)], H5Datatype(kind: .bitfield(format), size: 3)) == [0x20, 0xF1, 0xFF])
        var float = H5FloatFormat.binary16
        float.highPadding = .one
        float.internalPadding = .one
        let type = H5Datatype(kind: .float(float), size: 4)
        #expect(try encoded([Float(1)], type) == [0x00, 0x3C, 0xFF, 0xFF])
        // A sign apart from the rest leaves a gap between the fields.
        float.precision = 32
        float.signPosition = 31
        #expect(try encoded([Float(-1)], H5Datatype(kind: .float(float), size: 4)) == [0x00, 0xBC, 0xFF, 0xFF])
        float.bitOffset = 70_000
        float.lowPadding = .one
        #expect(
            errorCode { _ = try encoded([Float(1)], H5Datatype(kind: .float(float), size: 1 << 20)) } == .unsupported)
    }

    @Test("enumerations, bit fields, times, Booleans and complex numbers")
    func others() throws {
        let color = H5Datatype.enumeration(.integer(2, .bigEndian), [("RED", [0, 1]), ("BLUE", [1, 0])])
        #expect(try encoded([Int(1), 256], color) == [0, 1, 1, 0])
        let time = H5Datatype(kind: .time(order: .bigEndian, precision: 32), size: 4)
        #expect(try encoded([Int(-2)], time) == [255, 255, 255, 254])
        #expect(try encoded([true, false], .bool) == [1, 0])
        #expect(try NumericEncoding<Bool>(to: .bool).isPlainCopy)
        #expect(try encoded([true, false], .int32.bigEndian) == [0, 0, 0, 1, 0, 0, 0, 0])
        #expect(errorCode { _ = try encoded([true], .float32) } == .conversion)
        #expect(errorCode { _ = try encoded([Int(1)], .string) } == .conversion)
        #expect(errorCode { _ = try encoded([Int(1)], H5Datatype.compound([("a", .int8)])) } == .conversion)
        let values = [Complex<Float>(1, -2), Complex(.infinity, 0.5)]
        for type in [
            H5Datatype.complex(of: .float32), .complex(of: .float64).bigEndian, .complex(of: .float16),
            H5Datatype(kind: .complex(base: .float64), size: 16),
        ] {
            #expect(try converted(encoded(values, type), type, to: Complex<Float>.self) == values)
        }
        #expect(try NumericEncoding<Complex<Float>>(to: .complex(of: .float32)).isPlainCopy)
        #expect(try !NumericEncoding<Complex<Float>>(to: .complex(of: .float64)).isPlainCopy)
        #expect(errorCode { _ = try encoded([Complex<Double>(0.1, 0)], .complex(of: .float32)) } == .conversion)
        let outside = H5Datatype.compound(8, [("r", 0, .float32), ("i", 6, .float32)])
        #expect(errorCode { _ = try encoded(values, outside) } == .damaged)
    }

    @Test("a field is written into elements that exist, and nothing else of them changes")
    func scatter() throws {
        let count = 1500
        for type in [
            H5Datatype.float32, .float64.bigEndian, .float32.bigEndian, .int16, .integer(3), .brainFloat, .x87(10),
        ] {
            let encoding = try NumericEncoding<Float>(to: type)
            let values = (0..<count).map { Float($0 % 200) }
            var bytes = [UInt8](repeating: 0x5A, count: count * 19)
            try bytes.withUnsafeMutableBytes { target in
                try values.withUnsafeBufferPointer { try encoding.encode($0, into: target, offset: 7, stride: 19) }
            }
            var fields: [UInt8] = []
            for index in 0..<count {
                let element = bytes[(index * 19)..<(index * 19 + 19)]
                fields += element.dropFirst(7).prefix(type.size)
                #expect(element.prefix(7).allSatisfy { $0 == 0x5A })
                #expect(element.dropFirst(7 + type.size).allSatisfy { $0 == 0x5A })
            }
            #expect(try converted(fields, type, to: Float.self) == values)
            #expect(
                errorCode {
                    try bytes.withUnsafeMutableBytes { target in
                        try values.withUnsafeBufferPointer {
                            try encoding.encode($0, into: target, offset: 20 - type.size, stride: 19)
                        }
                    }
                } == .invalidArgument)
        }
    }

    @Test("types by name are the ones that Swift types stand for")
    func names() throws {
        #expect(H5Datatype.float32.description == "float32")
        #expect(H5Datatype.bool.isBoolean)
        #expect(H5Datatype.complex(of: .float64).complexBase == .float64)
        #expect(
            try H5Datatype.enumeration([("A", -2)], of: .int16).bigEndian.description.contains("int16 (big-endian)"))
        let negative = try H5Datatype.enumeration([("A", -2), ("B", 300)], of: .int16)
        #expect(negative == .enumeration(.int16, [("A", [0xFE, 0xFF]), ("B", [0x2C, 1])]))
        #expect(negative.bigEndian.littleEndian == negative)
        for (base, value) in [(H5Datatype.int8, 128), (.uint8, -1), (.int8, -129), (.uint16, 65536), (.float32, 1)] {
            #expect(errorCode { _ = try H5Datatype.enumeration([("A", value)], of: base) } == .invalidArgument)
        }
        let record = H5Datatype.compound([
            ("a", .int8), ("s", .string), ("v", .array([2], of: .sequence(of: .int8))), ("r", .objectReference),
        ])
        #expect(record.size == 1 + 16 + 32 + 8)
        let narrow = record.fitted(to: FieldSizes(offsets: 4, lengths: 4))
        #expect(narrow.size == 1 + 12 + 24 + 4)
        guard case .compound(let members) = narrow.kind else { return }
        #expect(members.map(\.offset) == [0, 1, 13, 37])
        #expect(record.described(inVersion: 1).encodingVersion == 2)
        #expect(record.described(inVersion: 3).encodingVersion == 3)
        #expect(H5Datatype.float32.described(inVersion: 3).encodingVersion == 1)
    }
}
