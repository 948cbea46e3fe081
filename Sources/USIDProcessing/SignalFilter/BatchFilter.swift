import HDF5
import RealModule

/// Which column of the results each output goes to; nil where it is not wanted.
struct SignalColumns: Sendable {
    var filtered: Int?
    var noiseFloors: Int?
    var condensed: Int?
}

/// The filtering of batches in one precision.
protocol SignalKernel<Number>: Sendable {
    associatedtype Number: H5Number & Real where Complex<Number>: H5Element
    func compute(_ batch: Batch<Number>, into results: inout ResultBatch) throws
}

// Non-generic types, so that each is compiled for its numbers.
struct SignalFloatKernel: SignalKernel {
    private let filter: BatchFilter<Float>
    init(_ filter: BatchFilter<Float>) { self.filter = filter }
    func compute(_ batch: Batch<Float>, into results: inout ResultBatch) throws {
        try filter.compute(batch, into: &results)
    }
}

struct SignalDoubleKernel: SignalKernel {
    private let filter: BatchFilter<Double>
    init(_ filter: BatchFilter<Double>) { self.filter = filter }
    func compute(_ batch: Batch<Double>, into results: inout ResultBatch) throws {
        try filter.compute(batch, into: &results)
    }
}

/// Filters all signals of batches.
struct BatchFilter<Scalar: FourierScalar & H5Number>: Sendable where Complex<Scalar>: H5Element {
    private let plan: SpectralFilter<Scalar>
    /// The points of each signal of a position.
    private let cells: [[Int]]
    private let columns: SignalColumns
    /// Whether a position is one signal, point after point.
    private let isWhole: Bool

    init(plan: SpectralFilter<Scalar>, cells: [[Int]], columns: SignalColumns) {
        self.plan = plan
        self.cells = cells
        self.columns = columns
        isWhole = cells.count == 1 && cells[0] == Array(0..<plan.length)
    }

    func compute(_ batch: Batch<Scalar>, into results: inout ResultBatch) throws {
        let signalCount = batch.count * cells.count
        var workspace = plan.makeWorkspace()
        var floors = [Scalar](repeating: 0, count: columns.noiseFloors == nil ? 0 : signalCount)
        var condensed = [Complex<Scalar>](
            repeating: .zero, count: columns.condensed == nil ? 0 : signalCount * plan.keptBins.count)
        if isWhole {
            if let column = columns.filtered {
                try results[column].withValues(as: Scalar.self) { filtered in
                    apply(batch.values, &workspace, &filtered, &floors, &condensed)
                }
            } else {
                var none: [Scalar] = []
                var filtered = none.mutableSpan
                apply(batch.values, &workspace, &filtered, &floors, &condensed)
            }
        } else {
            var signals = gathered(batch)
            var filtered = [Scalar](repeating: 0, count: columns.filtered == nil ? 0 : signals.count)
            var span = filtered.mutableSpan
            apply(signals.span, &workspace, &span, &floors, &condensed)
            signals = []
            if let column = columns.filtered {
                try results[column].withValues(as: Scalar.self) { scatter(filtered, width: batch.width, to: &$0) }
            }
        }
        if let column = columns.noiseFloors { try results[column].set(floors) }
        if let column = columns.condensed { try results[column].set(condensed) }
    }

    private func apply(
        _ rows: Span<Scalar>, _ workspace: inout SpectralFilter<Scalar>.Workspace,
        _ filtered: inout MutableSpan<Scalar>, _ floors: inout [Scalar], _ condensed: inout [Complex<Scalar>]
    ) {
        var floorSpan = floors.mutableSpan
        var condensedSpan = condensed.mutableSpan
        plan.apply(rows, &workspace, filtered: &filtered, noiseFloors: &floorSpan, condensed: &condensedSpan)
    }

    /// All signals, each with its samples side by side.
    private func gathered(_ batch: Batch<Scalar>) -> [Scalar] {
        var signals: [Scalar] = []
        signals.reserveCapacity(batch.count * batch.width)
        for index in batch.indices {
            let row = batch.row(index)
            for cell in cells { for point in cell { signals.append(row[point]) } }
        }
        return signals
    }

    /// Puts samples back where they were taken from.
    private func scatter(_ signals: [Scalar], width: Int, to rows: inout MutableSpan<Scalar>) {
        var next = 0
        for start in stride(from: 0, to: rows.count, by: width) {
            for cell in cells {
                for point in cell {
                    rows[start + point] = signals[next]
                    next += 1
                }
            }
        }
    }
}
