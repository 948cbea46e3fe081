import HDF5Format

/// A selection fitted to a dataset's extent: checked, with ends and negative indices filled in.
struct SelectionPlan: Sendable {
    /// What is selected.
    enum Form: Sendable {
        /// Every combination of coordinates, one list per axis.
        case grid([AxisCoordinates])
        /// Single elements: their coordinates one after the other, `rank` numbers each.
        case points([Int])
    }

    let form: Form
    /// The shape of the result; axes selected by a single index are dropped.
    let resultShape: [Int]
    /// The number of selected elements.
    let count: Int

    /// Whether the plan is for all elements of an extent, in their order.
    func isEverything(of dataspace: H5Dataspace) -> Bool {
        guard count == dataspace.elementCount, case .grid(let axes) = form else { return false }
        return axes.allSatisfy { if case .span = $0 { true } else { false } }
    }

    /// Everything that `shape` holds.
    init(allOf shape: [Int]) throws {
        form = .grid(shape.map { .span(start: 0, count: $0) })
        resultShape = shape
        count = try checkedProduct(shape, "the number of selected elements")
    }

    init(_ selection: H5Selection, of dataspace: H5Dataspace) throws {
        let shape = dataspace.shape
        guard dataspace.kind != .null else {
            self.init(form: .points([]), resultShape: [0], count: 0)
            return
        }
        switch selection {
        case .all: try self.init(allOf: shape)
        case .none: self.init(form: .points([]), resultShape: [0], count: 0)
        case .axes(let axes):
            guard axes.count == shape.count else {
                throw H5Error(.selection, "the selection has \(axes.count) axes, the dataset has \(shape.count)")
            }
            var coordinates: [AxisCoordinates] = []
            var resultShape: [Int] = []
            for (axis, extent) in shape.enumerated() {
                let fitted = try AxisCoordinates(axes[axis], extent: extent, axis: axis)
                coordinates.append(fitted)
                if case .index = axes[axis] { continue }
                resultShape.append(fitted.count)
            }
            let count = try checkedProduct(resultShape, "the number of selected elements")
            self.init(form: .grid(coordinates), resultShape: resultShape, count: count)
        case .hyperslab(let slab):
            let rank = shape.count
            guard slab.start.count == rank, slab.stride.count == rank, slab.count.count == rank,
                slab.block.count == rank
            else { throw H5Error(.selection, "the hyperslab does not have the \(rank) axes of the dataset") }
            let coordinates = try (0..<rank).map { axis in
                try AxisCoordinates(
                    start: slab.start[axis], stride: slab.stride[axis], count: slab.count[axis],
                    block: slab.block[axis] ?? max(0, shape[axis] - slab.start[axis]), extent: shape[axis], axis: axis)
            }
            let resultShape = coordinates.map(\.count)
            let count = try checkedProduct(resultShape, "the number of selected elements")
            self.init(form: .grid(coordinates), resultShape: resultShape, count: count)
        case .points(let points):
            var flat: [Int] = []
            flat.reserveCapacity(points.count &* shape.count)
            for (number, point) in points.enumerated() {
                guard point.count == shape.count else {
                    throw H5Error(.selection, "point \(number) has \(point.count) coordinates, not \(shape.count)")
                }
                for (axis, coordinate) in point.enumerated() {
                    guard coordinate >= 0, coordinate < shape[axis] else {
                        throw H5Error(
                            .selection,
                            "point \(number) lies at \(coordinate) on axis \(axis), which ends at \(shape[axis])")
                    }
                    flat.append(coordinate)
                }
            }
            self.init(form: .points(flat), resultShape: [points.count], count: points.count)
        case .blocks(let blocks):
            if blocks.count == 1, let block = blocks.first, block.start.count == shape.count,
                block.end.count == shape.count
            {
                // One block is a box, which may have any number of elements; only the shape of the result is flat.
                let axes = try (0..<shape.count).map { axis in
                    let (count, overflow) = block.end[axis].subtractingReportingOverflow(block.start[axis])
                    // What is no block is refused as one that reaches outside.
                    let isBlock = !overflow && count >= 0 && count < .max
                    return try AxisCoordinates(
                        start: block.start[axis], stride: 1, count: 1, block: isBlock ? count + 1 : .max,
                        extent: shape[axis], axis: axis)
                }
                let count = try checkedProduct(axes.map(\.count), "the number of selected elements")
                self.init(form: .grid(axes), resultShape: [count], count: count)
                return
            }
            let runs = try LinearRuns(blocks: blocks, shape: shape)
            let points = try runs.points(in: shape)
            self.init(form: .points(points), resultShape: [runs.count], count: runs.count)
        }
    }

