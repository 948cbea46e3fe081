import HDF5Format

/// What writing a selection as text may cost.
private let maximumRows = 1 << 22
private let maximumRuns = 1 << 20

/// The canonical text of a selection in a dataset of extent `extent`.
///
/// `all`, `none`, `points:i,j` in stored order, `hyper:start+count,…` with the selected elements as maximal runs of
/// row-major indices, or `unlim:start=…;stride=…;count=…;block=…` for a pattern without an end.
///
/// - Throws: `H5Error`: `selection` when the selection does not lie in the extent, `limitExceeded` when it has more
///   than about a million runs, `unsupported` for selections as callers write them (`axes`), which files do not store.
func canonicalText(of selection: H5Selection, extent: [Int]) throws -> String {
    switch selection {
    case .all: return "all"
    case .none: return "none"
    case .axes: throw H5Error(.unsupported, "a selection by axes has no canonical text; files do not store it")
    case .points(let points):
        guard points.count <= maximumRuns else { throw tooLarge }
        let weights = try weights(of: extent)
        var text = "points:"
        for (number, point) in points.enumerated() {
            try check(point.count, extent)
            var index = 0
            for axis in extent.indices {
                guard point[axis] >= 0, point[axis] < extent[axis] else { throw outside }
                index += point[axis] * weights[axis]
            }
            text += number == 0 ? "" : ","
            text += String(index)
        }
        return text
    case .blocks(let blocks):
        return try text(of: Runs(blocks: blocks, extent: extent))
    case .hyperslab(let slab):
        try check(slab.start.count, extent)
        guard slab.stride.count == extent.count, slab.count.count == extent.count, slab.block.count == extent.count
        else { throw H5Error(.selection, "the parts of a hyperslab have different ranks") }
        guard !slab.count.contains(nil), !slab.block.contains(nil) else {
            func list(_ values: [Int?]) -> String {
                values.map { $0.map(String.init) ?? "-1" }.joined(separator: ",")
            }
            return "unlim:start=\(list(slab.start));stride=\(list(slab.stride));count=\(list(slab.count));"
                + "block=\(list(slab.block))"
        }
        let axes = try extent.indices.map { axis in
            try AxisPattern(
                start: slab.start[axis], stride: slab.stride[axis], count: slab.count[axis] ?? 0,
                block: slab.block[axis] ?? 0, extent: extent[axis])
        }
        if axes.contains(where: { $0.count == 0 || $0.block == 0 }) { return "none" }
        var runs = Runs()
        try runs.append(axes, weights: try weights(of: extent), extent: extent)
        return try text(of: runs)
    }
}

private var outside: H5Error { H5Error(.selection, "a selection reaches outside the extent of its dataset") }

private var tooLarge: H5Error {
    H5Error(.limitExceeded, "a selection has more than \(maximumRuns) runs of elements, too many to write as text")
}

private func check(_ rank: Int, _ extent: [Int]) throws {
    guard rank == extent.count else {
        throw H5Error(.selection, "a selection of rank \(rank) does not fit a dataset of rank \(extent.count)")
    }
}

/// The distance between neighbours along each axis, in elements; all indices in the extent fit an `Int`.
private func weights(of extent: [Int]) throws -> [Int] {
    guard extent.allSatisfy({ $0 >= 0 }) else { throw outside }
    _ = try checkedProduct(extent.map { max($0, 1) }, "the number of elements")
    var weights = [Int](repeating: 1, count: extent.count)
    for axis in extent.indices.dropLast().reversed() { weights[axis] = weights[axis + 1] * max(extent[axis + 1], 1) }
    return weights
}

private func text(of runs: Runs) throws -> String {
    let runs = try runs.merged()
    guard !runs.isEmpty else { return "none" }
    var text = "hyper:"
    for (number, run) in runs.enumerated() {
        text += number == 0 ? "" : ","
        text += String(run.lowerBound)
        text += "+"
        text += String(run.count)
    }
    return text
}

/// A pattern of blocks along one axis that lies in the extent, with blocks that touch made one.
private struct AxisPattern {
    var start: Int
    var stride: Int
    var count: Int
    var block: Int

