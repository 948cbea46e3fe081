import HDF5

/// Brings an array in NumPy's format `.npy` into h5USID, as large as it may be.
///
/// ```swift
/// var translator = NPYTranslator()
/// translator.quantity = "Current"
/// translator.units = "nA"
/// translator.axes = [y, x, bias]
/// translator.positionAxes = 2
/// try translator.translate("cube.npy", into: file.root)
/// ```
///
/// The first axes of the array are the positions, the last ones the spectroscopic side; the last axis of each side runs
/// fastest. The Main is `Measurement_000/Channel_000/Raw_Data` with the type of the array; yes and no are 1 and 0.
public struct NPYTranslator: Translator {
    /// The name, as files hold it.
    public static let name = "NPYTranslator"

    /// How many of the first axes are positions; nil: two, or all where there are fewer than three.
    public var positionAxes: Int?
    /// What the axes stand for, in the order of the array; nil: `Axis_0` and so on in `a.u.`, counted.
    public var axes: [TranslatedAxis]?
    /// What was measured; the file does not say it.
    public var quantity = "Intensity"
    /// The unit of the values; the file does not say it.
    public var units = "a.u."
    /// The most bytes that an array whose first axis runs fastest may take in memory; others are read in parts.
    public var limit = RasterFile.standardLimit
    /// Conventions, chunks, filters, book-keeping of what is written.
    public var options = USIDWriteOptions()

    /// The bytes that are read at a time.
    var batchBytes = 16 << 20

    /// Makes a translator that counts along the axes.
    public init() {}

    /// Whether a file starts as an array of NumPy's.
    public static func recognises(start: [UInt8], path: String) -> Bool {
        start.starts(with: NPYLayout.signature)
    }

    /// Says what a translation would write.
    ///
    /// - Throws: `USIDError` with code `unreadableFile`, `unsupportedFile`, `damagedFile` or `invalidArgument`.
    public func description(of path: String) throws -> TranslationDescription {
        let (_, layout) = try open(path)
        let plan = try Plan(self, layout, path)
        return TranslationDescription(
            format: "NPY",
            mains: [
                .init(name: "Raw_Data", shape: [plan.rows, plan.columns], quantity: quantity, units: units)
            ], metadata: [])
    }

    /// Writes an array as a new measurement below a group.
    ///
    /// - Returns: The one Main that was written.
    /// - Throws: `USIDError` with code `unreadableFile`, `unsupportedFile`, `damagedFile`, `tooLarge`, `invalidArgument`
    ///   for axes that do not fit the array; as `USIDDataset.create`.
    @discardableResult
    public func translate(
        _ path: String, into group: H5Group, progress: (TranslationProgress) throws -> Void
    ) throws -> [USIDDataset] {
        let (file, layout) = try open(path)
        let plan = try Plan(self, layout, path)
        if layout.isFortran {
            let array = try NPYFile(path: path, limit: limit)
            return try ArrayTranslator(
                name: Self.name, mains: [plan.main(quantity, units, array.elements.numbers)], options: options
            ).write(into: group, from: path)
        }
        let measurement = NewMeasurement(translator: Self.name, dataType: "Array", parameters: [:], options: options)
        return try measurement.write(into: group, from: path) { measurement in
            let channel = try measurement.createChannelGroup(bookKeeping: options.bookKeeping)
            let main = try USIDDataset.create(
                in: channel, "Raw_Data", datatype: layout.form.datatype, quantity: quantity, units: units,
                positions: plan.positions, spectroscopic: plan.spectroscopic, options: options)
            // Whole positions at a time, or parts of one that is longer.
            let width = max(1, min(plan.columns, batchBytes / layout.form.bytes))
            let height = max(1, batchBytes / layout.form.bytes / width)
            for first in stride(from: 0, to: plan.rows, by: height) {
                try progress(TranslationProgress(completed: first, total: plan.rows, step: "writing the positions"))
                let rows = min(height, plan.rows - first)
                for column in stride(from: 0, to: plan.columns, by: width) {
                    let columns = min(width, plan.columns - column)
                    let start = layout.offset + (first * plan.columns + column) * layout.form.bytes
                    var bytes = try RasterBytes.readable(path) {
                        try file.bytes(at: start, rows * columns * layout.form.bytes)
                    }
                    layout.form.makeLittleEndian(&bytes)
                    try main.dataset.write(
                        storedBytes: bytes.span.bytes, [first..<(first + rows), column..<(column + columns)])
                }
            }
            try progress(TranslationProgress(completed: plan.rows, total: plan.rows, step: "done"))
            return [main]
        }
    }

    private func open(_ path: String) throws -> (PlainFile, NPYLayout) {
        try RasterBytes.readable(path) {
            let file = try PlainFile(path: path)
            let start = RasterBytes(path: path, bytes: try file.bytes(NPYLayout.mostHeaderBytes), limit: limit)
            return (file, try start.reading { try NPYLayout(start, size: file.size) })
        }
    }

    /// How the axes of an array become the two sides of a Main.
    private struct Plan {
        let positions: USIDAncillaries
        let spectroscopic: USIDAncillaries
        let rows: Int
        let columns: Int

        init(_ translator: NPYTranslator, _ layout: NPYLayout, _ path: String) throws {
            func wrong(_ message: String) -> USIDError {
                USIDError(.invalidArgument, rule: "R21", path: path, message)
            }
            let rank = layout.shape.count
            let positionAxes = translator.positionAxes ?? min(2, rank)
            guard (0...rank).contains(positionAxes) else {
                throw wrong("\(positionAxes) axes cannot be positions: the array has \(rank)")
            }
            guard layout.count > 0 else {
                throw wrong("the array of shape \(layout.shape) has no elements: there is nothing to write")
            }
            let axes = translator.axes ?? (0..<rank).map { TranslatedAxis("Axis_\($0)", units: "a.u.") }
            guard axes.count == rank else {
                throw wrong("\(axes.count) dimensions are given for the \(rank) axes of the array: give one for each")
            }
            let dimensions = try zip(axes, layout.shape).map {
                try $0.dimension(count: $1, of: "the array", path: path)
            }
            func side(_ axes: Range<Int>) -> USIDAncillaries {
                axes.isEmpty ? .single : .slowestFirst(Array(dimensions[axes]))
            }
            positions = side(0..<positionAxes)
            spectroscopic = side(positionAxes..<rank)
            // The product of all extents is known to fit.
            rows = layout.shape[..<positionAxes].reduce(1, *)
            columns = layout.shape[positionAxes...].reduce(1, *)
        }

        func main(_ quantity: String, _ units: String, _ elements: ArrayElements) -> ArrayTranslator.Main {
            ArrayTranslator.Main(
                quantity: quantity, units: units, positions: positions, spectroscopic: spectroscopic, elements: elements
            )
        }
    }
}
