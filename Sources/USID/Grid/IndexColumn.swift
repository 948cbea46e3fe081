/// The indices of one dimension.
///
/// They are kept as the ranks of the distinct values (R41), so that offsets and gaps make no difference.
struct IndexColumn: Sendable {
    /// The rank of each point's index among the distinct indices.
    let ranks: ContiguousArray<UInt32>
    /// The number of distinct indices.
    let size: Int
    /// The smallest index as stored.
    let firstIndex: Int64
    /// The distance of the distinct indices where it is everywhere the same; nil where it is not.
    let step: Int64?
    /// How often the index differs from that of the point before.
    let changes: Int
    /// Whether the last point's index differs from the first one's.
    let wrapChanges: Bool

    /// Whether the distinct indices are 0, 1, 2 … (R41).
    var isCountedFromZero: Bool { firstIndex == 0 && (size <= 1 || step == 1) }
    /// The rate of change; counting with and without the wrap refines both orders, so that neither contradicts the
    /// other and only true ties are left.
    var rate: Int { 2 * changes + (wrapChanges ? 1 : 0) }

    fileprivate init(
        ranks: ContiguousArray<UInt32>, size: Int, firstIndex: Int64, step: Int64?, changes: Int, wrapChanges: Bool
    ) {
        self.ranks = ranks
        self.size = size
        self.firstIndex = firstIndex
        self.step = step
        self.changes = changes
        self.wrapChanges = wrapChanges
    }

    /// Takes `count` elements of a matrix, from `start` on, `step` apart.
    init<Index: FixedWidthInteger>(_ indices: [Index], from start: Int, step: Int, count: Int) {
        guard count > 0 else {
            self.init(ranks: [], size: 0, firstIndex: 0, step: nil, changes: 0, wrapChanges: false)
            return
        }
        var builder = IndexColumnBuilder<Index>(pointCount: count)
        builder.add(indices.span, from: start, step: step, count: count)
        if let column = builder.column() {
            self = column
            return
        }
        let least = builder.least
        var ranks = ContiguousArray<UInt32>(repeating: 0, count: count)
        let distinct = Self.rank(&ranks, byOrderOf: indices.span, from: start, step: step)
        // The gaps of so wide a range say nothing worth telling.
        self.init(
            ranks: ranks, size: distinct, firstIndex: Int64(clamping: least), step: nil, changes: builder.changes,
            wrapChanges: builder.wrapChanges)
    }

    /// Puts the ranks of indices of any range into `ranks`; how many distinct ones there are.
    private static func rank<Index: FixedWidthInteger>(
        _ ranks: inout ContiguousArray<UInt32>, byOrderOf indices: Span<Index>, from start: Int, step: Int
    ) -> Int {
        let count = ranks.count
        var target = ranks.mutableSpan
        var distinct = (0..<count).map { indices[start + $0 * step] }
        distinct.sort()
        var kept = 0
        for position in distinct.indices where position == 0 || distinct[position] != distinct[kept - 1] {
            distinct[kept] = distinct[position]
            kept += 1
        }
        distinct.removeSubrange(kept...)
        for point in 0..<count {
            let index = indices[start + point * step]
            var lower = 0
            var upper = kept
            while upper - lower > 1 {
                let middle = (lower + upper) / 2
                if distinct[middle] <= index { lower = middle } else { upper = middle }
            }
            target[point] = UInt32(truncatingIfNeeded: lower)
        }
        return kept
    }
}

/// Takes the indices of one dimension as they are read, and ranks them.
struct IndexColumnBuilder<Index: FixedWidthInteger> {
    /// The low 32 bits of the indices, which tell all of a narrow range apart.
    private var ranks: ContiguousArray<UInt32>
    private var count = 0
    private var first: Index = 0
    private var last: Index = 0
    /// The smallest index.
    private(set) var least: Index = 0
    private var greatest: Index = 0
    /// How often the index differs from that of the point before.
    private(set) var changes = 0

    /// Whether the last index differs from the first one.
    var wrapChanges: Bool { first != last }

    init(pointCount: Int) { ranks = ContiguousArray(repeating: 0, count: pointCount) }

    /// Takes the next `count` indices, from `start` on, `step` apart.
    mutating func add(_ indices: Span<Index>, from start: Int, step: Int, count added: Int) {
        guard added > 0 else { return }
        if count == 0 {
            first = indices[start]
            (last, least, greatest) = (first, first, first)
        }
        var (least, greatest, before, changes) = (least, greatest, last, changes)
        let points = count..<count + added
        do {
            var target = ranks.mutableSpan
            var position = start
            for point in points {
                let index = indices[position]
                position &+= step
                target[point] = UInt32(truncatingIfNeeded: index)
                least = min(least, index)
                greatest = max(greatest, index)
                changes &+= index != before ? 1 : 0
                before = index
            }
        }
        (self.least, self.greatest, last, self.changes) = (least, greatest, before, changes)
        count = points.upperBound
    }

    /// The column of all indices, which the builder gives away; nil where their range is too wide to rank them without putting them in order.
    mutating func column() -> IndexColumn? {
        guard count > 0 else {
            return IndexColumn(ranks: [], size: 0, firstIndex: 0, step: nil, changes: 0, wrapChanges: false)
        }
        let (difference, overflow) = Int(clamping: greatest).subtractingReportingOverflow(Int(clamping: least))
        // A table of what occurs is fastest, as long as it is not much larger than the column.
        guard !overflow, difference < 4 * count + 65_536, Int(exactly: greatest) != nil, Int(exactly: least) != nil
        else { return nil }
        var ranks: ContiguousArray<UInt32> = []
        swap(&ranks, &self.ranks)
        let (size, step) = Self.rank(&ranks, least: UInt32(truncatingIfNeeded: least), tableSize: difference + 1)
        return IndexColumn(
            ranks: ranks, size: size, firstIndex: Int64(clamping: least), step: step, changes: changes,
            wrapChanges: wrapChanges)
    }

    /// Puts ranks in the place of indices of a narrow range; how many there are, and their distance where it is even.
    private static func rank(
        _ indices: inout ContiguousArray<UInt32>, least: UInt32, tableSize: Int
    ) -> (distinct: Int, step: Int64?) {
        var table = [UInt32](repeating: 0, count: tableSize)
        var occurs = table.mutableSpan
        let count = indices.count
        do {
            let source = indices.span
            for point in 0..<count { occurs[Int(source[point] &- least)] = 1 }
        }
        var distinct: UInt32 = 0
        var last = 0
        var step: Int?
        var isEven = true
        for offset in 0..<tableSize where occurs[offset] == 1 {
            if distinct > 0 {
                if let step { isEven = isEven && step == offset - last } else { step = offset - last }
            }
            occurs[offset] = distinct
            distinct += 1
            last = offset
        }
        // Indices that are counted from zero, as nearly all are, are their ranks already.
        if least != 0 || Int(distinct) != tableSize {
            let ranks = table.span
            var target = indices.mutableSpan
            for point in 0..<count { target[point] = ranks[Int(target[point] &- least)] }
        }
        return (Int(distinct), isEven ? step.map { Int64($0) } : nil)
    }
}
