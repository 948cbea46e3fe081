/// An array in NumPy's format `.npy`, versions 1 to 3.
///
/// ```swift
/// let array = try NPYFile(path: "maps.npy")
/// print(array.shape, array.elements)
/// ```
///
/// Every number type but extended precision, in both byte orders, and both orders of elements.
public struct NPYFile: Sendable {
    /// The extent of each axis, slowest first; empty for a single number.
    public let shape: [Int]
    /// NumPy's name of the type, such as `<f4`.
    public let type: String
    /// The elements, the last axis running fastest.
    public let elements: ArrayElements

    /// Reads an array.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - limit: The most bytes that the file, and the elements, may take in memory.
    /// - Throws: `USIDError`: `unreadableFile`, `unsupportedFile` for structured and other types that are no numbers,
    ///   `damagedFile` or `tooLarge`.
    public init(path: String, limit: Int = RasterFile.standardLimit) throws {
        try self.init(RasterBytes(path: path, limit: limit))
    }

    /// Reads an array in memory.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: The name of the file, for errors.
    ///   - limit: The most bytes that the elements may take in memory.
    /// - Throws: As `init(path:limit:)`.
    public init(bytes: [UInt8], name: String = "", limit: Int = RasterFile.standardLimit) throws {
        try self.init(RasterBytes(path: name, bytes: bytes, limit: limit))
    }

    init(_ file: RasterBytes) throws {
        let layout = try NPYLayout(file, size: file.count)
        let size = try file.check(
            size: layout.byteCount, most: file.count - layout.offset, at: layout.offset, "the array")
        let bytes = try file.array(at: layout.offset, count: size)
        let stored = try file.reading { try layout.form.elements(bytes) }
        shape = layout.shape
        type = layout.type
        elements = layout.isFortran ? stored.turned(shape: layout.shape) : stored
    }
}
