import HDF5Format

/// Finds the superblock of a file and reads what all objects share.
struct FileOpening {
    let context: FileContext
    private(set) var warnings: [String] = []

    init(
        source: any ByteSource, name: String, path: String?, limits: H5Limits, externalFiles: H5ExternalFiles
    ) throws {
        let cache = BlockCache(source: source, capacity: limits.metadataCache)
        let (superblock, offset) = try Self.findSuperblock(source, cache, name)
        var storage = FileStorage(
            source: source, cache: cache, name: name, sizes: superblock.sizes, baseAddress: offset, limits: limits)
        if offset != superblock.baseAddress {
            warnings.append(
                "the superblock is at \(offset) but names \(superblock.baseAddress) as its base: the file was moved or wrapped"
            )
        }
        // The end of the file is absolute, counted from where the superblock says that the file starts.
        let end = superblock.endOfFile &- min(superblock.baseAddress, superblock.endOfFile)
        guard end <= storage.size else {
            throw H5Error(
                .truncated, "the file should have \(end) bytes and has \(storage.size): it is cut short", file: name)
        }
        if superblock.version >= 3, superblock.consistencyFlags != 0 {
            warnings.append(
                "the file is marked as open for writing: a program has it open, or ended without closing it")
        }
        var table: SharedMessageTable?
        if let address = superblock.driverInformationAddress {
            let driver = try storage.withCursor(at: address, upTo: 4_096) { try DriverInformation(block: &$0) }
            try Self.refuse(driver)
        }
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
                case .driverInfo: try Self.refuse(try header.withCursor(message) { try DriverInformation(from: &$0) })
                case .metadataCacheImage:
                    let image = try header.withCursor(message) { try MetadataCacheImageMessage(from: &$0) }
                    guard let address = image.address, image.length > 0 else { continue }
                    let count = try Int(checking: image.length, "the size of the metadata cache image")
                    let entries = try storage.withCursor(at: address, count: count) {
                        try MetadataCacheImage(from: &$0).entries
                    }
                    let patched = try PatchedSource(
                        source, patches: entries.map { (offset &+ $0.address, $0.bytes) })
                    storage = FileStorage(
                        source: patched, cache: BlockCache(source: patched, capacity: limits.metadataCache), name: name,
                        sizes: superblock.sizes, baseAddress: offset, limits: limits)
                default: break
                }
            }
        }
        context = FileContext(
            storage: storage, superblock: superblock, sharedMessages: table, path: path, externalFiles: externalFiles)
    }

    private static func refuse(_ driver: DriverInformation) throws {
        guard driver.driver.hasPrefix("NCSAfami") || driver.driver.hasPrefix("NCSAmult") else { return }
        throw H5Error(
            .unsupported, "this is one file of a set (driver \(driver.driver)); the set is not read yet")
    }

    /// Looks for the signature at 0, 512, 1024, 2048 and so on.
    private static func findSuperblock(
        _ source: any ByteSource, _ cache: BlockCache, _ name: String
    ) throws -> (Superblock, UInt64) {
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
