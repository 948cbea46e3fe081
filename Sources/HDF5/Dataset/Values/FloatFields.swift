import HDF5Format

/// Takes floating-point numbers of any format apart: sign, exponent and mantissa at any place in any byte order.
///
/// With `e` the stored exponent, `m` the mantissa of `n` bits and `b` the bias, a number is
///
/// | normalization | value                                                                   |
/// |---------------|-------------------------------------------------------------------------|
/// | implied       | (1 + m/2ⁿ) · 2^(e-b); e = 0: m/2ⁿ · 2^(1-b)                             |
/// | none, MSB set | m/2ⁿ⁻¹ · 2^(e-b); e = 0: m/2ⁿ⁻¹ · 2^(1-b)                               |
///
/// An exponent of all ones is infinity when the mantissa (without a stored leading bit) is zero, else NaN. So 8-bit
/// floats with a 4-bit exponent have infinities, as in libhdf5; their OCP variant without them has the same fields.
/// VAX numbers have neither: exponent 0 is zero, or with the sign set a reserved operand, which is given as NaN.
struct FloatFields: Sendable, Hashable {
    let window: BitWindow
    private let signPosition: Int
    private let exponentPosition: Int
    private let exponentMask: UInt64
    private let bias: Int
    private let mantissaPosition: Int
    private let mantissaSize: Int
    private let hasImpliedBit: Bool
    private let isVAX: Bool

    /// The fields of a format; nil where they are wider than any machine's numbers.
    init?(_ format: H5FloatFormat, size: Int) {
        guard (1...32).contains(format.exponentSize), (1...126).contains(format.mantissaSize),
            min(format.signPosition, format.exponentPosition, format.mantissaPosition) >= 0
        else { return nil }
        let lowest = min(format.signPosition, format.exponentPosition, format.mantissaPosition)
        let end = max(
            format.signPosition + 1, format.exponentPosition + format.exponentSize,
            format.mantissaPosition + format.mantissaSize)
        guard let window = BitWindow(size: size, order: format.order, lowest: lowest, end: end) else { return nil }
        self.window = window
        signPosition = format.signPosition - window.firstBit
        exponentPosition = format.exponentPosition - window.firstBit
        exponentMask = (1 << UInt64(format.exponentSize)) - 1
        bias = Int(format.exponentBias)
        mantissaPosition = format.mantissaPosition - window.firstBit
        mantissaSize = format.mantissaSize
        hasImpliedBit = format.normalization == .implied
        isVAX = format.order == .vax
    }

    /// Whether the format has infinities and NaN.
    var hasInfinities: Bool { !isVAX }

    /// Whether a number is none, or infinite, or beyond the largest number of the format after rounding.
    func overflows(_ number: UnpackedFloat) -> Bool {
        guard number.category == .finite else { return true }
        let precision = hasImpliedBit ? mantissaSize &+ 1 : mantissaSize
        let largest = Int(isVAX ? exponentMask : exponentMask &- 1) &- bias
        let (kept, last) = number.rounded(precision: precision, smallestExponent: 1 &- bias)
        return kept >> UInt128(precision &- 1) != 0 && last &+ precision &- 1 > largest
    }

    /// The number whose window is given.
    func unpack(_ bits: UInt128) -> UnpackedFloat {
        let isNegative = bits &>> signPosition & 1 != 0
        let exponent = UInt64(truncatingIfNeeded: bits &>> exponentPosition) & exponentMask
        let mantissa = bits &>> mantissaPosition & ((UInt128(1) &<< mantissaSize) &- 1)
        // The weight of the mantissa's lowest bit, beside the exponent.
        let scale = hasImpliedBit ? mantissaSize : mantissaSize &- 1
        if exponent == 0 {
            if isVAX { return UnpackedFloat(isNegative ? .notANumber : .finite, isNegative: false) }
            return UnpackedFloat(
                .finite, isNegative: isNegative, significand: mantissa, exponent: 1 &- bias &- scale)
        }
        if exponent == exponentMask, !isVAX {
            let fraction = hasImpliedBit ? mantissa : mantissa & ((UInt128(1) &<< (mantissaSize &- 1)) &- 1)
            return UnpackedFloat(fraction == 0 ? .infinite : .notANumber, isNegative: isNegative)
        }
        return UnpackedFloat(
            .finite, isNegative: isNegative,
            significand: hasImpliedBit ? mantissa | UInt128(1) &<< mantissaSize : mantissa,
            exponent: Int(exponent) &- bias &- scale)
    }

