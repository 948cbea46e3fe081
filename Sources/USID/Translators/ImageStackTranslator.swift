import HDF5

/// Brings pictures of one size into h5USID as one Main: a position per pixel, a spectroscopic point per picture.
///
/// ```swift
/// var translator = ImageStackTranslator()
/// translator.frame = TranslatedAxis(USIDDimension("Time", units: "s", values: times))
/// try translator.translate("movie.tif", into: file.root)
/// try translator.translate(["000.png", "001.png", "002.png"], into: file.root)
/// ```
///
/// The Main is `Measurement_000/Channel_000/Raw_Data`. Pictures are decoded one at a time, so that a stack may be larger than
/// memory; the measurement group has the attributes that `ImageTranslator` writes.
public struct ImageStackTranslator: Translator {
    /// The name, as files hold it.
    public static let name = "ImageStackTranslator"

    /// How each of the pictures is treated: binning, brightness, dimensions, quantity.
    ///
    /// Its `page` and `spectroscopic` mean nothing here. Normalised are all pictures together.
    public var image = ImageTranslator()
    /// What the pictures stand for; nil: `Frame` in `a.u.`, counted.
    public var frame: TranslatedAxis?

    /// The bytes of pixels that are gathered before they are written.
    private static let batchBytes = 64 << 20

    /// Makes a translator that counts the pictures.
    public init() {}

    /// Whether a file starts as pictures do; how many there are only the whole file tells.
    public static func recognises(start: [UInt8], path: String) -> Bool {
        RasterFile.recognises(RasterBytes(path: path, bytes: start, limit: RasterFile.standardLimit))
    }

    /// Says what a translation would write.
    ///
    /// - Throws: As `translate`.
    public func description(of path: String) throws -> TranslationDescription { try description(of: [path]) }

    /// Says what a translation of several files would write.
    ///
    /// - Throws: As `translate`.
    public func description(of paths: [String]) throws -> TranslationDescription {
        let plan = try Plan(self, paths)
        return TranslationDescription(
            format: plan.format,
            mains: [
                .init(
                    name: "Raw_Data", shape: [plan.width * plan.height, plan.frames.count], quantity: image.quantity,
                    units: image.units)
            ], metadata: plan.metadata)
    }

    /// Writes all pictures of a file as a new measurement below a group.
    ///
    /// - Returns: The one Main that was written.
    /// - Throws: `USIDError` as `ImageTranslator.translate`; `invalidArgument` for pictures of different sizes or types.
    @discardableResult
    public func translate(
        _ path: String, into group: H5Group, progress: (TranslationProgress) throws -> Void
    ) throws -> [USIDDataset] {
        [try translate([path], into: group, progress: progress)]
    }

    /// Writes all pictures of several files, in their order, as a new measurement below a group.
    ///
    /// - Throws: As the translation of one file.
    @discardableResult
    public func translate(
        _ paths: [String], into group: H5Group, progress: (TranslationProgress) throws -> Void = { _ in }
    ) throws -> USIDDataset {
        let plan = try Plan(self, paths)
        // To normalise all pictures together, they are gone through twice.
        let steps = plan.frames.count * (image.normalizes ? 2 : 1)
        var ends: GreyPixels.Ends?
        if image.normalizes {
            try plan.forEachPicture { number, picture in
                try progress(TranslationProgress(completed: number, total: steps, step: "looking for the range"))
                Self.widen(&ends, by: picture)
            }
        } else {
            // Before anything is made of the size that the file states.
            try plan.decodeFirst()
        }
        let measurement = NewMeasurement(
            translator: Self.name, dataType: "ImageStackData", parameters: [:], options: image.options)
        return try measurement.write(into: group, from: paths.count == 1 ? paths[0] : "") { measurement in
            let channel = try measurement.createChannelGroup(bookKeeping: image.options.bookKeeping)
            let main = try USIDDataset.create(
                in: channel, "Raw_Data", datatype: plan.datatype, quantity: image.quantity, units: image.units,
                positions: plan.positions, spectroscopic: .fastestFirst([plan.frame]), options: image.options)
            var written: GreyPixels.Ends?
            var batch: [RasterElements] = []
            let most = max(1, Self.batchBytes / max(1, plan.width * plan.height * plan.bytesPerPixel))
            try plan.forEachPicture { number, picture in
                try progress(
                    TranslationProgress(
                        completed: steps - plan.frames.count + number, total: steps, step: "writing the pictures"))
                var picture = picture
                try image.normalise(&picture, to: ends, plan.frames[number].path)
                Self.widen(&written, by: picture)
                if image.order == .yFastest { picture.transpose() }
                batch.append(picture.elements)
                if batch.count == most || number == plan.frames.count - 1 {
                    try Self.write(batch, to: main, before: number + 1)
                    batch.removeAll(keepingCapacity: true)
                }
            }
            let parameters = image.parameters(of: plan.metadata, written, plan.elementType)
            for entry in try parameters.attributes(reserved: [], path: measurement.path) {
                try entry.value.write(entry.name, to: measurement)
            }
            try progress(TranslationProgress(completed: steps, total: steps, step: "done"))
            return main
        }
    }

