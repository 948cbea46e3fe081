/// A floating-point type whose bit pattern is an unsigned integer of the same size.
protocol ScaleOffsetReal: BinaryFloatingPoint, BitwiseCopyable {
    /// The type of the bit pattern.
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
    /// Creates a number from its bit pattern.
    init(pattern: Pattern)
    /// The bit pattern.
    var pattern: Pattern { get }
    /// Converts a code, which is less than half of the pattern's range.
    init(code: Pattern)
    /// The code of a number that is known to have one.
    var code: Pattern { get }
}

extension Float: ScaleOffsetReal {
    @inline(__always)
    init(pattern: UInt32) { self.init(bitPattern: pattern) }
    @inline(__always)
    var pattern: UInt32 { bitPattern }
    @inline(__always)
    init(code: UInt32) { self.init(Int32(truncatingIfNeeded: code)) }
    @inline(__always)
    var code: UInt32 { UInt32(self) }
}

extension Double: ScaleOffsetReal {
    @inline(__always)
    init(pattern: UInt64) { self.init(bitPattern: pattern) }
    @inline(__always)
    var pattern: UInt64 { bitPattern }
    @inline(__always)
    init(code: UInt64) { self.init(Int64(truncatingIfNeeded: code)) }
    @inline(__always)
    var code: UInt64 { UInt64(self) }
}

/// Turns the codes of a chunk into numbers.
///
/// The caller checks that all codes are there and that the output is large enough.
struct ScaleOffsetUnpacker {
    let parameters: ScaleOffsetParameters
    let header: ScaleOffsetHeader

    /// Unpacks integers: the code plus the minimum, wrapping in the width of the type.
    func unpackIntegers<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ codes: RawSpan, into output: inout MutableRawSpan, _ type: T.Type
    ) {
        if copyFull(codes, into: &output, T.self) { return }
        let minimum = T(truncatingIfNeeded: header.minimum)
        unpack(codes, into: &output, T.self) { code in code &+ minimum }
    }

    /// Unpacks floating-point numbers: the code divided by the scale, plus the minimum, in the type's own precision.
    func unpackReals<R: ScaleOffsetReal>(_ codes: RawSpan, into output: inout MutableRawSpan, scale: R) {
        if copyFull(codes, into: &output, R.Pattern.self) { return }
        let minimum = R(pattern: R.Pattern(truncatingIfNeeded: header.minimum))
        unpack(codes, into: &output, R.Pattern.self) { code in (R(code: code) / scale + minimum).pattern }
    }

    /// Handles codes of full width, which are the values themselves, little-endian.
    private func copyFull<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ codes: RawSpan, into output: inout MutableRawSpan, _ type: T.Type
    ) -> Bool {
        guard header.bitCount == T.bitWidth else { return false }
        let size = MemoryLayout<T>.size
        if parameters.isBigEndian {
            for element in 0..<parameters.elements {
                output.store(codes.load(element &* size, as: T.self).byteSwapped, at: element &* size)
            }
        } else {
            output.copy(parameters.elements &* size, from: codes, at: 0, to: 0)
        }
        return true
    }

    @inline(__always)
    private func unpack<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ codes: RawSpan, into output: inout MutableRawSpan, _ type: T.Type, _ value: (T) -> T
    ) {
        let width = header.bitCount
        let size = MemoryLayout<T>.size
        let isBigEndian = parameters.isBigEndian
        let fill = T(truncatingIfNeeded: parameters.fill ?? 0)
        let hasFill = parameters.fill != nil
        let fillCode = T.max >> T(T.bitWidth - width)
        for element in 0..<parameters.elements {
            let code = width == 0 ? 0 : T(truncatingIfNeeded: codes.bits(at: element &* width, width: width))
            let number = hasFill && code == fillCode ? fill : value(code)
            output.store(isBigEndian ? number.bigEndian : number.littleEndian, at: element &* size)
        }
    }
}

/// Turns the numbers of a chunk into codes.
///
/// The caller checks that the input has the size that the parameters tell.
struct ScaleOffsetPacker {
    let parameters: ScaleOffsetParameters

