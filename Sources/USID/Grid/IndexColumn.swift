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

    private init(
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
        var gathered = ContiguousArray<Index>(repeating: 0, count: count)
        let source = indices.span
        var target = gathered.mutableSpan
        var position = start
        for point in 0..<count {
            target[point] = source[position]
            position &+= step
        }
        let values = gathered.span
        var least = values[0]
        var greatest = values[0]
        var changes = 0
        var before = values[0]
        for point in 1..<max(count, 1) {
            let value = values[point]
            least = min(least, value)
            greatest = max(greatest, value)
            changes &+= value != before ? 1 : 0
            before = value
        }
        let ranked = Self.ranks(values, least: least, greatest: greatest)
        self.init(
            ranks: ranked.ranks, size: ranked.distinct, firstIndex: Int64(clamping: least), step: ranked.step,
            changes: changes, wrapChanges: values[0] != values[count - 1])
    }

    private static func ranks<Index: FixedWidthInteger>(
        _ values: Span<Index>, least: Index, greatest: Index
    ) -> (ranks: ContiguousArray<UInt32>, distinct: Int, step: Int64?) {
        let count = values.count
        var ranks = ContiguousArray<UInt32>(repeating: 0, count: count)
        var target = ranks.mutableSpan
        let (difference, overflow) = Int(clamping: greatest).subtractingReportingOverflow(Int(clamping: least))
        // A table of what occurs is fastest, as long as it is not much larger than the column.
        if !overflow, difference < 4 * count + 65_536, Int(exactly: greatest) != nil, Int(exactly: least) != nil {
            let base = Int(clamping: least)
            var table = [UInt32](repeating: 0, count: difference + 1)
            for point in 0..<count { table[Int(clamping: values[point]) - base] = 1 }
            var distinct: UInt32 = 0
            var last = 0
            var step: Int?
            var isEven = true
            for offset in table.indices where table[offset] == 1 {
                if distinct > 0 {
                    if let step { isEven = isEven && step == offset - last } else { step = offset - last }
                }
                table[offset] = distinct
                distinct += 1
                last = offset
            }
            for point in 0..<count { target[point] = table[Int(clamping: values[point]) - base] }
            return (ranks, Int(distinct), isEven ? step.map { Int64($0) } : nil)
        }
        var distinct = (0..<count).map { values[$0] }
        distinct.sort()
        var kept = 0
        for position in distinct.indices where position == 0 || distinct[position] != distinct[kept - 1] {
            distinct[kept] = distinct[position]
            kept += 1
        }
        distinct.removeSubrange(kept...)
        for point in 0..<count {
            let value = values[point]
            var lower = 0
            var upper = kept
            while upper - lower > 1 {
                let middle = (lower + upper) / 2
                if distinct[middle] <= value { lower = middle } else { upper = middle }
            }
            target[point] = UInt32(truncatingIfNeeded: lower)
        }
        // The gaps of so wide a range say nothing worth telling.
        return (ranks, kept, nil)
    }
}
