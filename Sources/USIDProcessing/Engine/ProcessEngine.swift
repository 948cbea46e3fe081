import HDF5
import USID

/// Works through the batches of a run: each of its threads reads one, computes it and writes its results.
///
/// There is a thread more than may compute, which does so while another one waits for a disk. Batches come in any order; what is complete is committed from time to time, the data first. While the datasets of the results are made,
/// the first batches are worked out.
struct ProcessEngine<P: USIDProcess>: Sendable {
    private let setup: ProcessSetup<P>
    private let reporter: ProgressReporter
    private let sizes: BatchSizes

    /// - Parameter digestRows: The positions of a digest of the run that goes on; nil for a new one.
    init(_ setup: ProcessSetup<P>, _ reporter: ProgressReporter, digestRows: Int? = nil) throws {
        self.setup = setup
        self.reporter = reporter
        sizes = try setup.sizes(digestRows: digestRows)
    }

    /// Makes the results group and works out everything.
    func runInNewGroup(notes: [String]) throws -> ProcessResults {
        // Threads read the source while the group is made.
        try setup.commitSource()
        let output = try work(on: [0..<setup.source.positionCount]) {
            let group = try setup.createGroup()
            try reporter.begin(path: group.group.path, completed: 0)
            return try ResultWriter(ResultLayout(group), InPlaceWriter(group.group.file), .commits, setup.options)
        }
        let results = setup.results(output.layout.group, .computed, notes)
        try reporter.finish(results)
        return results
    }

    /// Works out what is not complete yet of a group that there is.
    func run(in group: ProcessResultsGroup, notes: [String]) throws -> ProcessResults {
        try setup.commitSource()
        let completed = try group.completedPositions()
        let pending = CompletedPositions.pending(completed, blockRows: group.digestRows)
        let resumed = completed.count - pending.reduce(0) { $0 + $1.count }
        _ = try work(on: pending) {
            try reporter.begin(path: group.group.path, completed: resumed)
            return try ResultWriter(ResultLayout(group), InPlaceWriter(group.group.file), .commits, setup.options)
        }
        let results = setup.results(group, resumed > 0 ? .resumed(positions: resumed) : .computed, notes)
        try reporter.finish(results)
        return results
    }

    /// Works out stretches of positions and takes a checkpoint at the end, whether it came or not.
    ///
    /// - Parameter open: Makes what the results are written to; other threads work already.
    /// - Returns: What `open` made.
    func work(on stretches: [Range<Int>], _ open: @escaping @Sendable () throws -> ResultWriter) throws -> ResultWriter
    {
        let outlet = ResultOutlet(room: sizes.batchesWaiting, reporter)
        do {
            try work(on: sizes.batches(of: stretches), reopenedSource(), outlet, open)
        } catch {
            // Without datasets nothing else matters, whatever went wrong first.
            if let failure = outlet.failure { throw failure }
            // What was worked out stays; that it cannot be kept, too, is not what the caller has to hear.
            try? outlet.writer?.checkpoint(isEnd: true)
            throw error
        }
        // Where nothing is left to be worked out, nobody made it.
        let writer = try outlet.writer ?? open()
        try writer.checkpoint(isEnd: true)
        return writer
    }

    /// The source as every thread may read it, without waiting for those that write.
    private func reopenedSource() throws -> H5Dataset {
        try setup.source.dataset.file.reopenedForWorkers().dataset(setup.source.path)
    }

    private func work(
        on batches: [Range<Int>], _ source: H5Dataset, _ outlet: ResultOutlet,
        _ open: @escaping @Sendable () throws -> ResultWriter
    ) throws {
        let reader = try SourceReader<P.Input>(
            setup.source, from: source, setup.process.sourceForm, process: setup.process.name)
        let digests = SourceDigests(
            reader: reader, rows: sizes.digestRows, positionCount: setup.source.positionCount)
        guard !batches.isEmpty else { return }
        let threads = min(setup.threads, batches.count)
        // The first worker makes the datasets before the others take all permits.
        let permits = WorkPermits(threads, reserved: 1)
        let setup = setup
        let sizes = sizes
        try WorkerThreads.run(count: min(threads + 1, sizes.batchesInMemory, batches.count)) { worker, control in
            try permits.withPermit(isReserved: worker == 0) {
                if worker == 0 { try outlet.open(open) }
                var buffer: [P.Input] = []
                let rows = min(sizes.batchRows, setup.source.positionCount)
                var results = setup.resultBatch(positionCount: rows)
                while !control.isCancelled {
                    let number = control.claim()
                    guard number < batches.count else { return }
                    let positions = batches[number]
                    func read() throws { try reader.read(positions, into: &buffer) }
                    // Decoding is work for a processor; waiting for a disk is not.
                    if reader.isDecoding { try read() } else { try permits.lending(read) }
                    results.reset(positionCount: positions.count)
                    try setup.compute(
                        Batch(
                            positions: positions, width: reader.width, elements: buffer, sourcePath: setup.source.path),
                        into: &results)
                    let worked = ResultOutlet.Worked(
                        results: results, digests: digests.digests(of: positions, buffer), positions: positions)
                    if try permits.lending({ try outlet.deliver(worked) }) {
                        results = setup.resultBatch(positionCount: rows)
                    }
                }
            }
        }
    }
}
