import ComplexModule
import HDF5Format
import Testing

@testable import HDF5

@Suite("Numbers as stored to numbers as asked for")
struct NumericConversionTests {
    private static let orders: [H5ByteOrder] = [.littleEndian, .bigEndian]

    /// What an integer becomes, by the widest arithmetic there is.
    private func expected<T: FixedWidthInteger>(_ value: Int128, _ policy: H5ConversionPolicy, _ type: T.Type) -> T? {
        if let exact = T(exactly: value) { return exact }
        return policy == .clamping ? T(clamping: value) : nil
    }

    private func checkIntegers<T: H5Number & FixedWidthInteger>(_ type: T.Type, _ random: inout TestRandom) throws {
        for size in 1...16 {
            for order in Self.orders {
                for signed in [true, false] {
                    let precision = Int.random(in: 1...min(size * 8, 126), using: &random)
                    let offset = Int.random(in: 0...(size * 8 - precision), using: &random)
                    let plain = size <= 8 && Bool.random(using: &random)
                    let datatype =
                        plain
                        ? H5Datatype.integer(size, signed: signed, order)
                        : .integer(size, signed: signed, order, offset: offset, precision: precision)
                    let (shift, bits) = plain ? (0, size * 8) : (offset, precision)
                    for policy in [H5ConversionPolicy.exact, .rounding, .clamping] {
                        let raw = random.bytes(size)
                        let image = (order == .littleEndian ? raw.reversed() : raw)
                            .reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
                        var value = Int128(truncatingIfNeeded: (image >> shift) & ((UInt128(1) << bits) &- 1))
                        if signed, value >> (bits - 1) & 1 == 1 { value -= Int128(1) << bits }
                        let wanted = expected(value, policy, T.self)
                        if let wanted {
                            #expect(try converted(raw, datatype, to: T.self, policy) == [wanted], "\(datatype) \(raw)")
                        } else {
                            let refusal = error { _ = try converted(raw, datatype, to: T.self, policy) }
                            #expect(refusal?.code == .conversion)
                            #expect(refusal?.message.contains("\(value)") == true)
                        }
                    }
                }
            }
        }
    }

