import HDF5

/// Brings a picture into h5USID: one position per pixel, one value each, as pyUSID's class of the same name.
///
/// ```swift
/// let file = try H5File.create("scan.h5")
/// try ImageTranslator().translate("scan.tif", into: file.root)
/// try file.commit()
/// ```
///
/// Pictures are the files that `RasterFile` reads, and tables of numbers whose names end with `.csv`, `.txt` or `.tsv`.
/// The Main is `Measurement_000/Channel_000/Raw_Data`, of the quantity `Intensity` in `a.u.`. Of colours the brightness
/// is taken (ITU-R BT.601), of the samples their type. The measurement group has the attributes `image_min`, `image_max`,
/// `normalized` and, where pixels were brought together, `image_binning_size` and `image_binning_method`.
public struct ImageTranslator: Translator {
    /// The name, as files hold it.
    public static let name = "ImageTranslator"

    /// Along which dimension neighbours of the Main follow one another.
    public enum Order: Hashable, Sendable {
        /// Along the rows, as pixels are stored in pictures.
        case xFastest
        /// Down the columns, as pyUSID writes since 2019.
        case yFastest
    }

    /// Which picture of the file is taken, counted from 0.
    public var page = 0
    /// How many rows become one by their mean; 1 leaves them as they are.
    public var binnedRows = 1
    /// How many columns become one by their mean; 1 leaves them as they are.
    public var binnedColumns = 1
    /// Whether the values are brought to 0 to 1.
    public var normalizes = false
    /// Along which dimension neighbours of the Main follow one another.
    public var order = Order.xFastest
    /// What the columns stand for, after binning; nil: `X` in `a.u.`, counted.
    public var x: TranslatedAxis?
    /// What the rows stand for, after binning; nil: `Y` in `a.u.`, counted.
    public var y: TranslatedAxis?
    /// The spectroscopic dimension, of size 1.
    public var spectroscopic = USIDDimension("arb", units: "a.u.", count: 1)
    /// What was measured.
    public var quantity = "Intensity"
    /// The unit of the values.
    public var units = "a.u."
    /// The most bytes that the file, and the samples of the picture, may take in memory.
    public var limit = RasterFile.standardLimit
    /// Conventions, chunks, filters, book-keeping of what is written.
    public var options = USIDWriteOptions()

    /// Makes a translator that takes the first picture of a file as it is.
    public init() {}

    /// Whether a file starts as a picture, or is a table of numbers by its ending and its first lines.
    public static func recognises(start: [UInt8], path: String) -> Bool {
        let file = RasterBytes(path: path, bytes: start, limit: RasterFile.standardLimit)
        if RasterFile.recognises(file) { return true }
        guard isText(path) else { return false }
        // The last line may be cut.
        let end = start.count < RasterBytes.startCount ? start.count : start.lastIndex(of: 0x0A) ?? start.count
        return (try? NumberTable(bytes: Array(start[..<end]))) != nil
    }

    /// Whether a file holds its numbers as text, by the ending of its name.
    static func isText(_ path: String) -> Bool {
        [".csv", ".txt", ".tsv"].contains { path.lowercased().hasSuffix($0) }
    }

    /// A table of numbers as a picture; nil where the file is no text.
    private func textImage(_ path: String) throws -> RasterImage? {
        guard Self.isText(path) else { return nil }
        guard page == 0 else {
            throw USIDError(.outOfRange, path: path, "there is no picture \(page): a table of numbers is one picture")
        }
        return try NumberTable(path: path, limit: limit).image()
    }

    /// Says what a translation would write.
    ///
    /// - Throws: `USIDError` with code `unreadableFile`, `unsupportedFile`, `damagedFile`, `tooLarge`, `outOfRange` or
    ///   `invalidArgument`.
    public func description(of path: String) throws -> TranslationDescription {
        if let image = try textImage(path) {
            return try description("text", path, image.width, image.height, image.metadata)
        }
        let file = try RasterFile(path: path, limit: limit)
        let layout = try file.layout(page: page)
        return try description(file.format, path, layout.width, layout.height, layout.metadata)
    }

    private func description(
        _ format: String, _ path: String, _ width: Int, _ height: Int, _ metadata: [RasterImage.Property]
    ) throws -> TranslationDescription {
        try check(width: width, height: height, path)
        let pixels = (width / binnedColumns) * (height / binnedRows)
        return TranslationDescription(
            format: format, mains: [.init(name: "Raw_Data", shape: [pixels, 1], quantity: quantity, units: units)],
            metadata: metadata)
    }

