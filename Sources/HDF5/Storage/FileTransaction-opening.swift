import HDF5Format

extension FileTransaction {
    /// Starts a file that appears at its path with the first commit.
    ///
    /// - Throws: `H5Error` with the code `exists` where there is a file and it is not to be replaced.
    static func create(
        _ path: String, replacing: Bool, store: any FileStore, memory: Int = 16 << 20
    ) throws -> FileTransaction {
        guard replacing || !store.exists(path) else {
            throw H5Error(.exists, "there is a file of that name already; say that it is to be replaced", file: path)
        }
        for attempt in 0..<1000 {
            let temporary = path + ".part" + (attempt == 0 ? "" : String(attempt))
            do {
                let file = try store.create(temporary)
                try file.lock()
                return FileTransaction(
                    file: file, store: store, target: path, temporaryPath: temporary, isReplacing: replacing, end: 0,
                    memory: memory)
            } catch let error as H5Error where error.code == .exists {
                // Left by a process that was killed, or in use by another one.
                continue
            }
        }
        throw H5Error(.exists, "there are too many unfinished files of that name: remove \(path).part*", file: path)
    }

    /// Opens a file for changes; a journal that was left behind is rolled back first.
    static func open(_ path: String, store: any FileStore, memory: Int = 16 << 20) throws -> FileTransaction {
        let file = try store.open(path)
        try file.lock()
        try rollBack(path, file, store)
        return FileTransaction(
            file: file, store: store, target: path, temporaryPath: nil, isReplacing: true, end: file.size,
            memory: memory)
    }

    /// Undoes what a journal beside a file says was not finished; answers whether there was one.
    @discardableResult
    static func rollBack(_ path: String, _ file: any WritableFile, _ store: any FileStore) throws -> Bool {
        let place = RollbackJournal.path(for: path)
        guard let source = try store.openIfPresent(place) else { return false }
        if let journal = try RollbackJournal(source) { try journal.restore(file) }
        try store.remove(place)
        try store.synchronizeFolder(of: path)
        return true
    }
}
