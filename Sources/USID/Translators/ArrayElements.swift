import ComplexModule
import HDF5
import RealModule

/// The numbers of an array, in the type that the file has them in.
public enum ArrayElements: Hashable, Sendable {
    /// Yes or no.
    case boolean([Bool])
    /// Signed, 8 bits.
    case int8([Int8])
    /// Signed, 16 bits.
    case int16([Int16])
    /// Signed, 32 bits.
    case int32([Int32])
    /// Signed, 64 bits.
    case int64([Int64])
    /// Unsigned, 8 bits.
    case uint8([UInt8])
    /// Unsigned, 16 bits.
    case uint16([UInt16])
    /// Unsigned, 32 bits.
    case uint32([UInt32])
    /// Unsigned, 64 bits.
    case uint64([UInt64])
    /// Single precision; also for half precision, which it holds exactly.
    case float32([Float])
    /// Double precision.
    case float64([Double])
    /// Complex, of single precision.
    case complex64([Complex<Float>])
    /// Complex, of double precision.
    case complex128([Complex<Double>])
}

/// Elements of one type, whichever it is.
protocol ElementList {
    associatedtype Element: H5Element
    /// The elements.
    var list: [Element] { get }
}

extension Array: ElementList where Element: H5Element {
    var list: [Element] { self }
}

extension ArrayElements {
    /// The samples of a picture.
    public init(_ samples: RasterElements) {
        switch samples {
        case .uint8(let values): self = .uint8(values)
        case .uint16(let values): self = .uint16(values)
        case .uint32(let values): self = .uint32(values)
        case .int8(let values): self = .int8(values)
        case .int16(let values): self = .int16(values)
        case .int32(let values): self = .int32(values)
        case .float32(let values): self = .float32(values)
        case .float64(let values): self = .float64(values)
        }
    }

    /// The same, yes and no as 1 and 0.
    var numbers: ArrayElements {
        if case .boolean(let values) = self { .uint8(values.map { $0 ? 1 : 0 }) } else { self }
    }

    /// The number of elements.
    public var count: Int {
        func count(_ elements: some ElementList) -> Int { elements.list.count }
        return count(elements)
    }

    /// The elements as a list of their type.
    var elements: any ElementList {
        switch self {
        case .boolean(let values): values
        case .int8(let values): values
        case .int16(let values): values
        case .int32(let values): values
        case .int64(let values): values
        case .uint8(let values): values
        case .uint16(let values): values
        case .uint32(let values): values
        case .uint64(let values): values
        case .float32(let values): values
        case .float64(let values): values
        case .complex64(let values): values
        case .complex128(let values): values
        }
    }
}

extension ArrayElements {
    /// Elements whose first axis runs fastest, put so that the last one does.
    func turned(shape: [Int]) -> ArrayElements {
        func turned<Value>(_ values: [Value]) -> [Value] {
            guard shape.count > 1, !values.isEmpty else { return values }
            var strides: [Int] = []
            var step = 1
            for extent in shape {
                strides.append(step)
                step *= extent
            }
            var result: [Value] = []
            result.reserveCapacity(values.count)
            var place = [Int](repeating: 0, count: shape.count)
            var from = 0
            for _ in values.indices {
                result.append(values[from])
                for axis in shape.indices.reversed() {
                    place[axis] += 1
                    from += strides[axis]
                    if place[axis] < shape[axis] { break }
                    from -= strides[axis] * shape[axis]
                    place[axis] = 0
                }
            }
            return result
        }
        switch self {
        case .boolean(let values): return .boolean(turned(values))
        case .int8(let values): return .int8(turned(values))
        case .int16(let values): return .int16(turned(values))
        case .int32(let values): return .int32(turned(values))
        case .int64(let values): return .int64(turned(values))
        case .uint8(let values): return .uint8(turned(values))
        case .uint16(let values): return .uint16(turned(values))
        case .uint32(let values): return .uint32(turned(values))
        case .uint64(let values): return .uint64(turned(values))
        case .float32(let values): return .float32(turned(values))
        case .float64(let values): return .float64(turned(values))
        case .complex64(let values): return .complex64(turned(values))
        case .complex128(let values): return .complex128(turned(values))
        }
    }
}
