/// Reads the pictures of one file of one format.
protocol RasterDecoder: Sendable {
    /// The name of the format.
    static var formatName: String { get }
    /// Whether the first bytes of a file are those of the format.
    static func recognises(_ file: RasterBytes) -> Bool

    /// Reads what comes before the samples.
    init(_ file: RasterBytes) throws
    /// The number of pictures.
    var pageCount: Int { get }
    /// What is known of a picture before it is decoded; `page` is in range.
    func layout(page: Int) throws -> RasterLayout
    /// Decodes a picture; `page` is in range.
    func image(page: Int) throws -> RasterImage
}
