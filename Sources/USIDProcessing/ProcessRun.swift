import HDF5
import USID

/// A run of a process over all positions of a Main dataset.
///
/// ```swift
/// let run = try ProcessRun(PeakPosition(), on: main, memory: .gibibytes(2))
/// for try await progress in run.start() { print(progress) }
/// ```
///
/// Results lie in a group `<Main>-<name>_000` beside the Main, or in another file. A run of the same process, version and
/// parameters on the same data is found there and not done again; one that was cut short goes on where its last checkpoint
/// is. A Main whose data changed since, and other parameters, make a new group.
public struct ProcessRun<P: USIDProcess>: Sendable {
    /// The process.
    public let process: P
    /// The Main that it is run on.
    public let source: USIDDataset
    /// How it is run.
    public let options: ProcessOptions

    /// What the process says, worked out and checked.
    let setup: ProcessSetup<P>

    /// Prepares a run; nothing is written.
    ///
    /// - Parameters:
    ///   - process: The process with its parameters.
    ///   - source: The Main. Its file needs to be open for changes where the results go into it, and to have a path.
    ///   - memory: What batches, results and scratch memory take together; by default a quarter of the machine's memory.
    ///   - options: Threads, checkpoints, another file for the results and more.
    /// - Throws: `USIDProcessError` with code `invalidProcess` for a process that contradicts itself or does not fit the
    ///   source, or `budget`; what the process throws; `H5Error` where the source cannot be read.
    public init(
        _ process: P, on source: USIDDataset, memory: H5ByteCount? = nil, options: ProcessOptions = ProcessOptions()
    ) throws {
        self.process = process
        self.source = source
        self.options = options
        setup = try ProcessSetup(process, source, memory: memory, options: options)
    }

    /// Starts the run on threads of its own and tells how far it is, some times a second.
    ///
    /// The last element has the results. When the task is cancelled, or the sequence is given up, the run ends after its
    /// current batches, with a checkpoint.
    ///
    /// - Returns: A sequence that throws what `perform` throws.
    public func start() -> AsyncThrowingStream<ProcessProgress, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            let isGivenUp = Locked(false)
            let work = Task {
                do {
                    try await WorkerThreads.onThread {
                        _ = try perform { progress in
                            if isGivenUp.withLock({ $0 }) { throw CancellationError() }
                            continuation.yield(progress)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { reason in
                if case .cancelled = reason {
                    isGivenUp.withLock { $0 = true }
                    work.cancel()
                }
            }
        }
    }

    /// Runs the process and waits for its end; for callers that are not asynchronous.
    ///
    /// Changes of the files that were not committed yet are committed when results are to be computed.
    ///
    /// - Parameter progress: Hears how far the run is, some times a second, on any of its threads, one call at a time; what it
    ///   throws, such as `CancellationError`, ends the run after its current batches, with a checkpoint.
    /// - Returns: The results, of this run or of an earlier one.
    /// - Throws: `USIDProcessError` for what the process does wrong, with the positions; `USIDError` and `H5Error` as
    ///   reading and writing do, such as `noSpace`; what `progress` throws. What was complete before stays in the file, and
    ///   the next run goes on from there.
    @discardableResult
    public func perform(
        _ progress: @escaping @Sendable (ProcessProgress) throws -> Void = { _ in }
    ) throws -> ProcessResults {
        let reporter = ProgressReporter(
            total: source.positionCount, interval: options.progressInterval, progress)
        if let ranks = options.ranks, ranks.count > 1 { return try RankedRun(setup, ranks, reporter).run() }
        let earlier = try EarlierRuns(setup).choose(reporter)
        switch earlier.choice {
        case .complete(let found):
            let results = setup.results(found, .found, earlier.notes)
            try reporter.finish(results)
            return results
        case .partial(let found):
            try setup.checkWritable()
            return try ProcessEngine(setup, reporter, digestRows: found.digestRows).run(in: found, notes: earlier.notes)
        case .none:
            try setup.checkWritable()
            return try ProcessEngine(setup, reporter).runInNewGroup(notes: earlier.notes)
        }
    }

    /// What the run would make, and how; nothing is written.
    public func plan() throws -> ProcessPlan { try setup.plan() }

    /// Works out some positions and writes nothing.
    ///
    /// - Parameter positions: The numbers of the positions, in any order.
    /// - Returns: The results, one column for each dataset, the positions in the order asked for.
    /// - Throws: `USIDError` with code `outOfRange` for positions that there are not; what the process throws.
    public func test(positions: [Int]) throws -> ResultBatch {
        try setup.test(positions: positions)
    }

    /// The earlier runs of the same process, version and parameters on this source, the latest first; nothing is written.
    ///
    /// Whether their source is what it was is not looked at; `perform` does.
    ///
    /// - Throws: `H5Error` where groups or attributes cannot be read.
    public func earlierRuns() throws -> [EarlierRun] { try EarlierRuns(setup).all() }
}