    /// The window of a number, rounded to the nearest with ties to even.
    ///
    /// What is too large becomes an infinity, or the largest number of a format without infinities.
    func pack(_ number: UnpackedFloat) -> UInt128 {
        let precision = hasImpliedBit ? mantissaSize &+ 1 : mantissaSize
        let allOnes = (UInt128(1) &<< mantissaSize) &- 1
        let sign: UInt128 = number.isNegative ? 1 &<< signPosition : 0
        func fields(_ exponent: UInt64, _ mantissa: UInt128) -> UInt128 {
            UInt128(exponent) &<< exponentPosition | (mantissa & allOnes) &<< mantissaPosition
        }
        var overflow = sign | fields(exponentMask, hasImpliedBit ? 0 : 1 &<< (mantissaSize &- 1))
        if isVAX { overflow = sign | fields(exponentMask, allOnes) }
        switch number.category {
        // The reserved operand of VAX has the sign and nothing else.
        case .notANumber: return isVAX ? 1 &<< signPosition : fields(exponentMask, allOnes)
        case .infinite: return overflow
        case .finite: break
        }
        let (smallest, largest) = (1 &- bias, Int(isVAX ? exponentMask : exponentMask &- 1) &- bias)
        let (kept, last) = number.rounded(precision: precision, smallestExponent: smallest)
        let top = UInt128(1) &<< (precision &- 1)
        guard kept >= top else { return isVAX || kept == 0 ? (isVAX ? 0 : sign) : sign | fields(0, kept) }
        let exponent = last &+ precision &- 1
        guard exponent <= largest else { return overflow }
        return sign | fields(UInt64(exponent &+ bias), kept)
    }
}

/// A floating-point number of any precision: ± significand · 2^exponent.
struct UnpackedFloat: Hashable {
    enum Category: Hashable {
        case finite, infinite, notANumber
    }

    var category: Category
    var isNegative: Bool
    var significand: UInt128
    var exponent: Int

    init(_ category: Category, isNegative: Bool, significand: UInt128 = 0, exponent: Int = 0) {
        self.category = category
        self.isNegative = isNegative
        self.significand = significand
        self.exponent = exponent
    }

    /// The number rounded once, to the nearest with ties to even, to the precision and range of `Target`.
    func rounded<Target: MachineFloat>(to target: Target.Type) -> (value: Double, isExact: Bool) {
        func signed(_ magnitude: Double) -> Double { isNegative ? -magnitude : magnitude }
        switch category {
        case .infinite: return (signed(.infinity), true)
        case .notANumber: return (.nan, true)
        case .finite: break
        }
        guard significand != 0 else { return (signed(0), true) }
        let leading = 127 - significand.leadingZeroBitCount + exponent
        guard leading <= Target.largestExponent else { return (signed(.infinity), false) }
        // The weight of the last bit that the target keeps.
        let last = max(leading, Target.smallestExponent) - (Target.precision - 1)
        let dropped = last - exponent
        if dropped <= 0 {
            return (signed(Self.scaled(UInt64(truncatingIfNeeded: significand), exponent)), true)
        }
        guard dropped <= 128 else { return (signed(0), false) }
        var kept = dropped < 128 ? UInt64(truncatingIfNeeded: significand >> UInt128(dropped)) : 0
        let half = UInt128(1) << UInt128(dropped - 1)
        let remainder = dropped < 128 ? significand & ((half << 1) &- 1) : significand
        if remainder > half || (remainder == half && kept & 1 == 1) { kept += 1 }
        let magnitude = Self.scaled(kept, last)
        let limit = Self.scaled(1, Target.largestExponent) * 2
        return (signed(magnitude >= limit ? .infinity : magnitude), remainder == 0)
    }

    /// The significand of a finite number with `precision` bits at most and the weight of its last bit, rounded to the
    /// nearest with ties to even.
    func rounded(precision: Int, smallestExponent: Int) -> (significand: UInt128, exponent: Int) {
        guard significand != 0 else { return (0, smallestExponent) }
        let leading = 127 - significand.leadingZeroBitCount + exponent
        let last = max(leading, smallestExponent) - (precision - 1)
        let dropped = last - exponent
        guard dropped > 0 else { return (significand << UInt128(-dropped), last) }
        guard dropped <= 128 else { return (0, last) }
        var kept = dropped < 128 ? significand >> UInt128(dropped) : 0
        let half = UInt128(1) << UInt128(dropped - 1)
        let remainder = dropped < 128 ? significand & ((half << 1) &- 1) : significand
        if remainder > half || (remainder == half && kept & 1 == 1) { kept += 1 }
        // Rounding up may add a bit, which leaves the others zero.
        return kept >> UInt128(precision) == 0 ? (kept, last) : (kept >> 1, last + 1)
    }

