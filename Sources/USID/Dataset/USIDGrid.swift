import HDF5

/// One pair of ancillary datasets: the indices in memory, the values as far as they were asked for.
///
/// A reference type, so that Mains with common ancillaries share what was read, and copies of a dimension what was
/// found out.
final class USIDGrid: Sendable {
    /// What the values of one dimension say.
    struct UnitValues: Sendable {
        /// Two values at one index.
        struct Conflict: Sendable {
            var index: Int
            var first: Double
            var second: Double
        }

        /// The value at the first occurrence of each index.
        var values: [Double]
        /// The first index that has two values; nil where there is none.
        var firstConflict: Conflict?
    }

    let indices: H5Dataset
    let values: H5Dataset
    let matrix: IndexMatrix
    /// Whether axis 0 counts points (positions) or dimensions (spectroscopic).
    let pointsAreRows: Bool
    private let found = Locked<[UnitValues]?>(nil)

    /// Reads the indices; both datasets must have passed R20 to R22.
    init(indices: H5Dataset, values: H5Dataset, pointsAreRows: Bool) throws {
        self.indices = indices
        self.values = values
        self.pointsAreRows = pointsAreRows
        matrix = try Self.readMatrix(indices, pointsAreRows: pointsAreRows)
    }

    private static func readMatrix(_ indices: H5Dataset, pointsAreRows: Bool) throws -> IndexMatrix {
        let shape = indices.shape
        guard shape.count == 2 else {
            throw USIDError(.notMain, rule: "R20", path: indices.path, "it has rank \(shape.count) instead of 2")
        }
        let points = pointsAreRows ? shape[0] : shape[1]
        let dimensions = pointsAreRows ? shape[1] : shape[0]
        do {
            do {
                return try IndexMatrix(
                    try indices.read(as: UInt32.self).elements, pointCount: points,
                    dimensionCount: dimensions,
                    pointsAreRows: pointsAreRows)
            } catch let error as H5Error where error.code == .conversion {
                // Negative or very large indices are unusual but can be ranked like any other.
                return try IndexMatrix(
                    try indices.read(as: Int64.self).elements, pointCount: points,
                    dimensionCount: dimensions,
                    pointsAreRows: pointsAreRows)
            }
        } catch let error as H5Error where error.code == .conversion {
            throw USIDError(.notMain, rule: "R23", path: indices.path, "its elements are no integers: \(error.message)")
        }
    }

    /// What the values of each dimension say, in the order of the file.
    func unitValues() throws -> [UnitValues] {
        try found.withLock { found in
            if let found { return found }
            let read = try readUnitValues()
            found = read
            return read
        }
    }

    private func readUnitValues() throws -> [UnitValues] {
        let stored = try values.read(as: Double.self, policy: .rounding).elements
        let points = matrix.pointCount
        let step = pointsAreRows ? matrix.columns.count : 1
        guard stored.count == points * matrix.columns.count else {
            throw USIDError(.notMain, rule: "R21", path: values.path, "its shape differs from that of the indices")
        }
        return matrix.columns.enumerated().map { dimension, column in
            Self.unitValues(
                of: column, in: stored.span, from: pointsAreRows ? dimension : dimension * points, step: step)
        }
    }

    private static func unitValues(
        of column: IndexColumn, in stored: Span<Double>, from start: Int, step: Int
    ) -> UnitValues {
        let ranks = column.ranks.span
        var values = [Double](repeating: 0, count: column.size)
        var isKnown = [Bool](repeating: false, count: column.size)
        var conflict: UnitValues.Conflict?
        var place = start
        for point in 0..<ranks.count {
            let rank = Int(ranks[point])
            let value = stored[place]
            place &+= step
            if !isKnown[rank] {
                isKnown[rank] = true
                values[rank] = value
            } else if values[rank] != value, !(value.isNaN && values[rank].isNaN), conflict == nil {
                conflict = UnitValues.Conflict(index: rank, first: values[rank], second: value)
            }
        }
        return UnitValues(values: values, firstConflict: conflict)
    }
}

/// The grids that were read so far, by the addresses of their datasets.
final class USIDGridCache: Sendable {
    private struct Key: Hashable {
        var indices: UInt64
        var values: UInt64
        var pointsAreRows: Bool
    }

    private let grids = Locked<[Key: USIDGrid]>([:])

    /// Takes over a grid of the same file, which needs not be read again.
    func note(_ grid: USIDGrid) {
        let key = Key(indices: grid.indices.address, values: grid.values.address, pointsAreRows: grid.pointsAreRows)
        grids.withLock { $0[key] = grid }
    }

    /// The grid of a pair of datasets, read at the first call.
    func grid(indices: H5Dataset, values: H5Dataset, pointsAreRows: Bool) throws -> USIDGrid {
        let key = Key(indices: indices.address, values: values.address, pointsAreRows: pointsAreRows)
        if let known = grids.withLock({ $0[key] }) { return known }
        let grid = try USIDGrid(indices: indices, values: values, pointsAreRows: pointsAreRows)
        grids.withLock { $0[key] = grid }
        return grid
    }
}
