/// A file of any format that is written from its start to its end, and appears at its path only when it is whole.
///
/// Until then it lies beside its path under another name; when it is given up, it leaves nothing behind.
package final class NewFile {
    private let file: any WritableFile
    private let store: any FileStore
    private let target: String
    private let temporary: String
    private let isReplacing: Bool
    private var pending: [UInt8] = []
    private var end: UInt64 = 0
    private var isFinished = false

    private static let bufferBytes = 1 << 20

    /// Starts a file.
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` with the code `exists` where there is a file and it is not to be replaced, or what the system
    ///   reports.
    package convenience init(path: String, replacing: Bool) throws {
        try self.init(path: path, replacing: replacing, store: SystemFiles())
    }

    init(path: String, replacing: Bool, store: any FileStore) throws {
        guard replacing || !store.exists(path) else {
            throw H5Error(.exists, "there is a file of that name already; say that it is to be replaced", file: path)
        }
        var made: (file: any WritableFile, path: String)?
        for attempt in 0..<1000 where made == nil {
            let temporary = path + ".part" + (attempt == 0 ? "" : String(attempt))
            do {
                made = (try store.create(temporary), temporary)
            } catch let error as H5Error where error.code == .exists {
                // Left by a process that was killed, or in use by another one.
                continue
            }
        }
        guard let made else {
            throw H5Error(.exists, "there are too many unfinished files of that name: remove \(path).part*", file: path)
        }
        self.store = store
        (file, temporary) = made
        target = path
        isReplacing = replacing
        pending.reserveCapacity(Self.bufferBytes)
    }

    deinit { if !isFinished { try? store.remove(temporary) } }

    /// The number of bytes so far.
    package var count: Int { Int(clamping: end) + pending.count }

    /// Writes bytes behind those that are there.
    package func write(_ bytes: some Collection<UInt8>) throws {
        pending += bytes
        if pending.count >= Self.bufferBytes { try flush() }
    }

    /// Writes elements of a type that is plain bytes, as they lie in memory, behind what is there.
    package func write<Element>(plain elements: [Element]) throws {
        try flush()
        // The array is only read, inside the closure.
        try elements.withUnsafeBytes { bytes in
            try file.write(bytes, at: end)
            end += UInt64(bytes.count)
        }
    }

    private func flush() throws {
        guard !pending.isEmpty else { return }
        try file.write(pending, at: end)
        end += UInt64(pending.count)
        pending.removeAll(keepingCapacity: true)
    }

    /// Writes what is left to the disk and gives the file its name.
    ///
    /// - Throws: `H5Error` as the system reports, and `exists` where a file of that name appeared in the meantime and is
    ///   not to be replaced.
    package func finish() throws {
        try flush()
        try file.synchronize()
        try store.rename(temporary, to: target, replacing: isReplacing)
        isFinished = true
        try store.synchronizeFolder(of: target)
    }
}
