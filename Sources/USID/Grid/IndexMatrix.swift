/// The indices of one side of a Main dataset: which place of a grid each row (or column) of the data belongs to.
///
/// Pure mathematics, no file: points are numbered as in the data, dimensions as in the file. Indices are kept as the
/// ranks of the distinct values (R41), so that offsets and gaps make no difference.
struct IndexMatrix: Sendable {
    /// The number of points.
    let pointCount: Int
    /// The dimensions in the order of the file.
    let columns: [IndexColumn]
    /// The dimensions from the fastest to the slowest; ties keep the order of the file (R40).
    let fastestFirst: [Int]
    /// In which order the points run through the grid.
    let scanOrder: USIDScanOrder
    /// Why the points are not exactly the cells of the grid; nil where they are (R42).
    let problem: GridProblem?

    /// The number of distinct indices of each dimension, in the order of the file.
    var sizes: [Int] { columns.map(\.size) }

    /// Makes a matrix from stored indices.
    ///
    /// - Parameters:
    ///   - indices: The elements of the dataset in row-major order.
    ///   - pointsAreRows: Whether axis 0 counts points (positions) or dimensions (spectroscopic).
    /// - Throws: `USIDError` when `indices` does not fill the two axes.
    init<Index: FixedWidthInteger & Sendable>(
        _ indices: [Index], pointCount: Int, dimensionCount: Int, pointsAreRows: Bool
    ) throws {
        let (total, overflow) = pointCount.multipliedReportingOverflow(by: dimensionCount)
        guard pointCount >= 0, dimensionCount >= 0, !overflow, total == indices.count,
            pointCount <= Int(UInt32.max)
        else {
            throw USIDError(
                .invalidArgument, path: "",
                "\(indices.count) indices do not fill \(pointCount) points of \(dimensionCount) dimensions")
        }
        let columns = (0..<dimensionCount).map { dimension in
            IndexColumn(
                indices, from: pointsAreRows ? dimension : dimension * pointCount,
                step: pointsAreRows ? dimensionCount : 1, count: pointCount)
        }
        self.init(columns, pointCount: pointCount)
    }

    init(_ columns: [IndexColumn], pointCount: Int) {
        self.columns = columns
        self.pointCount = pointCount
        fastestFirst = columns.indices.sorted { left, right in
            (columns[right].rate, left) < (columns[left].rate, right)
        }
        scanOrder = ScanOrderDetector(columns, fastestFirst: fastestFirst, pointCount: pointCount).order
        problem = GridProblem(columns, scanOrder: scanOrder, pointCount: pointCount)
    }

    /// The number of the cell of each point in the grid of all dimensions, first dimension of the file slowest.
    ///
    /// Meaningful where `problem` is nil: then the numbers are those from 0 to before `pointCount`.
    func cells() -> ContiguousArray<Int> { CellNumbers(columns, count: pointCount).numbers }

    /// The point of each cell, where `problem` is nil.
    func pointsByCell() -> [Int] {
        let cells = cells()
        var points = [Int](repeating: 0, count: cells.count)
        for (point, cell) in cells.enumerated() { points[cell] = point }
        return points
    }

    /// The strides of the dimensions in that grid.
    static func strides(_ sizes: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: sizes.count)
        for axis in sizes.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] &* sizes[axis + 1] }
        return strides
    }
}