    /// The number of the first element where all that is selected lies side by side in an extent.
    func onlyRun(in shape: [Int]) -> Int? {
        guard case .grid(let axes) = form, axes.count == shape.count else { return nil }
        var first = 0
        // Behind the first axis of which more than one coordinate is taken, all of each is.
        var mustBeWhole = false
        for (axis, extent) in zip(axes, shape) {
            guard case .span(let start, let count) = axis, !mustBeWhole || count == extent else { return nil }
            first = first * extent + start
            mustBeWhole = mustBeWhole || count != 1
        }
        return first
    }

    /// The elements of a run of neighbours, about, and the distance from the start of one run to that of the next.
    func runs(in shape: [Int]) -> (length: Int, distance: Int) {
        switch form {
        case .points: return (1, shape.reduce(1, &*) / max(1, count))
        case .grid(let axes):
            // Axes that are selected in full join the one before them.
            var inner = axes.count - 1
            var joined = 1
            while inner > 0, case .span(0, let extent) = axes[inner], extent == shape[inner] {
                joined &*= extent
                inner -= 1
            }
            guard inner >= 0 else { return (1, 1) }
            let length: Int
            switch axes[inner] {
            case .span(_, let count): length = count &* joined
            case .regular(_, _, _, let block): length = block &* joined
            case .list: length = joined
            }
            // From the first element to the last, as if nothing were left out behind the first axis.
            var reach = axes[0].reach
            for axis in shape.indices.dropFirst() { reach = reach &* shape[axis] }
            return (max(1, length), max(0, reach) / max(1, count / max(1, length)))
        }
    }

    private init(form: Form, resultShape: [Int], count: Int) {
        self.form = form
        self.resultShape = resultShape
        self.count = count
    }
}

/// The selected coordinates of one axis, inside its extent.
enum AxisCoordinates: Sendable, Hashable {
    /// Neighbouring coordinates.
    case span(start: Int, count: Int)
    /// Blocks of `block` coordinates, `stride` apart; `stride` is larger than `block`.
    case regular(start: Int, stride: Int, count: Int, block: Int)
    /// Any coordinates in any order.
    case list([Int])

    /// The number of coordinates.
    var count: Int {
        switch self {
        case .span(_, let count): return count
        case .regular(_, _, let count, let block): return count * block
        case .list(let list): return list.count
        }
    }

    /// The coordinates from the lowest to the highest.
    var reach: Int {
        switch self {
        case .span(_, let count): return count
        case .regular(_, let stride, let count, let block): return (count - 1) * stride + block
        case .list(let list):
            guard let lowest = list.min(), let highest = list.max() else { return 0 }
            return highest - lowest + 1
        }
    }

    init(_ selection: H5AxisSelection, extent: Int, axis: Int) throws {
        switch selection {
        case .whole: self = .span(start: 0, count: extent)
        case .index(let index):
            let fitted = index < 0 ? index &+ extent : index
            guard fitted >= 0, fitted < extent else {
                throw H5Error(.selection, "index \(index) is outside axis \(axis), which has \(extent) elements")
            }
            self = .span(start: fitted, count: 1)
        case .range(let lower, let upper, let stride):
            let end = upper ?? extent
            guard lower >= 0, end <= extent, lower <= end else {
                throw H5Error(
                    .selection,
                    "the range from \(lower) to \(end) is outside axis \(axis), which has \(extent) elements")
            }
            guard stride > 0 else { throw H5Error(.selection, "the stride \(stride) on axis \(axis) is not positive") }
            let count = end > lower ? (end - lower - 1) / stride + 1 : 0
            self =
                stride == 1 || count <= 1
                ? .span(start: lower, count: count) : .regular(start: lower, stride: stride, count: count, block: 1)
        case .pattern(let start, let stride, let count, let block):
            try self.init(start: start, stride: stride, count: count, block: block, extent: extent, axis: axis)
        case .indices(let indices):
            var list: [Int] = []
            list.reserveCapacity(indices.count)
            for index in indices {
                let fitted = index < 0 ? index &+ extent : index
                guard fitted >= 0, fitted < extent else {
                    throw H5Error(.selection, "index \(index) is outside axis \(axis), which has \(extent) elements")
                }
                list.append(fitted)
            }
            self = .list(list)
        }
    }

