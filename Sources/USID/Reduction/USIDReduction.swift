/// How the values that fall together become one when dimensions are reduced.
///
/// NaN propagates, as in NumPy: where one of the values is NaN, so is the result.
///
/// ```swift
/// let spread = USIDReduction.custom(name: "range") { ($0.max() ?? .nan) - ($0.min() ?? .nan) }
/// let map = try main.reduce(over: ["Frequency"], by: spread, as: Double.self)
/// ```
public struct USIDReduction: Sendable {
    enum Kind: Sendable {
        case sum
        case mean
        case minimum
        case maximum
        case standardDeviation
        case median
        case custom(@Sendable (ArraySlice<Double>) throws -> Double)
    }

    let kind: Kind
    /// The name, as it is stored with results.
    public let name: String

    private init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// The arithmetic mean.
    public static let mean = USIDReduction(.mean, "mean")
    /// The sum.
    public static let sum = USIDReduction(.sum, "sum")
    /// The smallest value.
    public static let minimum = USIDReduction(.minimum, "min")
    /// The largest value.
    public static let maximum = USIDReduction(.maximum, "max")
    /// The standard deviation of the values themselves: divided by their number, as NumPy's `std` does (ddof 0).
    public static let standardDeviation = USIDReduction(.standardDeviation, "std")
    /// The middle value; of an even number of values, the mean of the two in the middle.
    public static let median = USIDReduction(.median, "median")

    /// A reduction of one's own.
    ///
    /// - Parameters:
    ///   - name: What it is called; stored with results.
    ///   - value: Makes one value of all that fall together, which come in the order of the dataset, rows before columns.
    ///     Called on several threads at once; what it throws ends the reduction.
    public static func custom(
        name: String, _ value: @escaping @Sendable (ArraySlice<Double>) throws -> Double
    ) -> USIDReduction {
        USIDReduction(.custom(value), name)
    }

    /// The reductions that have a name of their own.
    public static let named: [USIDReduction] = [.mean, .sum, .minimum, .maximum, .standardDeviation, .median]

    /// The reduction of a name; nil where there is none.
    public init?(named name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

extension USIDReduction: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

/// Is told how far a long piece of work is, in elements; what it throws ends the work.
public typealias USIDProgress = (_ done: Int, _ total: Int) throws -> Void
