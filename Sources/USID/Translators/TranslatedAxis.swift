/// What an axis of a picture or of an array stands for, before the number of its values is known.
///
/// ```swift
/// translator.x = TranslatedAxis("X", units: "nm", from: 0, through: 500)
/// ```
public struct TranslatedAxis: Sendable {
    private enum Values: Sendable {
        case counted
        case span(from: Double, through: Double)
        case dimension(USIDDimension)
    }

    /// The name.
    public let label: String
    /// The unit; empty where the axis has none.
    public let units: String
    private let values: Values

    /// Makes an axis that is only counted: its values are 0, 1, 2 and so on.
    public init(_ label: String, units: String) {
        self.label = label
        self.units = units
        values = .counted
    }

    /// Makes an axis of equal steps.
    ///
    /// - Parameters:
    ///   - first: The first value; that of the only one where there is no other.
    ///   - last: The last value.
    public init(_ label: String, units: String, from first: Double, through last: Double) {
        self.label = label
        self.units = units
        values = .span(from: first, through: last)
    }

    /// Makes an axis from a dimension whose values are known.
    public init(_ dimension: USIDDimension) {
        label = dimension.label
        units = dimension.units
        values = .dimension(dimension)
    }

    /// The dimension of so many values.
    ///
    /// - Parameter owner: What has the values, such as `the picture`, for errors.
    /// - Throws: `USIDError` with code `invalidArgument` where the dimension has another number of values.
    func dimension(count: Int, of owner: String, path: String) throws -> USIDDimension {
        switch values {
        case .counted: return USIDDimension(label, units: units, count: count)
        case .span(let first, let last):
            // The ends come out exactly, as what lies between them is a mean of both.
            let steps = Double(max(1, count - 1))
            return USIDDimension(
                label, units: units,
                values: (0..<count).map { first * ((steps - Double($0)) / steps) + last * (Double($0) / steps) })
        case .dimension(let dimension):
            guard dimension.size == count else {
                throw USIDError(
                    .invalidArgument, rule: "R21", path: path,
                    "dimension '\(label)' has \(dimension.size) values, and \(owner) has \(count) along it")
            }
            return dimension
        }
    }
}
