import HDF5

extension USIDDataset {
    /// Reduces dimensions and writes the result as a Main of its own.
    ///
    /// ```swift
    /// let spectrum = try main.writeReduction(over: ["X", "Y"], by: .mean, as: Float.self)
    /// ```
    ///
    /// It lies in a results group `<Main>-Reduce_000` beside the Main, as pyUSID writes it, or in a group of another file
    /// (R53, R54). The group says how and over which dimensions in its attributes `algorithm`, `dimensions` and, for
    /// compound data, `field`. Cells come in the order in which the scan first came to them. A side of which nothing is
    /// reduced has the ancillary datasets of the source; the other one gets its own without the dimensions that went, where
    /// none is left with one dimension `Single_Step` in `a. u.`, as pyUSID writes it (R46).
    ///
    /// - Parameters:
    ///   - type: What the results are stored as.
    ///   - group: Where the results group is made in another file; by default it lies beside the Main.
    ///   - name: The name of the new Main; by default that of this one.
    ///   - sourceFilePath: The path of this file, for a group of another one; by default that by which it was opened.
    ///   - options: Conventions, chunks, filters, book-keeping.
    /// - Throws: As `reduce(over:by:field:as:memory:policy:progress:)` and `createResultsGroup`. Then nothing is left
    ///   behind.
    @discardableResult
    public func writeReduction<Element: USIDReducible>(
        over labels: [String], by reduction: USIDReduction, field: String? = nil, as type: Element.Type,
        to group: H5Group? = nil, named name: String? = nil, sourceFilePath: String? = nil,
        memory: H5ByteCount = .mebibytes(256), policy: H5ConversionPolicy = .exact,
        options: USIDWriteOptions = USIDWriteOptions(), progress: USIDProgress? = nil
    ) throws -> USIDDataset {
        let plan = try MainReduction(
            of: self, over: labels, by: reduction, field: field, isComplex: type.isComplex, memory: memory,
            policy: policy)
        var parameters: USIDParameters = ["dimensions": .texts(plan.dropped)]
        if let field { parameters["field"] = .text(field) }
        func cut(_ side: USIDSide, _ cells: CellGrouping, of dimensions: [USIDDimension]) -> SideCut {
            SideCut(
                main: self, side: side, points: cells.kept.count == dimensions.count ? nil : cells.first,
                kept: cells.kept)
        }
        return try DerivedMain(
            source: self, tool: "Reduce", algorithm: reduction.name, parameters: parameters,
            datatype: H5Datatype(of: type), quantity: field ?? quantity,
            positions: cut(.positions, plan.rows, of: positionDimensions),
            spectroscopic: cut(.spectroscopic, plan.columns, of: spectroscopicDimensions), dummy: "Single_Step",
            options: options
        ).write(to: group, named: name, sourceFilePath: sourceFilePath) { target in
            try plan.run(as: type, progress) { band, values in
                try target.write(
                    values,
                    at: .axes([
                        AscendingPoints.range(band.rowCells).selection,
                        AscendingPoints.range(band.columnCells).selection,
                    ]))
            }
        }
    }
}