    /// The number without its fraction as an integer of some bits: what lies outside its range becomes the nearest value
    /// of it, and NaN becomes 0.
    func clamped(precision: Int, isSigned: Bool) -> UInt128 {
        guard category != .notANumber else { return 0 }
        var magnitude = UInt128.max
        if category == .finite {
            if significand == 0 || exponent <= 0 {
                magnitude = exponent > -128 ? significand >> UInt128(-min(0, exponent)) : 0
            } else if exponent <= significand.leadingZeroBitCount {
                magnitude = significand << UInt128(exponent)
            }
        }
        let allOnes = UInt128.max >> UInt128(128 - precision)
        if isNegative { return isSigned ? 0 &- min(magnitude, (allOnes >> 1) &+ 1) : 0 }
        return min(magnitude, isSigned ? allOnes >> 1 : allOnes)
    }

    /// An integer of at most 53 bits times a power of two, where a Double holds the product.
    private static func scaled(_ integer: UInt64, _ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: Double(integer))
    }

    /// The number without its fraction; nil where it has no value of the type.
    func truncated<Target: FixedWidthInteger>(to target: Target.Type) -> (value: Target, isExact: Bool)? {
        guard category == .finite else { return nil }
        guard significand != 0 else { return (0, true) }
        var magnitude = significand
        var isExact = true
        if exponent > 0 {
            guard exponent <= significand.leadingZeroBitCount else { return nil }
            magnitude <<= UInt128(exponent)
        } else if exponent < 0 {
            let dropped = -exponent
            magnitude = dropped < 128 ? significand >> UInt128(dropped) : 0
            isExact = dropped <= significand.trailingZeroBitCount
        }
        if isNegative {
            guard magnitude <= UInt128(Target.min.magnitude) else { return nil }
            return (Target(truncatingIfNeeded: 0 &- magnitude), isExact)
        }
        guard magnitude <= UInt128(Target.max) else { return nil }
        return (Target(truncatingIfNeeded: magnitude), isExact)
    }
}

/// The converter from windows of `FloatFields`, each as 16 bytes.
func fieldConverter(
    _ fields: FloatFields, to target: H5Representation.Kind, _ policy: H5ConversionPolicy
) -> NumberConverter? {
    func integers<Target: MachineInteger>(_ target: Target.Type) -> NumberKernel {
        { source, target, count in
            for index in 0..<count {
                let number = fields.unpack(source.loadUnaligned(fromByteOffset: 16 &* index, as: UInt128.self))
                let result: Target
                if let (value, isExact) = number.truncated(to: Target.self), isExact || policy != .exact {
                    result = value
                } else if policy == .clamping {
                    result = number.category == .notANumber ? 0 : number.isNegative ? Target.min : Target.max
                } else {
                    return index
                }
                target.storeBytes(of: result, toByteOffset: index &* MemoryLayout<Target>.size, as: Target.self)
            }
            return count
        }
    }
    func floats<Target: MachineFloat>(_ target: Target.Type) -> NumberKernel {
        { source, target, count in
            for index in 0..<count {
                let number = fields.unpack(source.loadUnaligned(fromByteOffset: 16 &* index, as: UInt128.self))
                let (value, isExact) = number.rounded(to: Target.self)
                guard isExact || policy != .exact else { return index }
                target.storeBytes(
                    of: Target(value), toByteOffset: index &* MemoryLayout<Target>.size, as: Target.self)
            }
            return count
        }
    }
    let kernel: NumberKernel
    switch target {
    case .int8: kernel = integers(Int8.self)
    case .int16: kernel = integers(Int16.self)
    case .int32: kernel = integers(Int32.self)
    case .int64: kernel = integers(Int64.self)
    case .uint8: kernel = integers(UInt8.self)
    case .uint16: kernel = integers(UInt16.self)
    case .uint32: kernel = integers(UInt32.self)
    case .uint64: kernel = integers(UInt64.self)
    case .float: kernel = floats(Float.self)
    case .double: kernel = floats(Double.self)
    #if !(os(macOS) && arch(x86_64))
    case .float16: kernel = floats(Float16.self)
    #else
    case .float16: return nil
    #endif
    case .boolean, .complexFloat, .complexDouble: return nil
    }
    return NumberConverter(kernel: kernel) {
        "\(fields.unpack($0.loadUnaligned(as: UInt128.self)).rounded(to: Double.self).value)"
    }
}
