/// How the data is shared out: by rows, by columns, or both.
///
/// All follows from the shape of the data and of its chunks, so that the order of additions, and with it the last bit of
/// results, is the same for any memory and number of threads.
struct ReductionSharing: Sendable {
    private let plan: ReductionPlan
    /// The rows of a chunk; 1 where there are none.
    private let chunkRows: Int
    /// Ranges of rows; nil where each band is cut between cells, so that none of them is shared.
    private let rowRanges: [Range<Int>]?
    private let columnRanges: [Range<Int>]
    /// How many cells all shares have for each cell there is.
    let overlap: Int

    /// More shares than this make no computer of today faster.
    private static let mostShares = 32
    /// The bytes of neighbouring rows or columns that are worth being read on their own.
    private static let grainBytes = 256 << 10
    /// The cells that may be there several times.
    private static let mostCells = 1 << 21

    /// - Parameters:
    ///   - chunk: The shape of chunks; nil where there are none.
    ///   - inputBytes: The bytes of an element as it is read.
    init(_ plan: ReductionPlan, chunk: [Int]?, inputBytes: Int) {
        self.plan = plan
        let (rowCount, columnCount) = (plan.rows.cells.count, plan.columns.cells.count)
        let chunk = chunk?.count == 2 ? chunk : nil
        let grainRows = chunk?[0] ?? max(1, Self.grainBytes / max(1, columnCount * inputBytes))
        let grainColumns = chunk?[1] ?? Self.grainBytes / inputBytes
        chunkRows = max(1, chunk?[0] ?? 1)
        let isInOrder = plan.rows.isInOrder && plan.rows.count >= Self.mostShares
        var columnShares = max(1, min(Self.mostShares, columnCount / max(1, grainColumns)))
        if isInOrder {
            // Shares of rows have cells of their own, shares of columns might not.
            columnShares = min(
                columnShares, Self.mostShares / max(1, min(Self.mostShares, rowCount / max(1, grainRows))))
        }
        var rowShares = max(1, min(Self.mostShares / columnShares, rowCount / max(1, grainRows)))
        func columnCut() -> [Range<Int>] { Self.cut(columnCount, into: columnShares, grain: chunk?[1] ?? 1) }
        func rowCut() -> [Range<Int>] { Self.cut(rowCount, into: rowShares, grain: chunk?[0] ?? 1) }
        func overlap() -> (rows: Int, columns: Int) {
            (
                isInOrder ? plan.rows.count : rowCut().reduce(0) { $0 + plan.rows.cells(of: $1).count },
                columnCut().reduce(0) { $0 + plan.columns.cells(of: $1).count }
            )
        }
        let cells = plan.rows.count.multipliedReportingOverflow(by: plan.columns.count)
        var all = overlap()
        while rowShares > 1 || columnShares > 1 {
            let total = all.rows.multipliedReportingOverflow(by: all.columns)
            if !total.overflow, total.partialValue <= max(cells.partialValue, Self.mostCells) { break }
            // No cell is there twice, however many there are.
            if all.rows == plan.rows.count, all.columns == plan.columns.count { break }
            if all.rows > plan.rows.count, rowShares > 1 {
                rowShares /= 2
            } else {
                columnShares = max(1, columnShares / 2)
            }
            if all.columns == plan.columns.count, rowShares == 1 { break }
            all = overlap()
        }
        rowRanges = isInOrder ? nil : rowCut()
        columnRanges = columnCut()
        all = overlap()
        func times(_ number: Int, _ count: Int) -> Int { (number - 1) / max(1, count) + 1 }
        self.overlap = times(all.rows, plan.rows.count) * times(all.columns, plan.columns.count)
    }

    /// Cuts a length into parts of about the same size, which start where chunks start.
    private static func cut(_ length: Int, into count: Int, grain: Int) -> [Range<Int>] {
        let grains = (length - 1) / max(1, grain) + 1
        return (0..<count).map { number in
            let (start, end) = (grains * number / count, grains * (number + 1) / count)
            return min(length, start * grain)..<min(length, end * grain)
        }.filter { !$0.isEmpty }
    }

    /// The shares of a band, in the order in which what they give is put together.
    func shares(of band: ReductionPlan.Band) -> [ReductionShare] {
        let rows = plan.rows.points(of: band.rowCells)
        let columns = plan.columns.points(of: band.columnCells)
        let columnParts = columnRanges.map { Self.part(of: columns, in: $0) }
        return (rowRanges ?? ranges(ofRowsIn: band)).flatMap { range in
            let part = Self.part(of: rows, in: range)
            return columnParts.compactMap { ReductionShare(plan, rows: part, columns: $0) }
        }
    }

    /// Ranges of rows that end where cells end, and start where chunks start as far as they can.
    private func ranges(ofRowsIn band: ReductionPlan.Band) -> [Range<Int>] {
        let starts = plan.rows.starts
        let (first, end) = (starts[band.rowCells.lowerBound], starts[band.rowCells.upperBound])
        let rows = end - first
        let count = max(1, min(Self.mostShares / max(1, columnRanges.count), rows / chunkRows))
        var ranges: [Range<Int>] = []
        var start = first
        for number in 1...count {
            let target = (first + rows / count * number) / chunkRows * chunkRows
            var next = end
            if number < count, target < end {
                guard target > start else { continue }
                let cell = plan.rows.cells[target]
                next = starts[cell] == target ? target : starts[cell + 1]
            }
            if next > start { ranges.append(start..<next) }
            start = max(start, next)
        }
        return ranges
    }

    /// Those of ascending points that lie in a range.
    private static func part(of points: [Int], in range: Range<Int>) -> ArraySlice<Int> {
        func place(of point: Int) -> Int {
            var (low, high) = (0, points.count)
            while low < high {
                let middle = (low + high) / 2
                if points[middle] < point { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return points[place(of: range.lowerBound)..<place(of: range.upperBound)]
    }
}
