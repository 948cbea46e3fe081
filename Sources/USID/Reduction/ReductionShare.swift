/// Some rows and columns of the data, which one thread at a time reads and adds to cells of its own.
struct ReductionShare: Sendable {
    let rows: AscendingPoints
    let columns: AscendingPoints
    /// From the first to the last of the cells that the rows lie in.
    let rowCells: Range<Int>
    /// From the first to the last of the cells that the columns lie in.
    let columnCells: Range<Int>
    /// Where the columns are in a row that was read, cell after cell.
    let places: [Int]
    /// Where the places of each cell start, and where those of the last one end.
    let starts: [Int]
    /// Whether each column is a cell of its own, in their order.
    let isPlain: Bool

    /// The number of cells.
    var count: Int { rowCells.count * columnCells.count }

    /// Nil where a share has no rows or no columns.
    init?(_ plan: ReductionPlan, rows: ArraySlice<Int>, columns: ArraySlice<Int>) {
        guard !rows.isEmpty, !columns.isEmpty else { return nil }
        self.rows = AscendingPoints(Array(rows))
        self.columns = AscendingPoints(Array(columns))
        rowCells = plan.rows.cells(of: rows)
        let columnCells = plan.columns.cells(of: columns)
        self.columnCells = columnCells
        let cells = columns.map { plan.columns.cells[$0] - columnCells.lowerBound }
        isPlain = cells.count == columnCells.count && cells.indices.allSatisfy { cells[$0] == $0 }
        var starts = [Int](repeating: 0, count: columnCells.count + 1)
        for cell in cells { starts[cell + 1] += 1 }
        for cell in columnCells.indices {
            starts[cell - columnCells.lowerBound + 1] += starts[cell - columnCells.lowerBound]
        }
        var next = starts
        var places = cells
        for (place, cell) in cells.enumerated() {
            places[next[cell]] = place
            next[cell] += 1
        }
        self.starts = starts
        self.places = places
    }
}
