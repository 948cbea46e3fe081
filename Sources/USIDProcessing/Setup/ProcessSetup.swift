import HDF5
import USID

/// A process and its source, checked: everything that a run needs to know before it writes.
struct ProcessSetup<P: USIDProcess>: Sendable {
    let process: P
    /// The process with what it worked out for the source.
    let prepared: P
    let source: USIDDataset
    let options: ProcessOptions
    let parameters: USIDParameters
    let digest: String
    let datasets: [ResultDataset]
    let constants: [ResultConstant]
    /// The number of points of each result.
    let pointCounts: [Int]
    let threads: Int
    private let memory: Int
    private let bytesPerPosition: Int
    private let sourceBytesPerPosition: Int
    private let chunkRows: Int?

    init(_ process: P, _ source: USIDDataset, memory: H5ByteCount?, options: ProcessOptions) throws {
        self.process = process
        self.source = source
        self.options = options
        func wrong(_ message: String) -> USIDProcessError {
            USIDProcessError(.invalidProcess, path: source.path, message)
        }
        guard !process.name.isEmpty, !process.version.isEmpty else {
            throw wrong("a process needs a name and a version")
        }
        guard source.positionCount > 0, source.spectroscopicPointCount > 0 else {
            throw wrong("the dataset is empty: there is nothing to process")
        }
        if let threads = options.threads, threads < 1 { throw wrong("\(threads) threads cannot compute anything") }
        guard options.checkpointInterval >= .zero else { throw wrong("the time between checkpoints is negative") }
        threads = options.threads ?? SystemInformation.processorCount
        parameters = try process.parameters
        digest = parameters.digest(of: process.name, version: process.version)
        for entry in parameters.flattened where ProcessResultsGroup.Name.attributes.contains(entry.name) {
            throw wrong("'\(entry.name)' is an attribute of its own: give the parameter another name")
        }
        datasets = try process.results(for: source)
        guard !datasets.isEmpty else { throw wrong("\(process.name) names no dataset that it would make") }
        constants = try process.constants(for: source)
        var names = Set([ProcessResultsGroup.Name.completed, ProcessResultsGroup.Name.digests])
        for name in datasets.map(\.name) + constants.map(\.name) where !names.insert(name).inserted {
            throw wrong("two datasets of \(process.name) would be called '\(name)': give one of them another name")
        }
        let reader = try SourceReader<P.Input>(source, process.sourceForm, process: process.name)
        prepared = try process.prepared(for: source)
        var ancillaries = ResultAncillaries(source, copies: false)
        pointCounts = try datasets.map { try ancillaries.columns(of: $0).count }
        let scratch = process.scratchBytesPerPosition(for: source)
        guard scratch >= 0 else { throw wrong("\(process.name) says that it needs \(scratch) bytes for a position") }
        var bytes = scratch
        func add(_ count: Int, _ size: Int) throws -> Int {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            let (sum, isTooLarge) = bytes.addingReportingOverflow(product)
            guard !overflow, !isTooLarge else { throw wrong("a position takes more memory than there can be") }
            bytes = sum
            return product
        }
        sourceBytesPerPosition = try add(reader.width, MemoryLayout<P.Input>.stride)
        for (dataset, points) in zip(datasets, pointCounts) { _ = try add(points, dataset.datatype.size) }
        if reader.isDecoding || process.sourceForm != .stored {
            // What is decoded, or read as it is stored, on its way to the input.
            _ = try add(source.spectroscopicPointCount, source.dataset.datatype.size)
        }
        bytesPerPosition = bytes
        chunkRows = source.dataset.chunkShape?.first
        self.memory = memory?.bytes ?? SystemInformation.physicalMemory / 4
        _ = try sizes(digestRows: nil)
    }

    /// The sizes of batches.
    ///
    /// - Parameter digestRows: The positions of a digest of the run that goes on; nil for a new one.
    func sizes(digestRows: Int?) throws -> BatchSizes {
        try BatchSizes(
            positions: source.positionCount, bytesPerPosition: bytesPerPosition,
            sourceBytesPerPosition: sourceBytesPerPosition, chunkRows: chunkRows, digestRows: digestRows,
            threads: threads, memory: memory, path: source.path)
    }

    /// What a run makes, and how.
    func plan() throws -> ProcessPlan {
        let sizes = try sizes(digestRows: nil)
        func clamped(_ factors: [Int]) -> Int {
            factors.reduce(1) { product, factor in
                let (result, overflow) = product.multipliedReportingOverflow(by: factor)
                return overflow ? .max : result
            }
        }
        return ProcessPlan(
            results: zip(datasets, pointCounts).map { dataset, points in
                ProcessPlan.Result(
                    name: dataset.name, datatype: dataset.datatype, pointCount: points,
                    byteCount: clamped([source.positionCount, points, dataset.datatype.size]))
            }, batchPositions: min(sizes.batchRows, source.positionCount), threads: threads,
            memory: clamped([
                min(source.positionCount, clamped([sizes.batchRows, sizes.batchesInMemory + sizes.batchesWaiting])),
                bytesPerPosition,
            ]))
    }

