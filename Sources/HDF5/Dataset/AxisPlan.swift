import HDF5Format

/// Neighbouring (or evenly spaced) coordinates that lie in one block, and where they go in the result.
struct AxisRun: Sendable, Hashable {
    /// The first coordinate, counted from the start of the block.
    var source: Int
    /// The first position in the result.
    var destination: Int
    /// The number of coordinates.
    var count: Int
    /// The distance of the coordinates in the block; in the result they are neighbours.
    var step: Int

    /// The coordinates of the run that lie in a range; nil where there are none.
    func part(in range: Range<Int>) -> AxisRun? {
        let step = max(1, step)
        let skipped = source < range.lowerBound ? (range.lowerBound - source - 1) / step + 1 : 0
        let first = source + skipped * step
        guard skipped < count, first < range.upperBound else { return nil }
        return AxisRun(
            source: first, destination: destination + skipped,
            count: min(count - skipped, (range.upperBound - first - 1) / step + 1), step: self.step)
    }
}

/// The coordinates of one axis, cut at the borders of blocks.
struct AxisPlan: Sendable {
    /// The blocks that are touched.
    let blocks: ChunkQuery.Axis
    private enum Runs: Sendable {
        case span(start: Int, end: Int, extent: Int, firstBlock: Int)
        case stored(runs: [AxisRun], starts: [Int])
    }
    private let runs: Runs

    /// Cuts `coordinates` into blocks of `extent`.
    init(_ coordinates: AxisCoordinates, blockExtent extent: Int) {
        switch coordinates {
        case .span(let start, let count):
            let first = start / extent
            blocks = .range(first..<(count == 0 ? first : (start + count - 1) / extent + 1))
            runs = .span(start: start, end: start + count, extent: extent, firstBlock: first)
        case .regular(let start, let stride, let count, let block):
            var builder = Builder(extent: extent)
            if block == 1 {
                var index = 0
                while index < count {
                    let coordinate = start + index * stride
                    let room = extent - coordinate % extent
                    let number = min(count - index, (room - 1) / stride + 1)
                    builder.add(coordinate, destination: index, count: number, step: stride)
                    index += number
                }
            } else {
                for index in 0..<count {
                    builder.addSpan(start + index * stride, destination: index * block, count: block)
                }
            }
            (blocks, runs) = builder.finish()
        case .list(let list):
            var builder = Builder(extent: extent)
            let order = list.indices.sorted { (list[$0], $0) < (list[$1], $1) }
            var position = 0
            while position < order.count {
                // Neighbours in both the dataset and the result form one run.
                let first = order[position]
                var length = 1
                while position + length < order.count, order[position + length] == first + length,
                    list[first + length] == list[first] + length
                { length += 1 }
                builder.addSpan(list[first], destination: first, count: length)
                position += length
            }
            (blocks, runs) = builder.finish()
        }
    }

    /// Writes the runs of a touched block over `result`.
    func runs(atPosition position: Int, into result: inout [AxisRun]) {
        result.removeAll(keepingCapacity: true)
        switch runs {
        case .span(let start, let end, let extent, let firstBlock):
            let blockStart = (firstBlock + position) * extent
            let lower = max(start, blockStart)
            // `end` is inside the extent, so the subtraction cannot overflow where the sum might.
            let upper = end - blockStart < extent ? end : blockStart + extent
            result.append(
                AxisRun(source: lower - blockStart, destination: lower - start, count: upper - lower, step: 1))
        case .stored(let runs, let starts):
            result.append(contentsOf: runs[starts[position]..<starts[position + 1]])
        }
    }

    /// Collects runs in order of their blocks.
    private struct Builder {
        let extent: Int
        private var touched: [Int] = []
        private var starts: [Int] = []
        private var runs: [AxisRun] = []

        init(extent: Int) { self.extent = extent }

        mutating func add(_ coordinate: Int, destination: Int, count: Int, step: Int) {
            let block = coordinate / extent
            if touched.last != block {
                touched.append(block)
                starts.append(runs.count)
            }
            runs.append(
                AxisRun(source: coordinate - block * extent, destination: destination, count: count, step: step))
        }

        mutating func addSpan(_ start: Int, destination: Int, count: Int) {
            var done = 0
            while done < count {
                let coordinate = start + done
                let room = extent - coordinate % extent
                let length = min(room, count - done)
                add(coordinate, destination: destination + done, count: length, step: 1)
                done += length
            }
        }

        func finish() -> (ChunkQuery.Axis, Runs) {
            (.list(touched), .stored(runs: runs, starts: starts + [runs.count]))
        }
    }
}
