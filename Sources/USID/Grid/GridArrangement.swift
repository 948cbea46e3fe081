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
        let columnOrder = columns.pointsByCell()
        let isPlain = columnOrder.indices.allSatisfy { columnOrder[$0] == $0 }
        let gather = MatrixGather(
            rows: rows.pointsByCell(), columns: isPlain ? nil : columnOrder, sourceWidth: columns.pointCount)
        return ElementMoves.move(source, count: gather.count, by: .gather(gather))
    }

    /// The dimensions of a side from the slowest to the fastest, where its points are a plain raster.
    private static func rasterAxes(_ side: IndexMatrix) -> [Int]? {
        side.scanOrder == .raster || side.scanOrder == .single ? side.fastestFirst.reversed() : nil
    }
}
