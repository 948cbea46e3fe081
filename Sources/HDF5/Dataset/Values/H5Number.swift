import ComplexModule

/// A Swift type of fixed size that elements of a dataset or attribute can be read as.
///
/// These types conform: `Int8` to `Int64`, `Int`, `UInt8` to `UInt64`, `UInt`, `Float16`, `Float`, `Double` (all of
/// them `H5Number` too), `Bool`, `Complex<Float>` and `Complex<Double>`. Other types cannot: what the requirement asks
/// for is made by the library only. Records of an own type are read as `Decodable` rows.
public protocol H5Element: Sendable, Decodable {
    /// How values of the type lie in memory; for the library's use.
    static var h5Representation: H5Representation { get }
}

/// A number that elements of a dataset or attribute can be read as, whatever number type the file uses.
public protocol H5Number: H5Element, BitwiseCopyable {}

/// How values of an `H5Element` type lie in memory.
public struct H5Representation: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float, double
        case boolean, complexFloat, complexDouble
    }

    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }
}

/// What happens to a stored number that the type asked for cannot hold exactly.
///
/// Between floating-point formats, infinities stay infinities and NaN stays NaN under every policy.
/// A number may come out as another kind of number: integers, bit fields (as unsigned integers), enumerations (as
/// their integers) and times (as signed integers) can be read as floating-point numbers, and the other way round.
public enum H5ConversionPolicy: Hashable, Sendable {
    /// Every value must be representable: a value that is not is an `H5Error` with the code `conversion`, whose message
    /// names the value and the number of its element.
    case exact
    /// Values are rounded: to the nearest (ties to even) where the result is a floating-point number, toward zero where
    /// it is an integer.
    ///
    /// What lies beyond the largest finite value of a floating-point type becomes an infinity, as IEEE 754 rounds. What
    /// lies outside the range of an integer type after rounding, infinities and NaN are errors as under `exact`.
    case rounding
    /// Like `rounding`, and what lies outside the range of an integer type becomes the nearest value of the type;
    /// NaN becomes 0.
    ///
    /// For `Bool` the range is 0 (false) to 1 (true).
    case clamping
}

extension Int8: H5Number {
    /// Eight bits, signed.
    public static var h5Representation: H5Representation { H5Representation(.int8) }
}

extension Int16: H5Number {
    /// Sixteen bits, signed.
    public static var h5Representation: H5Representation { H5Representation(.int16) }
}

extension Int32: H5Number {
    /// Thirty-two bits, signed.
    public static var h5Representation: H5Representation { H5Representation(.int32) }
}

extension Int64: H5Number {
    /// Sixty-four bits, signed.
    public static var h5Representation: H5Representation { H5Representation(.int64) }
}

extension Int: H5Number {
    /// Sixty-four bits, signed.
    public static var h5Representation: H5Representation { H5Representation(.int64) }
}

extension UInt8: H5Number {
    /// Eight bits, unsigned.
    public static var h5Representation: H5Representation { H5Representation(.uint8) }
}

extension UInt16: H5Number {
    /// Sixteen bits, unsigned.
    public static var h5Representation: H5Representation { H5Representation(.uint16) }
}

extension UInt32: H5Number {
    /// Thirty-two bits, unsigned.
    public static var h5Representation: H5Representation { H5Representation(.uint32) }
}

extension UInt64: H5Number {
    /// Sixty-four bits, unsigned.
    public static var h5Representation: H5Representation { H5Representation(.uint64) }
}

extension UInt: H5Number {
    /// Sixty-four bits, unsigned.
    public static var h5Representation: H5Representation { H5Representation(.uint64) }
}

#if !(os(macOS) && arch(x86_64))
extension Float16: H5Number {
    /// IEEE 754 half precision.
    public static var h5Representation: H5Representation { H5Representation(.float16) }
}
#endif

extension Float: H5Number {
    /// IEEE 754 single precision.
    public static var h5Representation: H5Representation { H5Representation(.float) }
}

extension Double: H5Number {
    /// IEEE 754 double precision.
    public static var h5Representation: H5Representation { H5Representation(.double) }
}

extension Bool: H5Element {
    /// One byte that is 0 or 1; read from Booleans as h5py stores them, and from integers that are 0 or 1.
    public static var h5Representation: H5Representation { H5Representation(.boolean) }
}

/// The parts that complex numbers can be read with: `Float` and `Double`.
public protocol H5ComplexPart: H5Number {
    /// How complex numbers of these parts lie in memory; for the library's use.
    static var h5ComplexRepresentation: H5Representation { get }
}

extension Float: H5ComplexPart {
    /// Two numbers of single precision: real part, imaginary part.
    public static var h5ComplexRepresentation: H5Representation { H5Representation(.complexFloat) }
}

extension Double: H5ComplexPart {
    /// Two numbers of double precision: real part, imaginary part.
    public static var h5ComplexRepresentation: H5Representation { H5Representation(.complexDouble) }
}

extension Complex: H5Element where RealType: H5ComplexPart {
    /// Real part and imaginary part; real numbers are read with an imaginary part of 0.
    public static var h5Representation: H5Representation { RealType.h5ComplexRepresentation }
}
