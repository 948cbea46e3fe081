import HDF5Format

/// Makes the first structures of a file, and prepares one that was opened for changes.
enum FileCreation {
    /// Writes a root group and a superblock; answers what changes the file.
    static func create(
        _ transaction: FileTransaction, name: String, path: String?, generation: H5FormatGeneration, userBlockSize: Int,
        tracksCreationOrder: Bool, tracksAttributeCreationOrder: Bool = false, sizes: FieldSizes = FieldSizes(),
        limits: H5Limits, externalFiles: H5ExternalFiles, filters: FilterSet
    ) throws -> FileEditor {
        if userBlockSize > 0 { _ = try transaction.allocate(UInt64(userBlockSize)) }
        let storage = FileStorage(
            source: transaction, cache: BlockCache(source: transaction, capacity: limits.metadataCache), name: name,
            sizes: sizes, baseAddress: UInt64(userBlockSize), limits: limits, filters: filters, transaction: transaction
        )
        func editor(_ superblock: Superblock) -> FileEditor {
            FileEditor(
                context: FileContext(
                    storage: storage, superblock: superblock, sharedMessages: nil, path: path,
                    externalFiles: externalFiles), transaction: transaction, generation: generation)
        }
        var superblock = Superblock(
            version: generation.superblockVersion, sizes: sizes, baseAddress: UInt64(userBlockSize), endOfFile: 0,
            rootHeaderAddress: 0)
        var builder = ByteBuilder(sizes: sizes)
        try superblock.encode(to: &builder)
        let place = try storage.allocate(builder.count)
        guard place == 0 else { throw H5Error(.invalidArgument, "a new file is not empty", file: name) }
        superblock.rootHeaderAddress = try GroupStorage.create(
            tracksCreationOrder: tracksCreationOrder, tracksAttributeCreationOrder: tracksAttributeCreationOrder,
            in: editor(superblock))
        if superblock.version < 2 {
            let root = try ObjectHeaderEditor(superblock.rootHeaderAddress, in: storage)
            let table = try root.decode(.symbolTable) { try SymbolTableMessage(from: &$0) }
            superblock.rootEntry = SymbolTableEntry(
                nameOffset: 0, headerAddress: superblock.rootHeaderAddress,
                cache: table.map { .group(btree: $0.btreeAddress, heap: $0.heapAddress) } ?? .none)
        }
        return editor(superblock)
    }

    /// Makes a file that was opened ready for changes.
    ///
    /// - Parameter keepsAll: Whether also what lies behind the end, as the superblock says it, stays as it is.
    /// - Throws: `H5Error` with the code `unsupported`, `inUse` or `damaged` where it cannot be changed.
    static func prepare(
        _ opened: FileOpening, _ transaction: FileTransaction, keepsAll: Bool = false
    ) throws -> FileEditor {
        let context = opened.context
        let storage = context.storage
        if let obstacle = opened.obstacle {
            throw H5Error(.unsupported, "the file cannot be changed: \(obstacle)", file: storage.name)
        }
        let superblock = context.superblock
        let editor = FileEditor(
            context: context, transaction: transaction,
            generation: H5FormatGeneration(superblockVersion: superblock.version))
        // What lies behind the end is left from a change that was never committed.
        let end = superblock.endOfFile &- min(superblock.baseAddress, superblock.endOfFile) &+ storage.baseAddress
        guard keepsAll || superblock.rootHeaderAddress < end - min(storage.baseAddress, end) else {
            throw H5Error(
                .damaged, "the file ends before its root group, as its superblock says; copy it first (h5usid repack)",
                file: storage.name)
        }
        if !keepsAll, end < transaction.size { transaction.addUnused(end, transaction.size - end) }
        if superblock.extensionAddress != nil { try dropManagers(opened, editor) }
        return editor
    }

    /// Takes out of the superblock's extension what libhdf5 would have to keep up to date: managers of free space, and
    /// metadata that is kept elsewhere than at its address.
    private static func dropManagers(_ opened: FileOpening, _ editor: FileEditor) throws {
        guard let address = editor.context.superblock.extensionAddress else { return }
        var header = try ObjectHeaderEditor(address, in: editor.storage)
        let removed = header.remove { $0.type == .fileSpaceInfo || $0.type == .metadataCacheImage }
        guard !removed.isEmpty else { return }
        try header.write()
        for block in opened.cacheImage { try editor.storage.write(block.bytes, at: block.address) }
    }
}