    /// Writes a picture as a new measurement below a group.
    ///
    /// - Returns: The one Main that was written.
    /// - Throws: `USIDError` with code `unreadableFile`, `unsupportedFile`, `damagedFile`, `tooLarge`, `outOfRange`,
    ///   `invalidArgument` for a binning that does not fit, dimensions of other sizes than the picture, or values that
    ///   cannot be normalized; as `USIDDataset.create`.
    @discardableResult
    public func translate(
        _ path: String, into group: H5Group, progress: (TranslationProgress) throws -> Void
    ) throws -> [USIDDataset] {
        try progress(TranslationProgress(completed: 0, total: 2, step: "reading the picture"))
        let image = try textImage(path) ?? RasterFile(path: path, limit: limit).image(page: page)
        try progress(TranslationProgress(completed: 1, total: 2, step: "writing the pixels"))
        let main = try write(image, from: path, into: group)
        try progress(TranslationProgress(completed: 2, total: 2, step: "done"))
        return [main]
    }

    /// Writes a picture that is in memory as a new measurement below a group.
    ///
    /// - Throws: As `translate`.
    @discardableResult
    public func write(_ image: RasterImage, from path: String = "", into group: H5Group) throws -> USIDDataset {
        try check(width: image.width, height: image.height, path)
        var pixels = binned(image)
        let positions = try positions(width: pixels.width, height: pixels.height, path)
        try normalise(&pixels, to: nil, path)
        let parameters = parameters(of: image.metadata, pixels.range, pixels.elements.type)
        if order == .yFastest { pixels.transpose() }
        let array = ArrayTranslator.Main(
            quantity: quantity, units: units, positions: positions, spectroscopic: .fastestFirst([spectroscopic]),
            elements: ArrayElements(pixels.elements))
        let writer = ArrayTranslator(
            name: Self.name, dataType: "ImageData", parameters: parameters, mains: [array], options: options)
        guard let main = try writer.write(into: group, from: path).first else {
            throw USIDError(.invalidArgument, path: group.path, "nothing was written")
        }
        return main
    }

    // MARK: Parts

    /// The brightness of a picture, binned.
    func binned(_ image: RasterImage) -> GreyPixels {
        var pixels = GreyPixels(image)
        pixels.bin(rows: binnedRows, columns: binnedColumns)
        return pixels
    }

    /// The dimensions of the pixels, binned.
    func positions(width: Int, height: Int, _ path: String) throws -> USIDAncillaries {
        let columns = try (x ?? TranslatedAxis("X", units: "a.u.")).dimension(
            count: width, of: "the picture", path: path)
        let rows = try (y ?? TranslatedAxis("Y", units: "a.u.")).dimension(
            count: height, of: "the picture", path: path)
        return .fastestFirst(order == .xFastest ? [columns, rows] : [rows, columns])
    }

    /// Brings pixels to 0 to 1 where that is wanted.
    ///
    /// - Parameter range: What becomes 0 and 1; nil: the least and the greatest of the pixels.
    func normalise(_ pixels: inout GreyPixels, to range: GreyPixels.Ends?, _ path: String) throws {
        if normalizes, !pixels.normalise(range) {
            throw USIDError(
                .invalidArgument, path: path,
                "the values of the picture are all equal or not finite, so that they cannot be brought to 0 to 1: write "
                    + "them as they are")
        }
    }

    func check(width: Int, height: Int, _ path: String) throws {
        guard (1...width).contains(binnedColumns), (1...height).contains(binnedRows) else {
            throw USIDError(
                .invalidArgument, path: path,
                "a binning of \(binnedRows) rows and \(binnedColumns) columns does not fit in \(height) rows of \(width) "
                    + "pixels: choose 1 to these")
        }
    }

    /// The attributes of the measurement group.
    func parameters(
        of metadata: [RasterImage.Property], _ range: GreyPixels.Ends?, _ type: RasterElementType
    ) -> USIDParameters {
        var result: USIDParameters = ["normalized": .boolean(normalizes)]
        if let range {
            func number(_ value: Double) -> USIDParameter {
                type == .float32 || type == .float64 ? .real(value) : .integer(Int64(value))
            }
            result["image_min"] = number(range.least)
            result["image_max"] = number(range.greatest)
        }
        if binnedRows > 1 || binnedColumns > 1 {
            result["image_binning_size"] = .integers([Int64(binnedRows), Int64(binnedColumns)])
            result["image_binning_method"] = "mean"
        }
        let names = metadata.map(\.name)
        for property in metadata where names.filter({ $0 == property.name }).count == 1 {
            // Names with hyphens would look nested, and those with a slash or NUL are none.
            let name = "image_" + String(property.name.map { "-/\0 ".contains($0) ? "_" : $0 })
            if result[name] == nil, !property.value.utf8.contains(0) { result[name] = .text(property.value) }
        }
        return result
    }
}
