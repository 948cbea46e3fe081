import HDF5
import RealModule

/// What reductions can give: `Float`, `Double`, `Complex<Float>` and `Complex<Double>`.
///
/// They are worked out in double precision and rounded at the end. Other types cannot conform.
public protocol USIDReducible: H5Element {
    /// How results become values of the type; for the library's use.
    static var usidRounding: USIDRounding<Self> { get }
}

/// How results of a reduction become values of a type.
public struct USIDRounding<Element: Sendable>: Sendable {
    enum Kind: Sendable {
        case real(@Sendable ([Double]) -> [Element])
        case complex(@Sendable ([Complex<Double>]) -> [Element])
    }

    let kind: Kind
}

extension Double: USIDReducible {
    /// The results as they are.
    public static var usidRounding: USIDRounding<Double> { USIDRounding(kind: .real { $0 }) }
}

extension Float: USIDReducible {
    /// The nearest numbers of single precision.
    public static var usidRounding: USIDRounding<Float> { USIDRounding(kind: .real { $0.map { Float($0) } }) }
}

extension Complex: USIDReducible where RealType: USIDReduciblePart {
    /// The results, rounded to the nearest numbers of the precision.
    public static var usidRounding: USIDRounding<Complex<RealType>> { RealType.usidComplexRounding }
}

/// The parts that complex results can have: `Float` and `Double`.
public protocol USIDReduciblePart: H5ComplexPart, Real {
    /// How results become complex numbers of these parts; for the library's use.
    static var usidComplexRounding: USIDRounding<Complex<Self>> { get }
}

extension Double: USIDReduciblePart {
    /// The results as they are.
    public static var usidComplexRounding: USIDRounding<Complex<Double>> { USIDRounding(kind: .complex { $0 }) }
}

extension Float: USIDReduciblePart {
    /// The nearest numbers of single precision.
    public static var usidComplexRounding: USIDRounding<Complex<Float>> {
        USIDRounding(kind: .complex { $0.map { Complex<Float>(Float($0.real), Float($0.imaginary)) } })
    }
}
