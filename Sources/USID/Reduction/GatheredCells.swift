/// All values of the cells of one strip, those of each cell side by side in the order of the dataset.
struct GatheredCells: Sendable {
    private var values: [Double]
    /// The number of rows of each cell of rows so far.
    private var seen: [Int]
    /// Where the values of each cell of rows start.
    private let bases: [Int]
    private let kind: USIDReduction.Kind

    init(_ strip: GatheringStrip, _ kind: USIDReduction.Kind) {
        self.kind = kind
        let width = strip.places.count
        var bases: [Int] = []
        var next = 0
        for count in strip.rowCounts {
            bases.append(next)
            next += count * width
        }
        self.bases = bases
        values = [Double](repeating: 0, count: next)
        seen = [Int](repeating: 0, count: strip.rowCounts.count)
    }

    /// Adds a row; `cell` is the number of its cell within the strip.
    mutating func add(_ row: Span<Double>, toRow cell: Int, _ strip: GatheringStrip) {
        let rowCount = strip.rowCounts[cell]
        let number = seen[cell]
        seen[cell] += 1
        let base = bases[cell]
        var values = values.mutableSpan
        let places = strip.places.span
        let starts = strip.starts.span
        for column in 0..<strip.columnCells.count {
            let start = starts[column]
            let count = starts[column &+ 1] &- start
            let target = base &+ rowCount &* start &+ number &* count
            for place in 0..<count { values[target &+ place] = row[places[start &+ place]] }
        }
    }

    /// The results, row-major by cells.
    mutating func results(_ strip: GatheringStrip) throws -> [Double] {
        var results: [Double] = []
        results.reserveCapacity(strip.count)
        for cell in strip.rowCounts.indices {
            for column in 0..<strip.columnCells.count {
                let start = bases[cell] + strip.rowCounts[cell] * strip.starts[column]
                let count = strip.rowCounts[cell] * (strip.starts[column + 1] - strip.starts[column])
                switch kind {
                case .custom(let value): results.append(try value(values[start..<start + count]))
                default: results.append(Median.value(of: &values, in: start..<start + count))
                }
            }
        }
        return results
    }
}

/// The middle of values, found without sorting all of them.
enum Median {
    /// The median of a range, whose order changes; NaN where one of the values is.
    static func value(of values: inout [Double], in range: Range<Int>) -> Double {
        guard !range.isEmpty else { return .nan }
        for place in range where values[place].isNaN { return .nan }
        let middle = range.lowerBound + range.count / 2
        select(middle, of: &values, in: range)
        guard range.count % 2 == 0 else { return values[middle] }
        // What lies before the middle is not larger, so its largest value is the neighbour.
        var lower = -Double.infinity
        for place in range.lowerBound..<middle { lower = max(lower, values[place]) }
        let upper = values[middle]
        let sum = lower + upper
        return sum.isFinite || !lower.isFinite || !upper.isFinite ? sum / 2 : lower / 2 + upper / 2
    }

    /// Puts the value that sorting would put at `middle` there, no larger ones before it, no smaller ones behind.
    private static func select(_ middle: Int, of values: inout [Double], in range: Range<Int>) {
        var (lower, upper) = (range.lowerBound, range.upperBound - 1)
        // Bad luck, or malice, ends in sorting.
        var patience = 64
        while lower < upper {
            patience -= 1
            guard patience > 0 else {
                values[lower...upper].sort()
                return
            }
            let pivot = middleOfThree(values[lower], values[lower + (upper - lower) / 2], values[upper])
            var (left, right) = (lower, upper)
            while left <= right {
                while values[left] < pivot { left += 1 }
                while values[right] > pivot { right -= 1 }
                if left <= right {
                    values.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if middle <= right {
                upper = right
            } else if middle >= left {
                lower = left
            } else {
                return
            }
        }
    }

    private static func middleOfThree(_ first: Double, _ second: Double, _ third: Double) -> Double {
        max(min(first, second), min(max(first, second), third))
    }
}
