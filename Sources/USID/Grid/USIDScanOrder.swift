/// In which order the points of a dataset run through their grid.
public enum USIDScanOrder: String, Hashable, Sendable, Codable {
    /// There is at most one point.
    case single
    /// Line by line, every line in the same direction; the plain order of an array.
    case raster
    /// Line by line, the direction turning from line to line.
    case serpentine
    /// Any other order.
    case other
}

/// Finds the order of points from their indices; grids may end early.
struct ScanOrderDetector {
    let order: USIDScanOrder

    init(_ columns: [IndexColumn], fastestFirst: [Int], pointCount: Int) {
        guard pointCount > 1 else {
            order = .single
            return
        }
        // Dimensions of one index stand still in every order.
        let moving = fastestFirst.filter { columns[$0].size > 1 }
        var block = 1
        var turns = false
        for (position, dimension) in moving.enumerated() {
            guard block < pointCount else {
                // A slower dimension that moves although the faster ones have not come around yet.
                order = .other
                return
            }
            let column = columns[dimension]
            let slower = position + 1 < moving.count ? columns[moving[position + 1]].size : 1
            switch Self.sweep(column.ranks.span, size: column.size, block: block, slowerSize: slower) {
            case .forward: break
            case .turning: turns = true
            case .irregular:
                order = .other
                return
            }
            let (product, overflow) = block.multipliedReportingOverflow(by: column.size)
            block = overflow ? .max : product
        }
        // Points that go on when the grid is full lie in cells for the second time.
        order = block < pointCount ? .other : (turns ? .serpentine : .raster)
    }

    private enum Sweep { case forward, turning, irregular }

    /// How one dimension moves: `block` equal indices, then the next one, `size` of them, then again.
    private static func sweep(_ ranks: Span<UInt32>, size: Int, block: Int, slowerSize: Int) -> Sweep {
        let count = ranks.count
        var alternates = true
        var followsSlower = true
        var isForward = true
        var startsBackward = false
        var point = 0
        var sweep = 0
        while point < count {
            let isBackward = ranks[point] != 0
            guard !isBackward || Int(ranks[point]) == size - 1 else { return .irregular }
            if sweep == 0 { startsBackward = isBackward }
            isForward = isForward && !isBackward
            alternates = alternates && isBackward == (sweep % 2 == 0 ? startsBackward : !startsBackward)
            followsSlower =
                followsSlower && isBackward == (sweep % slowerSize % 2 == 0 ? startsBackward : !startsBackward)
            guard isForward || alternates || followsSlower else { return .irregular }
            for step in 0..<size {
                let expected = UInt32(truncatingIfNeeded: isBackward ? size - 1 - step : step)
                let end = block > count - point ? count : point + block
                while point < end {
                    guard ranks[point] == expected else { return .irregular }
                    point += 1
                }
                if point == count { break }
            }
            sweep += 1
        }
        if isForward { return .forward }
        // One sweep backwards turns nowhere: that is a reversed order.
        return sweep > 1 ? .turning : .irregular
    }
}
