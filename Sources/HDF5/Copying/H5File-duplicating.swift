import HDF5Format

extension H5File {
    /// How much is copied at a time.
    private static let pieceSize = 1 << 20

    /// Starts a file with the bytes of this one, for changes; it appears at its path with the first commit.
    ///
    /// Everything that is not changed stays byte by byte what it was, also what cannot be read.
    ///
    /// - Parameters:
    ///   - path: The path of the new file.
    ///   - replacing: Whether a file at that path is replaced.
    ///   - progress: Hears of the bytes copied so far, and of all; what it throws ends the copy, and nothing is left of it.
    /// - Throws: `H5Error` with the code `exists`, `unsupported` where the file cannot be changed, or what reading and
    ///   writing throw.
    package func duplicate(
        at path: String, replacing: Bool = false, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> H5File {
        let transaction = try FileTransaction.create(path, replacing: replacing, store: SystemFiles())
        do {
            let storage = context.storage
            let total = storage.baseAddress + storage.size
            _ = try transaction.allocate(total)
            var piece: [UInt8] = []
            var done: UInt64 = 0
            while done < total {
                let count = Int(min(UInt64(Self.pieceSize), total - done))
                if piece.count != count { piece = [UInt8](repeating: 0, count: count) }
                // The buffer is the array's own.
                try piece.withUnsafeMutableBytes { try storage.readBytes(at: done, into: $0) }
                try piece.withUnsafeBytes { try transaction.write($0, at: done) }
                done += UInt64(count)
                try progress(Int(clamping: done), Int(clamping: total))
            }
            return try H5File(updating: transaction, path: path, options: openOptions, keepsAll: true)
        } catch var error as H5Error where error.code == .unsupported || error.code == .damaged {
            try? transaction.discard()
            // It is this file that cannot be changed.
            error.file = context.storage.name
            throw error
        } catch {
            try? transaction.discard()
            throw error
        }
    }

    /// The same file, open for changes that are tried out in memory and never stored: a commit throws.
    ///
    /// - Throws: `H5Error` with the code `unsupported` where the file cannot be changed.
    package func scratch() throws -> H5File {
        try H5File(
            updating: FileTransaction.scratch(over: context.storage), path: path, options: openOptions, keepsAll: true)
    }
}
