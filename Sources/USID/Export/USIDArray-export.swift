import HDF5

extension USIDArray where Element: H5Element {
    /// Writes the elements as an array in NumPy's format `.npy`, which `numpy.load` reads.
    ///
    /// ```swift
    /// try main.slice(["Frequency": .nearest(325_000)], as: Float.self).exportNPY(to: "map.npy")
    /// ```
    ///
    /// Little-endian, in C order. The file appears when it is whole.
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` with code `exists`, `noSpace` or others as the system reports. Then there is no file.
    public func exportNPY(to path: String, replacing: Bool = false) throws {
        let type = try NPYType(H5Datatype(of: Element.self), path: source.path)
        let file = try NewFile(path: path, replacing: replacing)
        try file.write(type.header(shape: shape))
        // The types of `H5Element` are.
        try file.write(plain: elements)
        try file.finish()
    }

    /// Writes the elements with their coordinates as comma-separated values: one line per element.
    ///
    /// The first line names the columns: the dimensions, then the quantity. Where the axes are dimensions, coordinates are
    /// their unit values, or indices where a dimension has none; else they are the values of each point. Numbers have the
    /// fewest digits that read back as the same number. The file appears when it is whole.
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` where values cannot be read, and with code `exists`, `noSpace` or others as the system reports.
    ///   Then there is no file.
    public func exportCSV(to path: String, replacing: Bool = false) throws {
        guard let texts = TextElements(elements) else {
            throw USIDError(.invalidArgument, path: source.path, "elements of type \(Element.self) have no text")
        }
        let value = source.quantity + (source.units.isEmpty ? "" : " (\(source.units))")
        let lines = isNDimensional ? try gridLines(texts) : try pointLines(texts)
        let file = try NewFile(path: path, replacing: replacing)
        var text = CSVText()
        for name in lines.names {
            text.add(name)
            text.separate()
        }
        text.add(value)
        text.endLine()
        for element in elements.indices {
            lines.add(element, &text)
            texts.add(element, to: &text)
            text.endLine()
            if text.bytes.count > 1 << 18 {
                try file.write(text.bytes)
                text.removeAll()
            }
        }
        try file.write(text.bytes)
        try file.finish()
    }

    /// Names of coordinates, and what adds those of an element, each with a comma behind it.
    private typealias Lines = (names: [String], add: (_ element: Int, _ text: inout CSVText) -> Void)

    private static func name(_ dimension: USIDDimension) -> String {
        dimension.label + (dimension.units.isEmpty ? "" : " (\(dimension.units))")
    }

    private func gridLines(_ texts: TextElements) throws -> Lines {
        // The text of each coordinate is made once.
        let columns = try dimensions.map { dimension -> [[UInt8]] in
            let values: [Double]
            do {
                values = try dimension.requireUnitValues()
            } catch let error as USIDError where error.code == .noUnitValues {
                values = (0..<dimension.size).map(Double.init)
            }
            return values.map { value in
                var text = CSVText()
                text.add(value)
                text.separate()
                return text.bytes
            }
        }
        let strides = IndexMatrix.strides(shape)
        let shape = shape
        return (
            dimensions.map(Self.name),
            { element, text in
                for axis in columns.indices { text.add(verbatim: columns[axis][element / strides[axis] % shape[axis]]) }
            }
        )
    }

    private func pointLines(_ texts: TextElements) throws -> Lines {
        let positions = try SideTexts(source.positionGrid, source.positionDimensions)
        let spectroscopic = try SideTexts(source.spectroscopicGrid, source.spectroscopicDimensions)
        let width = max(1, shape.last ?? 1)
        func point(_ points: USIDPoints, _ place: Int) -> Int {
            switch points {
            case .all: place
            case .some(let points): points[place]
            }
        }
        return (
            positionAxes.map { Self.name(source.positionDimensions[$0]) }
                + spectroscopicAxes.map { Self.name(source.spectroscopicDimensions[$0]) },
            { element, text in
                for axis in positionAxes {
                    positions.add(dimension: axis, point: point(rows, element / width), to: &text)
                    text.separate()
                }
                for axis in spectroscopicAxes {
                    spectroscopic.add(dimension: axis, point: point(columns, element % width), to: &text)
                    text.separate()
                }
            }
        )
    }
}
