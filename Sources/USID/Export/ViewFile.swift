import HDF5

/// What a view of a Main is written to as a file of another format.
package enum USIDViewFormat: Sendable {
    /// One line per element, with coordinates.
    case csv
    /// An array of NumPy.
    case npy
}

/// A file of another format that elements of a Main go to, part after part; it appears when it is whole.
final class ViewFile {
    private let file: NewFile
    /// The texts of coordinates; nil for arrays.
    private let coordinates: CoordinateTexts?
    private let source: USIDDataset
    /// The number of elements so far.
    private var count = 0

    /// Elements that are written at once: enough for all cores, little memory as text.
    static let partElements = 1 << 20
    /// Elements that become text in one go.
    private static let pieceElements = 1 << 14

    /// Starts a file.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` for elements that the format has no type for; `H5Error` as
    ///   reading values does, and with code `exists` or others as the system reports.
    init<Element: H5Element>(
        _ layout: ViewLayout, of type: Element.Type, path: String, _ format: USIDViewFormat, replacing: Bool
    ) throws {
        source = layout.source
        switch format {
        case .csv:
            let coordinates = try CoordinateTexts(layout)
            file = try NewFile(path: path, replacing: replacing)
            self.coordinates = coordinates
            try file.write(coordinates.header.bytes)
        case .npy:
            let type = try NPYType(H5Datatype(of: type), path: source.path)
            file = try NewFile(path: path, replacing: replacing)
            coordinates = nil
            try file.write(type.header(shape: layout.shape))
        }
    }

    /// Writes the elements that follow.
    func write<Element: H5Element>(_ elements: [Element]) throws {
        defer { count += elements.count }
        guard let coordinates else {
            // The types of `H5Element` are plain bytes.
            return try file.write(plain: elements)
        }
        guard let texts = TextElements(elements) else {
            throw USIDError(.invalidArgument, path: source.path, "elements of type \(Element.self) have no text")
        }
        let threads = source.dataset.threadCount
        let atOnce = 4 * threads
        let pieces = (elements.count - 1) / Self.pieceElements + 1
        let first = count
        for start in stride(from: 0, to: pieces, by: atOnce) {
            let lines = (start..<min(pieces, start + atOnce)).map { _ in Locked<[UInt8]>([]) }
            try WorkerThreads.run(count: min(threads, lines.count)) { _, control in
                while !control.isCancelled {
                    let piece = control.claim()
                    guard piece < lines.count else { return }
                    let begin = (start + piece) * Self.pieceElements
                    var text = CSVText()
                    var line = CoordinateTexts.Line(coordinates)
                    texts.add(
                        begin..<min(begin + Self.pieceElements, elements.count), to: &text,
                        before: { line.add(first + $0, to: &$1) }, behind: { $0.endLine() })
                    let bytes = text.bytes
                    lines[piece].withLock { $0 = bytes }
                }
            }
            for line in lines { try file.write(plain: line.withLock { $0 }) }
        }
    }

    /// Gives the file its name.
    func finish() throws { try file.finish() }
}

/// The coordinates of elements of a Main, as texts.
struct CoordinateTexts: Sendable {
    /// The first line: the coordinates, then the quantity.
    let header: CSVText

    private enum Form: Sendable {
        /// The texts of the values along each axis, each with a comma behind it, and the strides of the axes.
        case grid(texts: [[[UInt8]]], strides: [Int])
        /// The values of the points.
        case points(PointTexts)
    }

    private struct PointTexts: Sendable {
        let positions: SideTexts
        let spectroscopic: SideTexts
        let positionAxes: [Int]
        let spectroscopicAxes: [Int]
        let rows: USIDPoints
        let columns: USIDPoints
        let width: Int

        /// Adds the values of the point of an element, each with a comma behind it.
        func add(_ element: Int, to text: inout CSVText) {
            for axis in positionAxes {
                positions.add(dimension: axis, point: rows.point(at: element / width), to: &text)
                text.separate()
            }
            for axis in spectroscopicAxes {
                spectroscopic.add(dimension: axis, point: columns.point(at: element % width), to: &text)
                text.separate()
            }
        }
    }

    private let form: Form

    init(_ layout: ViewLayout) throws {
        let source = layout.source
        let names: [String]
        if layout.isNDimensional {
            form = .grid(texts: try layout.dimensions.map(Self.texts), strides: IndexMatrix.strides(layout.shape))
            names = layout.dimensions.map(ViewLayout.name)
        } else {
            form = .points(
                PointTexts(
                    positions: try SideTexts(source.positionGrid, source.positionDimensions),
                    spectroscopic: try SideTexts(source.spectroscopicGrid, source.spectroscopicDimensions),
                    positionAxes: layout.positionAxes, spectroscopicAxes: layout.spectroscopicAxes, rows: layout.rows,
                    columns: layout.columns, width: max(1, layout.shape.last ?? 1)))
            names =
                layout.positionAxes.map { ViewLayout.name(source.positionDimensions[$0]) }
                + layout.spectroscopicAxes.map { ViewLayout.name(source.spectroscopicDimensions[$0]) }
        }
        var header = CSVText()
        for name in names {
            header.add(name)
            header.separate()
        }
        header.add(source.quantity + (source.units.isEmpty ? "" : " (\(source.units))"))
        header.endLine()
        self.header = header
    }

    /// The text of each coordinate of a dimension, made once: its unit values, or indices where there are none.
    private static func texts(_ dimension: USIDDimension) throws -> [[UInt8]] {
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

    /// Adds the coordinates of elements that follow each other.
    struct Line {
        private let form: Form
        /// The texts along the last axis.
        private let last: [[UInt8]]
        /// The coordinates that elements share which differ in the last axis only.
        private var shared = CSVText()
        /// The first and the end of those elements.
        private var run = 0..<0

        init(_ texts: CoordinateTexts) {
            form = texts.form
            last = if case .grid(let texts, _) = form { texts.last ?? [] } else { [] }
        }

        /// Adds the coordinates of an element, each with a comma behind it.
        @inline(__always)
        mutating func add(_ element: Int, to text: inout CSVText) {
            if !run.contains(element) { start(element) }
            text.add(verbatim: shared.bytes)
            if !last.isEmpty { text.add(verbatim: last[element &- run.lowerBound]) }
        }

        /// Starts a run with the one that an element lies in.
        private mutating func start(_ element: Int) {
            shared.removeAll()
            switch form {
            case .grid(let texts, let strides):
                let length = max(1, last.count)
                run = element / length * length..<(element / length + 1) * length
                for axis in texts.indices.dropLast() {
                    shared.add(verbatim: texts[axis][element / strides[axis] % texts[axis].count])
                }
            case .points(let points):
                run = element..<element + 1
                points.add(element, to: &shared)
            }
        }
    }
}
