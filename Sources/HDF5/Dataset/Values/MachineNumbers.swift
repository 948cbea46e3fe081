/// An integer type that the inner loops are specialised for.
protocol MachineInteger: FixedWidthInteger, BitwiseCopyable, Sendable {
    /// The value without its fraction; the value lies in the range of the type.
    init(_ value: Double)
}

extension Int8: MachineInteger {}
extension Int16: MachineInteger {}
extension Int32: MachineInteger {}
extension Int64: MachineInteger {}
extension UInt8: MachineInteger {}
extension UInt16: MachineInteger {}
extension UInt32: MachineInteger {}
extension UInt64: MachineInteger {}

extension MachineInteger {
    /// The smallest value as a Double, which is exact.
    @inline(__always)
    static var lowerBound: Double { isSigned ? -Self.powerOfTwo(bitWidth &- 1) : 0 }

    /// The number after the largest value as a Double, which is exact.
    @inline(__always)
    static var upperBound: Double { Self.powerOfTwo(isSigned ? bitWidth &- 1 : bitWidth) }

    @inline(__always)
    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: 1023 &+ exponent) << 52)
    }
}

/// A floating-point type that the inner loops give.
protocol MachineFloat: BitwiseCopyable, Sendable {
    /// The bits of the significand, with the leading one.
    static var precision: Int { get }
    /// The exponent of the smallest normal number.
    static var smallestExponent: Int { get }
    /// The exponent of the largest finite number.
    static var largestExponent: Int { get }

    init(_ value: Double)
    init(_ value: Int64)
    init(_ value: UInt64)
    init(wide value: Int128)
    init(wide value: UInt128)
    /// The value, which every Double can hold.
    var asDouble: Double { get }
}

extension Float: MachineFloat {
    static var precision: Int { 24 }
    static var smallestExponent: Int { -126 }
    static var largestExponent: Int { 127 }
    @inline(__always) var asDouble: Double { Double(self) }
    init(wide value: Int128) { self.init(value) }
    init(wide value: UInt128) { self.init(value) }
}

extension Double: MachineFloat {
    static var precision: Int { 53 }
    static var smallestExponent: Int { -1022 }
    static var largestExponent: Int { 1023 }
    @inline(__always) var asDouble: Double { self }
    init(wide value: Int128) { self.init(value) }
    init(wide value: UInt128) { self.init(value) }
}

#if !(os(macOS) && arch(x86_64))
extension Float16: MachineFloat {
    static var precision: Int { 11 }
    static var smallestExponent: Int { -14 }
    static var largestExponent: Int { 15 }
    @inline(__always) var asDouble: Double { StoredHalf(bits: bitPattern).asDouble }
    init(wide value: Int128) { self.init(value) }
    init(wide value: UInt128) { self.init(value) }
}
#endif

/// A floating-point number as it is stored, in the machine's byte order.
protocol StoredFloat: BitwiseCopyable, Sendable {
    /// The value, which every Double can hold.
    var asDouble: Double { get }
}

extension Float: StoredFloat {}
extension Double: StoredFloat {}

/// IEEE 754 half precision as its bits, on every machine.
struct StoredHalf: StoredFloat {
    var bits: UInt16

    /// The value by arithmetic that vectorises, since most x86-64 machines are not assumed to convert in hardware.
    @inline(__always)
    var asDouble: Double {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        // 2^112 moves the exponent from bias 15 to bias 127, and makes subnormal halves normal.
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
        return Double(Float(bitPattern: scaled | special | UInt32(bits & 0x8000) << 16))
    }
}

/// The upper half of IEEE 754 single precision (bfloat16) as its bits.
struct StoredBrainFloat: StoredFloat {
    var bits: UInt16
    @inline(__always) var asDouble: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
}
