import HDF5Format

/// Moves the selected elements of one block (a chunk, or a piece of contiguous data) to their places.
///
/// Runs are moved whole: axes that a block and the result share in full are joined, and a selection of single
/// coordinates on the last axis is moved along the axis before it.
struct BlockScatter {
    private let blockStrides: [Int]
    private let resultStrides: [Int]
    private let blockShape: [Int]
    private let resultShape: [Int]
    let elementSize: Int

    /// - Parameters:
    ///   - blockShape: the shape of a block in elements.
    ///   - resultShape: the number of selected coordinates of each axis, none dropped.
    ///   - elementSize: the bytes of a stored element.
    init(blockShape: [Int], resultShape: [Int], elementSize: Int) {
        self.blockShape = blockShape
        self.resultShape = resultShape
        self.elementSize = elementSize
        blockStrides = Self.strides(blockShape)
        resultStrides = Self.strides(resultShape)
    }

    /// The same for one byte of each element.
    var ofPlanes: BlockScatter { BlockScatter(blockShape: blockShape, resultShape: resultShape, elementSize: 1) }

    private static func strides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.reversed().dropFirst() { strides[axis] = strides[axis + 1] &* shape[axis + 1] }
        return strides
    }

    /// Where a block that is wanted whole lies in one piece of the result: its first element; nil where it does not.
    func wholeDestination(_ runs: [[AxisRun]]) -> Int? {
        var first = 0
        // Behind the first axis with more than one coordinate all axes must be shared in full.
        var mustBeShared = false
        for axis in blockShape.indices {
            guard runs[axis].count == 1, let run = runs[axis].first, run.step == 1 || run.count == 1, run.source == 0,
                run.count == blockShape[axis], !mustBeShared || run.count == resultShape[axis]
            else { return nil }
            if run.count > 1 { mustBeShared = true }
            first += run.destination * resultStrides[axis]
        }
        return first
    }

    /// The first and the last selected element of the block, in row-major order.
    func selectedSpan(_ runs: [[AxisRun]]) -> ClosedRange<Int> {
        var first = 0
        var last = 0
        for axis in blockShape.indices {
            var lowest = Int.max
            var highest = 0
            for run in runs[axis] {
                lowest = min(lowest, run.source)
                highest = max(highest, run.source + (run.count - 1) * run.step)
            }
            first += min(lowest, highest) * blockStrides[axis]
            last += highest * blockStrides[axis]
        }
        return first...max(first, last)
    }

    /// Moves the elements that `runs` select.
    ///
    /// - Parameters:
    ///   - block: bytes of the block from element `firstElement` on.
    func scatter(
        _ block: UnsafeRawBufferPointer, firstElement: Int, runs: [[AxisRun]], to sink: some ElementSink
    ) throws {
        guard !blockShape.isEmpty else {
            return try sink.transfer(from: block, sourceStride: elementSize, to: 0, stride: 1, count: 1)
        }
        // Join the axes, from the last on, that are wanted in full.
        var inner = blockShape.count - 1
        var joined = 1
        while inner > 0, runs[inner].count == 1, let run = runs[inner].first, run.step == 1,
            run.count == blockShape[inner], run.count == resultShape[inner]
        {
            joined *= run.count
            inner -= 1
        }
        // A single coordinate on the inner axis: go along the axis before it instead.
        let isColumn = joined == 1 && inner > 0 && runs[inner].count == 1 && runs[inner].first?.count == 1
        try descend(
            0, source: -firstElement, destination: 0, block, runs, inner: isColumn ? inner - 1 : inner, joined: joined,
            column: isColumn ? runs[inner].first : nil, to: sink)
    }

    private func descend(
        _ axis: Int, source: Int, destination: Int, _ block: UnsafeRawBufferPointer, _ runs: [[AxisRun]], inner: Int,
        joined: Int, column: AxisRun?, to sink: some ElementSink
    ) throws {
        // Out of the loops: threads share the arrays, and counting references to them makes threads wait for each other.
        let (blockStride, resultStride) = (blockStrides[axis], resultStrides[axis])
        if axis + 1 == inner, column == nil, runs[inner].count == 1, let row = runs[inner].first, row.step == 1 {
            // Rows of one run, which most chunks are.
            let start = (
                source + row.source * blockStrides[inner], destination + row.destination * resultStrides[inner]
            )
            let count = row.count * joined
            for run in runs[axis] {
                var from = start.0 + run.source * blockStride
                var to = start.1 + run.destination * resultStride
                for _ in 0..<run.count {
                    try move(block, from, sourceStride: 1, to, stride: 1, count: count, sink)
                    from += run.step * blockStride
                    to += resultStride
                }
            }
            return
        }
        for run in runs[axis] {
            var from = source + run.source * blockStride
            var to = destination + run.destination * resultStride
            if axis < inner {
                for _ in 0..<run.count {
                    try descend(
                        axis + 1, source: from, destination: to, block, runs, inner: inner, joined: joined,
                        column: column, to: sink)
                    from += run.step * blockStride
                    to += resultStride
                }
                continue
            }
            if let column {
                from += column.source
                to += column.destination
                try move(
                    block, from, sourceStride: run.step * blockStride, to, stride: resultStride,
                    count: run.count, sink)
            } else if run.step == 1 {
                try move(block, from, sourceStride: 1, to, stride: 1, count: run.count * joined, sink)
            } else if joined == 1 {
                try move(block, from, sourceStride: run.step, to, stride: 1, count: run.count, sink)
            } else {
                for _ in 0..<run.count {
                    try move(block, from, sourceStride: 1, to, stride: 1, count: joined, sink)
                    from += run.step * blockStride
                    to += resultStride
                }
            }
        }
    }

    @inline(__always)
    private func move(
        _ block: UnsafeRawBufferPointer, _ source: Int, sourceStride: Int, _ destination: Int, stride: Int, count: Int,
        _ sink: some ElementSink
    ) throws {
        let offset = source * elementSize
        guard offset >= 0, offset <= block.count else {
            throw H5Error(.damaged, "a selection reaches outside its chunk")
        }
        // The sink checks the end of the source.
        try sink.transfer(
            from: UnsafeRawBufferPointer(rebasing: block[offset...]), sourceStride: sourceStride * elementSize,
            to: destination, stride: stride, count: count)
    }
}
