/// How what is worked out of all values of a cell at once is cut so that memory and cores suffice.
extension ReductionPlan {
    /// Bands all of whose values fit; nil where those of one cell alone do not.
    func gatheringBands() -> [Band]? {
        let most = memory / 2 / MemoryLayout<Double>.stride
        let width = columns.pointCount(of: 0..<columns.count)
        var bands: [Band] = []
        var row = 0
        while row < rows.count {
            var end = row + 1
            if rows.counts[row] <= most / max(1, width) {
                var points = rows.counts[row]
                while end < rows.count, rows.counts[end] <= most / width - points {
                    points += rows.counts[end]
                    end += 1
                }
                bands.append(Band(rowCells: row..<end, columnCells: 0..<columns.count))
            } else {
                // A cell of rows that is too large is cut along the columns.
                let points = most / rows.counts[row]
                var column = 0
                while column < columns.count {
                    guard columns.counts[column] <= points else { return nil }
                    var taken = columns.counts[column]
                    var last = column + 1
                    while last < columns.count, columns.counts[last] <= points - taken {
                        taken += columns.counts[last]
                        last += 1
                    }
                    bands.append(Band(rowCells: row..<end, columnCells: column..<last))
                    column = last
                }
            }
            row = end
        }
        return bands
    }

    /// The bytes of the largest cell.
    var largestCell: Int {
        let (product, overflow) = (rows.counts.max() ?? 0).multipliedReportingOverflow(by: columns.counts.max() ?? 0)
        let (bytes, bytesOverflow) = product.multipliedReportingOverflow(by: MemoryLayout<Double>.stride)
        return overflow || bytesOverflow ? .max : bytes
    }

    /// How many rows of a band are read at once.
    func rowsAtOnce(width: Int) -> Int { max(1, memory / 4 / max(1, width * MemoryLayout<Double>.stride)) }

    private static let mostStrips = 16
    private static let leastCells = 16

    /// Cuts a band into strips for the threads.
    func strips(of band: Band) -> [GatheringStrip] {
        func cut(_ cells: Range<Int>) -> [Range<Int>] {
            let count = min(Self.mostStrips, cells.count / Self.leastCells)
            return (0..<count).map { number in
                cells.lowerBound + cells.count * number / count..<cells.lowerBound + cells.count * (number + 1) / count
            }
        }
        if band.columnCells.count >= 4 * Self.leastCells {
            return cut(band.columnCells).map { GatheringStrip(self, band, rowCells: band.rowCells, columnCells: $0) }
        }
        if band.rowCells.count >= 4 * Self.leastCells {
            return cut(band.rowCells).map { GatheringStrip(self, band, rowCells: $0, columnCells: band.columnCells) }
        }
        return [GatheringStrip(self, band, rowCells: band.rowCells, columnCells: band.columnCells)]
    }
}

/// Some cells of a band, which one thread at a time works at.
struct GatheringStrip: Sendable {
    let rowCells: Range<Int>
    let columnCells: Range<Int>
    /// Where the columns are in a row that was read, cell after cell.
    let places: [Int]
    /// Where the places of each cell start, and where those of the last one end.
    let starts: [Int]
    /// The number of rows of each cell.
    let rowCounts: [Int]

    init(_ plan: ReductionPlan, _ band: ReductionPlan.Band, rowCells: Range<Int>, columnCells: Range<Int>) {
        self.rowCells = rowCells
        self.columnCells = columnCells
        let columns = plan.columns
        let points = columns.pointsByCell[
            columns.starts[columnCells.lowerBound]..<columns.starts[columnCells.upperBound]]
        let read = columns.points(of: band.columnCells)
        if read.count == columns.cells.count {
            places = Array(points)
        } else {
            // Only the columns of the band are read.
            var place = [Int](repeating: 0, count: columns.cells.count)
            for (number, point) in read.enumerated() { place[point] = number }
            places = points.map { place[$0] }
        }
        let first = columns.starts[columnCells.lowerBound]
        starts = columns.starts[columnCells.lowerBound...columnCells.upperBound].map { $0 - first }
        rowCounts = Array(plan.rows.counts[rowCells])
    }

    /// The number of results.
    var count: Int { rowCells.count * columnCells.count }
}
