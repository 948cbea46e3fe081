import HDF5

/// What the axes of elements of a Main are, and which of its rows and columns they come from.
struct ViewLayout {
    /// The dimension of each axis, with the values of its indices; empty where the axes are none.
    let dimensions: [USIDDimension]
    /// The extent of each axis.
    let shape: [Int]
    /// Whether the axes are dimensions.
    let isNDimensional: Bool
    /// The rows of the dataset, in the order of the elements.
    let rows: USIDPoints
    /// The columns of the dataset, in the order of the elements.
    let columns: USIDPoints
    /// Where the elements come from.
    let source: USIDDataset
    /// The dimensions of the positions that tell the rows apart, by their numbers in the file.
    let positionAxes: [Int]
    /// The dimensions of the spectroscopic side that tell the columns apart, by their numbers in the file.
    let spectroscopicAxes: [Int]
}

extension ViewLayout {
    /// The layout of a slice.
    ///
    /// - Throws: As `USIDDataset.slice(_:as:policy:)`, of which nothing is read here.
    init(_ main: USIDDataset, _ selections: [String: USIDSelection]) throws {
        let indices = try main.chosenIndices(selections)
        let rows = GridSlice(main.positionGrid.matrix, chosen: indices.positions)
        let columns = GridSlice(main.spectroscopicGrid.matrix, chosen: indices.spectroscopic)
        source = main
        guard let rowCells = rows.cellPoints, let columnCells = columns.cellPoints else {
            dimensions = []
            isNDimensional = false
            self.rows = rows.points
            self.columns = columns.points
            shape = [
                rows.points.count(of: main.positionCount), columns.points.count(of: main.spectroscopicPointCount),
            ]
            positionAxes = Array(main.positionDimensions.indices)
            spectroscopicAxes = Array(main.spectroscopicDimensions.indices)
            return
        }
        func kept(_ side: GridSlice, _ dimensions: [USIDDimension], _ chosen: [ChosenIndices?]) -> [USIDDimension] {
            side.keptAxes.map { axis in
                chosen[axis].map { dimensions[axis].choosing($0.indices) } ?? dimensions[axis]
            }
        }
        dimensions =
            kept(rows, main.positionDimensions, indices.positions)
            + kept(columns, main.spectroscopicDimensions, indices.spectroscopic)
        isNDimensional = true
        self.rows = rowCells
        self.columns = columnCells
        shape = rows.shape + columns.shape
        positionAxes = rows.keptAxes
        spectroscopicAxes = columns.keptAxes
    }

    /// The number of rows.
    var rowCount: Int { rows.count(of: source.positionCount) }
    /// The number of columns.
    var columnCount: Int { columns.count(of: source.spectroscopicPointCount) }

    /// The label of an axis of points with its unit: `X (nm)`.
    static func name(_ dimension: USIDDimension) -> String {
        dimension.label + (dimension.units.isEmpty ? "" : " (\(dimension.units))")
    }
}

extension USIDPoints {
    /// The number of points, of all there are.
    func count(of all: Int) -> Int {
        switch self {
        case .all: all
        case .some(let points): points.count
        }
    }

    /// Some of the points, by their places.
    func part(_ places: Range<Int>) -> USIDPoints {
        switch self {
        case .all: .some(Array(places))
        case .some(let points): .some(Array(points[places]))
        }
    }

    /// The number of the point at a place.
    func point(at place: Int) -> Int {
        switch self {
        case .all: place
        case .some(let points): points[place]
        }
    }
}
