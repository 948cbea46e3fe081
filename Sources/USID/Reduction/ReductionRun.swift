import HDF5

/// Goes through the data of a Main and works out the cells, band after band: each thread reads a share of the data and adds
/// it to cells of its own, which are put together in the order of the shares.
struct ReductionRun<Input: ReductionInput, Running: RunningValue>: Sendable where Running.Value == Input.Value {
    typealias Value = Input.Value

    let plan: ReductionPlan
    /// The shape of chunks; nil where there are none.
    let chunk: [Int]?
    let threads: Int
    /// Reads rows and columns, row-major, on the thread that asks.
    let read: @Sendable (inout MutableSpan<Input>, H5Selection) throws -> Void
    /// The result of a cell and the number of its values.
    let result: @Sendable (Running, _ count: Int) -> Value

    /// What is read at once stays in a core's own cache until it is added.
    private static var tileBytes: Int { 256 << 10 }
    /// What is read between two reports of progress.
    private static var roundBytes: Int { 64 << 20 }

    /// Works out all bands and hands over each as soon as it is done.
    func run(
        _ progress: USIDProgress?, _ deliver: (_ band: ReductionPlan.Band, _ values: [Value]) throws -> Void
    ) throws {
        let sharing = ReductionSharing(plan, chunk: chunk, inputBytes: MemoryLayout<Input>.stride)
        // Those of the shares, those that they are put together in, and the results.
        let bytes = MemoryLayout<Running>.stride * (sharing.overlap + 1) + MemoryLayout<Value>.stride
        let bands = plan.bands(bytesPerCell: bytes)
        let total = plan.elementCount(of: bands)
        var done = 0
        for band in bands {
            let shares = sharing.shares(of: band)
            let cells = shares.map { _ in Locked<RunningCells<Running>?>(nil) }
            try add(shares, to: cells) { read in
                done += read
                try progress?(done, total)
            }
            try deliver(band, results(of: band, shares, cells))
        }
    }

    /// Reads all shares and adds them to their cells.
    private func add(
        _ shares: [ReductionShare], to cells: [Locked<RunningCells<Running>?>], _ report: (Int) throws -> Void
    ) throws {
        let stride = MemoryLayout<Input>.stride
        let widest = (shares.map(\.columns.count).max() ?? 1) * stride
        let chunkRows = max(1, chunk?.first ?? 1)
        let wanted = max(1, Self.tileBytes / widest / chunkRows) * chunkRows
        let rows = max(1, min(wanted, plan.memory / 4 / widest))
        let tileBytes = rows * widest
        let workers = max(1, min(threads, shares.count, plan.memory / 4 / tileBytes))
        let tiles = shares.map { $0.rows.stretches(of: rows, chunk: chunkRows) }
        let perRound = max(1, min(Self.roundBytes, plan.memory / 4) / tileBytes / max(1, shares.count))
        let rounds = ((tiles.map(\.count).max() ?? 0) + perRound - 1) / perRound
        for round in 0..<rounds {
            let places = round * perRound..<(round + 1) * perRound
            try WorkerThreads.run(count: workers) { _, control in
                // As large as the last tile; nearly all of them have one size.
                var buffer: [Input] = []
                while !control.isCancelled {
                    let number = control.claim()
                    guard number < shares.count else { return }
                    let due = tiles[number][places.clamped(to: tiles[number].indices)]
                    try add(due, of: shares[number], to: cells[number], &buffer)
                }
            }
            try report(
                zip(shares, tiles).reduce(0) { sum, share in
                    let due = share.1[places.clamped(to: share.1.indices)]
                    return sum + due.reduce(0) { $0 + $1.count } * share.0.columns.count
                })
        }
    }

    /// Reads tiles of a share, one after the other, and adds them to its cells.
    private func add(
        _ tiles: ArraySlice<Range<Int>>, of share: ReductionShare, to cells: Locked<RunningCells<Running>?>,
        _ buffer: inout [Input]
    ) throws {
        guard !tiles.isEmpty else { return }
        var sums = cells.withLock { $0.take() } ?? RunningCells<Running>(share)
        let columns = share.columns.selection
        for tile in tiles {
            let count = tile.count * share.columns.count
            if buffer.count != count { buffer = [Input](repeating: .zero, count: count) }
            var target = buffer.mutableSpan
            try read(&target, .axes([share.rows.part(tile).selection, columns]))
            sums.add(buffer.span, rows: tile, of: share, cellOfRow: plan.rows.cells)
        }
        cells.withLock { $0 = sums }
    }

    /// The results of a band, row-major.
    private func results(
        of band: ReductionPlan.Band, _ shares: [ReductionShare], _ cells: [Locked<RunningCells<Running>?>]
    ) -> [Value] {
        let width = band.columnCells.count
        var whole = [Running](repeating: Running(), count: band.rowCells.count * width)
        for (share, cells) in zip(shares, cells) {
            guard let part = cells.withLock({ $0.take() }) else { continue }
            var place = 0
            for row in share.rowCells {
                let start = (row - band.rowCells.lowerBound) * width - band.columnCells.lowerBound
                for column in share.columnCells {
                    whole[start + column].merge(part.cells[place])
                    place += 1
                }
            }
        }
        return whole.indices.map { cell in
            let (row, column) = cell.quotientAndRemainder(dividingBy: width)
            return result(
                whole[cell],
                plan.rows.counts[band.rowCells.lowerBound + row]
                    * plan.columns.counts[band.columnCells.lowerBound + column])
        }
    }
}
