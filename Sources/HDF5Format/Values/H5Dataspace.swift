/// The extent of a dataset or attribute: scalar, null, or a shape with a maximum shape.
public struct H5Dataspace: Hashable, Sendable {
    /// What sort of extent a dataspace has.
    public enum Kind: Hashable, Sendable {
        /// Exactly one element, without axes.
        case scalar
        /// As many elements as the product of the shape.
        case simple
        /// No element at all.
        case null
    }

    /// What sort of extent this is.
    public let kind: Kind
    /// The current extent of each axis, slowest axis first; empty for scalar and null.
    public let shape: [Int]
    /// The largest extent each axis may grow to; nil on an axis without a limit.
    public let maximumShape: [Int?]

    /// One element without axes.
    public static let scalar = H5Dataspace(kind: .scalar, shape: [], maximumShape: [])
    /// No element.
    public static let null = H5Dataspace(kind: .null, shape: [], maximumShape: [])

    /// A shape, by default one that cannot grow.
    public static func simple(_ shape: [Int], maximum: [Int?]? = nil) -> H5Dataspace {
        H5Dataspace(kind: .simple, shape: shape, maximumShape: maximum ?? shape.map { $0 })
    }

    /// The number of axes; 0 for scalar and null.
    public var rank: Int { shape.count }

    /// The number of elements: 1 for scalar, 0 for null, otherwise the product of the shape.
    ///
    /// Saturates at `Int.max`; a shape read from a file was checked to fit.
    public var elementCount: Int {
        switch kind {
        case .scalar: return 1
        case .null: return 0
        case .simple:
            var count = 1
            for extent in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                count = overflow ? Int.max : product
            }
            return shape.contains(0) ? 0 : count
        }
    }
}

extension H5Dataspace: CustomStringConvertible {
    /// `scalar`, `null`, or the shape such as `65536 × 2`, with the maximum where it differs.
    public var description: String {
        switch kind {
        case .scalar: return "scalar"
        case .null: return "null"
        case .simple:
            let extents = shape.map(String.init).joined(separator: " × ")
            guard !zip(shape, maximumShape).allSatisfy({ $0 == $1 }) else { return extents }
            let limits = maximumShape.map { $0.map(String.init) ?? "unlimited" }.joined(separator: " × ")
            return "\(extents) (maximum \(limits))"
        }
    }
}
