import HDF5
import USID

/// Works through the batches of a run: each of its threads reads one, computes it and writes its results.
///
/// There is a thread more than may compute, so that reading and writing go on while all of those compute. Batches come in
/// any order; what is complete is committed from time to time, the data first.
struct ProcessEngine<P: USIDProcess>: Sendable {
    private let setup: ProcessSetup<P>
    private let group: ProcessResultsGroup
    private let reporter: ProgressReporter
    private let sizes: BatchSizes

    init(_ setup: ProcessSetup<P>, _ group: ProcessResultsGroup, _ reporter: ProgressReporter) throws {
        self.setup = setup
        self.group = group
        self.reporter = reporter
        sizes = try setup.sizes(digestRows: group.digestRows)
    }

    /// Works out what is not complete yet.
    func run(notes: [String]) throws -> ProcessResults {
        let completed = try group.completedPositions()
        let pending = CompletedPositions.pending(completed, blockRows: group.digestRows)
        let resumed = completed.count - pending.reduce(0) { $0 + $1.count }
        try reporter.begin(path: group.group.path, completed: resumed)
        let output = try ResultWriter(
            ResultLayout(group), InPlaceWriter(group.group.file), .commits, setup.options)
        try work(on: pending, output)
        let results = setup.results(group, resumed > 0 ? .resumed(positions: resumed) : .computed, notes)
        try reporter.finish(results)
        return results
    }

    /// Works out stretches of positions and takes a checkpoint at the end, whether it came or not.
    func work(on stretches: [Range<Int>], _ output: ResultWriter) throws {
        do {
            try work(on: sizes.batches(of: stretches), reopenedSource(), output)
        } catch {
            // What was worked out stays; that it cannot be kept, too, is not what the caller has to hear.
            try? output.checkpoint(isEnd: true)
            throw error
        }
        try output.checkpoint(isEnd: true)
    }

    /// The source as every thread may read it, without waiting for those that write.
    private func reopenedSource() throws -> H5Dataset {
        try setup.source.dataset.file.reopenedForWorkers().dataset(setup.source.path)
    }

    private func work(on batches: [Range<Int>], _ source: H5Dataset, _ output: ResultWriter) throws {
        let reader = try SourceReader<P.Input>(
            setup.source, from: source, setup.process.sourceForm, process: setup.process.name)
        let digests = SourceDigests(
            reader: reader, rows: group.digestRows, positionCount: setup.source.positionCount)
        guard !batches.isEmpty else { return }
        let threads = min(setup.threads, batches.count)
        let permits = WorkPermits(threads)
        let setup = setup
        let sizes = sizes
        let reporter = reporter
        try WorkerThreads.run(count: min(threads + 1, sizes.batchesInMemory, batches.count)) { _, control in
            var buffer: [P.Input] = []
            var results = setup.resultBatch(positionCount: min(sizes.batchRows, setup.source.positionCount))
            while !control.isCancelled {
                let number = control.claim()
                guard number < batches.count else { return }
                let positions = batches[number]
                func read() throws { try reader.read(positions, into: &buffer) }
                // Decoding is work for a processor; waiting for a disk is not.
                if reader.isDecoding { try permits.withPermit(read) } else { try read() }
                let found = try permits.withPermit {
                    results.reset(positionCount: positions.count)
                    let batch = Batch(
                        positions: positions, width: reader.width, elements: buffer, sourcePath: setup.source.path)
                    try setup.compute(batch, into: &results)
                    return digests.digests(of: positions, buffer)
                }
                try output.write(results, digests: found, at: positions)
                try reporter.advance(by: positions.count)
                try output.checkpointIfDue()
            }
        }
    }
}
