import HDF5

extension USIDDataset {
    /// Exports a slice in the Swift type that its elements are stored in, for callers that do not know it.
    ///
    /// Slices of any size are read and written part by part. The file appears when it is whole.
    ///
    /// - Parameters:
    ///   - memory: What the work may take; at least one row of chunks that the slice has a part in is in memory anyway.
    ///   - progress: Hears of the elements that were written; what it throws ends the work, and there is no file.
    /// - Returns: The shape of the slice.
    /// - Throws: As `slice(_:as:policy:)` and the exports of `USIDArray`.
    @discardableResult
    package func exportSlice(
        _ selections: [String: USIDSelection], field: String? = nil, to path: String, _ format: USIDViewFormat,
        replacing: Bool = false, memory: H5ByteCount = .mebibytes(256), progress: USIDProgress? = nil
    ) throws -> [Int] {
        func export<Element: H5Element>(_ type: Element.Type) throws -> [Int] {
            let layout = try ViewLayout(self, selections)
            let file = try ViewFile(layout, of: type, path: path, format, replacing: replacing)
            try forEachPart(of: layout, field: field, as: type, memory: memory.bytes, progress) { try file.write($0) }
            try file.finish()
            return layout.shape
        }
        let type = try elementType(ofField: field)
        switch TextForm(type) {
        case .float: return try export(Float.self)
        case .double: return try export(Double.self)
        case .complexFloat: return try export(Complex<Float>.self)
        case .complexDouble: return try export(Complex<Double>.self)
        case .signed:
            switch type.size {
            case 1: return try export(Int8.self)
            case 2: return try export(Int16.self)
            case 4: return try export(Int32.self)
            default: return try export(Int64.self)
            }
        case .unsigned:
            switch type.size {
            case 1: return try export(UInt8.self)
            case 2: return try export(UInt16.self)
            case 4: return try export(UInt32.self)
            default: return try export(UInt64.self)
            }
        case nil:
            throw USIDError(.invalidArgument, rule: "R4", path: self.path, "elements are \(type), which are no numbers")
        }
    }

    /// The type that reductions of the elements are stored as by default: of the precision and kind that they have, double
    /// precision for integers.
    package func reducedType(ofField field: String? = nil) throws -> any USIDReducible.Type {
        switch TextForm(try elementType(ofField: field)) {
        case .float: Float.self
        case .complexFloat: Complex<Float>.self
        case .complexDouble: Complex<Double>.self
        default: Double.self
        }
    }

    /// Bytes that are read at once where nothing asks for more: more makes nothing faster.
    private static let partBytes = 8 << 20

    /// Reads the elements of a layout in their order, part by part.
    private func forEachPart<Element: H5Element>(
        of layout: ViewLayout, field: String?, as type: Element.Type, memory: Int, _ progress: USIDProgress?,
        _ body: ([Element]) throws -> Void
    ) throws {
        let (height, width) = (layout.rowCount, layout.columnCount)
        let (total, overflow) = height.multipliedReportingOverflow(by: width)
        guard total > 0, !overflow else { return }
        let bytesPerRow = width.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        let row = bytesPerRow.overflow ? Int.max : bytesPerRow.partialValue
        // What is read, and the same in the order asked for.
        let most = max(1, memory / 4)
        // Chunks are not to be decoded twice.
        let chunkRows = dataset.chunkShape?.first ?? 1
        let wanted = max(Self.partBytes / row, min(chunkRows, most / row))
        let atOnce = max(1, min(wanted, most / row))
        let columnsAtOnce = row <= most ? width : max(1, most / MemoryLayout<Element>.stride)
        let isInOrder = if case .all = layout.rows { true } else { false }
        var done = 0
        for rows in AscendingPoints.range(0..<height).stretches(of: atOnce, chunk: isInOrder ? chunkRows : nil) {
            let rowPoints = rows.count == height ? layout.rows : layout.rows.part(rows)
            for columns in AscendingPoints.range(0..<width).stretches(of: columnsAtOnce, chunk: nil) {
                let columnPoints = columns.count == width ? layout.columns : layout.columns.part(columns)
                try body(
                    elements(of: rowPoints, columnPoints) { selection in
                        if let field { return try dataset.read(field: field, as: type, selection) }
                        return try dataset.read(as: type, selection)
                    })
                done += rows.count * columns.count
                try progress?(done, total)
            }
        }
    }
}
