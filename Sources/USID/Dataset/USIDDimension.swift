/// A dimension of the positions or of the spectroscopic side: what was varied, and through which values.
public struct USIDDimension: Sendable {
    /// How a dimension takes part in the grid.
    public enum Mode: Int, Hashable, Sendable, Codable {
        /// It is varied independently of the others, through all its values.
        case `default` = 0
        /// Its points do not fill a grid.
        case incomplete = 1
        /// Its value follows from other dimensions.
        case dependent = 2
    }

    /// Where the unit values come from.
    private enum Source: Sendable {
        case given([Double])
        case counted(Int)
        case grid(USIDGrid, dimension: Int)
        indirect case chosen(Source, [Int])
    }

    /// The name.
    public let label: String
    /// The unit; empty where the dimension has none.
    public let units: String
    /// The number of different indices.
    public let size: Int
    /// How the dimension takes part in the grid.
    public let mode: Mode
    private let source: Source

    /// Makes a dimension from its values in the order of their indices.
    public init<Values: Sequence>(_ label: String, units: String, values: Values, mode: Mode = .default)
    where Values.Element == Double {
        let values = Array(values)
        self.label = label
        self.units = units
        self.mode = mode
        size = values.count
        source = .given(values)
    }

    /// Makes a dimension from its values in the order of their indices; integers beyond 2⁵³ are rounded.
    public init<Values: Sequence>(_ label: String, units: String, values: Values, mode: Mode = .default)
    where Values.Element: BinaryInteger {
        self.init(label, units: units, values: values.lazy.map { Double($0) }, mode: mode)
    }

    /// Makes a dimension from its values in the order of their indices.
    public init<Values: Sequence>(_ label: String, units: String, values: Values, mode: Mode = .default)
    where Values.Element: BinaryFloatingPoint {
        self.init(label, units: units, values: values.lazy.map { Double($0) }, mode: mode)
    }

    /// Makes a dimension that was only counted: its values are 0, 1, 2 and so on.
    ///
    /// - Parameter count: The number of values, at least 1; what needs the dimension refuses others.
    public init(_ label: String, units: String, count: Int, mode: Mode = .default) {
        self.label = label
        self.units = units
        self.mode = mode
        size = max(0, count)
        source = .counted(max(0, count))
    }

    init(label: String, units: String, mode: Mode, grid: USIDGrid, dimension: Int) {
        self.label = label
        self.units = units
        self.mode = mode
        size = grid.matrix.columns[dimension].size
        source = .grid(grid, dimension: dimension)
    }

    private init(_ whole: USIDDimension, choosing indices: [Int]) {
        label = whole.label
        units = whole.units
        mode = whole.mode
        size = indices.count
        source = .chosen(whole.source, indices)
    }

    /// The dimension with some of its indices only, all of which there are.
    func choosing(_ indices: [Int]) -> USIDDimension { USIDDimension(self, choosing: indices) }

    /// The value at each index, lowest index first (R45); nil where equal indices carry different values (R44), or
    /// where the Values dataset cannot be read.
    ///
    /// The Values dataset is read when the first dimension of its side is asked.
    public var unitValues: [Double]? { try? requireUnitValues() }

    /// The value at each index, lowest index first.
    ///
    /// - Throws: `USIDError` with code `noUnitValues` where equal indices carry different values; `H5Error` where the
    ///   Values dataset cannot be read as numbers.
    public func requireUnitValues() throws -> [Double] { try values(of: source) }

    private func values(of source: Source) throws -> [Double] {
        switch source {
        case .chosen(let whole, let indices):
            let values = try values(of: whole)
            return indices.map { values[$0] }
        case .given(let values): return values
        case .counted(let count): return (0..<count).map(Double.init)
        case .grid(let grid, let dimension):
            let found = try grid.unitValues()[dimension]
            guard let conflict = found.firstConflict else { return found.values }
            throw USIDError(
                .noUnitValues, rule: "R44", path: grid.values.path,
                "dimension '\(label)' has no unit values: at index \(conflict.index) there are "
                    + "\(NumberText.short(conflict.first)) and "
                    + "\(NumberText.short(conflict.second)); select by index instead"
            )
        }
    }

    /// The distance of the values where they are evenly spaced, to the precision they were stored in; else nil.
    public var step: Double? {
        guard let values = unitValues, values.count > 1, let first = values.first, let last = values.last else {
            return nil
        }
        let step = (last - first) / Double(values.count - 1)
        guard step.isFinite, step != 0 else { return nil }
        // Values are stored in single precision at least; that rounding, not more, may bend the line.
        let scale = max(first.magnitude, last.magnitude)
        let tolerance = max(step.magnitude * 1e-3, scale * 2.4e-7)
        guard step.magnitude > 2 * scale * 1.2e-7 else { return nil }
        for (index, value) in values.enumerated() where !((first + Double(index) * step - value).magnitude <= tolerance)
        {
            return nil
        }
        return step
    }

    /// The values in a few words: `0 … 5e-9 nm, step 1.96e-11`.
    package var rangeText: String {
        let unit = units.isEmpty ? "" : " " + units
        let values: [Double]
        do {
            values = try requireUnitValues()
        } catch let error as USIDError where error.code == .noUnitValues {
            return units.isEmpty ? "no unit values" : "in \(units), no unit values"
        } catch {
            return units.isEmpty ? "values not readable" : "in \(units), values not readable"
        }
        guard let first = values.first, let last = values.last else { return "" }
        guard values.count > 1 else { return NumberText.short(first) + unit }
        if let step {
            return
                "\(NumberText.short(first)) … \(NumberText.short(last))\(unit), step "
                + NumberText.short(step, digits: 3)
        }
        let least = values.min() ?? first
        let greatest = values.max() ?? last
        return "\(NumberText.short(least)) … \(NumberText.short(greatest))\(unit), not evenly spaced"
    }
}

extension USIDDimension: Equatable {
    /// Whether name, unit, size, mode and unit values are the same.
    public static func == (left: USIDDimension, right: USIDDimension) -> Bool {
        left.label == right.label && left.units == right.units && left.size == right.size && left.mode == right.mode
            && left.unitValues == right.unitValues
    }
}

extension USIDDimension: CustomStringConvertible {
    /// The dimension in one line: `X  256   0 … 5e-9 nm, step 1.96e-11`.
    public var description: String {
        let range = rangeText
        return "\(label)  \(size)" + (range.isEmpty ? "" : "   " + range)
    }
}
