/// A file of any format, read by ranges of bytes.
package final class PlainFile: Sendable {
    private let file: ReadOnlyFile

    /// Opens a file.
    ///
    /// - Throws: `H5Error` with the code `noSuchFile`, `permissionDenied`, `isDirectory` or `inputOutput`.
    package init(path: String) throws {
        file = try ReadOnlyFile(path: path)
    }

    /// Whether there is anything at a path.
    package static func exists(_ path: String) -> Bool { SystemFiles().exists(path) }

    /// Removes a file.
    ///
    /// - Throws: `H5Error` as the system reports.
    package static func remove(_ path: String) throws { try SystemFiles().remove(path) }

    /// The number of bytes.
    package var size: Int { Int(clamping: file.size) }

    /// The bytes from a place on: `count`, or as many as there are.
    ///
    /// - Throws: `H5Error` with the code `inputOutput` or `truncated`.
    package func bytes(at offset: Int = 0, _ count: Int) throws -> [UInt8] {
        let start = min(max(0, offset), size)
        let count = min(max(0, count), size - start)
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The buffer may have more room than was asked for; reading fills what was, or throws.
            let whole = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            try file.read(at: UInt64(start), into: whole)
            filled = count
        }
    }
}