    private static func widen(_ ends: inout GreyPixels.Ends?, by picture: GreyPixels) {
        guard let range = picture.range else { return }
        ends = GreyPixels.Ends(
            least: min(ends?.least ?? range.least, range.least),
            greatest: max(ends?.greatest ?? range.greatest, range.greatest))
    }

    /// Writes pictures as neighbouring columns.
    private static func write(_ pictures: [RasterElements], to main: USIDDataset, before end: Int) throws {
        func write<Value: H5Element>(_ pick: (RasterElements) -> [Value]?) throws {
            let columns = pictures.compactMap(pick)
            guard columns.count == pictures.count, let first = columns.first else {
                throw USIDError(.invalidArgument, path: main.path, "the pictures of a stack differ in their type")
            }
            var rows: [Value] = []
            rows.reserveCapacity(first.count * columns.count)
            for pixel in first.indices { for column in columns { rows.append(column[pixel]) } }
            try main.dataset.write(rows, at: [.all, (end - columns.count)..<end])
        }
        switch pictures.first {
        case .uint8: try write { if case .uint8(let values) = $0 { values } else { nil } }
        case .uint16: try write { if case .uint16(let values) = $0 { values } else { nil } }
        case .uint32: try write { if case .uint32(let values) = $0 { values } else { nil } }
        case .int8: try write { if case .int8(let values) = $0 { values } else { nil } }
        case .int16: try write { if case .int16(let values) = $0 { values } else { nil } }
        case .int32: try write { if case .int32(let values) = $0 { values } else { nil } }
        case .float32: try write { if case .float32(let values) = $0 { values } else { nil } }
        case .float64: try write { if case .float64(let values) = $0 { values } else { nil } }
        case nil: break
        }
    }

    /// What is known before a picture is decoded.
    private struct Plan {
        struct Frame {
            let path: String
            let page: Int
        }

        let translator: ImageStackTranslator
        let frames: [Frame]
        let format: String
        /// Size of a picture, binned.
        let width: Int
        let height: Int
        let positions: USIDAncillaries
        let frame: USIDDimension
        /// What is written.
        let elementType: RasterElementType
        /// What all pictures say alike.
        let metadata: [RasterImage.Property]

        var datatype: H5Datatype {
            switch elementType {
            case .uint8: .uint8
            case .uint16: .uint16
            case .uint32: .uint32
            case .int8: .int8
            case .int16: .int16
            case .int32: .int32
            case .float32: .float32
            case .float64: .float64
            }
        }

        var bytesPerPixel: Int { elementType.bits / 8 }

        init(_ translator: ImageStackTranslator, _ paths: [String]) throws {
            self.translator = translator
            let image = translator.image
            var frames: [Frame] = []
            var formats: [String] = []
            var first: (layout: RasterLayout, path: String)?
            var common: [RasterImage.Property] = []
            for path in paths {
                let file = try RasterFile(path: path, limit: image.limit)
                if !formats.contains(file.format) { formats.append(file.format) }
                for page in 0..<file.pageCount {
                    let layout = try file.layout(page: page)
                    frames.append(Frame(path: path, page: page))
                    guard let (expected, firstPath) = first else {
                        first = (layout, path)
                        common = layout.metadata
                        continue
                    }
                    guard layout.width == expected.width, layout.height == expected.height,
                        layout.elementType == expected.elementType
                    else {
                        throw USIDError(
                            .invalidArgument, path: path,
                            "picture \(page) has \(layout.width) × \(layout.height) pixels of type "
                                + "\(layout.elementType.rawValue), the first one of '\(firstPath)' "
                                + "\(expected.width) × \(expected.height) of type \(expected.elementType.rawValue): "
                                + "a stack has pictures of one size and type; translate them one by one")
                    }
                    common.removeAll { !layout.metadata.contains($0) }
                }
            }
            guard let (layout, path) = first else {
                throw USIDError(.invalidArgument, path: "", "there is no picture: give at least one file")
            }
            try image.check(width: layout.width, height: layout.height, path)
            self.frames = frames
            format = formats.joined(separator: ", ")
            metadata = common
            width = layout.width / image.binnedColumns
            height = layout.height / image.binnedRows
            positions = try image.positions(width: width, height: height, path)
            frame = try (translator.frame ?? TranslatedAxis("Frame", units: "a.u.")).dimension(
                count: frames.count, of: "the stack", path: path)
            elementType = image.normalizes ? GreyPixels.normalisedType(layout.elementType) : layout.elementType
        }

        /// Decodes the first picture, to see that the file holds what it states.
        func decodeFirst() throws {
            guard let frame = frames.first else { return }
            _ = try RasterFile(path: frame.path, limit: translator.image.limit).image(page: frame.page)
        }

        /// Decodes the pictures in turn.
        func forEachPicture(_ body: (Int, GreyPixels) throws -> Void) throws {
            var file: (path: String, file: RasterFile)?
            for (number, frame) in frames.enumerated() {
                let current: RasterFile
                if let file, file.path == frame.path {
                    current = file.file
                } else {
                    file = nil
                    current = try RasterFile(path: frame.path, limit: translator.image.limit)
                    file = (frame.path, current)
                }
                try body(number, translator.image.binned(current.image(page: frame.page)))
            }
        }
    }
}