    /// Packs integers in a number of bits, or in as few as the values need; nil when the result does not fit.
    func packIntegers<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ input: RawSpan, into output: inout MutableRawSpan, _ type: T.Type, bitCount: Int?
    ) -> Int? {
        let fill = parameters.fill.map { T(truncatingIfNeeded: $0) }
        // Flipping the sign bit makes unsigned comparison order signed numbers.
        let sign: T = parameters.isSigned ? 1 << T(T.bitWidth - 1) : 0
        var smallest = T.max
        var largest = T.min
        for element in 0..<parameters.elements {
            let value = number(input, element, T.self)
            if value == fill { continue }
            smallest = min(smallest, value ^ sign)
            largest = max(largest, value ^ sign)
        }
        if smallest > largest {
            // There is nothing but fill values, or nothing at all.
            smallest = sign
            largest = sign
        }
        let width: Int
        if let bitCount {
            width = bitCount
        } else {
            let range = largest &- smallest
            // One code more than the range has is needed for the smallest value, and one for the fill value.
            guard range <= T.max - 2 else { return storeFull(input, into: &output, T.self) }
            width = Self.bitsToCount(UInt64(range) + (fill == nil ? 1 : 2))
            guard width < T.bitWidth else { return storeFull(input, into: &output, T.self) }
        }
        let minimum = smallest ^ sign
        // The minimum is stored as a 64-bit number of the same value.
        let extended =
            parameters.isSigned && minimum & sign != 0 ? UInt64(minimum) | ~UInt64(T.max) : UInt64(minimum)
        let header = ScaleOffsetHeader(bitCount: width, minimum: extended)
        return pack(header, into: &output, T.self) { element in
            let value = number(input, element, T.self)
            return value == fill ? T.max : value &- minimum
        }
    }

    /// Packs floating-point numbers, rounded to the scale; nil when the result does not fit.
    func packReals<R: ScaleOffsetReal>(_ input: RawSpan, into output: inout MutableRawSpan, scale: R) -> Int? {
        let fill = parameters.fill.map { R(pattern: R.Pattern(truncatingIfNeeded: $0)) }
        // Numbers that round to the fill value's neighbourhood are taken for it, as other writers do.
        let tolerance = 1 / scale
        var smallest = R.infinity
        var largest = -R.infinity
        var isFinite = true
        for element in 0..<parameters.elements {
            let value = R(pattern: number(input, element, R.Pattern.self))
            if let fill, isFill(value, fill, tolerance) { continue }
            isFinite = isFinite && value.isFinite
            smallest = min(smallest, value)
            largest = max(largest, value)
        }
        if smallest > largest {
            smallest = 0
            largest = 0
        }
        let range = largest * scale - smallest * scale
        // Numbers without a code, and ranges of more than half of the type's codes, are stored as they are.
        guard isFinite, range.isFinite, scale.isFinite, scale > 0, range < R(R.Pattern.max / 4) else {
            return storeFull(input, into: &output, R.Pattern.self)
        }
        let span = UInt64(range.rounded(.toNearestOrAwayFromZero)) + 1
        let width = Self.bitsToCount(span + (fill == nil ? 0 : 1))
        guard width < R.Pattern.bitWidth else { return storeFull(input, into: &output, R.Pattern.self) }
        let header = ScaleOffsetHeader(bitCount: width, minimum: UInt64(smallest.pattern))
        return pack(header, into: &output, R.Pattern.self) { element in
            let value = R(pattern: number(input, element, R.Pattern.self))
            if let fill, isFill(value, fill, tolerance) { return R.Pattern.max }
            let code = (value * scale - smallest * scale).rounded(.toNearestOrAwayFromZero)
            return max(code, 0).code
        }
    }

    /// Whether a number is stored as the fill value; one that is no number is only when the fill value is the same.
    @inline(__always)
    private func isFill<R: ScaleOffsetReal>(_ value: R, _ fill: R, _ tolerance: R) -> Bool {
        abs(value - fill) < tolerance || value.pattern == fill.pattern
    }

    @inline(__always)
    private func number<T: FixedWidthInteger & BitwiseCopyable>(
        _ input: RawSpan, _ element: Int, _ type: T.Type
    ) -> T {
        let stored = input.load(element &* MemoryLayout<T>.size, as: T.self)
        return parameters.isBigEndian ? T(bigEndian: stored) : T(littleEndian: stored)
    }

    /// The number of bits that tell `count` codes apart.
    private static func bitsToCount(_ count: UInt64) -> Int {
        count <= 1 ? 0 : 64 - (count - 1).leadingZeroBitCount
    }

    /// Stores the header and the codes; a code of all ones keeps as many ones as there are bits.
    @inline(__always)
    private func pack<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ header: ScaleOffsetHeader, into output: inout MutableRawSpan, _ type: T.Type, _ code: (Int) -> T
    ) -> Int? {
        // Other writers end the stream with the byte after the last whole one, used or not.
        let byteCount = ScaleOffsetHeader.byteCount + parameters.elements * header.bitCount / 8 + 1
        guard byteCount <= output.byteCount else { return nil }
        header.store(to: &output)
        output.store(UInt8(0), at: byteCount - 1)
        guard header.bitCount > 0 else { return byteCount }
        let mask = T.max >> T(T.bitWidth - header.bitCount)
        var writer = BitWriter(at: ScaleOffsetHeader.byteCount)
        for element in 0..<parameters.elements {
            writer.write(UInt64(code(element) & mask), width: header.bitCount, to: &output)
        }
        writer.finish(to: &output)
        return byteCount
    }

    /// Stores the values as they are, little-endian, behind a header that says so.
    private func storeFull<T: FixedWidthInteger & BitwiseCopyable>(
        _ input: RawSpan, into output: inout MutableRawSpan, _ type: T.Type
    ) -> Int? {
        let start = ScaleOffsetHeader.byteCount
        guard output.byteCount >= start, input.byteCount <= output.byteCount - start else { return nil }
        ScaleOffsetHeader(bitCount: T.bitWidth, minimum: 0).store(to: &output)
        for element in 0..<parameters.elements {
            let value = number(input, element, T.self)
            output.store(value.littleEndian, at: start &+ element &* MemoryLayout<T>.size)
        }
        return start + input.byteCount
    }
}
