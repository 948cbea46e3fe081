import HDF5Format

/// A part of a dataset that fits into memory.
public struct H5Batch<Element: H5Element>: Sendable {
    /// What the batch takes of each axis of the dataset.
    public let ranges: [Range<Int>]
    /// The elements; their shape is as long as `ranges`.
    public let values: H5Array<Element>
}

/// A dataset of any size in batches that keep within a memory budget, in row-major order.
///
/// While one batch is worked on, the next one is read by all cores. Made by ``H5Dataset/batches(of:memory:policy:)``.
public struct H5Batches<Element: H5Element>: AsyncSequence, Sendable {
    private let dataset: H5Dataset
    private let plan: BatchPlan
    private let policy: H5ConversionPolicy

    fileprivate init(_ dataset: H5Dataset, _ plan: BatchPlan, policy: H5ConversionPolicy) {
        self.dataset = dataset
        self.plan = plan
        self.policy = policy
    }

    /// The number of batches.
    public var count: Int { plan.count }

    /// What each batch takes of each axis, in order.
    public var ranges: [[Range<Int>]] { (0..<plan.count).map(plan.ranges) }

    fileprivate func batch(_ number: Int) throws -> H5Batch<Element> {
        let ranges = plan.ranges(of: number)
        let axes: [H5AxisSelection] = ranges.map {
            .range(lower: $0.lowerBound, upper: $0.upperBound, stride: 1)
        }
        return H5Batch(
            ranges: ranges,
            values: try dataset.read(as: Element.self, ranges.isEmpty ? .all : .axes(axes), policy: policy))
    }

    /// Starts from the first batch.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Gives the batches one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var batches: ReadAhead<H5Batch<Element>>

        fileprivate init(_ batches: H5Batches) {
            self.batches = ReadAhead(count: batches.count) { try batches.batch($0) }
        }

        /// The next batch; nil behind the last one.
        ///
        /// - Throws: `H5Error` as reading does; `CancellationError` when the task was cancelled.
        public mutating func next() async throws -> H5Batch<Element>? { try await batches.next() }
    }
}

extension H5Dataset {
    /// The elements in batches that keep within a memory budget, whatever the size of the dataset.
    ///
    /// ```swift
    /// for try await batch in raw.batches(of: Float.self, memory: .mebibytes(64)) {
    ///     print(batch.ranges, batch.values.count)
    /// }
    /// ```
    ///
    /// Batches are as many whole rows (of the first axis) as fit, and start where chunks start, so that no chunk is
    /// decoded twice; where one row does not fit, it is cut along the next axis. A batch has at least one row of the last
    /// axis, and decoding takes at least the chunks that the threads work on: a budget below that is exceeded by it.
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - memory: What the batch in use, the one that is being read and the decoding take together.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `H5Error` when the sizes make no sense; what cannot be read shows while the batches are gone through.
    public func batches<Element: H5Element>(
        of type: Element.Type, memory: H5ByteCount, policy: H5ConversionPolicy = .exact
    ) throws -> H5Batches<Element> {
        let chunkShape = chunkShape
        let chunkBytes = try chunkShape.map { try checkedProduct($0 + [datatype.size], "the size of a chunk") }
        let plan = try BatchPlan(
            shape: shape, elementSize: MemoryLayout<Element>.stride, chunkShape: chunkShape,
            chunkBytes: filters.isEmpty ? 0 : chunkBytes ?? 0,
            threads: context.storage.limits.threadCount, budget: memory.bytes)
        return H5Batches(self, plan, policy: policy)
    }

    /// Calls `body` with one batch after the other; for callers that are not asynchronous.
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - memory: What a batch and the decoding take together; see ``batches(of:memory:policy:)``.
    ///   - policy: What to do with values that the type cannot hold.
    ///   - body: What is done with a batch; what it throws ends the reading.
    public func forEachBatch<Element: H5Element>(
        of type: Element.Type, memory: H5ByteCount, policy: H5ConversionPolicy = .exact,
        _ body: (H5Batch<Element>) throws -> Void
    ) throws {
        let batches = try batches(of: type, memory: memory, policy: policy)
        for number in 0..<batches.count { try body(try batches.batch(number)) }
    }
}
