import HDF5Format

/// Finds the superblock of a file and reads what all objects share.
struct FileOpening {
    let context: FileContext
    private(set) var warnings: [String] = []
    /// Why the file cannot be changed, where it cannot.
    private(set) var obstacle: String?
    /// Blocks of metadata that the file keeps elsewhere than at their addresses.
    private(set) var cacheImage: [(address: UInt64, bytes: [UInt8])] = []

    init(
        source: any ByteSource, name: String, path: String?, limits: H5Limits, externalFiles: H5ExternalFiles,
        filters: FilterSet, transaction: FileTransaction? = nil
    ) throws {
        var (superblock, offset) = try Self.findSuperblock(source, name)
        let sizes = superblock.sizes
        func plainStorage(of source: any ByteSource) -> FileStorage {
            FileStorage(
                source: source, cache: BlockCache(source: source, capacity: limits.metadataCache), name: name,
                sizes: sizes, baseAddress: offset, limits: limits, filters: filters,
                transaction: transaction)
        }
        var source = source
        var storage = plainStorage(of: source)
        if let driver = try Self.driver(superblock, storage),
            let set = try FileSet(driver, first: source, path: path, externalFiles: externalFiles)
        {
            source = set.source
            obstacle = "it lies in several files; copy it to a single one first (h5usid repack)"
            storage = plainStorage(of: source)
        }
        if offset != superblock.baseAddress {
            warnings.append(
                "the superblock is at \(offset) but names \(superblock.baseAddress) as its base: the file was moved or wrapped"
            )
            // Where the file ends is then only guessed, and what lies behind the end would be written over.
            obstacle =
                "its superblock is at \(offset) and says \(superblock.baseAddress); copy it first (h5usid repack)"
        }
        // The end of the file is absolute, counted from where the superblock says that the file starts.
        let end = superblock.endOfFile &- min(superblock.baseAddress, superblock.endOfFile)
        guard end <= source.size &- min(offset, source.size) else {
            throw H5Error(
                .truncated,
                "the file should have \(end) bytes and has \(source.size): it is cut short, or the first of a family of files, "
                    + "which opens by a pattern such as scan_%05d.h5", file: name)
        }
        if superblock.version >= 3, superblock.consistencyFlags != 0 {
            obstacle =
                "it is marked as open for writing: a program has it open, or ended without closing it; when no program has, "
                + "copy it (h5usid repack), or clear the mark (h5clear -s)"
            warnings.append(
                "the file is marked as open for writing: a program has it open, or ended without closing it")
        }
        var table: SharedMessageTable?
        if let address = superblock.extensionAddress {
            let header = try ObjectHeader.load(address, from: storage)
            for message in header.messages {
                switch message.type {
                case .sharedMessageTable:
                    let place = try header.withCursor(message) { try SharedMessageTableMessage(from: &$0) }
                    let size = SharedMessageTable.size(storage.sizes, count: place.indexCount)
                    table = try storage.withCursor(at: place.tableAddress, count: size) {
                        try SharedMessageTable(from: &$0, count: place.indexCount)
                    }
                case .btreeKValues:
                    // What superblocks 0 and 1 say themselves; only what is written depends on them.
                    let values = try header.withCursor(message) { try BTreeKValuesMessage(from: &$0) }
                    guard values.chunkInternal > 0, values.groupInternal > 0, values.groupLeaf > 0 else {
                        throw H5Error(.damaged, "a K value of the superblock extension is 0", file: name)
                    }
                    superblock.chunkInternalK = values.chunkInternal
                    superblock.groupInternalK = values.groupInternal
                    superblock.groupLeafK = values.groupLeaf
                case .metadataCacheImage:
                    let image = try header.withCursor(message) { try MetadataCacheImageMessage(from: &$0) }
                    guard let address = image.address, image.length > 0 else { continue }
                    let count = try Int(checking: image.length, "the size of the metadata cache image")
                    let entries = try storage.withCursor(at: address, count: count) {
                        try MetadataCacheImage(from: &$0).entries
                    }
                    cacheImage = entries.map { ($0.address, $0.bytes) }
                    let patched = try PatchedSource(
                        source, patches: entries.map { (offset &+ $0.address, $0.bytes) })
                    storage = plainStorage(of: patched)
                default: break
                }
            }
        }
        context = FileContext(
            storage: storage, superblock: superblock, sharedMessages: table, path: path, externalFiles: externalFiles)
    }

    /// What the file says of the driver that wrote it; nil for plain files.
    private static func driver(_ superblock: Superblock, _ storage: FileStorage) throws -> DriverInformation? {
        if let address = superblock.driverInformationAddress {
            return try storage.withCursor(at: address, upTo: 4_096) { try DriverInformation(block: &$0) }
        }
        // In a family the extension may lie in another member than the first; then the name tells of the set.
        guard let address = superblock.extensionAddress,
            let header = try? ObjectHeader.load(address, from: storage), let message = header.first(.driverInfo)
        else { return nil }
        return try header.withCursor(message) { try DriverInformation(from: &$0) }
    }

    /// Looks for the signature at 0, 512, 1024, 2048 and so on.
    private static func findSuperblock(_ source: any ByteSource, _ name: String) throws -> (Superblock, UInt64) {
        let cache = BlockCache(source: source, capacity: 0)
        guard source.size > 0 else { throw H5Error(.notHDF5, "the file is empty", file: name) }
        var offset: UInt64 = 0
        while offset < source.size, source.size - offset >= UInt64(Superblock.signature.count) {
            let block = try cache.block(offset / UInt64(BlockCache.blockSize))
            let start = Int(offset % UInt64(BlockCache.blockSize))
            let end = min(block.count, start + Superblock.maximumSize)
            if end - start >= Superblock.signature.count,
                block[start..<(start + Superblock.signature.count)].elementsEqual(Superblock.signature)
            {
                let bytes = block.span.bytes.extracting(start..<end)
                var cursor = ByteCursor(bytes, sizes: FieldSizes(), address: 0)
                return (try Superblock(from: &cursor), offset)
            }
            offset = offset == 0 ? 512 : offset &* 2
        }
        throw H5Error(.notHDF5, "this is not an HDF5 file: the signature is missing", file: name)
    }
}
