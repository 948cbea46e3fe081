/// The cells that points lie in, as numbers: equal where all indices are equal.
///
/// As long as the grid has fewer cells than an `Int` can count, they are the row-major numbers of its cells; beyond
/// that they are condensed to what occurs.
struct CellNumbers {
    /// One number per point.
    private(set) var numbers: ContiguousArray<Int>
    /// All numbers are below this.
    private(set) var bound = 1

    init(_ columns: [IndexColumn], count: Int) {
        numbers = ContiguousArray(repeating: 0, count: count)
        for column in columns {
            var (product, overflow) = bound.multipliedReportingOverflow(by: max(column.size, 1))
            if overflow {
                condense()
                // Both factors are at most the number of points, which is below 2³².
                (product, overflow) = bound.multipliedReportingOverflow(by: max(column.size, 1))
            }
            let size = column.size
            let ranks = column.ranks.span
            var target = numbers.mutableSpan
            for point in 0..<count { target[point] = target[point] &* size &+ Int(ranks[point]) }
            bound = product
        }
    }

    /// How many different numbers there are.
    func distinctCount() -> Int {
        if bound <= 8 * numbers.count + 65_536 {
            var occurs = [Bool](repeating: false, count: bound)
            var distinct = 0
            for number in numbers where !occurs[number] {
                occurs[number] = true
                distinct += 1
            }
            return distinct
        }
        let sorted = numbers.sorted()
        return sorted.indices.reduce(0) { $0 + ($1 == 0 || sorted[$1] != sorted[$1 - 1] ? 1 : 0) }
    }

    /// The first pairs of points that lie in one cell.
    func duplicates(limit: Int) -> [PointPair] {
        var first: [Int: Int] = [:]
        var pairs: [PointPair] = []
        for (point, number) in numbers.enumerated() {
            if let earlier = first[number] {
                pairs.append(PointPair(first: earlier, second: point))
                if pairs.count == limit { break }
            } else {
                first[number] = point
            }
        }
        return pairs
    }

    private mutating func condense() {
        var distinct = numbers.sorted()
        var kept = 0
        for position in distinct.indices where position == 0 || distinct[position] != distinct[kept - 1] {
            distinct[kept] = distinct[position]
            kept += 1
        }
        distinct.removeSubrange(kept...)
        for point in numbers.indices {
            var lower = 0
            var upper = kept
            while upper - lower > 1 {
                let middle = (lower + upper) / 2
                if distinct[middle] <= numbers[point] { lower = middle } else { upper = middle }
            }
            numbers[point] = lower
        }
        bound = max(kept, 1)
    }
}

/// Two points in one cell.
struct PointPair: Hashable, Sendable {
    var first: Int
    var second: Int
}
