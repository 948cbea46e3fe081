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
        guard indices.shape.count == 2 else {
            throw USIDError(
                .notMain, rule: "R20", path: indices.path, "it has rank \(indices.shape.count) instead of 2")
        }
        do {
            do {
                return try matrix(indices, of: UInt32.self, pointsAreRows: pointsAreRows)
            } catch let error as H5Error where error.code == .conversion {
                // Negative or very large indices are unusual but can be ranked like any other.
                return try matrix(indices, of: Int64.self, pointsAreRows: pointsAreRows)
            }
        } catch let error as H5Error where error.code == .conversion {
            throw USIDError(.notMain, rule: "R23", path: indices.path, "its elements are no integers: \(error.message)")
        }
    }

    private static func matrix<Index: FixedWidthInteger & H5Element>(
        _ indices: H5Dataset, of type: Index.Type, pointsAreRows: Bool
    ) throws -> IndexMatrix {
        let parts = AncillaryParts(indices, pointsAreRows: pointsAreRows)
        // Before memory is taken for the ranks of so many points.
        try indices.checkReading(elementSize: MemoryLayout<Index>.stride)
        guard parts.pointCount <= Int(UInt32.max) else {
            throw USIDError(
                .invalidArgument, path: indices.path, "\(parts.pointCount) points are more than can be told apart here")
        }
        var builders = (0..<parts.dimensionCount).map { _ in IndexColumnBuilder<Index>(pointCount: parts.pointCount) }
        try parts.read(as: Index.self, zero: 0, policy: .exact) { elements, points in
            for dimension in builders.indices {
                let line = parts.line(of: dimension, among: points.count)
                builders[dimension].add(elements.span, from: line.start, step: line.step, count: points.count)
            }
        }
        let columns = builders.indices.compactMap { builders[$0].column() }
        if columns.count == builders.count { return IndexMatrix(columns, pointCount: parts.pointCount) }
        // Indices of so wide a range are put in order, for which all of them are needed.
        builders = []
        return try IndexMatrix(
            try indices.read(as: Index.self).elements, pointCount: parts.pointCount,
            dimensionCount: parts.dimensionCount, pointsAreRows: pointsAreRows)
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
        let parts = AncillaryParts(values, pointsAreRows: pointsAreRows)
        guard values.shape.count == 2, parts.pointCount == matrix.pointCount,
            parts.dimensionCount == matrix.columns.count
        else {
            throw USIDError(.notMain, rule: "R21", path: values.path, "its shape differs from that of the indices")
        }
        var gatherings = matrix.columns.map { UnitValueGathering(size: $0.size) }
        try parts.read(as: Double.self, zero: 0, policy: .rounding) { elements, points in
            for (dimension, column) in matrix.columns.enumerated() {
                let line = parts.line(of: dimension, among: points.count)
                gatherings[dimension].add(
                    elements.span, from: line.start, step: line.step, to: column.ranks.span, of: points)
            }
        }
        return gatherings.map(\.found)
    }
}

/// Gathers the values of one dimension as they are read.
private struct UnitValueGathering {
    private var values: [Double]
    private var firstConflict: USIDGrid.UnitValues.Conflict?
    private var isKnown: [Bool]
    var found: USIDGrid.UnitValues { USIDGrid.UnitValues(values: values, firstConflict: firstConflict) }

    init(size: Int) {
        values = [Double](repeating: 0, count: size)
        isKnown = [Bool](repeating: false, count: size)
    }

    /// Takes the values of some points, which lie `step` apart, to their indices.
    mutating func add(_ stored: Span<Double>, from start: Int, step: Int, to ranks: Span<UInt32>, of points: Range<Int>)
    {
        var place = start
        for point in points {
            let rank = Int(ranks[point])
            let value = stored[place]
            place &+= step
            if !isKnown[rank] {
                isKnown[rank] = true
                values[rank] = value
            } else if values[rank] != value, !(value.isNaN && values[rank].isNaN), firstConflict == nil {
                firstConflict = USIDGrid.UnitValues.Conflict(index: rank, first: values[rank], second: value)
            }
        }
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

    /// The grid of a pair of datasets, read at the first call.
    func grid(indices: H5Dataset, values: H5Dataset, pointsAreRows: Bool) throws -> USIDGrid {
        let key = Key(indices: indices.address, values: values.address, pointsAreRows: pointsAreRows)
        if let known = grids.withLock({ $0[key] }) { return known }
        let grid = try USIDGrid(indices: indices, values: values, pointsAreRows: pointsAreRows)
        grids.withLock { $0[key] = grid }
        return grid
    }
}
