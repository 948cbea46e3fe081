import HDF5

/// Goes through the data of a Main and works out the cells of which all values are needed at once, band after band.
struct GatheringRun {
    let plan: ReductionPlan
    let kind: USIDReduction.Kind
    /// The rows of a chunk; nil where there are none.
    let chunkRows: Int?
    let threads: Int
    /// Reads rows and columns, row-major.
    let read: (H5Selection) throws -> [Double]

    /// Rows that were read.
    private struct RowBatch: Sendable {
        var values: [Double]
        var width: Int
        var rows: AscendingPoints
    }

    /// Works out all bands and hands over each as soon as it is done.
    func run(
        _ bands: [ReductionPlan.Band], _ progress: USIDProgress?,
        _ deliver: (_ band: ReductionPlan.Band, _ values: [Double]) throws -> Void
    ) throws {
        let total = plan.elementCount(of: bands)
        var done = 0
        for band in bands {
            let strips = plan.strips(of: band)
            let cells = strips.map { _ in Locked<GatheredCells?>(nil) }
            let rows = AscendingPoints(plan.rows.points(of: band.rowCells))
            let columns = AscendingPoints(plan.columns.points(of: band.columnCells))
            let width = columns.count
            for places in rows.stretches(of: plan.rowsAtOnce(width: width), chunk: chunkRows) {
                let part = rows.part(places)
                let batch = RowBatch(
                    values: try read(.axes([part.selection, columns.selection])), width: width, rows: part)
                try add(batch, to: cells, strips)
                done += batch.values.count
                try progress?(done, total)
            }
            try deliver(band, try results(of: band, cells, strips))
        }
    }

    /// Adds rows to all strips, on all cores.
    private func add(_ batch: RowBatch, to cells: [Locked<GatheredCells?>], _ strips: [GatheringStrip]) throws {
        let cellOfRow = plan.rows.cells
        let kind = kind
        try WorkerThreads.run(count: min(threads, strips.count)) { _, control in
            while !control.isCancelled {
                let number = control.claim()
                guard number < strips.count else { return }
                let strip = strips[number]
                cells[number].withLock { cells in
                    var gathered = cells.take() ?? GatheredCells(strip, kind)
                    let values = batch.values.span
                    for place in 0..<batch.rows.count {
                        let cell = cellOfRow[batch.rows[place]]
                        guard strip.rowCells.contains(cell) else { continue }
                        let start = place &* batch.width
                        gathered.add(
                            values.extracting(start..<start &+ batch.width), toRow: cell - strip.rowCells.lowerBound,
                            strip)
                    }
                    cells = consume gathered
                }
            }
        }
    }

    /// The results of a band, row-major.
    private func results(
        of band: ReductionPlan.Band, _ cells: [Locked<GatheredCells?>], _ strips: [GatheringStrip]
    ) throws -> [Double] {
        let parts = strips.map { _ in Locked<[Double]>([]) }
        try WorkerThreads.run(count: min(threads, strips.count)) { _, control in
            while !control.isCancelled {
                let number = control.claim()
                guard number < strips.count else { return }
                guard var gathered = cells[number].withLock({ $0.take() }) else { continue }
                let values = try gathered.results(strips[number])
                parts[number].withLock { $0 = values }
            }
        }
        if strips.count == 1 { return parts[0].withLock { $0 } }
        if strips.first?.columnCells == band.columnCells { return parts.flatMap { $0.withLock { $0 } } }
        var results: [Double] = []
        results.reserveCapacity(band.rowCells.count * band.columnCells.count)
        for row in 0..<band.rowCells.count {
            for (strip, part) in zip(strips, parts) {
                let width = strip.columnCells.count
                part.withLock { results += $0[row * width..<(row + 1) * width] }
            }
        }
        return results
    }
}
