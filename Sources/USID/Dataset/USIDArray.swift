import HDF5

/// Elements of a Main dataset with the meaning of their axes.
public struct USIDArray<Element> {
    /// The label of each axis: those of the dimensions, or `positions` and `spectroscopic points` where the elements
    /// have no N-dimensional form.
    public let labels: [String]
    /// The dimension of each axis, with the values of its indices; empty where the axes are none.
    public let dimensions: [USIDDimension]
    /// The elements with their shape.
    public let array: H5Array<Element>
    /// Whether the axes are dimensions.
    public let isNDimensional: Bool
    /// The rows of the dataset that the elements come from, in the order of the elements; of each cell that positions
    /// were reduced to, the first.
    public let rows: USIDPoints
    /// The columns of the dataset that the elements come from, in the order of the elements; of each cell that
    /// spectroscopic points were reduced to, the first.
    public let columns: USIDPoints
    /// Where the elements come from.
    let source: USIDDataset
    /// The dimensions of the positions that tell the rows apart, by their numbers in the file.
    let positionAxes: [Int]
    /// The dimensions of the spectroscopic side that tell the columns apart, by their numbers in the file.
    let spectroscopicAxes: [Int]

    /// The extent of each axis.
    public var shape: [Int] { array.shape }
    /// The elements in row-major order.
    public var elements: [Element] { array.elements }

    /// The number of the axis of a label; nil where there is none.
    public func axis(_ label: String) -> Int? { labels.firstIndex { $0.hasSameBytes(as: label) } }
}

extension USIDArray: Sendable where Element: Sendable {}
extension USIDArray: Equatable where Element: Equatable {
    /// Whether elements, labels of axes, and the numbers of rows and columns are the same.
    public static func == (left: USIDArray, right: USIDArray) -> Bool {
        left.labels == right.labels && left.array == right.array && left.isNDimensional == right.isNDimensional
            && left.rows == right.rows && left.columns == right.columns
    }
}

extension USIDArray {
    /// Elements in a layout.
    init(_ layout: ViewLayout, _ elements: [Element]) throws where Element: H5Element {
        labels = layout.isNDimensional ? layout.dimensions.map(\.label) : ["positions", "spectroscopic points"]
        dimensions = layout.dimensions
        array = try H5Array(shape: layout.shape, elements: elements)
        isNDimensional = layout.isNDimensional
        rows = layout.rows
        columns = layout.columns
        source = layout.source
        positionAxes = layout.positionAxes
        spectroscopicAxes = layout.spectroscopicAxes
    }

    /// What the axes are.
    var layout: ViewLayout {
        ViewLayout(
            dimensions: dimensions, shape: shape, isNDimensional: isNDimensional, rows: rows, columns: columns,
            source: source, positionAxes: positionAxes, spectroscopicAxes: spectroscopicAxes)
    }

    /// An array whose axes are dimensions.
    init(
        _ array: H5Array<Element>, along dimensions: [USIDDimension], rows: USIDPoints, columns: USIDPoints,
        of source: USIDDataset, positionAxes: [Int], spectroscopicAxes: [Int]
    ) {
        labels = dimensions.map(\.label)
        self.dimensions = dimensions
        self.array = array
        isNDimensional = true
        self.rows = rows
        self.columns = columns
        self.source = source
        self.positionAxes = positionAxes
        self.spectroscopicAxes = spectroscopicAxes
    }

    /// A matrix of rows and columns of a Main.
    init(
        matrix array: H5Array<Element>, rows: USIDPoints, columns: USIDPoints, of source: USIDDataset,
        positionAxes: [Int]? = nil, spectroscopicAxes: [Int]? = nil
    ) {
        labels = ["positions", "spectroscopic points"]
        dimensions = []
        self.array = array
        isNDimensional = false
        self.rows = rows
        self.columns = columns
        self.source = source
        self.positionAxes = positionAxes ?? Array(source.positionDimensions.indices)
        self.spectroscopicAxes = spectroscopicAxes ?? Array(source.spectroscopicDimensions.indices)
    }
}
