import HDF5
import USID

/// How the positions of a source are cut into batches.
///
/// A batch is made of whole digest blocks, so that what is complete of a source has a digest of its own whatever the
/// batches were, and of whole rows of chunks where memory allows, so that no chunk is decoded twice.
struct BatchSizes: Sendable {
    /// The positions of a digest block.
    let digestRows: Int
    /// The positions of a batch, but for those at the end of a stretch.
    let batchRows: Int
    /// The batches that are in memory at a time.
    let batchesInMemory: Int
    /// The batches whose results may wait beside these while their datasets are made.
    let batchesWaiting: Int

    /// The bytes of the source that one digest stands for, about.
    private static let digestBytes = 64 << 10
    /// More than this for a batch makes nothing faster.
    private static let batchBytes = 4 << 20
    /// More than this need not wait: datasets are made in some milliseconds.
    private static let waitingBytes = 16 << 20
    /// The batches for each thread at least, so that none waits long for the last one.
    private static let batchesPerThread = 8

    /// Finds the sizes for a budget.
    ///
    /// - Parameters:
    ///   - positions: The number of positions.
    ///   - bytesPerPosition: What a position takes: its data, its results, what the process needs beside.
    ///   - sourceBytesPerPosition: What its data takes.
    ///   - chunkRows: The positions of a row of chunks; nil where the source has no chunks, or is cheap to read in parts.
    ///   - digestRows: The positions of a digest block, where a run began before.
    /// - Throws: `USIDProcessError` with code `budget`, which says how much is needed.
    init(
        positions: Int, bytesPerPosition: Int, sourceBytesPerPosition: Int, chunkRows: Int?, digestRows known: Int?,
        threads: Int, memory: Int, path: String
    ) throws {
        let wanted = max(1, Self.digestBytes / max(1, sourceBytesPerPosition))
        let digestRows = known ?? min(Self.digestRows(wanted, chunkRows: chunkRows), max(1, positions))
        self.digestRows = digestRows
        let most = memory / max(1, bytesPerPosition)
        guard most >= min(digestRows, positions) else {
            let (needed, overflow) = min(digestRows, positions).multipliedReportingOverflow(by: bytesPerPosition)
            let positionText =
                digestRows == 1 ? "one position takes" : "the smallest batch, \(digestRows) positions, takes"
            throw USIDProcessError(
                .budget, path: path,
                "\(positionText) \(overflow ? Int.max : needed) bytes and the budget is \(memory): allow more memory")
        }
        // Whole rows of chunks for one batch at least, and as many batches beside as fit then.
        let unit = chunkRows.flatMap { $0 % digestRows == 0 && $0 <= most ? $0 : nil } ?? digestRows
        let count = max(1, min(threads + 1, most / unit))
        let share = most / count
        let target = max(Self.batchBytes / max(1, bytesPerPosition), 1)
        let balanced = max(1, positions / max(1, threads * Self.batchesPerThread))
        let rows = max(1, min(share, target, balanced)) / unit * unit
        batchRows = max(unit, rows)
        batchesInMemory = count
        let waiting = min(most - min(most, count * batchRows), Self.waitingBytes / max(1, bytesPerPosition))
        batchesWaiting = waiting / batchRows
    }

    /// A number of positions that divides a row of chunks, or is made of several.
    private static func digestRows(_ wanted: Int, chunkRows: Int?) -> Int {
        guard let chunkRows, chunkRows > 0 else { return wanted }
        guard chunkRows > wanted else { return wanted / chunkRows * chunkRows }
        // The largest divisor that is not above what is wanted.
        return (1...wanted).last { chunkRows % $0 == 0 } ?? 1
    }

    /// The batches of all positions that are not complete yet, in order.
    ///
    /// - Parameter pending: Stretches of whole digest blocks, in order.
    func batches(of pending: [Range<Int>]) -> [Range<Int>] {
        pending.flatMap { stretch -> [Range<Int>] in
            var batches: [Range<Int>] = []
            var start = stretch.lowerBound
            while start < stretch.upperBound {
                // Ends lie on multiples, so that what follows starts with a row of chunks again.
                let end = min(stretch.upperBound, (start / batchRows + 1) * batchRows)
                batches.append(start..<end)
                start = end
            }
            return batches
        }
    }
}
