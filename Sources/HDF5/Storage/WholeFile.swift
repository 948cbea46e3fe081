/// A file of any format, to be read as a whole or as far as its kind shows.
package struct WholeFile {
    private let file: ReadOnlyFile

    /// Opens a file.
    ///
    /// - Throws: `H5Error` with the code `noSuchFile`, `permissionDenied`, `isDirectory` or `inputOutput`.
    package init(path: String) throws {
        file = try ReadOnlyFile(path: path)
    }

    /// The number of bytes.
    package var size: Int { Int(clamping: file.size) }

    /// The bytes from the start on: `count`, or all where there are fewer.
    ///
    /// - Throws: `H5Error` with the code `inputOutput` or `truncated`.
    package func bytes(_ count: Int) throws -> [UInt8] {
        let count = min(max(0, count), size)
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The buffer may have more room than was asked for; reading fills what was, or throws.
            try file.read(
                at: 0, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            filled = count
        }
    }
}
