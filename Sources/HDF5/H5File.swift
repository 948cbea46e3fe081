import HDF5Format

/// An HDF5 file, open for reading.
///
/// Opening reads the superblock and nothing else: objects are read when they are asked for. A file may be used by
/// any number of threads at once. It stays open as long as the `H5File` or anything obtained from it lives.
///
/// ```swift
/// let file = try H5File.open("scan.h5")
/// let raw = try file.dataset("Measurement_000/Channel_000/Raw_Data").read(as: Float.self)
/// ```
public final class H5File: Sendable {
    let context: FileContext
    /// The path that the file was opened with; nil for a file in memory.
    public let path: String?
    /// What is unusual about the file but does not keep it from being read.
    public let warnings: [String]
    /// What changes the file; nil where it is open for reading only.
    let editor: FileEditor?
    /// The dataset that was opened last.
    let recentDataset = Locked(RecentDataset())
    private let options: H5OpenOptions
    /// What the file was opened with, for its copies.
    var openOptions: H5OpenOptions { options }
    private let externalFiles = Locked<[String: H5File]>([:])

    init(source: any ByteSource, path: String?, options: H5OpenOptions) throws {
        let name = path ?? "(memory)"
        do {
            let opened = try FileOpening(
                source: source, name: name, path: path, limits: options.limits, externalFiles: options.externalFiles,
                filters: FilterSet(options.filters))
            context = opened.context
            warnings = opened.warnings
        } catch let error as H5Error {
            throw error.located(file: name)
        }
        self.path = path
        self.options = options
        editor = nil
    }

    /// A new file, in which there is a root group.
    init(new transaction: FileTransaction, path: String?, options: H5CreateOptions) throws {
        let editor = try FileCreation.create(
            transaction, name: path ?? "(memory)", path: path, generation: options.generation,
            userBlockSize: options.userBlockSize, tracksCreationOrder: options.tracksCreationOrder,
            tracksAttributeCreationOrder: options.tracksAttributeCreationOrder, sizes: options.fieldSizes,
            limits: options.open.limits, externalFiles: options.open.externalFiles,
            filters: FilterSet(options.open.filters))
        self.editor = editor
        context = editor.context
        warnings = []
        self.path = path
        self.options = options.open
    }

    /// A file that is to be changed; `keepsAll` says whether what lies behind its end stays too.
    init(updating transaction: FileTransaction, path: String?, options: H5OpenOptions, keepsAll: Bool = false) throws {
        let name = path ?? "(memory)"
        do {
            let opened = try FileOpening(
                source: transaction, name: name, path: path, limits: options.limits,
                externalFiles: options.externalFiles, filters: FilterSet(options.filters), transaction: transaction)
            let editor = try FileCreation.prepare(opened, transaction, keepsAll: keepsAll)
            self.editor = editor
            context = editor.context
            warnings = opened.warnings
        } catch let error as H5Error {
            throw error.located(file: name)
        }
        self.path = path
        self.options = options
    }

    /// Opens the file at a path.
    ///
    /// A file that lies in several files of one size opens by a pattern of their names, such as `scan_%05d.h5`; one whose
    /// sorts of content lie in files of their own (the multi and split drivers) by the file with its superblock.
    ///
    /// - Throws: `H5Error` with code `noSuchFile`, `isDirectory`, `permissionDenied`, `notHDF5`, `truncated`, `damaged`
    ///   or `unsupported`.
    public static func open(_ path: String, options: H5OpenOptions = H5OpenOptions()) throws -> H5File {
        do {
            let file = try ReadOnlyFile(path: path)
            if let journal = try SystemFiles().openIfPresent(RollbackJournal.path(for: path)),
                let rollback = try RollbackJournal(journal)
            {
                return try H5File(source: RolledBackSource(file, journal: rollback), path: path, options: options)
            }
            return try H5File(source: file, path: path, options: options)
        } catch let error as H5Error where error.code == .noSuchFile {
            guard let family = FamilyName(pattern: path) else { throw error }
            let members = try family.open()
            return try H5File(
                source: FamilySource(members: members, memberSize: members.first?.size ?? 0), path: path,
                options: options)
        }
    }

    /// Opens a file that is in memory.
    public static func open(bytes: [UInt8], limits: H5Limits = .standard) throws -> H5File {
        try open(bytes: bytes, options: H5OpenOptions(limits: limits, externalFiles: .none))
    }

    /// Opens a file that is in memory, with options.
    public static func open(bytes: [UInt8], options: H5OpenOptions) throws -> H5File {
        try H5File(source: MemorySource(bytes), path: nil, options: options)
    }

    // MARK: What the superblock says

    /// The version of the superblock, 0 to 3.
    public var superblockVersion: Int { Int(context.superblock.version) }
    /// The bytes of an address in the file.
    public var offsetSize: Int { context.superblock.sizes.offsets }
    /// The bytes of a length in the file.
    public var lengthSize: Int { context.superblock.sizes.lengths }
    /// The bytes before the superblock, which belong to the user.
    public var userBlockSize: Int { Int(clamping: context.storage.baseAddress) }
    /// The size of the file in bytes.
    public var size: Int { Int(clamping: context.storage.baseAddress &+ context.storage.size) }

    /// The file that an external link names, opened once.
    func externalFile(_ name: String) throws -> H5File {
        if let known = externalFiles.withLock({ $0[name] }) { return known }
        let other = try options.externalFiles.open(name, from: path)
        let opened = try H5File(source: other.source, path: other.path, options: options)
        externalFiles.withLock { $0[name] = opened }
        return opened
    }
}
