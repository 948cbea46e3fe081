import HDF5

extension RasterBytes {
    /// Reads a file, unless it is larger than is allowed.
    ///
    /// - Throws: `USIDError` with the code `unreadableFile` or `tooLarge`.
    init(path: String, limit: Int) throws {
        let bytes = try Self.readable(path) { () throws -> [UInt8] in
            let file = try PlainFile(path: path)
            guard file.size <= limit else {
                throw USIDError(
                    .tooLarge, path: path, "the file has \(file.size) bytes, and \(limit) are allowed: raise the limit")
            }
            return try file.bytes(file.size)
        }
        self.init(path: path, bytes: bytes, limit: limit)
    }

    /// How many bytes tell the kind of a file.
    static let startCount = 64 << 10

    /// The first bytes of a file, by which its kind is recognised.
    ///
    /// - Throws: `USIDError` with the code `unreadableFile`.
    static func start(of path: String, count: Int = startCount) throws -> [UInt8] {
        try readable(path) { try PlainFile(path: path).bytes(count) }
    }

    /// Turns what the system says of a file into an error of translating.
    static func readable<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as H5Error {
            throw USIDError(.unreadableFile, path: path, error.message)
        }
    }
}
