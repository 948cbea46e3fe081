import HDF5

extension USIDDataset {
    /// Writes a part of the data, chosen by the names of dimensions, as a Main of its own.
    ///
    /// ```swift
    /// let resonance = try main.writeSlice(["Frequency": .values(320_000...330_000)])
    /// ```
    ///
    /// It lies in a results group `<Main>-slice_000` beside the Main, as pyUSID writes it, or in a group of another file
    /// (R53, R54). Elements stay as they are stored, points in the order of the dataset. A side of which nothing is chosen
    /// has the ancillary datasets of the source; the other one gets its own, with indices that count from 0 again. A
    /// dimension of which one index is chosen goes, as does its axis in `slice(_:as:policy:)`; where none is left there is
    /// a dimension `arb.` (R46). The group says what was chosen in its attribute `selection`, one text per dimension as
    /// `USIDSelection` reads them, and which values the dimensions that went had in `at`.
    ///
    /// - Parameters:
    ///   - selections: What is chosen; dimensions that are not named are taken whole. The order of a list does not count.
    ///   - group: Where the results group is made in another file; by default it lies beside the Main.
    ///   - name: The name of the new Main; by default that of this one.
    ///   - sourceFilePath: The path of this file, for a group of another one; by default that by which it was opened.
    ///   - memory: What is in memory at a time.
    ///   - options: Conventions, chunks, filters, book-keeping.
    ///   - progress: Hears of the elements that were written; what it throws ends the work.
    /// - Throws: `USIDError` as `slice(_:as:policy:)` and `createResultsGroup` do, `invalidArgument` also where an index is
    ///   chosen twice; `H5Error` as reading and writing do. Then nothing is left behind.
    @discardableResult
    public func writeSlice(
        _ selections: [String: USIDSelection], to group: H5Group? = nil, named name: String? = nil,
        sourceFilePath: String? = nil, memory: H5ByteCount = .mebibytes(256),
        options: USIDWriteOptions = USIDWriteOptions(), progress: USIDProgress? = nil
    ) throws -> USIDDataset {
        let chosen = try chosenIndices(selections)
        let rows = try cut(.positions, chosen.positions)
        let columns = try cut(.spectroscopic, chosen.spectroscopic)
        let texts = selections.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var parameters: USIDParameters = ["selection": .texts(texts)]
        let places =
            singleValues(chosen.positions, positionDimensions)
            + singleValues(chosen.spectroscopic, spectroscopicDimensions)
        if !places.isEmpty { parameters["at"] = .texts(places) }
        if texts.isEmpty { parameters = [:] }
        return try DerivedMain(
            source: self, tool: "slice", algorithm: "slice", parameters: parameters, datatype: dataset.datatype,
            quantity: quantity, positions: rows, spectroscopic: columns, dummy: "arb.", options: options
        ).write(to: group, named: name, sourceFilePath: sourceFilePath) { target in
            try copy(
                rows.points.map { AscendingPoints($0) } ?? .range(0..<positionCount),
                columns.points.map { AscendingPoints($0) } ?? .range(0..<spectroscopicPointCount), to: target,
                memory: memory.bytes, progress)
        }
    }

    /// The points of a side that are chosen.
    private func cut(_ side: USIDSide, _ chosen: [ChosenIndices?]) throws -> SideCut {
        let dimensions = side == .positions ? positionDimensions : spectroscopicDimensions
        for (dimension, chosen) in zip(dimensions, chosen) {
            guard let chosen else { continue }
            var seen = Set<Int>()
            if let twice = chosen.indices.first(where: { !seen.insert($0).inserted }) {
                throw USIDError(
                    .invalidArgument, rule: "R42", path: path,
                    "index \(twice) of '\(dimension.label)' is chosen twice: a Main has each point once")
            }
        }
        let kept = chosen.indices.filter { chosen[$0]?.dropsAxis != true }
        guard chosen.contains(where: { $0 != nil }) else {
            return SideCut(main: self, side: side, points: nil, kept: kept)
        }
        let matrix = side == .positions ? positionGrid.matrix : spectroscopicGrid.matrix
        guard case .some(let points) = GridSlice(matrix, chosen: chosen).points, !points.isEmpty else {
            throw USIDError(
                .outOfRange, path: path, "no \(side.pointName) has the chosen indices: choose others")
        }
        return SideCut(main: self, side: side, points: points, kept: kept)
    }

    /// The values of dimensions of which one index is chosen: `Frequency=325000 Hz`.
    private func singleValues(_ chosen: [ChosenIndices?], _ dimensions: [USIDDimension]) -> [String] {
        zip(chosen, dimensions).compactMap { chosen, dimension in
            guard let chosen, chosen.dropsAxis, let index = chosen.indices.first,
                let values = dimension.unitValues, index < values.count
            else { return nil }
            return "\(dimension.label)=\(values[index])" + (dimension.units.isEmpty ? "" : " \(dimension.units)")
        }
    }

    /// Copies elements as they are stored, in batches.
    private func copy(
        _ rows: AscendingPoints, _ columns: AscendingPoints, to target: H5Dataset, memory: Int,
        _ progress: USIDProgress?
    ) throws {
        let size = max(1, dataset.datatype.size)
        let chunk = dataset.chunkShape
        // What is read and what is on its way to the disk.
        let most = max(1, memory / 2 / size)
        let width = min(columns.count, most)
        let (total, _) = rows.count.multipliedReportingOverflow(by: columns.count)
        var done = 0
        for rowPlaces in rows.stretches(of: most / max(1, width), chunk: chunk?.first) {
            for columnPlaces in columns.stretches(of: width, chunk: width < columns.count ? chunk?.last : nil) {
                let bytes = try dataset.readBytes(
                    .axes([rows.part(rowPlaces).selection, columns.part(columnPlaces).selection]))
                try target.write(
                    storedBytes: bytes.span.bytes,
                    .axes([
                        AscendingPoints.range(rowPlaces).selection, AscendingPoints.range(columnPlaces).selection,
                    ]))
                done += rowPlaces.count * columnPlaces.count
                try progress?(done, total)
            }
        }
    }
}
