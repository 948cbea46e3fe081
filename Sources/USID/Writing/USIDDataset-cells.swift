import HDF5

extension USIDDataset {
    /// The spectroscopic points by all dimensions but some: for Mains that have one value for all points of a cell.
    ///
    /// - Parameter labels: The dimensions that go.
    /// - Returns: The spectroscopic side of such a Main, and for each of its points the points of this Main that it is for,
    ///   in the order of the dataset.
    /// - Throws: `USIDError` with code `unknownDimension`, or `invalidArgument` for a dimension of the positions.
    package func spectroscopicCells(
        without labels: [String]
    ) throws -> (ancillaries: USIDAncillaries, points: [[Int]]) {
        var dropped: Set<[UInt8]> = []
        for label in labels {
            let found = try dimension(label).label
            guard spectroscopicDimensions.contains(where: { $0.label.hasSameBytes(as: found) }) else {
                throw USIDError(
                    .invalidArgument, path: path, "'\(label)' is a dimension of the positions, not of the spectra")
            }
            dropped.insert(Array(found.utf8))
        }
        let kept = spectroscopicDimensions.indices.filter {
            !dropped.contains(Array(spectroscopicDimensions[$0].label.utf8))
        }
        let cells = CellGrouping(spectroscopicGrid.matrix, keeping: kept)
        let isWhole = kept.count == spectroscopicDimensions.count
        let side = SideCut(main: self, side: .spectroscopic, points: isWhole ? nil : cells.first, kept: kept)
        return (
            try side.ancillaries(dummy: "Single_Step"),
            (0..<cells.count).map { Array(cells.pointsByCell[cells.starts[$0]..<cells.starts[$0 + 1]]) }
        )
    }
}

extension USIDDataset {
    /// The value of a spectroscopic dimension at every spectroscopic point.
    ///
    /// - Throws: `USIDError` with code `unknownDimension`; `H5Error` as reading does.
    package func spectroscopicPointValues(of label: String) throws -> [Double] {
        let found = try dimension(label).label
        guard let number = spectroscopicDimensions.firstIndex(where: { $0.label.hasSameBytes(as: found) }) else {
            throw USIDError(
                .invalidArgument, path: path, "'\(label)' is a dimension of the positions, not of the spectra")
        }
        return try spectroscopicGrid.values.read(as: Double.self, [number, .all], policy: .rounding).elements
    }
}
