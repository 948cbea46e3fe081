/// What is to be reduced, and how it is cut so that memory and cores suffice.
///
/// Everything here follows from the shape alone, never from the number of threads: results are the same on every
/// machine.
struct ReductionPlan: Sendable {
    let rows: CellGrouping
    let columns: CellGrouping
    /// The bytes that the work may take beside the result.
    let memory: Int
    /// The bytes of an element in memory.
    let elementBytes: Int

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

    /// Bands all of whose values fit; nil where those of one cell alone do not.
    func gatheringBands() -> [Band]? {
        let most = memory / 2 / elementBytes
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
        let (bytes, bytesOverflow) = product.multipliedReportingOverflow(by: elementBytes)
        return overflow || bytesOverflow ? .max : bytes
    }

    /// How many rows of a band are read at once.
    func rowsAtOnce(width: Int) -> Int { max(1, memory / 4 / max(1, width * elementBytes)) }

    private static let mostStrips = 16
    private static let leastCells = 16
    private static let leastLaneRows = 256

    /// Cuts a band into strips for the threads.
    ///
    /// - Parameter sharesRows: Whether several strips may work at the same cells, each with some of the rows.
    func strips(of band: Band, sharesRows: Bool) -> [ReductionStrip] {
        func cut(_ cells: Range<Int>) -> [Range<Int>] {
            let count = min(Self.mostStrips, cells.count / Self.leastCells)
            return (0..<count).map { number in
                cells.lowerBound + cells.count * number / count..<cells.lowerBound + cells.count * (number + 1) / count
            }
        }
        if band.columnCells.count >= 4 * Self.leastCells {
            return cut(band.columnCells).map { ReductionStrip(self, band, rowCells: band.rowCells, columnCells: $0) }
        }
        if band.rowCells.count >= 4 * Self.leastCells {
            return cut(band.rowCells).map { ReductionStrip(self, band, rowCells: $0, columnCells: band.columnCells) }
        }
        // Not of the band, which follows from the memory: the order of additions must not.
        let isSmall = columns.count < 4 * Self.leastCells && rows.count < 4 * Self.leastCells
        let lanes = sharesRows && isSmall && rows.cells.count >= Self.leastLaneRows ? Self.mostStrips : 1
        return (0..<lanes).map {
            ReductionStrip(
                self, band, rowCells: band.rowCells, columnCells: band.columnCells, lane: $0, laneCount: lanes)
        }
    }
}

/// What one thread at a time works at: some cells of a band, or a share of its rows for all of them.
struct ReductionStrip: Sendable {
    let rowCells: Range<Int>
    let columnCells: Range<Int>
    /// Which share of the rows, by blocks.
    private let lane: Int
    private let laneCount: Int
    /// Where the columns are in a row that was read, cell after cell.
    let places: [Int]
    /// Where the places of each cell start, and where those of the last one end.
    let starts: [Int]
    /// Whether each cell has one column.
    let isSingle: Bool
    /// Where the columns start if they lie side by side, each a cell of its own.
    let contiguousStart: Int?
    /// The number of rows of each cell.
    let rowCounts: [Int]

    /// The rows of one share that follow each other.
    private static let laneRows = 16

    init(
        _ plan: ReductionPlan, _ band: ReductionPlan.Band, rowCells: Range<Int>, columnCells: Range<Int>,
        lane: Int = 0, laneCount: Int = 1
    ) {
        self.rowCells = rowCells
        self.columnCells = columnCells
        self.lane = lane
        self.laneCount = laneCount
        let columns = plan.columns
        let points = columns.pointsByCell[
            columns.starts[columnCells.lowerBound]..<columns.starts[columnCells.upperBound]]
        let read = columns.points(of: band.columnCells)
        let places: [Int]
        if read.count == columns.cells.count {
            places = Array(points)
        } else {
            // Only the columns of the band are read.
            var place = [Int](repeating: 0, count: columns.cells.count)
            for (number, point) in read.enumerated() { place[point] = number }
            places = points.map { place[$0] }
        }
        let follows = places.indices.dropFirst().allSatisfy { places[$0] == places[$0 - 1] + 1 }
        self.places = places
        let first = columns.starts[columnCells.lowerBound]
        starts = columns.starts[columnCells.lowerBound...columnCells.upperBound].map { $0 - first }
        isSingle = places.count == columnCells.count
        contiguousStart = isSingle && follows ? places.first : nil
        rowCounts = Array(plan.rows.counts[rowCells])
    }

    /// The number of results.
    var count: Int { rowCells.count * columnCells.count }

    /// Whether a row is this strip's.
    @inline(__always)
    func takes(row: Int, ofCell cell: Int) -> Bool {
        rowCells.contains(cell) && (laneCount == 1 || row / Self.laneRows % laneCount == lane)
    }
}
