import HDF5Format

/// How a new file is made.
public struct H5CreateOptions: Sendable {
    /// Which releases of libhdf5 can read the file.
    public var generation: H5FormatGeneration
    /// The bytes before the superblock, which belong to the user: 0, 512, or twice, four times … as many.
    public var userBlockSize: Int
    /// Whether the root group remembers the order in which its links are made.
    public var tracksCreationOrder: Bool
    /// Whether the root group remembers the order in which its attributes are made.
    var tracksAttributeCreationOrder = false
    /// The widths of addresses and lengths.
    var fieldSizes = FieldSizes()
    /// What reading the file may cost, the filters of the host, and where other files are found.
    public var open: H5OpenOptions

    /// Makes options: by default every release since 2008 can read the file.
    public init(
        generation: H5FormatGeneration = .v1_8, userBlockSize: Int = 0, tracksCreationOrder: Bool = false,
        open: H5OpenOptions = H5OpenOptions()
    ) {
        self.generation = generation
        self.userBlockSize = userBlockSize
        self.tracksCreationOrder = tracksCreationOrder
        self.open = open
    }
}

extension H5File {
    /// Makes a file, which appears at its path with the first commit.
    ///
    /// Until then it lies beside its path under another name; a file that is replaced stays as it is until then. What is
    /// not committed when the last reference to the file goes away is gone.
    ///
    /// ```swift
    /// let file = try H5File.create("out.h5")
    /// try file.root.createGroup("Measurement_000").setAttribute("units", "V")
    /// try file.commit()
    /// ```
    ///
    /// - Parameter replacing: Whether a file at that path is replaced.
    /// - Throws: `H5Error` with the code `exists` where there is a file and it is not to be replaced, `invalidArgument` for
    ///   a user block of another size, or what the system reports.
    public static func create(
        _ path: String, replacing: Bool = false, options: H5CreateOptions = H5CreateOptions()
    ) throws -> H5File {
        try create(path, replacing: replacing, options: options, store: SystemFiles())
    }

    static func create(
        _ path: String, replacing: Bool, options: H5CreateOptions, store: any FileStore
    ) throws -> H5File {
        let block = options.userBlockSize
        guard block == 0 || block >= 512 && block & (block - 1) == 0 else {
            throw H5Error(
                .invalidArgument, "a user block has 0, 512, 1024, 2048 … bytes, not \(block)", file: path)
        }
        let transaction = try FileTransaction.create(path, replacing: replacing, store: store)
        return try H5File(new: transaction, path: path, options: options)
    }

    /// Opens a file for changes, which take effect with `commit`.
    ///
    /// Reading sees the changes at once. Changes that a crash left half-done are undone first.
    ///
    /// - Throws: `H5Error` with the code `inUse` where another program has the file open for writing, `unsupported` for
    ///   files that lie in several files, or as `open(_:options:)`.
    public static func openForUpdate(_ path: String, options: H5OpenOptions = H5OpenOptions()) throws -> H5File {
        try openForUpdate(path, options: options, store: SystemFiles())
    }

    static func openForUpdate(_ path: String, options: H5OpenOptions, store: any FileStore) throws -> H5File {
        try H5File(updating: try FileTransaction.open(path, store: store), path: path, options: options)
    }

    /// Opens a file, lets `body` change it, and commits; when `body` throws, nothing is changed.
    ///
    /// ```swift
    /// try H5File.update("scan.h5") { file in
    ///     try file.root.move("old", to: "archive/old")
    ///     try file.root.remove("scratch")
    /// }
    /// ```
    public static func update<R>(
        _ path: String, options: H5OpenOptions = H5OpenOptions(), _ body: (H5File) throws -> R
    ) throws -> R {
        let file = try openForUpdate(path, options: options)
        do {
            let result = try body(file)
            try file.commit()
            try file.close()
            return result
        } catch {
            try? file.close()
            throw error
        }
    }

    /// Whether the file may be changed.
    public var isWritable: Bool { editor != nil }

    /// The generation in which new objects are written; nil for a file that is open for reading only.
    public var generation: H5FormatGeneration? { editor?.generation }

    /// Makes all changes since the last commit permanent.
    ///
    /// When this returns, the changes are on the disk; after a crash or a power failure at any moment the file holds either
    /// the state before the commit or the one after it.
    ///
    /// - Parameter durability: What the commit survives; by default everything.
    /// - Throws: `H5Error` with the code `noSpace` or `inputOutput`; then the last commit is still in force, and the call
    ///   may be made again.
    public func commit(durability: H5Durability = .powerFailure) throws {
        try writable().commit(durability: durability)
    }

    /// Ends the use of the file; changes that were not committed are discarded.
    ///
    /// Has no effect on a file that is open for reading only, which is closed with the last reference to it.
    public func close() throws { try editor?.close() }

    /// What changes the file.
    ///
    /// - Throws: `H5Error` with the code `readOnly`.
    func writable() throws -> FileEditor {
        guard let editor else {
            throw H5Error(
                .readOnly, "the file is open for reading only; H5File.update or openForUpdate opens it for changes",
                file: path)
        }
        return editor
    }
}
