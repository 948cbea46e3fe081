import HDF5

/// Elements of a Main with an axis for every dimension that makes one, and values along axes for the others.
public struct USIDCollapsedArray<Element: H5Element>: Sendable {
    /// A dimension that is no axis: its values follow from the places along others.
    public struct Coordinate: Sendable, Equatable {
        /// The label of the dimension.
        public let label: String
        /// The unit; empty where the dimension has none.
        public let units: String
        /// The axes that the values belong to, by their numbers.
        public let axes: [Int]
        /// The values in row-major order of these axes.
        public let values: [Double]
    }

    /// The label of each axis: that of a dimension, or `positions` or `spectroscopic points`.
    public let labels: [String]
    /// The dimension of each axis; nil for an axis of points.
    public let dimensions: [USIDDimension?]
    /// The elements with their shape.
    public let array: H5Array<Element>
    /// The dimensions that are no axes.
    public let coordinates: [Coordinate]

    /// The extent of each axis.
    public var shape: [Int] { array.shape }
    /// The elements in row-major order.
    public var elements: [Element] { array.elements }
}

extension USIDDataset {
    /// Reads data with as many axes as its dimensions make, whatever the scan (R63, R65).
    ///
    /// A side whose points fill their grid has an axis per dimension, as in `nDimensional(as:policy:)`. Of dimensions that
    /// follow from others (R63), only the others are axes, and the values of the dependent ones are given along these. The
    /// points of any other side, sparse, stopped or repeated (R60 to R62), are one axis, `positions` or `spectroscopic points`,
    /// in the order of the dataset, with the values of all its dimensions along it.
    ///
    /// ```swift
    /// let relaxation = try main.collapsed(as: Float.self)
    /// relaxation.labels                                      // ["X", "Time", "Bias"]
    /// relaxation.coordinates.map(\.label)                    // ["Field"], which follows from Time and Bias
    /// ```
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `H5Error` as reading the dataset and its Values does.
    public func collapsed<Element: H5Element>(
        as type: Element.Type, policy: H5ConversionPolicy = .exact
    ) throws -> USIDCollapsedArray<Element> {
        let rows = CollapsedSide(.positions, positionGrid, positionDimensions)
        let columns = CollapsedSide(.spectroscopic, spectroscopicGrid, spectroscopicDimensions)
        let gather = MatrixGather(
            rows: rows.order ?? Array(0..<positionCount), columns: columns.order, sourceWidth: spectroscopicPointCount)
        let data = try dataset.read(as: type, policy: policy).elements
        let isPlain = rows.order == nil && columns.order == nil
        return USIDCollapsedArray(
            labels: rows.labels + columns.labels, dimensions: rows.axes + columns.axes,
            array: try H5Array(
                shape: rows.shape + columns.shape,
                elements: isPlain ? data : ElementMoves.move(data, count: data.count, by: .gather(gather))),
            coordinates: try rows.coordinates(firstAxis: 0, of: Element.self)
                + columns.coordinates(firstAxis: rows.shape.count, of: Element.self))
    }
}

/// One side with an axis for every dimension that makes one.
private struct CollapsedSide {
    let grid: USIDGrid
    let dimensions: [USIDDimension]
    let labels: [String]
    let axes: [USIDDimension?]
    let shape: [Int]
    /// The points in row-major order of the axes; nil for that of the dataset.
    let order: [Int]?
    /// The dimensions that are no axes, by their numbers.
    private let others: [Int]

    init(_ side: USIDSide, _ grid: USIDGrid, _ dimensions: [USIDDimension]) {
        self.grid = grid
        self.dimensions = dimensions
        let matrix = grid.matrix
        let kept: [Int]
        switch matrix.problem?.kind {
        case nil: kept = Array(dimensions.indices)
        case .dependent(let dependent): kept = dimensions.indices.filter { !dependent.contains($0) }
        case .duplicates, .aborted, .sparse, .missing:
            labels = [side == .positions ? "positions" : "spectroscopic points"]
            axes = [nil]
            shape = [matrix.pointCount]
            order = nil
            others = Array(dimensions.indices)
            return
        }
        let points = IndexMatrix(kept.map { matrix.columns[$0] }, pointCount: matrix.pointCount).pointsByCell()
        labels = kept.map { dimensions[$0].label }
        axes = kept.map { dimensions[$0] }
        shape = kept.map { dimensions[$0].size }
        order = points.indices.allSatisfy { points[$0] == $0 } ? nil : points
        others = dimensions.indices.filter { !kept.contains($0) }
    }

    /// The values of the dimensions that are no axes.
    func coordinates<Element>(
        firstAxis: Int, of type: Element.Type
    ) throws -> [USIDCollapsedArray<Element>.Coordinate] {
        guard !others.isEmpty else { return [] }
        let stored = try grid.values.read(as: Double.self, policy: .rounding).elements
        let (start, step) = grid.pointsAreRows ? (1, dimensions.count) : (grid.matrix.pointCount, 1)
        return others.map { number in
            USIDCollapsedArray<Element>.Coordinate(
                label: dimensions[number].label, units: dimensions[number].units,
                axes: Array(firstAxis..<firstAxis + shape.count),
                values: (0..<grid.matrix.pointCount).map { stored[number * start + (order?[$0] ?? $0) * step] })
        }
    }
}
