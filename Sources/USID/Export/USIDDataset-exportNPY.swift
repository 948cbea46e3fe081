import HDF5

/// In which form the data of a Main are exported.
public enum USIDExportForm: String, Hashable, Sendable, CaseIterable {
    /// One axis per dimension, as `USIDDataset.nDimensional` gives them.
    case nDimensional
    /// Positions × spectroscopic points, in the order of the dataset.
    case matrix
}

extension USIDDataset {
    /// Writes the data as an array in NumPy's format `.npy`, which `numpy.load` reads.
    ///
    /// Elements keep their type, little-endian; complex numbers are NumPy's, compounds become structured types. Elements in
    /// C order, whatever the size of the data. The file appears when it is whole; until then it lies beside its path under
    /// another name.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - form: With an axis per dimension, or as positions × spectroscopic points.
    ///   - replacing: Whether a file at that path is replaced.
    ///   - memory: What is in memory at a time; at least one position.
    ///   - progress: Hears of the elements that were written; what it throws ends the work.
    /// - Throws: `USIDError` with code `noNDimensionalForm` where there is none and it is asked for, `invalidArgument` for
    ///   elements that NumPy has no type for; `H5Error` as reading does, and with code `exists`, `noSpace` or others as the
    ///   system reports. Then there is no file.
    public func exportNPY(
        to path: String, form: USIDExportForm = .nDimensional, replacing: Bool = false,
        memory: H5ByteCount = .mebibytes(64), progress: USIDProgress? = nil
    ) throws {
        let type = try NPYType(dataset.datatype, path: self.path)
        let shape: [Int]
        let (rows, columns): (PointOrder, PointOrder)
        switch form {
        case .matrix:
            shape = [positionCount, spectroscopicPointCount]
            (rows, columns) = (PointOrder(count: positionCount), PointOrder(count: spectroscopicPointCount))
        case .nDimensional:
            shape = try requireNDimensionalShape()
            (rows, columns) = (
                PointOrder(positionGrid.matrix.pointsByCell()), PointOrder(spectroscopicGrid.matrix.pointsByCell())
            )
        }
        let file = try NewFile(path: path, replacing: replacing)
        try file.write(type.header(shape: shape))
        let total = dataset.count
        var done = 0
        // Rows as they are read, and as they are written.
        let atOnce = max(1, memory.bytes / 4 / max(1, columns.count * type.size))
        for part in rows.parts(of: atOnce, chunk: dataset.chunkShape?.first) {
            var bytes = try dataset.readBytes(.axes([part.points.selection, .whole]))
            type.convert(&bytes)
            if part.order != nil || columns.order != nil {
                bytes = Self.gathered(bytes, part.order, columns.order, width: columns.count, size: type.size)
            }
            try file.write(bytes)
            done += part.points.count * columns.count
            try progress?(done, total)
        }
        try file.finish()
    }

    /// Puts elements of any size in another order.
    private static func gathered(
        _ bytes: [UInt8], _ rows: [Int]?, _ columns: [Int]?, width: Int, size: Int
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        let count = bytes.count / max(1, width * size)
        for row in 0..<count {
            let start = (rows?[row] ?? row) * width * size
            guard let columns else {
                result += bytes[start..<start + width * size]
                continue
            }
            for column in columns {
                let place = start + column * size
                for offset in 0..<size { result.append(bytes[place + offset]) }
            }
        }
        return result
    }
}

/// All points of one side in an order of choice.
struct PointOrder {
    let count: Int
    /// The points in order; nil for that of the dataset.
    let order: [Int]?

    /// The order of the dataset.
    init(count: Int) {
        self.count = count
        order = nil
    }

    init(_ order: [Int]) {
        count = order.count
        self.order = order.indices.allSatisfy { order[$0] == $0 } ? nil : order
    }

    /// Some points that are read at once.
    struct Part {
        /// What is read.
        var points: AscendingPoints
        /// For each point in order the place of the one read; nil where they are the same.
        var order: [Int]?
    }

    /// Cuts the points into parts of at most `length`.
    func parts(of length: Int, chunk: Int?) -> some Sequence<Part> {
        let stretches = AscendingPoints.range(0..<count).stretches(of: length, chunk: order == nil ? chunk : nil)
        return stretches.lazy.map { places in
            guard let order else { return Part(points: .range(places), order: nil) }
            let wanted = order[places]
            let byPoint = wanted.indices.sorted { wanted[$0] < wanted[$1] }
            if byPoint.elementsEqual(places) { return Part(points: AscendingPoints(Array(wanted)), order: nil) }
            var read = [Int](repeating: 0, count: places.count)
            for (place, index) in byPoint.enumerated() { read[index - places.lowerBound] = place }
            return Part(points: AscendingPoints(byPoint.map { wanted[$0] }), order: read)
        }
    }
}
