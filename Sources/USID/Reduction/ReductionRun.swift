import HDF5

/// Goes through the data of a Main and works out the cells, band after band.
struct ReductionRun<Value: Sendable> {
    let plan: ReductionPlan
    /// The rows of a chunk; nil where there are none.
    let chunkRows: Int?
    let threads: Int
    /// Reads rows and columns, row-major.
    let read: (H5Selection) throws -> [Value]
    let progress: USIDProgress?

    /// Rows that were read.
    private struct Batch: Sendable {
        var values: [Value]
        var width: Int
        var rows: AscendingPoints
    }

    /// The results of some cells, row-major.
    typealias Delivery = (_ band: ReductionPlan.Band, _ values: [Value]) throws -> Void

    /// Works out all bands and hands over each as soon as it is done.
    ///
    /// - Parameter sharesRows: Whether `Accumulator` can merge what several shares of the rows gave.
    func run<Accumulator: CellAccumulator>(
        _ bands: [ReductionPlan.Band], sharesRows: Bool, _ deliver: Delivery,
        _ make: @escaping @Sendable (ReductionStrip) -> Accumulator
    ) throws where Accumulator.Value == Value {
        let total = bands.reduce(0) { sum, band in
            let (count, overflow) = plan.rows.pointCount(of: band.rowCells).multipliedReportingOverflow(
                by: plan.columns.pointCount(of: band.columnCells))
            return overflow || sum > Int.max - count ? .max : sum + count
        }
        var done = 0
        for band in bands {
            let strips = plan.strips(of: band, sharesRows: sharesRows)
            let cells = strips.map { _ in Locked<Accumulator?>(nil) }
            let rows = AscendingPoints(plan.rows.points(of: band.rowCells))
            let columns = AscendingPoints(plan.columns.points(of: band.columnCells))
            let width = columns.count
            for places in rows.stretches(of: plan.rowsAtOnce(width: width), chunk: chunkRows) {
                let part = rows.part(places)
                let batch = Batch(
                    values: try read(.axes([part.selection, columns.selection])), width: width, rows: part)
                try add(batch, to: cells, strips, make)
                done += batch.values.count
                try progress?(done, total)
            }
            try deliver(band, try results(of: band, cells, strips))
        }
    }

    /// Adds rows to all strips, on all cores.
    private func add<Accumulator: CellAccumulator>(
        _ batch: Batch, to cells: [Locked<Accumulator?>], _ strips: [ReductionStrip],
        _ make: @escaping @Sendable (ReductionStrip) -> Accumulator
    ) throws where Accumulator.Value == Value {
        let cellOfRow = plan.rows.cells
        try WorkerThreads.run(count: min(threads, strips.count)) { _, control in
            while !control.isCancelled {
                let number = control.claim()
                guard number < strips.count else { return }
                let strip = strips[number]
                cells[number].withLock { cells in
                    var accumulator = cells.take() ?? make(strip)
                    let values = batch.values.span
                    for place in 0..<batch.rows.count {
                        let row = batch.rows[place]
                        let cell = cellOfRow[row]
                        guard strip.takes(row: row, ofCell: cell) else { continue }
                        let start = place &* batch.width
                        accumulator.add(
                            values.extracting(start..<start &+ batch.width), toRow: cell - strip.rowCells.lowerBound,
                            strip)
                    }
                    cells = consume accumulator
                }
            }
        }
    }

    /// The results of a band, row-major.
    private func results<Accumulator: CellAccumulator>(
        of band: ReductionPlan.Band, _ cells: [Locked<Accumulator?>], _ strips: [ReductionStrip]
    ) throws -> [Value] where Accumulator.Value == Value {
        // Shares of the rows come together in their order.
        if strips.count > 1, let first = strips.first,
            strips.allSatisfy({ $0.rowCells == first.rowCells && $0.columnCells == first.columnCells })
        {
            guard var whole = cells[0].withLock({ $0.take() }) else { return [] }
            for other in cells.dropFirst() {
                if let share = other.withLock({ $0.take() }) { whole.merge(share, first) }
            }
            return try whole.results(first)
        }
        let parts = strips.map { _ in Locked<[Value]>([]) }
        try WorkerThreads.run(count: min(threads, strips.count)) { _, control in
            while !control.isCancelled {
                let number = control.claim()
                guard number < strips.count else { return }
                guard var accumulator = cells[number].withLock({ $0.take() }) else { continue }
                let values = try accumulator.results(strips[number])
                parts[number].withLock { $0 = values }
            }
        }
        if strips.count == 1 { return parts[0].withLock { $0 } }
        if strips.first?.columnCells == band.columnCells { return parts.flatMap { $0.withLock { $0 } } }
        var results: [Value] = []
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
