import HDF5Format

/// What a journal holds that a crash left beside a file.
public struct H5LeftoverJournal: Hashable, Sendable {
    /// The path of the journal.
    public let path: String
    /// How many pieces of the file it saves.
    public let pieces: Int
    /// How many bytes those have.
    public let bytes: Int
    /// The size of the file before.
    public let originalSize: Int
    /// Whether nothing was changed before the crash.
    public var isEmpty: Bool { pieces == 0 }
}

extension H5File {
    /// What a journal beside a file holds; nil where there is none.
    ///
    /// `open` shows a file with a journal as it was committed last; `openForUpdate` and `recover` bring it there.
    public static func leftoverJournal(of path: String) throws -> H5LeftoverJournal? {
        let place = RollbackJournal.path(for: path)
        guard let source = try SystemFiles().openIfPresent(place) else { return nil }
        let journal = try RollbackJournal(source)
        return H5LeftoverJournal(
            path: place, pieces: journal?.records.count ?? 0,
            bytes: journal?.records.reduce(0) { $0 + $1.count } ?? 0,
            originalSize: Int(clamping: journal?.originalSize ?? 0))
    }

    /// Brings a file back to its last commit where a crash left changes half-done.
    ///
    /// - Returns: Whether there was a journal.
    /// - Throws: `H5Error` with the code `inUse` where a program has the file open for changes, so that nothing is left over.
    @discardableResult
    public static func recover(_ path: String) throws -> Bool {
        let store = SystemFiles()
        let file = try store.open(path)
        try file.lock()
        return try FileTransaction.rollBack(path, file, store)
    }
}
