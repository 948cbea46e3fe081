import HDF5

/// The N-dimensional form of a scan that is not complete, with the cells in which nothing was measured filled.
public struct USIDPaddedArray<Element: H5Element>: Sendable {
    /// The dimension of each axis: those of the positions, then the spectroscopic ones, in the order of the file.
    public let dimensions: [USIDDimension]
    /// The elements with their shape.
    public let array: H5Array<Element>
    /// Whether each element was measured; the others are made up.
    public let isMeasured: H5Array<Bool>

    /// The label of each axis.
    public var labels: [String] { dimensions.map(\.label) }
    /// The extent of each axis.
    public var shape: [Int] { array.shape }
}

extension USIDDataset {
    /// Reads data whose points do not fill their grid in N-dimensional form, with a value of choice where nothing was
    /// measured (R61, R65).
    ///
    /// For scans that were stopped, and others with points missing. A complete scan comes out as by
    /// `nDimensional(as:policy:)`.
    ///
    /// ```swift
    /// let cube = try main.padded(with: .nan, as: Float.self)
    /// ```
    ///
    /// - Parameters:
    ///   - fill: What stands where nothing was measured.
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - memory: The most that the result may take.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `USIDError` with code `noNDimensionalForm` where two points share a cell (R42), or where every point has
    ///   indices of its own, so that there is no grid (R60: see `collapsed(as:policy:)`); `tooLarge` where the grid takes more
    ///   than `memory`. `H5Error` as reading the dataset does.
    public func padded<Element: H5Element>(
        with fill: Element, as type: Element.Type, memory: H5ByteCount = .gibibytes(1),
        policy: H5ConversionPolicy = .exact
    ) throws -> USIDPaddedArray<Element> {
        let sides =
            [(USIDSide.positions, positionGrid.matrix, positionDimensions)]
            + [(.spectroscopic, spectroscopicGrid.matrix, spectroscopicDimensions)]
        for (side, matrix, dimensions) in sides {
            guard let problem = matrix.problem else { continue }
            switch problem.kind {
            case .duplicates, .sparse:
                let told = USIDGridProblem(problem, side: side, labels: dimensions.map(\.label))
                throw USIDError(
                    .noNDimensionalForm, rule: told.rule, path: path,
                    "there is no grid to be filled up: \(told); collapsed(as:) keeps the points as they are")
            case .aborted, .dependent, .missing: break
            }
        }
        let shape = sides.flatMap { $0.1.sizes }
        // Places in the dataset take eight bytes for each element while the result is made.
        let count = shape.reduce(1) { product, size -> Int? in
            let (result, overflow) = (product ?? 0).multipliedReportingOverflow(by: size)
            return product == nil || overflow ? nil : result
        }
        guard let count, count <= memory.bytes / (MemoryLayout<Element>.stride + 9) else {
            throw USIDError(
                .tooLarge, path: path,
                "the grid of shape \(NumberText.shape(shape)) takes more than \(memory.bytes) bytes: allow more memory, or "
                    + "take collapsed(as:), which has an axis of points")
        }
        let width = spectroscopicPointCount
        let columns = spectroscopicGrid.matrix.cells()
        let columnCells = spectroscopicGrid.matrix.sizes.reduce(1, *)
        // The fill lies behind the data, where all cells without a point find it.
        let data = try dataset.read(as: type, policy: policy).elements + [fill]
        var places = [Int](repeating: data.count - 1, count: count)
        var isMeasured = [Bool](repeating: false, count: count)
        for (row, rowCell) in positionGrid.matrix.cells().enumerated() {
            for (column, columnCell) in columns.enumerated() {
                let cell = rowCell * columnCells + columnCell
                places[cell] = row * width + column
                isMeasured[cell] = true
            }
        }
        let gather = MatrixGather(rows: places, columns: nil, sourceWidth: 1)
        return USIDPaddedArray(
            dimensions: positionDimensions + spectroscopicDimensions,
            array: try H5Array(shape: shape, elements: ElementMoves.move(data, count: count, by: .gather(gather))),
            isMeasured: try H5Array(shape: shape, elements: isMeasured))
    }
}