    @Test("integers of any size, order, offset, precision and sign come out exactly, or are refused, or are clamped")
    func integers() throws {
        var random = TestRandom(1)
        for _ in 0..<20 {
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
    }

    private func checkFromIntegers<S: FixedWidthInteger, T: H5Number & BinaryFloatingPoint>(
        _ stored: S.Type, _ type: T.Type, _ random: inout TestRandom
    ) throws {
        for order in Self.orders {
            let datatype = H5Datatype.integer(S.bitWidth / 8, signed: S.isSigned, order)
            for _ in 0..<200 {
                let value =
                    S.random(in: .min ... .max, using: &random) >> S(Int.random(in: 0..<S.bitWidth, using: &random))
                let bytes = HDF5Tests.stored(value, S.bitWidth / 8, order)
                #expect(try converted(bytes, datatype, to: T.self, .rounding) == [T(value)])
                if let exact = T(exactly: value) {
                    #expect(try converted(bytes, datatype, to: T.self) == [exact])
                } else {
                    #expect(errorCode { _ = try converted(bytes, datatype, to: T.self) } == .conversion, "\(value)")
                }
            }
        }
    }

    @Test("integers become floating-point numbers exactly, or rounded once")
    func integersToFloats() throws {
        var random = TestRandom(2)
        try checkFromIntegers(Int8.self, Float.self, &random)
        try checkFromIntegers(UInt8.self, Double.self, &random)
        try checkFromIntegers(Int16.self, Float.self, &random)
        try checkFromIntegers(Int32.self, Float.self, &random)
        try checkFromIntegers(UInt32.self, Float.self, &random)
        try checkFromIntegers(UInt32.self, Double.self, &random)
        try checkFromIntegers(Int64.self, Float.self, &random)
        try checkFromIntegers(Int64.self, Double.self, &random)
        try checkFromIntegers(UInt64.self, Float.self, &random)
        try checkFromIntegers(UInt64.self, Double.self, &random)
        try checkFromIntegers(UInt128.self, Double.self, &random)
        try checkFromIntegers(Int128.self, Float.self, &random)
        #if !(os(macOS) && arch(x86_64))
        try checkFromIntegers(Int16.self, Float16.self, &random)
        try checkFromIntegers(UInt16.self, Float16.self, &random)
        try checkFromIntegers(Int32.self, Float16.self, &random)
        #endif
        #expect(try converted(HDF5Tests.stored(Int64.min, 8), .integer(8), to: Double.self) == [-0x1p63])
    }

    @Test("Double to integers: fractions, bounds, infinities and NaN under every policy")
    func doublesToIntegers() throws {
        let values: [Double] = [
            0, -0.0, 0.5, -0.5, 0.99, -0.99, 1, -1, 126.5, 127, 127.5, 128, -128, -128.5, -129, 255, 255.9, 256,
            65535.5, 65536, 2147483647, 2147483647.5, 2147483648, -2147483648.9, -2147483649, 4294967295.5,
            0x1p53, 0x1p63, -0x1p63, -0x1.0000000000001p63, 0x1.fffffffffffffp62, 0x1p64, 0x1.fffffffffffffp63,
            1e300, -1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
        ]
        func check<T: H5Number & FixedWidthInteger>(_ type: T.Type) throws {
            for value in values {
                let bytes = memory([value])
                let exact = T(exactly: value)
                let truncated = T(exactly: value.rounded(.towardZero))
                #expect((try? converted(bytes, .float64, to: T.self, .exact))?.first == exact, "\(value)")
                #expect((try? converted(bytes, .float64, to: T.self, .rounding))?.first == truncated, "\(value)")
                let clamped = truncated ?? (value.isNaN ? 0 : value < 0 ? T.min : T.max)
                #expect(try converted(bytes, .float64, to: T.self, .clamping) == [clamped], "\(value)")
                // The general way agrees with the fast one: the same numbers with 128 bits.
                let wide = Self.quadruple(value)
                #expect((try? converted(wide, .binary128, to: T.self, .exact))?.first == exact, "\(value)")
                #expect((try? converted(wide, .binary128, to: T.self, .rounding))?.first == truncated, "\(value)")
                #expect(try converted(wide, .binary128, to: T.self, .clamping) == [clamped], "\(value)")
            }
        }
        try check(Int8.self)
        try check(Int16.self)
        try check(Int32.self)
        try check(Int64.self)
        try check(UInt8.self)
        try check(UInt16.self)
        try check(UInt32.self)
        try check(UInt64.self)
    }

    /// A Double as IEEE 754 quadruple precision.
    static func quadruple(_ value: Double) -> [UInt8] {
        let sign: UInt128 = value.sign == .minus ? 1 << 127 : 0
        if !value.isFinite {
            return memory([sign | 0x7FFF << 112 | (value.isNaN ? 1 << 111 : 0)])
        }
        guard value != 0 else { return memory([sign]) }
        let magnitude = value.magnitude
        let fraction = UInt128((magnitude.significand - 1) * 0x1p52)
        return memory([sign | UInt128(Int(magnitude.exponent) + 16383) << 112 | fraction << 60])
    }

    @Test("floating-point formats narrow exactly or rounded once, subnormals and infinities included")
    func floatsToFloats() throws {
        var random = TestRandom(3)
        var values: [Double] = [
            0, -0.0, 1, 1 + 0x1p-24, 1 + 0x1p-24 + 0x1p-52, 0x1p-149, 0x1p-150, 0x1.8p-150, 0x1p-126, 3.4e38, 3.5e38,
            65504, 65519.99, 65520, 6e-8, 2.98e-8, .infinity, -.infinity, .greatestFiniteMagnitude,
            .leastNonzeroMagnitude, .leastNormalMagnitude,
        ]
        for _ in 0..<2000 { values.append(Double(bitPattern: random.next())) }
        for _ in 0..<2000 { values.append(Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))) }
        for value in values {
            let bytes = memory([value])
            let wide = Self.quadruple(value)
            for (source, datatype) in [(bytes, H5Datatype.float64), (wide, .binary128)] {
                let rounded = try converted(source, datatype, to: Float.self, .rounding)[0]
                #expect(rounded == Float(value) || (rounded.isNaN && value.isNaN), "\(value)")
                let exact = try? converted(source, datatype, to: Float.self)[0]
                #expect((exact != nil) == (value.isNaN || Double(Float(value)) == value), "\(value)")
                let same = try converted(source, datatype, to: Double.self)[0]
                #expect(same == value || (same.isNaN && value.isNaN))
                #expect(same.sign == value.sign || value.isNaN)
                #if !(os(macOS) && arch(x86_64))
                let half = try converted(source, datatype, to: Float16.self, .rounding)[0]
                #expect(half == Float16(value) || (half.isNaN && value.isNaN), "\(value)")
                #endif
            }
        }
    }

    @Test("every half and every bfloat16 is read exactly, also by its fields")
    func halves() throws {
        let patterns = (0...UInt16.max).map { $0 }
        let bytes = memory(patterns)
        let swapped = memory(patterns.map(\.byteSwapped))
        let fast = try converted(bytes, .float16, to: Float.self)
        let big = try converted(swapped, .float(.binary16, 2, .bigEndian), to: Double.self)
        // Paddings do not matter, a bit offset does: the same format one byte up goes the general way.
        var shifted = H5FloatFormat.binary16
        (shifted.bitOffset, shifted.signPosition, shifted.exponentPosition, shifted.mantissaPosition) = (8, 23, 18, 8)
        let slow = try converted(
            patterns.flatMap { [0xAA, UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }, .float(shifted, 3),
            to: Float.self)
        let brain = try converted(bytes, .brainFloat, to: Float.self)
        for pattern in patterns {
            let exponent = Int(pattern >> 10 & 31)
            let fraction = Double(pattern & 1023)
            var magnitude =
                exponent == 0
                ? fraction * 0x1p-24 : (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            if exponent == 31 { magnitude = fraction == 0 ? .infinity : .nan }
            let value = pattern >> 15 == 1 ? -magnitude : magnitude
            let index = Int(pattern)
            if value.isNaN {
                #expect(fast[index].isNaN && slow[index].isNaN && big[index].isNaN)
            } else {
                #expect(Double(fast[index]) == value && Double(slow[index]) == value && big[index] == value)
            }
            let wide = Float(bitPattern: UInt32(pattern) << 16)
            #expect(brain[index] == wide || (brain[index].isNaN && wide.isNaN))
        }
    }

    @Test("8-bit floats follow their fields, with infinities")
    func eightBits() throws {
        let e4m3 = try converted([0x00, 0x01, 0x08, 0x38, 0xC0, 0x77, 0x78, 0xF8, 0x79], .e4m3, to: Float.self)
        #expect(e4m3[..<8] == [0, 0x1p-9, 0x1p-6, 1, -2, 240, .infinity, -.infinity])
        #expect(e4m3[8].isNaN)
        let e5m2 = try converted([0x01, 0x3C, 0x7B, 0x7C, 0x7D], .e5m2, to: Double.self)
        #expect(e5m2[..<4] == [0x1p-16, 1, 57344, .infinity])
        #expect(e5m2[4].isNaN)
    }

    @Test("VAX numbers are read: F, G and D, zeros and reserved operands")
    func vax() throws {
        let f = try converted(
            [0x80, 0x40, 0, 0, 0x20, 0xC1, 0, 0, 0, 0, 0, 0, 0xFF, 0x7F, 0xFF, 0xFF], .vaxF, to: Double.self)
        #expect(f == [1, -2.5, 0, 0x1.fffffep126])
        #expect(try converted([0x00, 0x80, 0, 0], .vaxF, to: Float.self)[0].isNaN)
        let g = try converted(
            [0x10, 0x40, 0, 0, 0, 0, 0, 0, 0xD9, 0x3F, 0x99, 0x99, 0x99, 0x99, 0x9A, 0x99], .vaxG, to: Double.self)
        #expect(g == [1, 0.1])
        #expect(try converted([0x80, 0x40, 0, 0, 0, 0, 0, 0], .vaxD, to: Double.self) == [1])
        // 55 bits of mantissa: the last is lost in a Double, which `exact` refuses.
        #expect(errorCode { _ = try converted([0x80, 0x40, 0, 0, 0, 0, 1, 0], .vaxD, to: Double.self) } == .conversion)
        #expect(try converted([0x80, 0x40, 0, 0, 0, 0, 1, 0], .vaxD, to: Double.self, .rounding) == [1])
        #expect(errorCode { _ = try converted([0, 0, 0], .float(.binary16, 3, .vax), to: Float.self) } == .unsupported)
    }

    @Test("x87 extended numbers are read in 10 to 16 bytes: normals, denormals, infinity, NaN and halfway cases")
    func extended() throws {
        func bytes(_ exponent: UInt16, _ mantissa: UInt64, _ size: Int) -> [UInt8] {
            HDF5Tests.stored(mantissa, 8) + HDF5Tests.stored(exponent, 2) + [UInt8](repeating: 0xEE, count: size - 10)
        }
        for size in [10, 12, 16] {
            let type = H5Datatype.x87(size)
            let one = bytes(0x3FFF, 1 << 63, size) + bytes(0xC000, 5 << 61, size) + bytes(0x7FFF, 1 << 63, size)
            #expect(try converted(one, type, to: Double.self) == [1, -2.5, .infinity])
            #expect(try converted(bytes(0x7FFF, 3 << 62, size), type, to: Double.self)[0].isNaN)
            #expect(try converted(bytes(0, 0, size), type, to: Float.self) == [0])
            #expect(try converted(bytes(0, 1, size), type, to: Double.self, .rounding) == [0])
            #expect(errorCode { _ = try converted(bytes(0, 1, size), type, to: Double.self) } == .conversion)
            // Halfway between 1 and the next Double: to even; one bit more: up.
            #expect(try converted(bytes(0x3FFF, 1 << 63 | 1 << 10, size), type, to: Double.self, .rounding) == [1])
            #expect(
                try converted(bytes(0x3FFF, 1 << 63 | 1 << 10 | 1, size), type, to: Double.self, .rounding)
                    == [1 + .ulpOfOne])
            #expect(try converted(bytes(0x403E, .max, size), type, to: UInt64.self) == [.max])
            #expect(try converted(bytes(0x4000, .max, size), type, to: Double.self, .rounding) == [4])
            #expect(try converted(bytes(0x43FE, .max, size), type, to: Double.self, .rounding) == [.infinity])
        }
    }

    @Test("a long double rounds once: not first to Double and then to Float")
    func roundsOnce() throws {
        // Just above the middle of two Floats, by less than a Double can tell.
        let pattern: UInt128 = UInt128(16383) << 112 | UInt128(1) << 88 | 1
        #expect(try converted(memory([pattern]), .binary128, to: Float.self, .rounding) == [Float(1).nextUp])
    }

    @Test("Booleans come from h5py's enumeration and from integers that are 0 or 1")
    func booleans() throws {
        #expect(try converted([0, 1, 1], .boolean, to: Bool.self) == [false, true, true])
        #expect(try converted([0, 1, 0, 0], .integer(2, .bigEndian), to: Bool.self) == [true, false])
        let refusal = error { _ = try converted([1, 0, 7], .integer(1), to: Bool.self) }
        #expect(refusal?.code == .conversion)
        #expect(refusal?.message.hasPrefix("element 2 is 7") == true)
        #expect(try converted([0xFF, 0, 7], .integer(1), to: Bool.self, .clamping) == [false, false, true])
        #expect(errorCode { _ = try converted([0, 0, 0, 0], .float32, to: Bool.self) } == .conversion)
    }

    @Test("complex numbers come from compounds, from the native class, and from real numbers")
    func complex() throws {
        let pair = H5Datatype.compound(8, [("r", 0, .float32), ("i", 4, .float32)])
        let native = H5Datatype(kind: .complex(base: .float(.binary32, 4, .bigEndian)), size: 8)
        let values: [Float] = [1, 2, -3, 4]
        let expected = [Complex<Float>(1, 2), Complex<Float>(-3, 4)]
        #expect(try NumericConversion<Complex<Float>>(from: pair, policy: .exact).isPlainCopy)
        #expect(try converted(memory(values), pair, to: Complex<Float>.self) == expected)
        let big = try converted(
            memory(values.map { $0.bitPattern.byteSwapped }), native, to: Complex<Double>.self)
        #expect(big[0] == Complex(1, 2))
        let padded = H5Datatype.compound(12, [("r", 8, .float32), ("i", 0, .float32)])
        #expect(
            try converted(memory([Float(2), 0, 1]), padded, to: Complex<Double>.self) == [Complex(1.0, 2.0)])
        #expect(
            try converted([5, 6], .integer(1), to: Complex<Float>.self) == [Complex<Float>(5, 0), Complex<Float>(6, 0)])
        #expect(errorCode { _ = try converted(memory(values), pair, to: Float.self) } == .conversion)
    }

    @Test("elements far apart are converted to places far apart, over many blocks")
    func strides() throws {
        var random = TestRandom(4)
        for datatype in [H5Datatype.float32, .float(.binary32, 4, .bigEndian), .integer(4), .integer(3), .float16] {
            let count = 1500
            let stride = datatype.size + 3
            var bytes = random.bytes(count * stride)
            if datatype == .integer(4) { bytes = bytes.enumerated().map { $0.offset % stride == 3 ? 0 : $0.element } }
            let dense = (0..<count).flatMap { bytes[($0 * stride)..<($0 * stride + datatype.size)] }
            let expected = try converted(Array(dense), datatype, to: Double.self)
            let conversion = try NumericConversion<Double>(from: datatype, policy: .exact)
            var result = [Double](repeating: -7, count: count * 2)
            try result.withUnsafeMutableBufferPointer { target in
                try bytes.withUnsafeBytes { source in
                    let from = try #require(source.baseAddress)
                    let to = try #require(target.baseAddress)
                    try conversion.convert(
                        from: from, stride: stride, to: to, destinationStride: 2, count: count, firstIndex: 0)
                }
            }
            for index in 0..<count {
                #expect(result[2 * index] == expected[index] || expected[index].isNaN)
                #expect(result[2 * index + 1] == -7)
            }
        }
    }

    @Test("plain copies are known: little-endian numbers of the very type, and nothing else")
    func plainCopies() throws {
        let isLittle = 1.littleEndian == 1
        #expect(try NumericConversion<Float>(from: .float32, policy: .exact).isPlainCopy == isLittle)
        #expect(try NumericConversion<Int>(from: .integer(8), policy: .exact).isPlainCopy == isLittle)
        #expect(try NumericConversion<UInt8>(from: .integer(1, signed: false, .bigEndian), policy: .exact).isPlainCopy)
        #expect(try !NumericConversion<UInt8>(from: .integer(1), policy: .exact).isPlainCopy)
        #expect(try !NumericConversion<Float>(from: .brainFloat, policy: .exact).isPlainCopy)
        #expect(try !NumericConversion<Bool>(from: .boolean, policy: .exact).isPlainCopy)
        #expect(try !NumericConversion<Int32>(from: .integer(4, precision: 24), policy: .exact).isPlainCopy)
    }

    @Test("errors name the value, the element and the types")
    func errors() throws {
        let values: [Double] = [1, 2, 3.5]
        #expect(
            error { _ = try converted(memory(values), .float64, to: Int32.self) }?.message
                == "element 2 is 3.5, which Int32 cannot hold")
        #expect(
            error { _ = try converted([0], .string(12), to: Float.self) }?.message
                == "elements are string[12], which cannot be read as Float")
        let wide = H5Datatype.integer(40, precision: 320)
        #expect(error { _ = try converted([0], wide, to: Int.self) }?.code == .unsupported)
        // In the middle of a later block.
        let many = [Int32](repeating: 1, count: 3000).enumerated().map { $0.offset == 2222 ? 300 : $0.element }
        #expect(
            error { _ = try converted(memory(many), .integer(4), to: UInt8.self) }?.message
                == "element 2222 is 300, which UInt8 cannot hold")
    }

    @Test("enumerations, bit fields and times are read as their integers")
    func otherIntegers() throws {
        let colors = H5Datatype.enumeration(.integer(2, .bigEndian), [("RED", [0, 1]), ("BLUE", [1, 0])])
        #expect(try converted([0, 1, 1, 0], colors, to: Int.self) == [1, 256])
        let bits = H5Datatype(kind: .bitfield(H5IntegerFormat(isSigned: false, precision: 8)), size: 1)
        #expect(try converted([0xF0], bits, to: Int16.self) == [240])
        let time = H5Datatype(kind: .time(order: .bigEndian, precision: 32), size: 4)
        #expect(try converted([0xFF, 0xFF, 0xFF, 0xFF], time, to: Int64.self) == [-1])
    }
}