    init(start: Int, stride: Int, count: Int?, block: Int, extent: Int, axis: Int) throws {
        guard start >= 0, start <= extent, stride > 0, block >= 0, count ?? 0 >= 0 else {
            throw H5Error(
                .selection, "start \(start), stride \(stride) and block \(block) do not fit axis \(axis) of \(extent)")
        }
        let fitting = block > 0 && extent - start >= block ? (extent - start - block) / stride + 1 : 0
        let number = count ?? fitting
        guard block == 0 || number <= fitting else {
            throw H5Error(
                .selection,
                "\(number) blocks of \(block) from \(start), \(stride) apart, reach outside axis \(axis) of \(extent)")
        }
        guard number <= 1 || block <= stride else {
            throw H5Error(.selection, "blocks of \(block) overlap when they are \(stride) apart")
        }
        if number == 0 || block == 0 {
            self = .span(start: start, count: 0)
        } else if number == 1 || block == stride {
            self = .span(start: start, count: number * block)
        } else {
            self = .regular(start: start, stride: stride, count: number, block: block)
        }
    }
}

/// A union of blocks as runs of neighbouring elements in row-major order, each element once.
struct LinearRuns {
    /// In rising order, none touching the next.
    private(set) var runs: [Range<Int>] = []
    /// The number of elements.
    private(set) var count = 0

    /// More elements than this are not taken one by one.
    private static let maximumCount = 1 << 24

    init(blocks: [H5Block], shape: [Int]) throws {
        for block in blocks {
            guard block.start.count == shape.count, block.end.count == shape.count,
                zip(block.start, block.end).allSatisfy({ $0 <= $1 && $0 >= 0 }),
                zip(block.end, shape).allSatisfy({ $0 < $1 })
            else { throw H5Error(.selection, "the block from \(block.start) to \(block.end) does not fit \(shape)") }
            try append(block, shape: shape)
        }
        runs.sort { $0.lowerBound < $1.lowerBound }
        var merged: [Range<Int>] = []
        for run in runs {
            if let last = merged.last, run.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                merged.append(run)
            }
        }
        runs = merged
        count = runs.reduce(0) { $0 + $1.count }
    }

    private mutating func append(_ block: H5Block, shape: [Int]) throws {
        guard let lastAxis = shape.indices.last else { return }
        let lengths = zip(block.start, block.end).map { $1 - $0 + 1 }
        let rows = try checkedProduct(lengths.dropLast(), "the rows of a block")
        guard runs.count + rows <= Self.maximumCount else {
            throw H5Error(.limitExceeded, "the selection has too many rows to be gone through one by one")
        }
        var position = block.start
        for _ in 0..<rows {
            var linear = 0
            for axis in shape.indices { linear = linear * shape[axis] + position[axis] }
            runs.append(linear..<(linear + lengths[lastAxis]))
            var axis = lastAxis - 1
            while axis >= 0 {
                position[axis] += 1
                if position[axis] <= block.end[axis] { break }
                position[axis] = block.start[axis]
                axis -= 1
            }
        }
    }

    /// The coordinates of the elements, one after the other.
    func points(in shape: [Int]) throws -> [Int] {
        guard count <= Self.maximumCount else {
            throw H5Error(.limitExceeded, "\(count) elements are too many to be selected one by one")
        }
        var points = [Int](repeating: 0, count: count * shape.count)
        var position = 0
        for run in runs {
            for linear in run {
                var rest = linear
                for axis in shape.indices.reversed() {
                    points[position + axis] = rest % shape[axis]
                    rest /= shape[axis]
                }
                position += shape.count
            }
        }
        return points
    }
}
