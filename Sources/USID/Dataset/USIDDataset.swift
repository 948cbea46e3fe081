import HDF5

/// A Main dataset: measured values in two axes, positions and spectroscopic points, with the dimensions behind them.
///
/// Making one reads attributes and the two Indices datasets, never the data. Dimensions come fastest first, as the
/// indices say, whatever the order of the file (R40).
///
/// ```swift
/// for main in try USIDDataset.all(in: file) { print(main) }
/// let cube = try main.nDimensional(as: Float.self)
/// let map = try main.slice(["Frequency": .nearest(325_000)], as: Float.self)
/// ```
public struct USIDDataset: Sendable {
    /// The dataset that holds the data.
    public let dataset: H5Dataset
    /// What was measured.
    public let quantity: String
    /// The unit of the values; empty where they have none.
    public let units: String
    /// The Position_Indices dataset.
    public var positionIndices: H5Dataset { positionGrid.indices }
    /// The Position_Values dataset.
    public var positionValues: H5Dataset { positionGrid.values }
    /// The Spectroscopic_Indices dataset.
    public var spectroscopicIndices: H5Dataset { spectroscopicGrid.indices }
    /// The Spectroscopic_Values dataset.
    public var spectroscopicValues: H5Dataset { spectroscopicGrid.values }

    let positionGrid: USIDGrid
    let spectroscopicGrid: USIDGrid
    /// The dimensions of the positions in the order of the file.
    let positionDimensions: [USIDDimension]
    /// The dimensions of the spectroscopic side in the order of the file.
    let spectroscopicDimensions: [USIDDimension]

    /// Takes a dataset as a Main dataset.
    ///
    /// - Throws: `USIDError` with code `notMain`, whose `rule` is the first rule that the dataset breaks; `H5Error`
    ///   where attributes or indices cannot be read.
    public init(_ dataset: H5Dataset) throws {
        try self.init(dataset, resolver: ReferenceResolver(file: dataset.file, paths: nil), cache: USIDGridCache())
    }

    init(_ dataset: H5Dataset, resolver: ReferenceResolver, cache: USIDGridCache) throws {
        try self.init(try MainInspection(dataset, resolver: resolver), cache: cache)
    }

    init(_ inspection: MainInspection, cache: USIDGridCache) throws {
        dataset = inspection.dataset
        if let obstacle = inspection.obstacle { throw USIDError(notMain: obstacle) }
        guard let quantity = inspection.quantity, let units = inspection.units,
            let positions = inspection.sides[.positions], let spectroscopic = inspection.sides[.spectroscopic]
        else {
            throw USIDError(.notMain, rule: "R7", path: dataset.path, "its dimensions are not complete")
        }
        self.quantity = quantity
        self.units = units
        (positionGrid, positionDimensions) = try Self.side(positions, cache)
        (spectroscopicGrid, spectroscopicDimensions) = try Self.side(spectroscopic, cache)
    }

    /// A Main that was just written, of which nothing has to be found out.
    init(made dataset: H5Dataset, quantity: String, units: String, positions: Side, spectroscopic: Side) {
        self.dataset = dataset
        self.quantity = quantity
        self.units = units
        (positionGrid, positionDimensions) = positions
        (spectroscopicGrid, spectroscopicDimensions) = spectroscopic
    }

    /// What is known of a side: its points, and its dimensions in the order of the file.
    typealias Side = (grid: USIDGrid, dimensions: [USIDDimension])

    func side(_ side: USIDSide) -> Side {
        side == .positions
            ? (positionGrid, positionDimensions) : (spectroscopicGrid, spectroscopicDimensions)
    }

    static func side(_ side: AncillaryInspection, _ cache: USIDGridCache) throws -> Side {
        let grid = try cache.grid(indices: side.indices, values: side.values, pointsAreRows: side.side == .positions)
        let dimensions = zip(side.labels, side.units).enumerated().map { number, names in
            USIDDimension(label: names.0, units: names.1, mode: side.modes[number], grid: grid, dimension: number)
        }
        return (grid, dimensions)
    }

    // MARK: Finding Mains

    /// All Main datasets of a file, wherever they are (R50), in the order of their paths.
    ///
    /// Datasets that break a rule are left out; `search(in:)` and `USIDValidator` say which and why.
    ///
    /// - Throws: `H5Error` when the groups of the file cannot be gone through.
    public static func all(in file: H5File) throws -> [USIDDataset] { try search(in: file).mains }

