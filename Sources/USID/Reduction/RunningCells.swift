/// The cells of one share while rows come in.
struct RunningCells<Running: RunningValue>: Sendable {
    private(set) var cells: [Running]

    init(_ share: ReductionShare) { cells = [Running](repeating: Running(), count: share.count) }

    /// Rows that are added with one pass over the cells.
    private static var rowsAtOnce: Int { 4 }

    /// Adds rows that follow each other.
    ///
    /// - Parameters:
    ///   - values: The rows, side by side.
    ///   - rows: Their places among the rows of the share.
    ///   - cellOfRow: The cell of each row of the data.
    mutating func add<Input: ReductionInput>(
        _ values: Span<Input>, rows: Range<Int>, of share: ReductionShare, cellOfRow: [Int]
    ) where Input.Value == Running.Value {
        let width = share.columns.count
        let count = share.columnCells.count
        var cells = cells.mutableSpan
        var place = 0
        while place < rows.count {
            func cell(_ ahead: Int) -> Int { cellOfRow[share.rows[rows.lowerBound + place + ahead]] }
            let row = cell(0) - share.rowCells.lowerBound
            guard share.isPlain else {
                Self.add(values.extracting(place * width..<(place + 1) * width), to: &cells, from: row * count, share)
                place += 1
                continue
            }
            var together = 1
            while together < Self.rowsAtOnce, place + together < rows.count, cell(together) == cell(0) { together += 1 }
            if together == Self.rowsAtOnce {
                Self.addFour(
                    values.extracting(place * width..<(place + together) * width), to: &cells, from: row * count)
            } else {
                together = 1
                Self.addOne(values.extracting(place * width..<(place + 1) * width), to: &cells, from: row * count)
            }
            place += together
        }
    }

    // Each loop looks at the bounds once, not for every element: they are vectorised.

    /// Adds a row to cells that have one column each.
    private static func addOne<Input: ReductionInput>(
        _ row: Span<Input>, to cells: inout MutableSpan<Running>, from base: Int
    ) where Input.Value == Running.Value {
        let count = row.count
        precondition(base >= 0 && count <= cells.count - base)
        for column in 0..<count { cells[unchecked: base &+ column].add(row[unchecked: column].workingValue) }
    }

    /// Adds four rows to cells that have one column each: the cells are gone through once for all of them.
    private static func addFour<Input: ReductionInput>(
        _ rows: Span<Input>, to cells: inout MutableSpan<Running>, from base: Int
    ) where Input.Value == Running.Value {
        let count = rows.count / 4
        precondition(base >= 0 && count <= cells.count - base)
        let first = rows.extracting(0..<count)
        let second = rows.extracting(count..<2 * count)
        let third = rows.extracting(2 * count..<3 * count)
        let fourth = rows.extracting(3 * count..<4 * count)
        for column in 0..<count {
            var running = cells[unchecked: base &+ column]
            running.add(first[unchecked: column].workingValue)
            running.add(second[unchecked: column].workingValue)
            running.add(third[unchecked: column].workingValue)
            running.add(fourth[unchecked: column].workingValue)
            cells[unchecked: base &+ column] = running
        }
    }

    /// Adds a row to cells of any columns.
    private static func add<Input: ReductionInput>(
        _ row: Span<Input>, to cells: inout MutableSpan<Running>, from base: Int, _ share: ReductionShare
    ) where Input.Value == Running.Value {
        let places = share.places.span
        let starts = share.starts.span
        for column in 0..<share.columnCells.count {
            var running = cells[base + column]
            running.add(row, at: places.extracting(starts[column]..<starts[column + 1]))
            cells[base + column] = running
        }
    }
}
