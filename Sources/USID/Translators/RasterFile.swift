/// A file of one picture or several, in a format that this library reads.
///
/// ```swift
/// let file = try RasterFile(path: "scan.tif")
/// print(file.format, try file.layout().width, file.pageCount)
/// let image = try file.image(page: 0)
/// ```
///
/// PNG, TIFF, BMP and the netpbm formats. Making one reads the file, decodes no picture, and keeps its bytes in memory.
public struct RasterFile: Sendable {
    /// How much memory a file may take by default: 1 GiB, and as much again for each of its pictures.
    public static let standardLimit = 1 << 30

    private static let decoders: [any RasterDecoder.Type] = [
        PNGDecoder.self, TIFFDecoder.self, BMPDecoder.self, NetpbmDecoder.self,
    ]

    private let file: RasterBytes
    private let decoder: any RasterDecoder

    /// Reads what a file says about its pictures.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - limit: The most bytes that the file, and the samples of one picture, may take in memory.
    /// - Throws: `USIDError`: `unreadableFile`, `unsupportedFile` for formats that are not known, `damagedFile` or
    ///   `tooLarge`.
    public init(path: String, limit: Int = standardLimit) throws {
        try self.init(RasterBytes(path: path, limit: limit))
    }

    /// Reads what a file in memory says about its pictures.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: The name of the file, for errors.
    ///   - limit: The most bytes that the samples of one picture may take in memory.
    /// - Throws: `USIDError`: `unsupportedFile` for formats that are not known, `damagedFile` or `tooLarge`.
    public init(bytes: [UInt8], name: String = "", limit: Int = standardLimit) throws {
        try self.init(RasterBytes(path: name, bytes: bytes, limit: limit))
    }

    init(_ file: RasterBytes) throws {
        guard let type = Self.decoders.first(where: { $0.recognises(file) }) else {
            throw USIDError(
                .unsupportedFile, path: file.path,
                "the file is none of " + Self.decoders.map { $0.formatName }.joined(separator: ", ")
                    + ": save the picture as TIFF or PNG")
        }
        self.file = file
        decoder = try file.reading { try type.init(file) }
    }

    /// Whether a file starts as a picture of a format that is known.
    static func recognises(_ file: RasterBytes) -> Bool { decoders.contains { $0.recognises(file) } }

    /// The name of the format, such as `TIFF`.
    public var format: String { type(of: decoder).formatName }

    /// The number of pictures in the file, at least 1.
    public var pageCount: Int { decoder.pageCount }

    /// What the file says about a picture, without decoding it.
    ///
    /// - Parameter page: The number of the picture, counted from 0.
    /// - Throws: `USIDError`: `outOfRange`, `unsupportedFile`, `damagedFile` or `tooLarge`.
    public func layout(page: Int = 0) throws -> RasterLayout {
        try check(page)
        return try file.reading { try decoder.layout(page: page) }
    }

    /// Decodes a picture.
    ///
    /// - Parameter page: The number of the picture, counted from 0.
    /// - Throws: `USIDError`: `outOfRange`, `unsupportedFile`, `damagedFile` or `tooLarge`.
    public func image(page: Int = 0) throws -> RasterImage {
        try check(page)
        return try file.reading { try decoder.image(page: page) }
    }

    private func check(_ page: Int) throws {
        guard (0..<pageCount).contains(page) else {
            throw USIDError(
                .outOfRange, path: file.path, "there is no picture \(page): the file has 0 to \(pageCount - 1)")
        }
    }
}
