import HDF5Format

/// A selection as runs of neighbouring elements in row-major order, each with its place in the selection.
///
/// Two selections of one shape are compared by their runs: what both hold, and where in each it is.
struct PlacedRuns {
    /// Neighbouring elements: from `linear` on in the dataset, from `position` on in the selection.
    private struct Run {
        var linear: Int
        var position: Int
        var count: Int
    }

    /// Elements that two selections share.
    struct Shared {
        /// The place in the first selection.
        var position: Int
        /// The place in the other.
        var other: Int
        var count: Int
    }

    /// Elements of a dataset and where they go.
    struct Piece {
        var linear: Int
        var destination: Int
        var count: Int
    }

    /// In order of `linear`.
    private var runs: [Run] = []

    private static let maximumCount = 1 << 24

    /// The runs of a selection as a file stores it; unions of blocks may have any number of elements.
    init(_ selection: H5Selection, of dataspace: H5Dataspace) throws {
        guard case .blocks(let blocks) = selection, dataspace.kind != .null else {
            try self.init(SelectionPlan(selection, of: dataspace), shape: dataspace.shape)
            return
        }
        self.init(try LinearRuns(blocks: blocks, shape: dataspace.shape))
    }

    private init(_ blocks: LinearRuns) {
        var position = 0
        for run in blocks.runs {
            runs.append(Run(linear: run.lowerBound, position: position, count: run.count))
            position += run.count
        }
    }

    init(_ plan: SelectionPlan, shape: [Int]) throws {
        guard plan.count > 0 else { return }
        switch plan.form {
        case .points(let points):
            guard plan.count <= Self.maximumCount else { throw tooMany }
            let rank = shape.count
            for number in 0..<plan.count {
                var linear = 0
                for axis in 0..<rank { linear = linear * shape[axis] + points[number * rank + axis] }
                append(Run(linear: linear, position: number, count: 1))
            }
        case .grid(let axes): try append(axes, shape)
        }
        runs.sort { ($0.linear, $0.position) < ($1.linear, $1.position) }
    }

    private var tooMany: H5Error {
        H5Error(.limitExceeded, "the selection has too many runs to be gone through one by one")
    }

    private mutating func append(_ run: Run) {
        if let last = runs.last, last.linear + last.count == run.linear, last.position + last.count == run.position {
            runs[runs.count - 1].count += run.count
        } else {
            runs.append(run)
        }
    }

    private mutating func append(_ axes: [AxisCoordinates], _ shape: [Int]) throws {
        guard let last = axes.indices.last else {
            append(Run(linear: 0, position: 0, count: 1))
            return
        }
        // One block per axis: its runs are those of the whole axis.
        var axisRuns = [[AxisRun]](repeating: [], count: axes.count)
        for axis in axes.indices {
            AxisPlan(axes[axis], blockExtent: max(1, shape[axis])).runs(atPosition: 0, into: &axisRuns[axis])
        }
        var inner: [AxisRun] = []
        for run in axisRuns[last] {
            guard run.step > 1 else {
                inner.append(run)
                continue
            }
            for index in 0..<run.count {
                inner.append(
                    AxisRun(
                        source: run.source + index * run.step, destination: run.destination + index, count: 1, step: 1))
            }
        }
        try descend(0, linear: 0, position: 0, axisRuns, inner, shape, counts: axes.map(\.count))
    }

    private mutating func descend(
        _ axis: Int, linear: Int, position: Int, _ axisRuns: [[AxisRun]], _ inner: [AxisRun], _ shape: [Int],
        counts: [Int]
    ) throws {
        if axis == shape.count - 1 {
            guard runs.count + inner.count <= Self.maximumCount else { throw tooMany }
            for run in inner {
                append(
                    Run(
                        linear: linear * shape[axis] + run.source, position: position * counts[axis] + run.destination,
                        count: run.count))
            }
            return
        }
        for run in axisRuns[axis] {
            for index in 0..<run.count {
                try descend(
                    axis + 1, linear: linear * shape[axis] + run.source + index * run.step,
                    position: position * counts[axis] + run.destination + index, axisRuns, inner, shape,
                    counts: counts)
            }
        }
    }

    /// What this selection and another one share.
    func intersection(_ other: PlacedRuns) -> [Shared] {
        var shared: [Shared] = []
        var first = 0
        for run in runs {
            let end = run.linear + run.count
            while first < other.runs.count, other.runs[first].linear + other.runs[first].count <= run.linear {
                first += 1
            }
            var index = first
            while index < other.runs.count, other.runs[index].linear < end {
                let candidate = other.runs[index]
                let lower = max(run.linear, candidate.linear)
                let upper = min(end, candidate.linear + candidate.count)
                if lower < upper {
                    shared.append(
                        Shared(
                            position: run.position + lower - run.linear,
                            other: candidate.position + lower - candidate.linear, count: upper - lower))
                }
                index += 1
            }
        }
        return shared
    }

    /// Where the elements of this selection lie that others share: `other` counts in this selection.
    func pieces(of shared: [Shared]) -> [Piece] {
        let ordered = runs.sorted { $0.position < $1.position }
        var pieces: [Piece] = []
        for part in shared {
            var low = 0
            var high = ordered.count
            while low < high {
                let middle = (low + high) / 2
                if ordered[middle].position + ordered[middle].count <= part.other {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            var done = 0
            while done < part.count, low < ordered.count {
                let run = ordered[low]
                let offset = part.other + done - run.position
                guard offset >= 0 else { break }
                let count = min(run.count - offset, part.count - done)
                pieces.append(Piece(linear: run.linear + offset, destination: part.position + done, count: count))
                done += count
                low += 1
            }
        }
        return pieces
    }
}
