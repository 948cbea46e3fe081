import HDF5

extension USIDDataset {
    /// Reads all data in N-dimensional form.
    ///
    /// The place of each element is looked up in the indices (R43), so that serpentine and shuffled scans come out
    /// right. The axes are those of `nDimensionalForm`.
    ///
    /// - Throws: `USIDError` with code `noNDimensionalForm`, whose message says why there is none; `H5Error` as
    ///   reading the dataset does.
    public func nDimensional<Element: H5Element>(
        as type: Element.Type, policy: H5ConversionPolicy = .exact
    ) throws -> USIDArray<Element> {
        try nDimensional { try dataset.read(as: type, policy: policy) }
    }

    /// Reads one member of compound data in N-dimensional form.
    ///
    /// - Throws: As `nDimensional(as:policy:)`, and `H5Error` with code `notFound` where there is no such member.
    public func nDimensional<Element: H5Element>(
        field: String, as type: Element.Type, policy: H5ConversionPolicy = .exact
    ) throws -> USIDArray<Element> {
        try nDimensional { try dataset.read(field: field, as: type, policy: policy) }
    }

    private func nDimensional<Element: H5Element>(_ read: () throws -> H5Array<Element>) throws -> USIDArray<Element> {
        let shape = try requireNDimensionalShape()
        let arrangement = GridArrangement(rows: positionGrid.matrix, columns: spectroscopicGrid.matrix)
        let elements = arrangement.arrange(try read().elements)
        return USIDArray(
            try H5Array(shape: shape, elements: elements), along: positionDimensions + spectroscopicDimensions,
            rows: .all, columns: .all, of: self, positionAxes: Array(positionDimensions.indices),
            spectroscopicAxes: Array(spectroscopicDimensions.indices))
    }

    /// The extents of the axes of the N-dimensional form.
    ///
    /// - Throws: `USIDError` with code `noNDimensionalForm`, whose message says why there is none.
    func requireNDimensionalShape() throws -> [Int] {
        switch nDimensionalForm {
        case .available(_, let shape): return shape
        case .unavailable(let problems):
            throw USIDError(
                .noNDimensionalForm, rule: problems.first?.rule ?? "R42", path: path,
                "there is no N-dimensional form: " + problems.map(\.description).joined(separator: "; "))
        }
    }

    /// Reads a part of the data, chosen by the names of dimensions; dimensions that are not named are taken whole.
    ///
    /// Only the rows and columns that are needed are read. The result is N-dimensional where the chosen points fill a
    /// grid: its axes are the dimensions in the order of `nDimensionalForm`, those with a single index left out, the
    /// indices in the order asked for. Otherwise the result has two axes, the chosen positions and the chosen
    /// spectroscopic points in the order of the dataset, and `rows` and `columns` say which these are.
    ///
    /// ```swift
    /// try main.slice(["Frequency": .nearest(325_000), "X": .range(0..<10), "Y": 3], as: Float.self)
    /// ```
    ///
    /// - Throws: `USIDError` with code `unknownDimension`, `outOfRange`, `noUnitValues` or `invalidArgument`;
    ///   `H5Error` as reading the dataset does.
    public func slice<Element: H5Element>(
        _ selections: [String: USIDSelection], as type: Element.Type, policy: H5ConversionPolicy = .exact
    ) throws -> USIDArray<Element> {
        try slice(selections) { try dataset.read(as: type, $0, policy: policy) }
    }

    /// Reads a part of one member of compound data, chosen by the names of dimensions.
    ///
    /// - Throws: As `slice(_:as:policy:)`, and `H5Error` with code `notFound` where there is no such member.
    public func slice<Element: H5Element>(
        _ selections: [String: USIDSelection], field: String, as type: Element.Type,
        policy: H5ConversionPolicy = .exact
    ) throws -> USIDArray<Element> {
        try slice(selections) { try dataset.read(field: field, as: type, $0, policy: policy) }
    }

    private func slice<Element: H5Element>(
        _ selections: [String: USIDSelection], _ read: (H5Selection) throws -> H5Array<Element>
    ) throws -> USIDArray<Element> {
        let layout = try ViewLayout(self, selections)
        return try USIDArray(layout, try elements(of: layout.rows, layout.columns, read))
    }

    /// Reads rows and columns in the order asked for.
    func elements<Element: H5Element>(
        of rows: USIDPoints, _ columns: USIDPoints, _ read: (H5Selection) throws -> H5Array<Element>
    ) throws -> [Element] {
        try Self.read(
            PointReading(rows, extent: positionCount), PointReading(columns, extent: spectroscopicPointCount), read
        ).elements
    }

    /// The type of the elements, or of a member of them.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` where a member is named and there is none, or the other way round.
    func elementType(ofField field: String?) throws -> H5Datatype {
        func wrong(_ message: String) -> USIDError { USIDError(.invalidArgument, rule: "R4", path: path, message) }
        let type = dataset.datatype
        guard type.complexBase == nil, case .compound(let members) = type.kind else {
            guard let field else { return type }
            throw wrong("elements are \(type), which has no member '\(field)': leave out the field")
        }
        let names = NumberText.list(members.map(\.name), limit: 16)
        guard let field else {
            throw wrong("elements have several members: name one as the field (there are: \(names))")
        }
        guard let member = members.first(where: { $0.name.hasSameBytes(as: field) }) else {
            throw wrong("no member '\(field)' (there are: \(names))")
        }
        return member.type
    }

    /// What is chosen of the dimensions of both sides, in the order of the file; nil for all of a dimension.
    func chosenIndices(
        _ selections: [String: USIDSelection]
    ) throws -> (positions: [ChosenIndices?], spectroscopic: [ChosenIndices?]) {
        var indices: [String: ChosenIndices] = [:]
        for (label, selection) in selections.sorted(by: { $0.key < $1.key }) {
            let dimension = try dimension(label)
            indices[dimension.label] = try selection.indices(of: dimension, path: path)
        }
        return (positionDimensions.map { indices[$0.label] }, spectroscopicDimensions.map { indices[$0.label] })
    }

    /// Reads rows and columns and puts them in the order asked for.
    private static func read<Element: H5Element>(
        _ rows: PointReading, _ columns: PointReading, _ read: (H5Selection) throws -> H5Array<Element>
    ) throws -> H5Array<Element> {
        let array = try read([rows.selection, columns.selection])
        guard rows.order != nil || columns.order != nil else { return array }
        let gather = MatrixGather(
            rows: rows.order ?? Array(0..<rows.count), columns: columns.order, sourceWidth: columns.count)
        return try H5Array(
            shape: [gather.rows.count, gather.columns?.count ?? columns.count],
            elements: ElementMoves.move(array.elements, count: gather.count, by: .gather(gather)))
    }
}