    /// All datasets of a file that are Main datasets or carry references as if they were.
    ///
    /// - Throws: `H5Error` when the groups of the file cannot be gone through.
    public static func search(in file: H5File) throws -> USIDSearch {
        let contents = try FileContents(file)
        return search(among: contents.datasets, resolver: ReferenceResolver(file: file, paths: contents.paths))
    }

    /// Those of some datasets of one file that are Main datasets or carry references as if they were.
    ///
    /// Unlike `search(in:)` this reads nothing but the datasets and what they refer to, however large the file is.
    package static func search(among datasets: [H5Dataset]) -> USIDSearch {
        guard let file = datasets.first?.file else { return USIDSearch() }
        return search(among: datasets, resolver: ReferenceResolver(file: file, paths: nil))
    }

    private static func search(among datasets: [H5Dataset], resolver: ReferenceResolver) -> USIDSearch {
        let cache = USIDGridCache()
        var search = USIDSearch()
        for dataset in datasets {
            do {
                guard try MainInspection.carriesReferences(dataset) else { continue }
                search.mains.append(try USIDDataset(dataset, resolver: resolver, cache: cache))
            } catch {
                search.rejected.append(USIDSearch.Rejected(path: dataset.path, reason: error))
            }
        }
        return search
    }

    // MARK: What it is

    /// The path of the dataset.
    public var path: String { dataset.path }
    /// The number of positions: the rows of the data.
    public var positionCount: Int { positionGrid.matrix.pointCount }
    /// The number of spectroscopic points: the columns of the data.
    public var spectroscopicPointCount: Int { spectroscopicGrid.matrix.pointCount }
    /// The dimensions of the positions, fastest first.
    public var positions: [USIDDimension] { positionGrid.matrix.fastestFirst.map { positionDimensions[$0] } }
    /// The dimensions of the spectroscopic side, fastest first.
    public var spectroscopic: [USIDDimension] {
        spectroscopicGrid.matrix.fastestFirst.map { spectroscopicDimensions[$0] }
    }
    /// The labels of the position dimensions in the order of the file.
    public var positionLabelsInFileOrder: [String] { positionDimensions.map(\.label) }
    /// The labels of the spectroscopic dimensions in the order of the file.
    public var spectroscopicLabelsInFileOrder: [String] { spectroscopicDimensions.map(\.label) }
    /// In which order the rows run through the positions.
    public var positionScanOrder: USIDScanOrder { positionGrid.matrix.scanOrder }
    /// In which order the columns run through the spectroscopic points.
    public var spectroscopicScanOrder: USIDScanOrder { spectroscopicGrid.matrix.scanOrder }

    /// The dimension of a label, on either side.
    ///
    /// - Throws: `USIDError` with code `unknownDimension`; the message lists the labels there are.
    public func dimension(_ label: String) throws -> USIDDimension {
        let all = positionDimensions + spectroscopicDimensions
        if let found = all.first(where: { $0.label.hasSameBytes(as: label) }) { return found }
        throw USIDError(
            .unknownDimension, path: path,
            "no dimension '\(label)' (there are: \(NumberText.list(all.map(\.label), limit: 16)))")
    }

    /// Whether there is an N-dimensional form, and what it looks like.
    public var nDimensionalForm: USIDNDimensionalForm {
        let sides = [
            (USIDSide.positions, positionGrid.matrix.problem, positionDimensions),
            (.spectroscopic, spectroscopicGrid.matrix.problem, spectroscopicDimensions),
        ]
        let reasons = sides.compactMap { side, problem, dimensions in
            problem.map { USIDGridProblem($0, side: side, labels: dimensions.map(\.label)) }
        }
        if !reasons.isEmpty { return .unavailable(reasons) }
        let dimensions = positionDimensions + spectroscopicDimensions
        return .available(labels: dimensions.map(\.label), shape: dimensions.map(\.size))
    }
}

/// The datasets of a file that are, or seem to be meant as, Main datasets.
public struct USIDSearch: Sendable {
    /// A dataset that carries references as a Main does, but is none.
    public struct Rejected: Sendable {
        /// Its path.
        public let path: String
        /// Why it is none: a `USIDError` that names the rule, or an `H5Error`.
        public let reason: any Error
    }

    /// The Main datasets.
    public internal(set) var mains: [USIDDataset] = []
    /// The datasets that are none.
    public internal(set) var rejected: [Rejected] = []
}
