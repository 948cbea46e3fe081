import HDF5Format

@testable import HDF5

/// Repeatable random bits.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

extension H5Datatype {
    static func integer(
        _ size: Int, signed: Bool = true, _ order: H5ByteOrder = .littleEndian, offset: Int = 0, precision: Int? = nil
    ) -> H5Datatype {
        H5Datatype(
            kind: .integer(
                H5IntegerFormat(order: order, isSigned: signed, bitOffset: offset, precision: precision ?? size * 8)),
            size: size)
    }

    static func float(_ format: H5FloatFormat, _ size: Int, _ order: H5ByteOrder = .littleEndian) -> H5Datatype {
        var format = format
        format.order = order
        return H5Datatype(kind: .float(format), size: size)
    }

    static let brainFloat = float(.brainFloat16, 2)
    static let e4m3 = float(
        H5FloatFormat(
            precision: 8, signPosition: 7, exponentPosition: 3, exponentSize: 4, exponentBias: 7, mantissaSize: 3), 1)
    static let e5m2 = float(
        H5FloatFormat(
            precision: 8, signPosition: 7, exponentPosition: 2, exponentSize: 5, exponentBias: 15, mantissaSize: 2), 1)
    static let binary128 = float(
        H5FloatFormat(
            precision: 128, signPosition: 127, exponentPosition: 112, exponentSize: 15, exponentBias: 16383,
            mantissaSize: 112), 16)
    static let vaxF = float(
        H5FloatFormat(
            precision: 32, signPosition: 31, exponentPosition: 23, exponentSize: 8, exponentBias: 0x81,
            mantissaSize: 23), 4, .vax)
    static let vaxG = float(
        H5FloatFormat(
            precision: 64, signPosition: 63, exponentPosition: 52, exponentSize: 11, exponentBias: 0x401,
            mantissaSize: 52), 8, .vax)
    static let vaxD = float(
        H5FloatFormat(
            precision: 64, signPosition: 63, exponentPosition: 55, exponentSize: 8, exponentBias: 0x81,
            mantissaSize: 55), 8, .vax)

    static func x87(_ size: Int) -> H5Datatype {
        float(
            H5FloatFormat(
                precision: 80, signPosition: 79, exponentPosition: 64, exponentSize: 15, exponentBias: 16383,
                mantissaSize: 64, normalization: .none), size)
    }

    static func string(_ size: Int, _ padding: H5StringFormat.Padding = .nullTerminated) -> H5Datatype {
        H5Datatype(kind: .string(H5StringFormat(padding: padding, characterSet: .ascii)), size: size)
    }

    static let variableString = H5Datatype(
        kind: .variableLengthString(H5StringFormat(padding: .nullTerminated, characterSet: .utf8)), size: 16)

    static func sequence(_ base: H5Datatype) -> H5Datatype {
        H5Datatype(kind: .variableLength(base: base), size: 16)
    }

    static func array(_ shape: [Int], _ base: H5Datatype) -> H5Datatype {
        H5Datatype(kind: .array(shape: shape, base: base), size: shape.reduce(base.size, *))
    }

    static func compound(_ size: Int, _ members: [(String, Int, H5Datatype)]) -> H5Datatype {
        H5Datatype(
            kind: .compound(members.map { H5CompoundMember(name: $0.0, offset: $0.1, type: $0.2) }), size: size)
    }

    static func enumeration(_ base: H5Datatype, _ members: [(String, [UInt8])]) -> H5Datatype {
        H5Datatype(
            kind: .enumeration(
                base: base, members: members.map { H5EnumerationMember(name: $0.0, storedValue: $0.1) }),
            size: base.size)
    }

    static let boolean = enumeration(.integer(1), [("FALSE", [0]), ("TRUE", [1])])
}

/// All elements of `bytes`, converted.
func converted<Element: H5Element>(
    _ bytes: [UInt8], _ datatype: H5Datatype, to element: Element.Type, _ policy: H5ConversionPolicy = .exact
) throws -> [Element] {
    let conversion = try NumericConversion<Element>(from: datatype, policy: policy)
    let count = bytes.count / datatype.size
    return try [Element](unsafeUninitializedCapacity: count) { target, filled in
        try bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            try conversion.convert(
                from: from, stride: datatype.size, to: to, destinationStride: 1, count: count, firstIndex: 0)
        }
        filled = count
    }
}

/// The bytes of an integer, in the order and number asked for.
func stored(_ value: some FixedWidthInteger, _ count: Int, _ order: H5ByteOrder = .littleEndian) -> [UInt8] {
    let wide = UInt128(truncatingIfNeeded: value)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: wide >> UInt128($0 * 8)) }
    return order == .littleEndian ? bytes : bytes.reversed()
}

/// The bytes of `value` as they lie in memory.
func memory<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// The code of the `H5Error` that `body` throws.
func errorCode(_ body: () throws -> Void) -> H5Error.Code? { error(body)?.code }

/// The `H5Error` that `body` throws.
func error(_ body: () throws -> Void) -> H5Error? {
    do {
        try body()
        return nil
    } catch { return error as? H5Error }
}
