import HDF5Format

/// One element of any datatype, for tools that show or compare data without knowing its type beforehand.
///
/// Its `description` is one line, as people read it. Programs that know what they read use numbers, strings or
/// `Decodable` rows, which are much faster.
public indirect enum H5Value: Hashable, Sendable {
    /// A signed integer of at most 64 bits.
    case integer(Int64)
    /// An unsigned integer of at most 64 bits.
    case unsigned(UInt64)
    /// An integer of more bits: in decimal digits up to 128 bits, beyond as `0x` and its bytes, highest first.
    case bigInteger(String)
    /// A floating-point number of any format.
    case float(H5FloatValue)
    /// Text; each byte that is not part of valid UTF-8 appears as `\xHH`.
    case string(String)
    /// Bytes of the opaque class, and of bit fields of more than 64 bits.
    case bytes([UInt8])
    /// A bit field: its bits as an unsigned integer, and their number.
    case bitfield(UInt64, bitCount: Int)
    /// An enumeration: the name of the value where it has one, and the integer.
    case enumeration(name: String?, value: H5Value)
    /// A record: the members in the order of the datatype.
    case compound([H5ValueMember])
    /// The elements of an array datatype in row-major order.
    case array(shape: [Int], [H5Value])
    /// The elements of a variable-length sequence.
    case sequence([H5Value])
    /// A reference.
    case reference(H5ReferenceValue)
    /// A complex number.
    case complex(real: H5FloatValue, imaginary: H5FloatValue)
    /// A time stamp as the integer that is stored; the format does not say what it counts.
    case time(Int64)
}

/// A member of a record: its name and its value.
public struct H5ValueMember: Hashable, Sendable {
    /// The member's name.
    public var name: String
    /// The member's value.
    public var value: H5Value

    /// Makes a member.
    public init(name: String, value: H5Value) {
        self.name = name
        self.value = value
    }
}

/// What a stored reference leads to.
///
/// Addresses are those of object headers, relative to the file's base address.
public indirect enum H5ReferenceValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// An object.
    case object(address: UInt64)
    /// Elements of a dataset.
    case region(address: UInt64, selection: H5Selection)
    /// An attribute of an object.
    case attribute(address: UInt64, name: String)
    /// Something in another file; addresses are those of that file.
    case external(file: String, H5ReferenceValue)
}

/// A floating-point number with the precision it was stored in, so that it can be shown without noise.
public struct H5FloatValue: Hashable, Sendable {
    /// The number; of formats wider than `Double` it is the nearest one.
    public let value: Double
    /// Whether `value` is the stored number and not a rounding of it.
    public let isExact: Bool
    /// The bits of the stored significand with its leading one: 24 for single precision.
    public let precision: Int
    /// The exponent of the smallest normal number of the stored format.
    private let smallestExponent: Int

    init(value: Double, isExact: Bool, precision: Int, smallestExponent: Int) {
        self.value = value
        self.isExact = isExact
        self.precision = precision
        self.smallestExponent = smallestExponent
    }

    /// Makes a number of double precision.
    public init(_ value: Double) {
        self.init(value: value, isExact: true, precision: 53, smallestExponent: -1022)
    }

    /// Makes a number of single precision.
    public init(_ value: Float) {
        self.init(value: Double(value), isExact: true, precision: 24, smallestExponent: -126)
    }
}

extension H5FloatValue: CustomStringConvertible {
    /// The shortest decimal number that stands for this one in its stored format: `0.1` for the single-precision 0.1.
    public var description: String {
        if precision >= 53 || !value.isFinite || value == 0 { return "\(value)" }
        if precision == 24, smallestExponent == -126 { return "\(Float(value))" }
        // Rounds the digits of the Double to ever more places until the stored format cannot tell the difference.
        let text = "\(value.magnitude)"
        let exponentMark = text.firstIndex(of: "e") ?? text.endIndex
        var exponent = Int(text[exponentMark...].dropFirst()) ?? 0
        var digits: [UInt8] = []
        var hasPoint = false
        for character in text[..<exponentMark].utf8 {
            if character == UInt8(ascii: ".") { hasPoint = true } else { digits.append(character &- 48) }
            if hasPoint, character != UInt8(ascii: ".") { exponent -= 1 }
        }
        for count in 1..<max(digits.count, 1) {
            guard let candidate = Double(Self.rounded(digits, to: count, exponent: exponent)), same(candidate) else {
                continue
            }
            return "\(value < 0 ? -candidate : candidate)"
        }
        return "\(value)"
    }

    /// The number of the first `count` digits, rounded, as text.
    private static func rounded(_ digits: [UInt8], to count: Int, exponent: Int) -> String {
        let leading = digits.firstIndex { $0 != 0 } ?? 0
        let end = min(leading + count, digits.count)
        var integer: UInt64 = 0
        // At most 17 digits, so the integer stays in range.
        for digit in digits[..<end] { integer = integer &* 10 &+ UInt64(digit) }
        if end < digits.count, digits[end] >= 5 { integer &+= 1 }
        return "\(integer)e\(exponent + digits.count - end)"
    }

    /// Whether a magnitude is this one's after rounding to the stored precision.
    private func same(_ candidate: Double) -> Bool {
        guard candidate.isFinite, candidate > 0 else { return false }
        let last = max(Int(candidate.exponent), smallestExponent) - (precision - 1)
        let unit = Double(sign: .plus, exponent: last, significand: 1)
        return (candidate / unit).rounded(.toNearestOrEven) * unit == value.magnitude
    }
}