    init(start: Int, stride: Int, count: Int, block: Int, extent: Int) throws {
        self.start = start
        self.stride = stride
        self.count = count
        self.block = block
        guard start >= 0, stride >= 0, count >= 0, block >= 0 else { throw outside }
        guard count > 0, block > 0 else { return }
        guard count == 1 || stride > 0 else { throw H5Error(.selection, "a selection has a stride of 0") }
        let (distance, distanceOverflow) = (count - 1).multipliedReportingOverflow(by: count == 1 ? 1 : stride)
        let (last, lastOverflow) = distance.addingReportingOverflow(block)
        let (end, endOverflow) = last.addingReportingOverflow(start)
        guard !distanceOverflow, !lastOverflow, !endOverflow, end <= extent else { throw outside }
        if count == 1 || stride <= block {
            self.count = 1
            self.block = last
            self.stride = last
        }
    }

    /// The number of coordinates.
    var coordinates: Int { count * block }

    /// The coordinate of a number.
    func coordinate(_ number: Int) -> Int { start + number / block * stride + number % block }
}

/// Runs of consecutive elements.
private struct Runs {
    private var runs: [Range<Int>] = []
    /// Rows looked at, whether they gave a run of their own or made the last one longer.
    private var rows = 0

    init() {}

    init(blocks: [H5Block], extent: [Int]) throws {
        var extent = extent
        // Along a single axis, elements are numbered whatever its extent is; libhdf5 itself writes selections that
        // reach beyond it.
        if extent.count == 1 {
            for block in blocks { extent[0] = max(extent[0], (block.end.first ?? 0) &+ 1) }
        }
        let weights = try weights(of: extent)
        for block in blocks {
            try check(block.start.count, extent)
            try check(block.end.count, extent)
            let axes = try extent.indices.map { axis in
                guard block.start[axis] >= 0, block.start[axis] <= block.end[axis], block.end[axis] < extent[axis]
                else { throw outside }
                return try AxisPattern(
                    start: block.start[axis], stride: 1, count: 1, block: block.end[axis] - block.start[axis] + 1,
                    extent: extent[axis])
            }
            try append(axes, weights: weights, extent: extent)
        }
    }

    /// Adds what patterns, each with at least one coordinate, select together.
    mutating func append(_ axes: [AxisPattern], weights: [Int], extent: [Int]) throws {
        // Axes at the end that are selected whole only make the elements of the axis before them larger.
        var inner = axes.count - 1
        while inner > 0, axes[inner].count == 1, axes[inner].block == extent[inner] { inner -= 1 }
        guard inner >= 0 else {
            runs.append(0..<1)
            return
        }
        var total = axes[inner].count
        for axis in axes[..<inner] {
            let (product, overflow) = total.multipliedReportingOverflow(by: axis.coordinates)
            guard !overflow else { throw tooLarge }
            total = product
        }
        guard total <= maximumRows - rows else { throw tooLarge }
        rows += total
        let last = axes[inner]
        let length = last.block * weights[inner]
        var numbers = [Int](repeating: 0, count: inner)
        while true {
            var row = 0
            for axis in 0..<inner { row += axes[axis].coordinate(numbers[axis]) * weights[axis] }
            for index in 0..<last.count {
                let start = row + (last.start + index * last.stride) * weights[inner]
                try append(start..<(start + length))
            }
            var axis = inner - 1
            while axis >= 0 {
                numbers[axis] += 1
                if numbers[axis] < axes[axis].coordinates { break }
                numbers[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    private mutating func append(_ run: Range<Int>) throws {
        if let last = runs.last, last.upperBound == run.lowerBound {
            runs[runs.count - 1] = last.lowerBound..<run.upperBound
            return
        }
        guard runs.count < maximumRuns else { throw tooLarge }
        runs.append(run)
    }

    /// The runs in increasing order, none touching another.
    func merged() throws -> [Range<Int>] {
        var result: [Range<Int>] = []
        for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, run.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                result.append(run)
            }
        }
        return result
    }
}
