import HDF5
import RealModule

/// A type that data is read as to be reduced: the one that is stored where there is one, as converting it while it is
/// added takes less than moving twice as many bytes.
protocol ReductionInput: H5Element, AdditiveArithmetic {
    /// What is worked with: double precision, real or complex.
    associatedtype Value: Sendable
    /// The element as what is worked with, which holds it exactly.
    var workingValue: Value { get }
}

/// A real number that double precision holds exactly.
protocol RealReductionInput: ReductionInput where Value == Double {}

extension Double: RealReductionInput {
    @inline(__always) var workingValue: Double { self }
}

extension Float: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

#if !(os(macOS) && arch(x86_64))
extension Float16: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}
#endif

extension Int8: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension Int16: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension Int32: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension UInt8: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension UInt16: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension UInt32: RealReductionInput {
    @inline(__always) var workingValue: Double { Double(self) }
}

extension Complex<Double>: ReductionInput {
    @inline(__always) var workingValue: Complex<Double> { self }
}

/// The types that real numbers are read as to be reduced.
enum RealReductionInputType {
    case int8, int16, int32, uint8, uint16, uint32, half, float, double

    /// The one for elements of a type.
    ///
    /// Double precision does not hold all integers of 64 bits: those, and formats that no machine has, are read as
    /// `Double`, so that the policy for what does not fit is heard.
    init(_ datatype: H5Datatype) {
        switch datatype.kind {
        case .float(let format) where format.hasSameFields(as: .binary32): self = .float
        case .float(let format) where format.hasSameFields(as: .binary16): self = .half
        case .integer(let format) where format.bitOffset == 0 && format.precision == 8 * datatype.size:
            switch datatype.size {
            case 1: self = format.isSigned ? .int8 : .uint8
            case 2: self = format.isSigned ? .int16 : .uint16
            case 4: self = format.isSigned ? .int32 : .uint32
            default: self = .double
            }
        default: self = .double
        }
    }
}
