import HDF5Format

/// An open object: its file, the path by which it was reached, its header.
///
/// A class, so that the values that users pass around carry one reference instead of one to each part.
final class H5ObjectHandle: Sendable {
    let file: H5File
    let path: String
    /// The header as it was when the object was opened.
    private let opened: ObjectHeader
    /// The revision of the file then, where it is being changed.
    private let openedRevision: UInt64
    /// The header as it was read last, in a file that is being changed.
    ///
    /// Safe, as it is touched inside `exclusively` of the file's editor only, where one thread is at a time.
    nonisolated(unsafe) private var current: (revision: UInt64, header: ObjectHeader)?
    /// Through how many virtual datasets the object is reached.
    let nesting: Int

    init(file: H5File, path: String, header: ObjectHeader, nesting: Int = 0) {
        self.file = file
        self.path = path
        opened = header
        openedRevision = file.editor?.currentRevision ?? 0
        self.nesting = nesting
    }

    /// An object that was just made, at a revision of the file.
    init(made header: ObjectHeader, path: String, in file: H5File, revision: UInt64) {
        self.file = file
        self.path = path
        opened = header
        openedRevision = revision
        nesting = 0
    }

    /// The address of the header: the same for as long as the object lives.
    var address: UInt64 { opened.address }

    /// The header, in a file that is being changed as of the last `refresh`.
    var header: ObjectHeader {
        guard let editor = file.editor else { return opened }
        return editor.exclusively { current?.header ?? opened }
    }

    /// Reads the header again where the file was changed since.
    func refresh() throws {
        guard let editor = file.editor else { return }
        try editor.exclusively {
            let revision = editor.revision
            guard (current?.revision ?? openedRevision) != revision else { return }
            current = (revision, try ObjectHeader.load(address, from: context.storage))
        }
    }

    /// Reads the header at an address.
    convenience init(file: H5File, path: String, address: UInt64, nesting: Int = 0) throws {
        var recent = RecentDataset()
        try self.init(file: file, path: path, address: address, nesting: nesting, like: &recent)
    }

    /// Reads the header at an address.
    convenience init(
        file: H5File, path: String, address: UInt64, nesting: Int = 0, like recent: inout RecentDataset
    ) throws {
        do {
            let header = try recent.header(at: address, from: file.context.storage)
            self.init(file: file, path: path, header: header, nesting: nesting)
        } catch let error as H5Error {
            throw error.located(file: file.context.storage.name, path: path)
        }
    }

    var context: FileContext { file.context }

    /// The path of a member.
    func path(of name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// Runs `body`, which changes something, and adds the file and the path, or another path, to its errors.
    func naming<R>(_ other: String? = nil, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as H5Error {
            throw error.located(file: context.storage.name, path: other ?? path)
        }
    }

    /// Runs `body` and adds file and path to its errors.
    func locating<R>(_ body: () throws -> R) throws -> R {
        do {
            guard let editor = file.editor else { return try body() }
            return try editor.performReading {
                try refresh()
                return try body()
            }
        } catch let error as H5Error {
            throw error.located(file: context.storage.name, path: path)
        }
    }

    /// The comment that the object carries, if any.
    func comment() throws -> String? {
        try header.first(.comment).map { try header.withCursor($0) { try CommentMessage(from: &$0) }.text.string }
    }

    /// The time of the last change in seconds since 1970-01-01 UTC, where the file keeps it.
    func modificationTime() throws -> Int64? {
        if let time = header.prefix.modificationTime { return Int64(time) }
        if let message = header.first(.modificationTime) {
            return try header.withCursor(message) { try ModificationTimeMessage(from: &$0) }.secondsSince1970
        }
        return try header.first(.oldModificationTime).map {
            try header.withCursor($0) { try ModificationTimeMessage(old: &$0) }.secondsSince1970
        }
    }
}

extension String {
    /// The path of a member: the path of its group and its name, made in one piece.
    init(path parent: String, appending name: RawSpan) {
        guard name.isASCII else {
            let name = H5Name(name).string
            self = parent == "/" ? "/" + name : parent + "/" + name
            return
        }
        let prefix = parent == "/" ? "" : parent
        // The closure fills exactly the bytes that it says it did.
        self.init(unsafeUninitializedCapacity: prefix.utf8.count + 1 + name.byteCount) { buffer in
            var end = buffer.initialize(fromContentsOf: prefix.utf8)
            buffer.initializeElement(at: end, to: UInt8(ascii: "/"))
            end += 1
            return name.withUnsafeBytes { bytes in
                buffer[end...].initialize(fromContentsOf: bytes)
            }
        }
    }
}
