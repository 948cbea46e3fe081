import HDF5

/// How a Main is laid out as comma-separated values.
public enum USIDCSVLayout: String, Hashable, Sendable, CaseIterable {
    /// As pyUSID's `to_csv`: a row of values per spectroscopic dimension, a row with the position dimensions and dashes,
    /// then the values of every position with its data.
    case pyUSID
    /// As spreadsheets and data frames like it: one line of column names, then one line per position.
    case plain
}

extension USIDDataset {
    /// Writes the data with the values of positions and spectroscopic points as comma-separated values.
    ///
    /// Numbers have the fewest digits that read back as the same number; complex ones look as in Python (`1.0-2.0j`).
    /// Data of any size is written in batches. The file appears when it is whole; until then it lies beside its path under
    /// another name.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - layout: As pyUSID writes it, or plain.
    ///   - field: The member of compound data, which must be named.
    ///   - replacing: Whether a file at that path is replaced.
    ///   - memory: What is in memory at a time; at least one position.
    ///   - progress: Hears of the elements that were written; what it throws ends the work.
    /// - Throws: `USIDError` with code `invalidArgument` for compound data without `field` and the other way round;
    ///   `H5Error` as reading does, and with code `exists`, `noSpace` or others as the system reports. Then there is no file.
    public func exportCSV(
        to path: String, layout: USIDCSVLayout = .pyUSID, field: String? = nil, replacing: Bool = false,
        memory: H5ByteCount = .mebibytes(64), progress: USIDProgress? = nil
    ) throws {
        let type = try elementType(ofField: field)
        guard let form = TextForm(type) else {
            throw USIDError(.invalidArgument, rule: "R4", path: self.path, "elements are \(type), which have no text")
        }
        let positions = try SideTexts(positionGrid, positionDimensions)
        let spectroscopic = try SideTexts(spectroscopicGrid, spectroscopicDimensions)
        let file = try NewFile(path: path, replacing: replacing)
        var text = CSVText()
        switch layout {
        case .pyUSID: addPyUSIDHeader(positions, spectroscopic, to: &text)
        case .plain: addNames(positions, spectroscopic, field: field, to: &text)
        }
        try file.write(text.bytes)
        let width = spectroscopicPointCount
        let total = dataset.count
        // Text takes up to three times the memory of numbers.
        let atOnce = max(1, memory.bytes / 8 / max(1, width * 8))
        for places in AscendingPoints.range(0..<positionCount).stretches(
            of: atOnce, chunk: dataset.chunkShape?.first)
        {
            let elements = try form.read(
                dataset, field: field, .axes([AscendingPoints.range(places).selection, .whole]))
            let lines = try LineTexts(elements, firstRow: places.lowerBound, width: width, positions)
            for part in try lines.texts(count: places.count, threads: dataset.threadCount) {
                try file.write(plain: part)
            }
            try progress?(places.upperBound * width, total)
        }
        try file.finish()
    }

    /// What pyUSID writes between header and data.
    private static let dashes = String(repeating: "-", count: 62)

    private func addPyUSIDHeader(_ positions: SideTexts, _ spectroscopic: SideTexts, to text: inout CSVText) {
        for (number, descriptor) in spectroscopic.descriptors.enumerated() {
            for _ in positions.descriptors.dropFirst() { text.separate() }
            text.add(descriptor)
            for point in 0..<spectroscopicPointCount {
                text.separate()
                spectroscopic.add(dimension: number, point: point, to: &text)
            }
            text.endLine()
        }
        for (number, descriptor) in positions.descriptors.enumerated() {
            if number > 0 { text.separate() }
            text.add(descriptor)
        }
        for _ in 0..<spectroscopicPointCount {
            text.separate()
            text.add(Self.dashes)
        }
        text.endLine()
    }

    /// The names of columns: the position dimensions, then the data at every spectroscopic point.
    private func addNames(
        _ positions: SideTexts, _ spectroscopic: SideTexts, field: String?, to text: inout CSVText
    ) {
        for (number, descriptor) in positions.descriptors.enumerated() {
            if number > 0 { text.separate() }
            text.add(descriptor)
        }
        let name = (field ?? quantity) + (units.isEmpty ? "" : " (\(units))")
        for point in 0..<spectroscopicPointCount {
            text.separate()
            // Dimensions of one value tell no columns apart.
            let places = spectroscopic.moving.map { spectroscopic.text(dimension: $0, point: point) }
            text.add(places.isEmpty ? name : name + " at " + places.joined(separator: " "))
        }
        text.endLine()
    }
}

/// The values of the points of one side, as texts.
struct SideTexts: Sendable {
    /// The labels with their units: `X (nm)`.
    let descriptors: [String]
    private let labels: [String]
    private let units: [String]
    /// The dimensions with more than one index.
    let moving: [Int]
    private let values: TextElements
    private let dimensionCount: Int
    private let pointCount: Int
    private let pointsAreRows: Bool

    init(_ grid: USIDGrid, _ dimensions: [USIDDimension]) throws {
        labels = dimensions.map(\.label)
        units = dimensions.map(\.units)
        descriptors = dimensions.map { "\($0.label) (\($0.units))" }
        moving = dimensions.indices.filter { dimensions[$0].size > 1 }
        let form = TextForm(grid.values.datatype) ?? .double
        values = try form.read(grid.values, field: nil, .all)
        dimensionCount = dimensions.count
        pointCount = grid.matrix.pointCount
        pointsAreRows = grid.pointsAreRows
    }

    func add(dimension: Int, point: Int, to text: inout CSVText) {
        values.add(pointsAreRows ? point * dimensionCount + dimension : dimension * pointCount + point, to: &text)
    }

    /// The value with its dimension: `Bias=0.5 V`.
    func text(dimension: Int, point: Int) -> String {
        var text = CSVText()
        add(dimension: dimension, point: point, to: &text)
        return "\(labels[dimension])=" + String(decoding: text.bytes, as: UTF8.self)
            + (units[dimension].isEmpty ? "" : " \(units[dimension])")
    }

    /// The number of dimensions.
    var count: Int { dimensionCount }
}

/// Positions as lines of text, made on all cores.
private struct LineTexts: Sendable {
    private let elements: TextElements
    private let firstRow: Int
    private let width: Int
    private let positions: SideTexts

    init(_ elements: TextElements, firstRow: Int, width: Int, _ positions: SideTexts) throws {
        self.elements = elements
        self.firstRow = firstRow
        self.width = width
        self.positions = positions
    }

    /// The lines in order, in a few pieces.
    func texts(count: Int, threads: Int) throws -> [[UInt8]] {
        let pieces = max(1, min(count, 4 * threads))
        let texts = (0..<pieces).map { _ in Locked<[UInt8]>([]) }
        try WorkerThreads.run(count: min(threads, pieces)) { _, control in
            while !control.isCancelled {
                let piece = control.claim()
                guard piece < pieces else { return }
                var text = CSVText()
                for row in count * piece / pieces..<count * (piece + 1) / pieces { addLine(row, to: &text) }
                let bytes = text.bytes
                texts[piece].withLock { $0 = bytes }
            }
        }
        return texts.map { $0.withLock { $0 } }
    }

    private func addLine(_ row: Int, to text: inout CSVText) {
        for dimension in 0..<positions.count {
            if dimension > 0 { text.separate() }
            positions.add(dimension: dimension, point: firstRow + row, to: &text)
        }
        elements.add(row * width..<(row + 1) * width, to: &text, before: { $1.separate() })
        text.endLine()
    }
}
