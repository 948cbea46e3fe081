import HDF5

/// The hashes of the data of a source, one for each block of positions.
struct SourceDigests<Input: H5Element>: Sendable {
    let reader: SourceReader<Input>
    /// The positions of a block; the last one may have fewer.
    let rows: Int
    let positionCount: Int

    /// The hashes of the blocks of a batch, which starts with a block and ends with one.
    func digests(of positions: Range<Int>, _ elements: [Input]) -> [UInt64] {
        stride(from: 0, to: positions.count, by: rows).map { start in
            let end = min(start + rows, positions.count)
            return XXH64.hash(plain: elements, start * reader.width..<end * reader.width)
        }
    }

    /// The blocks that positions are in.
    func blocks(of positions: Range<Int>) -> Range<Int> {
        positions.lowerBound / rows..<(positions.upperBound + rows - 1) / rows
    }

    /// The first position of which the data is not what a run saw, among those that it completed; nil where all is.
    ///
    /// - Parameters:
    ///   - stored: The hashes that the run kept.
    ///   - completed: Which positions it completed.
    ///   - batchRows: The positions that are read at a time, whole blocks.
    /// - Throws: `H5Error` as reading does, and what `progress` throws.
    func firstChange(
        from stored: [UInt64], completed: [Bool], batchRows: Int, threads: Int, _ progress: @Sendable () throws -> Void
    ) throws -> Int? {
        try withoutActuallyEscaping(progress) { progress in
            let batches = stride(from: 0, to: positionCount, by: batchRows).map {
                $0..<min($0 + batchRows, positionCount)
            }.filter { completed[$0].contains(true) }
            let first = Locked<Int?>(nil)
            try WorkerThreads.run(count: max(1, min(threads, batches.count))) { _, control in
                var buffer: [Input] = []
                while !control.isCancelled {
                    let number = control.claim()
                    guard number < batches.count, first.withLock({ $0 == nil }) else { return }
                    try progress()
                    let positions = batches[number]
                    try reader.read(positions, into: &buffer)
                    for (block, digest) in zip(blocks(of: positions), digests(of: positions, buffer)) {
                        let start = block * rows
                        guard completed[start..<min(start + rows, positionCount)].contains(true),
                            digest != stored[block]
                        else { continue }
                        first.withLock { $0 = min($0 ?? .max, start) }
                        return
                    }
                }
            }
            return first.withLock { $0 }
        }
    }
}