    /// The group in which the results group lies, or will: nil for beside the source.
    var targetInOtherFile: H5Group? {
        guard let target = options.target, target.file !== source.dataset.file else { return nil }
        return target
    }

    /// - Throws: `USIDError` with code `readOnly` where the results cannot be written.
    func checkWritable() throws {
        let file = targetInOtherFile?.file ?? source.dataset.file
        guard file.isWritable else {
            throw USIDError(
                .readOnly, path: targetInOtherFile?.path ?? source.path,
                "the file is open for reading only: open it with H5File.openForUpdate, or give another file as the target"
            )
        }
    }

    /// Commits what was changed of the source, which threads read as it was committed last.
    func commitSource() throws {
        let file = source.dataset.file
        if file.isWritable { try file.commit(durability: options.durability) }
    }

    /// Makes the results group, with space for everything, and commits it.
    func createGroup() throws -> ProcessResultsGroup {
        if targetInOtherFile != nil { try commitSource() }
        let sizes = try sizes(digestRows: nil)
        let plan = ProcessResultsGroup.Plan(
            source: source, name: process.name, version: process.version, parameters: parameters, digest: digest,
            datasets: datasets, constants: constants, digestRows: sizes.digestRows, filters: options.filters,
            chunkRows: sizes.digestRows, overridesEarlier: options.overridesEarlier,
            bookKeeping: options.bookKeeping)
        let made = try ProcessResultsGroup.create(
            plan, into: targetInOtherFile, sourceFilePath: options.sourceFilePath)
        let file = made.group.file
        try file.commit(durability: options.durability)
        do {
            let writer = try InPlaceWriter(file)
            for dataset in made.mains.map(\.dataset) + [made.completed, made.digests] {
                if let block = dataset.block { try writer.reserve(block) }
            }
        } catch {
            // There is no room for the results: the file is again what it was.
            try file.root.remove(made.group.path)
            try file.commit()
            guard var full = error as? H5Error, full.code == .noSpace else { throw error }
            full.message =
                "the results take \(try self.plan().results.reduce(0) { $0 &+ $1.byteCount }) bytes, for which there is no room "
                + "on the disk; nothing was written"
            throw full
        }
        return made
    }

    func results(
        _ group: ProcessResultsGroup, _ origin: ProcessResults.Origin, _ notes: [String]
    ) -> ProcessResults {
        ProcessResults(
            group: group.group, mains: group.mains, origin: origin, positionCount: source.positionCount, notes: notes)
    }

    /// Empty results for a number of positions.
    func resultBatch(positionCount: Int) -> ResultBatch {
        ResultBatch(
            zip(datasets, pointCounts).map { dataset, points in
                ResultColumn(dataset, width: points * max(1, dataset.members.count), positionCount: positionCount)
            })
    }

    /// Works out the results of a batch and checks them.
    func compute(_ batch: Batch<P.Input>, into results: inout ResultBatch) throws {
        do {
            try prepared.compute(batch, into: &results)
        } catch let error as USIDProcessError {
            throw USIDProcessError(
                error.code, path: source.path, positions: error.positions ?? batch.positions, error.message,
                cause: error.cause)
        } catch {
            throw USIDProcessError(
                .computation, path: source.path, positions: batch.positions,
                "\(process.name) cannot work out positions \(batch.positions): \(USIDProcessError.text(of: error))",
                cause: error)
        }
        try results.check(
            datasets, at: batch.positions.lowerBound, path: source.path,
            allowsNonFinite: process.allowsNonFiniteResults)
    }

    /// Works out positions one by one.
    func test(positions: [Int]) throws -> ResultBatch {
        for position in positions where !(0..<source.positionCount).contains(position) {
            throw USIDError(
                .outOfRange, path: source.path,
                "position \(position) lies outside the \(source.positionCount) positions there are")
        }
        let reader = try SourceReader<P.Input>(source, process.sourceForm, process: process.name)
        var buffer: [P.Input] = []
        var all = resultBatch(positionCount: positions.count)
        var one = resultBatch(positionCount: 1)
        for (number, position) in positions.enumerated() {
            let range = position..<position + 1
            try reader.read(range, into: &buffer)
            one.reset(positionCount: 1)
            try compute(
                Batch(positions: range, width: reader.width, elements: buffer, sourcePath: source.path), into: &one)
            for column in 0..<all.count { all[column].copyRow(from: one[column], to: number) }
        }
        return all
    }
}
