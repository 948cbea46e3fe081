/// Which indices of a dimension are meant.
///
/// Indices count the distinct indices of the dimension from 0 (R41). Negative ones count from the end.
public enum USIDSelection: Hashable, Sendable {
    /// All indices.
    case all
    /// One index; its axis is dropped from the result. An integer literal means the same.
    case index(Int)
    /// The index whose unit value is nearest; its axis is dropped from the result.
    case nearest(Double)
    /// The indices of a range.
    case range(Range<Int>)
    /// Every so-many-th index of a range; nil is the whole dimension.
    case stride(Int, in: Range<Int>? = nil)
    /// Every so-many-th index from one to before another, as in Python; nil is the start and the end of the dimension.
    case steps(from: Int?, to: Int?, by: Int = 1)
    /// Indices one by one, in the order given; repeats are allowed.
    case list([Int])
    /// The indices whose unit values lie in a range.
    case values(ClosedRange<Double>)
}

extension USIDSelection: ExpressibleByIntegerLiteral {
    /// Means one index.
    public init(integerLiteral value: Int) { self = .index(value) }
}

extension USIDSelection {
    /// The indices that are meant; nil for all.
    func indices(of dimension: USIDDimension, path: String) throws -> ChosenIndices? {
        let size = dimension.size
        func outside(_ what: String) -> USIDError {
            USIDError(
                .outOfRange, path: path,
                "\(what) is outside dimension '\(dimension.label)', which has "
                    + (size == 1 ? "1 index" : "\(size) indices")
            )
        }
        func fitted(_ index: Int) throws -> Int {
            let fitted = index < 0 ? index &+ size : index
            guard fitted >= 0, fitted < size else { throw outside("index \(index)") }
            return fitted
        }
        func checked(_ range: Range<Int>) throws -> Range<Int> {
            guard range.lowerBound >= 0, range.upperBound <= size else { throw outside("the range \(range)") }
            return range
        }
        let chosen: [Int]
        switch self {
        case .all: return nil
        case .index(let index): return ChosenIndices(indices: [try fitted(index)], dropsAxis: true)
        case .nearest(let value):
            let values = try dimension.requireUnitValues()
            let distances = values.map { ($0 - value).magnitude }
            guard value.isFinite,
                let best = distances.indices.filter({ distances[$0].isFinite }).min(by: {
                    distances[$0] < distances[$1]
                })
            else {
                throw USIDError(.outOfRange, path: path, "dimension '\(dimension.label)' has no value near \(value)")
            }
            return ChosenIndices(indices: [best], dropsAxis: true)
        case .range(let range): chosen = Array(try checked(range))
        case .stride(let step, let range):
            guard step > 0 else {
                throw USIDError(
                    .invalidArgument, path: path, "the stride \(step) of '\(dimension.label)' is not positive")
            }
            let range = try checked(range ?? 0..<size)
            chosen = Array(Swift.stride(from: range.lowerBound, to: range.upperBound, by: step))
        case .steps(let lower, let upper, let step):
            guard step > 0 else {
                throw USIDError(
                    .invalidArgument, path: path, "the step \(step) of '\(dimension.label)' is not positive")
            }
            func bound(_ index: Int?, _ standard: Int) throws -> Int {
                guard let index else { return standard }
                let fitted = index < 0 ? index &+ size : index
                // The end may lie behind the last index, as that one is not meant any more.
                guard fitted >= 0, fitted <= size else { throw outside("index \(index)") }
                return fitted
            }
            let (first, end) = (try bound(lower, 0), try bound(upper, size))
            chosen = Array(Swift.stride(from: first, to: end, by: step))
        case .list(let list): chosen = try list.map(fitted)
        case .values(let range):
            let values = try dimension.requireUnitValues()
            chosen = values.indices.filter { range.contains(values[$0]) }
            if chosen.isEmpty {
                throw USIDError(
                    .outOfRange, path: path,
                    "dimension '\(dimension.label)' has no value from \(NumberText.short(range.lowerBound)) to "
                        + "\(NumberText.short(range.upperBound)) (\(dimension.rangeText))")
            }
        }
        guard !chosen.isEmpty else {
            throw USIDError(.invalidArgument, path: path, "no index of dimension '\(dimension.label)' is chosen")
        }
        return ChosenIndices(indices: chosen, dropsAxis: false)
    }
}
