import HDF5

/// A part of the N-dimensional form of a Main that fits into memory.
public struct USIDBatch<Element: H5Element>: Sendable {
    /// The indices of the slowest position dimension.
    public let range: Range<Int>
    /// The elements: the axes of the N-dimensional form, of the slowest position dimension the indices of `range` only.
    public let array: USIDArray<Element>
}

/// The N-dimensional form of a Main of any size, cut along the slowest dimension of its positions.
///
/// While one batch is worked on, the next one is read. Made by ``USIDDataset/nDimensionalBatches(as:memory:policy:)``.
public struct USIDBatches<Element: H5Element>: AsyncSequence, Sendable {
    private let main: USIDDataset
    private let rows: CellGrouping
    /// The dimension along which the batches follow each other, by its number in the file.
    private let axis: Int
    private let policy: H5ConversionPolicy
    /// The cell of `rows` of each index of the dimension.
    private let cells: [Int]
    /// The indices of the dimension that each batch has.
    public let ranges: [Range<Int>]

    /// The dimension along which the batches follow each other.
    public var dimension: USIDDimension { main.positionDimensions[axis] }
    /// The number of batches.
    public var count: Int { ranges.count }

    fileprivate init(_ main: USIDDataset, memory: H5ByteCount, policy: H5ConversionPolicy) throws {
        _ = try main.requireNDimensionalShape()
        self.main = main
        self.policy = policy
        let matrix = main.positionGrid.matrix
        // Dimensions of one index stand still, and are no use to be cut.
        axis = matrix.fastestFirst.last { matrix.columns[$0].size > 1 } ?? 0
        rows = CellGrouping(matrix, keeping: [axis])
        let ranks = matrix.columns[axis].ranks
        var cells = [Int](repeating: 0, count: matrix.columns[axis].size)
        if rows.isPlain {
            for point in 0..<matrix.pointCount { cells[Int(ranks[point])] = point }
        } else {
            for (cell, point) in rows.first.enumerated() { cells[Int(ranks[point])] = cell }
        }
        self.cells = cells
        let size = cells.count
        let (elements, overflow) = (matrix.pointCount / Swift.max(1, size)).multipliedReportingOverflow(
            by: main.spectroscopicPointCount)
        let (bytes, bytesOverflow) = elements.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        // One batch in use, one that is being read, and the same in the order of the dataset.
        let step = overflow || bytesOverflow ? 1 : Swift.max(1, memory.bytes / 3 / Swift.max(1, bytes))
        ranges =
            main.dataset.count == 0
            ? [] : stride(from: 0, to: size, by: step).map { $0..<(size - $0 < step ? size : $0 + step) }
    }

    /// Reads one batch.
    ///
    /// - Throws: `H5Error` as reading the dataset does.
    fileprivate func batch(_ number: Int) throws -> USIDBatch<Element> {
        let range = ranges[number]
        var points: [Int] = []
        for cell in cells[range] { points += rows.pointsByCell[rows.starts[cell]..<rows.starts[cell + 1]] }
        points.sort()
        let array = try main.dataset.read(
            as: Element.self, .axes([AscendingPoints(points).selection, .whole]), policy: policy)
        let matrix = main.positionGrid.matrix
        let part = IndexMatrix(
            matrix.columns.map { column in
                IndexColumn(points.map { column.ranks[$0] }, from: 0, step: 1, count: points.count)
            }, pointCount: points.count)
        let arrangement = GridArrangement(rows: part, columns: main.spectroscopicGrid.matrix)
        var dimensions = main.positionDimensions
        dimensions[axis] = dimensions[axis].choosing(Array(range))
        return USIDBatch(
            range: range,
            array: USIDArray(
                try H5Array(shape: arrangement.shape, elements: arrangement.arrange(array.elements)),
                along: dimensions + main.spectroscopicDimensions,
                rows: .some(part.pointsByCell().map { points[$0] }), columns: .all, of: main,
                positionAxes: Array(main.positionDimensions.indices),
                spectroscopicAxes: Array(main.spectroscopicDimensions.indices)))
    }

    /// Starts from the first batch.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Gives the batches one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var batches: ReadAhead<USIDBatch<Element>>

        fileprivate init(_ batches: USIDBatches) {
            self.batches = ReadAhead(count: batches.count) { try batches.batch($0) }
        }

        /// The next batch; nil behind the last one.
        ///
        /// - Throws: `H5Error` as reading does; `CancellationError` when the task was cancelled.
        public mutating func next() async throws -> USIDBatch<Element>? { try await batches.next() }
    }
}

extension USIDDataset {
    /// The N-dimensional form in batches that keep within a memory budget, whatever the size of the data.
    ///
    /// Each batch has all there is at some neighbouring indices of the slowest dimension of the positions; the place of every
    /// element is looked up in the indices, so that serpentine and shuffled scans come out right.
    ///
    /// ```swift
    /// for try await batch in try main.nDimensionalBatches(as: Float.self, memory: .mebibytes(64)) {
    ///     print(batch.range, batch.array.shape)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - memory: What the batch in use and the one that is being read take together; a batch has one index at least.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `USIDError` with code `noNDimensionalForm`; what cannot be read shows while the batches are gone through.
    public func nDimensionalBatches<Element: H5Element>(
        as type: Element.Type, memory: H5ByteCount, policy: H5ConversionPolicy = .exact
    ) throws -> USIDBatches<Element> {
        try USIDBatches(self, memory: memory, policy: policy)
    }

    /// Calls `body` with one batch of the N-dimensional form after the other; for callers that are not asynchronous.
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - memory: As for `nDimensionalBatches(as:memory:policy:)`.
    ///   - policy: What to do with values that the type cannot hold.
    ///   - body: What is done with a batch; what it throws ends the reading.
    /// - Throws: As `nDimensionalBatches(as:memory:policy:)`, and `H5Error` as reading does.
    public func forEachNDimensionalBatch<Element: H5Element>(
        as type: Element.Type, memory: H5ByteCount, policy: H5ConversionPolicy = .exact,
        _ body: (USIDBatch<Element>) throws -> Void
    ) throws {
        let batches: USIDBatches<Element> = try nDimensionalBatches(as: type, memory: memory, policy: policy)
        for number in 0..<batches.count { try body(try batches.batch(number)) }
    }
}
