/// The points of one side by the cells that they lie in when only some of its dimensions count.
///
/// Cells are numbered in the order in which the points first come to them, so that a scan keeps its order.
struct CellGrouping: Sendable {
    /// The cell of each point.
    let cells: [Int]
    /// The first point of each cell.
    let first: [Int]
    /// The number of points of each cell.
    let counts: [Int]
    /// The dimensions that count, in the order of the file.
    let kept: [Int]
    /// Their indices, one point per cell.
    let matrix: IndexMatrix
    /// All points, cell after cell, those of one cell in the order of the dataset.
    let pointsByCell: [Int]
    /// Where the points of each cell start in `pointsByCell`, and where those of the last one end.
    let starts: [Int]

    /// The number of cells that have a point.
    var count: Int { first.count }

    /// Whether the points are the cells, in their order.
    var isPlain: Bool { count == cells.count }

    /// Groups the points of a side.
    ///
    /// Where all dimensions count, every point is a cell of its own, even where two have the same indices.
    init(_ whole: IndexMatrix, keeping kept: [Int]) {
        self.kept = kept
        let pointCount = whole.pointCount
        guard kept.count < whole.columns.count else {
            let points = Array(0..<pointCount)
            cells = points
            first = points
            counts = [Int](repeating: 1, count: pointCount)
            matrix = whole
            pointsByCell = points
            starts = Array(0...pointCount)
            return
        }
        let numbered = CellNumbers(kept.map { whole.columns[$0] }, count: pointCount)
        var (cells, first, counts) = ([Int](repeating: 0, count: pointCount), [Int](), [Int]())
        // A table where it is not much larger than the number of points, as the grid may have very many cells.
        let usesTable = numbered.bound <= 8 * pointCount + 65_536
        var table = [Int](repeating: -1, count: usesTable ? numbered.bound : 0)
        var sparse: [Int: Int] = [:]
        for (point, number) in numbered.numbers.enumerated() {
            let known = usesTable ? table[number] : sparse[number] ?? -1
            if known >= 0 {
                cells[point] = known
                counts[known] += 1
                continue
            }
            if usesTable { table[number] = first.count } else { sparse[number] = first.count }
            cells[point] = first.count
            first.append(point)
            counts.append(1)
        }
        var starts = [0]
        starts.reserveCapacity(counts.count + 1)
        for count in counts { starts.append((starts.last ?? 0) + count) }
        var next = starts
        var pointsByCell = [Int](repeating: 0, count: pointCount)
        for (point, cell) in cells.enumerated() {
            pointsByCell[next[cell]] = point
            next[cell] += 1
        }
        let columns = kept.map { dimension in
            let ranks = whole.columns[dimension].ranks
            return IndexColumn(first.map { ranks[$0] }, from: 0, step: 1, count: first.count)
        }
        matrix = IndexMatrix(columns, pointCount: first.count)
        self.cells = cells
        self.first = first
        self.counts = counts
        self.pointsByCell = pointsByCell
        self.starts = starts
    }

    /// Whether the points come cell after cell.
    var isInOrder: Bool { isPlain || pointsByCell.indices.allSatisfy { pointsByCell[$0] == $0 } }

    /// From the first to the last of the cells that some points lie in.
    func cells(of points: some Sequence<Int>) -> Range<Int> {
        var (first, end) = (Int.max, 0)
        for point in points {
            first = min(first, cells[point])
            end = max(end, cells[point] + 1)
        }
        return min(first, end)..<end
    }

    /// The points of a range of cells, in the order of the dataset.
    func points(of cells: Range<Int>) -> [Int] {
        let points = pointsByCell[starts[cells.lowerBound]..<starts[cells.upperBound]]
        return cells.count == 1 || isPlain ? Array(points) : points.sorted()
    }

    /// The number of points of a range of cells.
    func pointCount(of cells: Range<Int>) -> Int { starts[cells.upperBound] - starts[cells.lowerBound] }
}
