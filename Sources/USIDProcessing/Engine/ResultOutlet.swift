import HDF5

/// Where workers leave the results of their batches: they go to the file, or, while their datasets are still being made, wait
/// in memory for as long as there is room.
final class ResultOutlet: Sendable {
    /// The results of a batch.
    struct Worked: Sendable {
        let results: ResultBatch
        let digests: [UInt64]
        let positions: Range<Int>
    }

    private struct State {
        var writer: ResultWriter?
        var failure: (any Error)?
        var waiting: [Worked] = []
    }

    /// The batches that may wait.
    private let room: Int
    private let reporter: ProgressReporter
    private let state = Monitored(State())

    init(room: Int, _ reporter: ProgressReporter) {
        self.room = room
        self.reporter = reporter
    }

    /// What writes the results; nil where it was not made.
    var writer: ResultWriter? { state.withLock { $0.writer } }
    /// Why the datasets could not be made.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// Makes the datasets, and writes what waits for them.
    ///
    /// - Throws: What `make` throws, with which all results are given up; what `deliver` throws.
    func open(_ make: () throws -> ResultWriter) throws {
        let made = Result { try make() }
        let writer: ResultWriter? = state.withLock { state in
            switch made {
            case .success(let writer): state.writer = writer
            case .failure(let error):
                state.failure = error
                state.waiting = []
            }
            return state.writer
        }
        guard let writer else { return _ = try made.get() }
        try writeWaiting(writer)
    }

    /// Writes the results of a batch, or keeps them where they cannot be written yet; waits where there is no room for them.
    ///
    /// - Returns: Whether they are kept, so that the memory of `worked` is not free.
    /// - Throws: `H5Error` as writing does; what the progress of the caller throws.
    func deliver(_ worked: Worked) throws -> Bool {
        let room = room
        let (writer, isKept) = state.withLock(
            when: { $0.writer != nil || $0.failure != nil || $0.waiting.count < room }
        ) { state -> (ResultWriter?, Bool) in
            guard state.writer == nil, state.failure == nil else { return (state.writer, false) }
            state.waiting.append(worked)
            return (nil, true)
        }
        guard let writer else { return isKept }
        try write(worked, writer)
        try writeWaiting(writer)
        return false
    }

    /// Writes what waited; the other workers help.
    private func writeWaiting(_ writer: ResultWriter) throws {
        while let worked = state.withLock({ $0.waiting.popLast() }) { try write(worked, writer) }
    }

    private func write(_ worked: Worked, _ writer: ResultWriter) throws {
        try writer.write(worked.results, digests: worked.digests, at: worked.positions)
        try reporter.advance(by: worked.positions.count)
        try writer.checkpointIfDue()
    }
}
