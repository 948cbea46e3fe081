/// Why the points of one side of a dataset are not exactly the cells of a grid (R42, section 5).
struct GridProblem: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Points that lie in a cell that an earlier point has, with the first such pairs.
        case duplicates(count: Int, first: [PointPair])
        /// The points are the first ones of a complete raster (R61).
        case aborted
        /// Every point has an index of its own in every dimension (R60, R62).
        case sparse
        /// Dimensions, by their numbers, whose index follows from the others (R63).
        case dependent([Int])
        /// Some cells have no point.
        case missing
    }

    var kind: Kind
    /// The number of cells of the grid; nil where it is beyond counting.
    var cellCount: Int?
    /// The number of cells with a point.
    var filledCount: Int

    /// The number of cells without a point; nil where it is beyond counting.
    var missingCount: Int? { cellCount.map { $0 - filledCount } }

    /// Finds what is wrong; nil where nothing is.
    init?(_ columns: [IndexColumn], scanOrder: USIDScanOrder, pointCount: Int) {
        cellCount = columns.reduce(1) { product, column in
            let (result, overflow) = (product ?? 0).multipliedReportingOverflow(by: column.size)
            return product == nil || overflow ? nil : result
        }
        let isOrdered = scanOrder == .raster || scanOrder == .serpentine || pointCount <= 1
        // In a regular order no cell comes twice before the grid is full.
        if isOrdered, cellCount == pointCount { return nil }
        let cells = CellNumbers(columns, count: pointCount)
        filledCount = cells.distinctCount()
        if filledCount < pointCount {
            kind = .duplicates(count: pointCount - filledCount, first: cells.duplicates(limit: 3))
        } else if filledCount == cellCount {
            return nil
        } else if let dependent = Self.dependent(columns, pointCount: pointCount) {
            kind = dependent
        } else {
            kind = isOrdered ? .aborted : .missing
        }
    }

    /// The dimensions that follow from the others, when these alone fill a grid.
    private static func dependent(_ columns: [IndexColumn], pointCount: Int) -> Kind? {
        var candidates = columns.indices.filter { columns[$0].size > 1 }
        // Many dimensions are not what a person made; looking at all of them would take too long.
        guard candidates.count > 1, candidates.count <= 16 else { return nil }
        if candidates.allSatisfy({ columns[$0].size == pointCount }) { return .sparse }
        var dependent: [Int] = []
        // The dimension with the fewest indices is the likeliest to follow from others.
        for dimension in candidates.sorted(by: { (columns[$0].size, $1) < (columns[$1].size, $0) }) {
            let others = candidates.filter { $0 != dimension }
            guard !others.isEmpty,
                CellNumbers(others.map { columns[$0] }, count: pointCount).distinctCount() == pointCount
            else { continue }
            candidates = others
            dependent.append(dimension)
            let cellCount = candidates.reduce(1) { product, other in
                let (result, overflow) = product.multipliedReportingOverflow(by: columns[other].size)
                return overflow ? .max : result
            }
            if cellCount == pointCount { return .dependent(dependent.sorted()) }
        }
        return nil
    }
}
