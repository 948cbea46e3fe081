/// The points of one side that lie at chosen indices.
struct GridSlice {
    /// The points in the order of the dataset.
    let points: USIDPoints
    /// The points in the row-major order of the chosen cells; nil where the points do not fill these cells.
    let cellPoints: USIDPoints?
    /// The dimensions that keep an axis.
    let keptAxes: [Int]
    /// The extents of these axes.
    let shape: [Int]

    /// Takes the chosen indices per dimension, nil for all.
    init(_ matrix: IndexMatrix, chosen: [ChosenIndices?]) {
        keptAxes = chosen.indices.filter { chosen[$0]?.dropsAxis != true }
        shape = keptAxes.map { chosen[$0]?.indices.count ?? matrix.columns[$0].size }
        if chosen.allSatisfy({ $0 == nil }), matrix.problem == nil {
            let byCell = matrix.pointsByCell()
            points = .all
            cellPoints = byCell.indices.allSatisfy { byCell[$0] == $0 } ? .all : .some(byCell)
            return
        }
        // Each dimension's indices by their place among the chosen ones, each once; -1 is not chosen.
        let places = chosen.enumerated().map { dimension, chosen -> (table: [Int], count: Int)? in
            guard let chosen else { return nil }
            var table = [Int](repeating: -1, count: matrix.columns[dimension].size)
            var count = 0
            for index in chosen.indices where table[index] < 0 {
                table[index] = count
                count += 1
            }
            return (table, count)
        }
        let sizes = places.enumerated().map { $1?.count ?? matrix.columns[$0].size }
        let found = Self.matching(matrix, places: places)
        points = .some(found)
        guard let byCell = Self.byCell(found, matrix, places: places, sizes: sizes) else {
            cellPoints = nil
            return
        }
        let asked = chosen.enumerated().map { dimension, chosen -> [Int] in
            chosen.map { $0.indices.map { places[dimension]?.table[$0] ?? 0 } } ?? Array(0..<sizes[dimension])
        }
        cellPoints = .some(Self.expand(byCell, sizes: sizes, asked: asked))
    }

    private static func matching(_ matrix: IndexMatrix, places: [(table: [Int], count: Int)?]) -> [Int] {
        var isChosen = [Bool](repeating: true, count: matrix.pointCount)
        for (column, place) in zip(matrix.columns, places) {
            guard let place else { continue }
            let ranks = column.ranks.span
            for point in 0..<ranks.count where place.table[Int(ranks[point])] < 0 { isChosen[point] = false }
        }
        return isChosen.indices.filter { isChosen[$0] }
    }

    /// The points by the row-major number of their cell among the chosen ones; nil where they do not fill them.
    private static func byCell(
        _ points: [Int], _ matrix: IndexMatrix, places: [(table: [Int], count: Int)?], sizes: [Int]
    ) -> [Int]? {
        var total = 1
        for size in sizes {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            total = product
        }
        guard total == points.count else { return nil }
        let strides = IndexMatrix.strides(sizes)
        var result = [Int](repeating: -1, count: total)
        for point in points {
            var cell = 0
            for dimension in sizes.indices {
                let rank = Int(matrix.columns[dimension].ranks[point])
                cell += (places[dimension]?.table[rank] ?? rank) * strides[dimension]
            }
            guard result[cell] < 0 else { return nil }
            result[cell] = point
        }
        return result
    }

    /// Repeats cells as often, and in the order, as their indices were asked for.
    private static func expand(_ byCell: [Int], sizes: [Int], asked: [[Int]]) -> [Int] {
        let isPlain = zip(sizes, asked).allSatisfy { size, places in
            places.count == size && places.indices.allSatisfy { places[$0] == $0 }
        }
        if isPlain { return byCell }
        let strides = IndexMatrix.strides(sizes)
        var cells = [0]
        for (stride, places) in zip(strides, asked) {
            cells = cells.flatMap { cell in places.lazy.map { cell + $0 * stride } }
        }
        return cells.map { byCell[$0] }
    }
}
