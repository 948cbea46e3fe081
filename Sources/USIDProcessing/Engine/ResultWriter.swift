import HDF5
import USID

/// Where the results of a run lie in the file.
struct ResultLayout: Sendable {
    let group: ProcessResultsGroup
    /// Where each result lies; nil for those that are written through commits.
    ///
    /// These are results in chunks, and those of a file that another program stored anew and that have bytes on the pages
    /// of the marks, which commits change while results are written.
    let blocks: [H5DatasetBlock?]
    /// The bytes of a position in each result.
    let rowBytes: [Int]
    let completed: H5DatasetBlock?
    let digests: H5DatasetBlock?

    init(_ group: ProcessResultsGroup) {
        self.group = group
        let marks = [group.completed.block, group.digests.block].compactMap { $0?.pages }
        blocks = group.mains.map { main in
            guard let block = main.dataset.block, !marks.contains(where: block.pages.overlaps) else { return nil }
            return block
        }
        rowBytes = group.mains.map { $0.spectroscopicPointCount * $0.dataset.datatype.size }
        completed = group.completed.block
        digests = group.digests.block
    }
}

/// Writes the results of batches, and from time to time commits which positions are complete.
///
/// The data goes straight to where it belongs, where nobody looks before its positions are marked. A checkpoint marks those
/// positions in one commit, which waits until their data is on the disk: whatever happens, a position that is marked has its
/// results.
final class ResultWriter: Sendable {
    private typealias Written = (positions: Range<Int>, digests: [UInt64])

    private struct State {
        /// What is written and not marked.
        var written: [Written] = []
        var lastCheckpoint = ContinuousClock.now
        var isCheckpointing = false
    }

    /// How positions are marked as complete.
    enum Marking {
        /// By one commit for each checkpoint.
        case commits
        /// Each rank its own, in place, once their data is on the disk.
        case inPlace
    }

    let layout: ResultLayout
    private let interval: Duration
    private let writer: InPlaceWriter
    private let marking: Marking
    private let durability: H5Durability
    private let state = Locked(State())

    init(
        _ layout: ResultLayout, _ writer: InPlaceWriter, _ marking: Marking, _ options: ProcessOptions
    ) throws {
        self.layout = layout
        interval = options.checkpointInterval
        durability = options.durability
        self.writer = writer
        self.marking = marking
    }

    /// Writes the results of a batch; any number of threads may do so at once.
    ///
    /// - Throws: `H5Error` with code `noSpace` or `inputOutput`.
    func write(_ results: ResultBatch, digests: [UInt64], at positions: Range<Int>) throws {
        for index in 0..<results.count {
            try results[index].withBytes { bytes in
                if let block = layout.blocks[index] {
                    try writer.write(bytes, at: block.offset + UInt64(positions.lowerBound * layout.rowBytes[index]))
                } else {
                    try layout.group.mains[index].dataset.write(
                        storedBytes: bytes,
                        .axes([
                            .range(lower: positions.lowerBound, upper: positions.upperBound, stride: 1), .whole,
                        ]))
                }
            }
        }
        state.withLock { $0.written.append((positions, digests)) }
    }

    /// Takes a checkpoint when the time for one has come.
    func checkpointIfDue() throws {
        let isDue = state.withLock { state in
            guard !state.isCheckpointing, ContinuousClock.now - state.lastCheckpoint >= interval else { return false }
            state.isCheckpointing = true
            return true
        }
        if isDue { try checkpoint() }
    }

    /// Commits which positions are complete.
    ///
    /// - Parameter isEnd: Whether the run ends here, so that the group says how many of the first positions are complete.
    func checkpoint(isEnd: Bool = false) throws {
        defer {
            state.withLock {
                $0.isCheckpointing = false
                $0.lastCheckpoint = ContinuousClock.now
            }
        }
        let written = state.withLock { state in
            let written = state.written
            state.written = []
            return written
        }
        guard !written.isEmpty || isEnd else { return }
        do {
            switch marking {
            case .commits: try commit(written, isEnd: isEnd)
            case .inPlace: try mark(written)
            }
        } catch {
            state.withLock { $0.written = written + $0.written }
            throw error
        }
    }

    /// Marks positions in one commit, which waits for all of the file, the data of the positions before the marks.
    private func commit(_ written: [Written], isEnd: Bool) throws {
        let group = layout.group
        for (positions, digests) in written {
            let first = positions.lowerBound / group.digestRows
            try group.digests.write(
                digests, at: .axes([.range(lower: first, upper: first + digests.count, stride: 1)]))
        }
        for positions in CompletedPositions.joined(written.map(\.positions)) {
            try group.completed.write(
                [UInt8](repeating: 1, count: positions.count),
                at: .axes([.range(lower: positions.lowerBound, upper: positions.upperBound, stride: 1)]))
        }
        if isEnd {
            let completed = try group.completedPositions()
            try group.group.setAttribute(
                ProcessResultsGroup.Name.lastPixel, completed.firstIndex(of: false) ?? completed.count)
        }
        try group.group.file.commit(durability: durability)
    }

    /// Marks positions of this rank where the marks lie: first the data is on the disk, then they.
    private func mark(_ written: [Written]) throws {
        guard !written.isEmpty, let completed = layout.completed, let digests = layout.digests else { return }
        for (positions, values) in written {
            let first = positions.lowerBound / layout.group.digestRows
            let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
            try writer.write(bytes.span.bytes, at: digests.offset + UInt64(first * 8))
        }
        if durability == .powerFailure { try writer.synchronize() }
        for positions in CompletedPositions.joined(written.map(\.positions)) {
            let marks = [UInt8](repeating: 1, count: positions.count)
            try writer.write(marks.span.bytes, at: completed.offset + UInt64(positions.lowerBound))
        }
        if durability == .powerFailure { try writer.synchronize() }
    }
}
