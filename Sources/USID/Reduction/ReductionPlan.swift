/// What is to be reduced, and how it is cut so that memory and cores suffice.
///
/// Everything here follows from the shape alone, never from the number of threads: results are the same on every
/// machine.
struct ReductionPlan: Sendable {
    let rows: CellGrouping
    let columns: CellGrouping
    /// The bytes that the work may take beside the result.
    let memory: Int
    /// Cells that are worked out together: some cells of rows, some of columns.
    struct Band: Hashable {
        var rowCells: Range<Int>
        var columnCells: Range<Int>
    }

    /// Bands whose cells take `bytes` each; one band where that fits.
    func bands(bytesPerCell bytes: Int) -> [Band] {
        let most = max(1, memory / 2 / bytes)
        let width = min(columns.count, most)
        let height = max(1, min(rows.count, most / max(1, width)))
        return stride(from: 0, to: rows.count, by: height).flatMap { row in
            stride(from: 0, to: columns.count, by: width).map { column in
                Band(
                    rowCells: row..<min(row + height, rows.count),
                    columnCells: column..<min(column + width, columns.count))
            }
        }
    }

    /// The number of elements that bands are worked out of.
    func elementCount(of bands: [Band]) -> Int {
        bands.reduce(0) { sum, band in
            let (count, overflow) = rows.pointCount(of: band.rowCells).multipliedReportingOverflow(
                by: columns.pointCount(of: band.columnCells))
            return overflow || sum > Int.max - count ? .max : sum + count
        }
    }
}
