import HDF5

/// How the rows and columns of a data matrix become the cells of an N-dimensional array (R43).
struct GridArrangement {
    private let rows: IndexMatrix
    private let columns: IndexMatrix

    /// Both sides must be complete grids: `problem` is nil.
    init(rows: IndexMatrix, columns: IndexMatrix) {
        self.rows = rows
        self.columns = columns
    }

    /// The extents of the result: positions, then spectroscopic dimensions, each in the order of the file.
    var shape: [Int] { rows.sizes + columns.sizes }

    /// The elements of the matrix, row-major, in the row-major order of the N-dimensional array.
    ///
    /// A plain raster needs its axes transposed at most; any other order is looked up in the indices.
    func arrange<Element: H5Element>(_ source: [Element]) -> [Element] {
        guard source.count == rows.pointCount * columns.pointCount, source.count > 1 else { return source }
        if let rowAxes = Self.rasterAxes(rows), let columnAxes = Self.rasterAxes(columns) {
            let axes = rowAxes + columnAxes.map { $0 + rowAxes.count }
            let transposition = AxisTransposition(sourceShape: axes.map { shape[$0] }, sourceAxes: axes)
            return transposition.isIdentity
                ? source : ElementMoves.move(source, count: source.count, by: .transposition(transposition))
        }
        let columnOrder = Self.pointsByCell(columns)
        let isPlain = columnOrder.indices.allSatisfy { columnOrder[$0] == $0 }
        let gather = MatrixGather(
            rows: Self.pointsByCell(rows), columns: isPlain ? nil : columnOrder, sourceWidth: columns.pointCount)
        return ElementMoves.move(source, count: gather.count, by: .gather(gather))
    }

    /// The dimensions of a side from the slowest to the fastest, where its points are a plain raster.
    private static func rasterAxes(_ side: IndexMatrix) -> [Int]? {
        side.scanOrder == .raster || side.scanOrder == .single ? side.fastestFirst.reversed() : nil
    }

    /// The point of each cell.
    private static func pointsByCell(_ side: IndexMatrix) -> [Int] {
        let cells = side.cells()
        var points = [Int](repeating: 0, count: cells.count)
        for (point, cell) in cells.enumerated() { points[cell] = point }
        return points
    }
}

/// Brings the axes of an array into another order.
struct AxisTransposition {
    /// An axis of the result: its extent and how far its steps lie apart in the source and in the result.
    private struct Axis {
        var extent: Int
        var sourceStride: Int
        var targetStride = 0
    }

    /// The axes of the result, slowest first, those of extent 1 left out, neighbours that stay neighbours joined.
    private var axes: [Axis] = []

    /// Whether nothing moves.
    var isIdentity: Bool { axes.count < 2 }

    /// Takes the shape of the source, slowest axis first, and for each of its axes the place in the result.
    init(sourceShape: [Int], sourceAxes: [Int]) {
        let strides = IndexMatrix.strides(sourceShape)
        for axis in sourceAxes.indices.sorted(by: { sourceAxes[$0] < sourceAxes[$1] }) where sourceShape[axis] != 1 {
            let next = Axis(extent: sourceShape[axis], sourceStride: strides[axis])
            if let last = axes.last, last.sourceStride == next.sourceStride * next.extent {
                axes[axes.count - 1] = Axis(extent: last.extent * next.extent, sourceStride: next.sourceStride)
            } else {
                axes.append(next)
            }
        }
        for (axis, stride) in IndexMatrix.strides(axes.map(\.extent)).enumerated() { axes[axis].targetStride = stride }
    }

    /// The extent of a square that is moved at once: both its sides stay in the first cache.
    private static let tile = 32

    func run<Word>(_ source: Span<Word>, _ target: inout MutableSpan<Word>) {
        guard let along = axes.last else { return }
        // The axis along which the source is contiguous; with the last axis of the result it spans the squares.
        let contiguous = axes.indices.min { axes[$0].sourceStride < axes[$1].sourceStride } ?? axes.count - 1
        let isContiguousLast = contiguous == axes.count - 1
        // Where both are one axis, whole runs are moved.
        let acrossAxis = isContiguousLast ? axes.count - 2 : contiguous
        guard acrossAxis >= 0 else { return }
        let across = axes[acrossAxis]
        let length = isContiguousLast ? along.extent : Self.tile
        let outer = axes.indices.dropLast().filter { $0 != acrossAxis }
        var position = [Int](repeating: 0, count: axes.count)
        repeat {
            let sourceStart = outer.reduce(0) { $0 + position[$1] * axes[$1].sourceStride }
            let targetStart = outer.reduce(0) { $0 + position[$1] * axes[$1].targetStride }
            for firstAcross in stride(from: 0, to: across.extent, by: Self.tile) {
                let endAcross = min(firstAcross + Self.tile, across.extent)
                for firstAlong in stride(from: 0, to: along.extent, by: length) {
                    let endAlong = min(firstAlong + length, along.extent)
                    for row in firstAcross..<endAcross {
                        var read = sourceStart + row * across.sourceStride + firstAlong * along.sourceStride
                        var write = targetStart + row * across.targetStride + firstAlong
                        for _ in firstAlong..<endAlong {
                            target[write] = source[read]
                            read &+= along.sourceStride
                            write &+= 1
                        }
                    }
                }
            }
        } while advance(&position, over: outer)
    }

    /// Steps to the next place of the outer axes; false at the end.
    private func advance(_ position: inout [Int], over outer: [Int]) -> Bool {
        for axis in outer.reversed() {
            position[axis] += 1
            if position[axis] < axes[axis].extent { return true }
            position[axis] = 0
        }
        return false
    }
}
